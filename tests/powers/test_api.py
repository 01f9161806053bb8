"""The power list over the API: the same answers and refusals as the pages."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingqu.powers.models import Power
from qingqu.trace.models import Entry
from tests.make import make_power, make_risk_point
from tests.people import Cast

ROOT = "/api/v1/powers"
NEW = {
    "name": "车辆管理",
    "content": "公务用车",
    "decider": "校长办公会",
    "supervisor": "纪委",
    "bases": [{"name": "公务用车办法", "needs_check": True}],
    "steps": [{"name": "申请", "days": 1}, {"name": "派车", "is_public": True}],
    "holders": [{"name": "办公室主任"}],
}


class Door:
    """A signed-in client that speaks JSON."""

    def __init__(self, user: Any) -> None:
        self.client = Client()
        self.client.force_login(user)

    def __call__(self, method: str, path: str = "", data: object = None) -> tuple[int, Any]:
        answer = self.client.generic(method, ROOT + path, _json(data), content_type="application/json")
        return answer.status_code, answer.json() if answer.content else None


def _json(data: object) -> bytes:
    import json

    return json.dumps(data).encode() if data is not None else b""


def test_the_list_and_its_search(cast: Cast) -> None:
    make_power(cast.office, name="校服选用采购")
    make_power(cast.office, name="车辆管理")
    status, found = Door(cast.wang)("GET", "?q=校服")
    assert status == 200
    assert [row["name"] for row in found["items"]] == ["校服选用采购"]
    assert found["items"][0]["step_count"] == 3


def test_a_page_of_the_list_costs_the_same_at_any_size(cast: Cast) -> None:
    def statements(rows: int) -> int:
        for _n in range(rows):
            make_power(cast.office)
        door = Door(cast.wang)
        with CaptureQueriesContext(connection) as captured:
            door("GET", "?limit=25")
        return len(captured)

    assert statements(10) == statements(90) <= 8


def test_li_creates_and_changes_a_power(cast: Cast) -> None:
    door = Door(cast.li)
    status, made = door("POST", "", {**NEW, "unit_id": cast.office.pk})
    assert (status, made["state"], made["code"]) == (201, "in_force", "X01")
    first, second = made["steps"]
    changed = {"fee": "不收费", "steps": [{**second}, {"id": first["id"], "name": "申请用车"}]}
    status, now = door("PATCH", f"/{made['id']}", changed)
    assert status == 200
    assert now["fee"] == "不收费"
    assert now["content"] == "公务用车"
    assert [step["id"] for step in now["steps"]] == [second["id"], first["id"]]
    acts = set(Entry.objects.values_list("act", flat=True))
    assert {"powers.created", "powers.updated", "powers.steps_changed"} <= acts


def test_refusals_are_those_of_the_page(cast: Cast) -> None:
    power = make_power(cast.office)
    new = {**NEW, "unit_id": cast.office.pk}
    assert Door(cast.feng)("POST", "", new)[0] == 403
    assert Door(cast.feng)("PATCH", f"/{power.pk}", {"fee": "x"})[0] == 403
    assert Door(cast.zhou)("GET", f"/{power.pk}")[0] == 404
    assert Door(cast.zhou)("PATCH", f"/{power.pk}", {"fee": "x"})[0] == 404
    assert Door(cast.zhou)("POST", "", new)[0] == 404
    assert Client().get(ROOT).status_code == 401
    assert not Power.objects.filter(name="车辆管理").exists()


def test_a_step_in_use_stops_the_whole_change(cast: Cast) -> None:
    power = make_power(cast.office)
    make_risk_point(cast.office, cast.li, power=power, step=power.steps.all()[2])
    status, problem = Door(cast.li)("PATCH", f"/{power.pk}", {"fee": "不收费", "steps": []})
    assert status == 409
    assert "环节3" in str(problem)
    power.refresh_from_db()
    assert power.fee == ""


def test_a_post_of_another_school_is_refused(cast: Cast) -> None:
    from tests.make import make_post, make_unit

    stranger = make_post(make_unit("总务处", parent=cast.other_school), "采购员")
    holders = [{"name": "采购员", "post_id": stranger.pk}]
    status, _ = Door(cast.li)("POST", "", {**NEW, "unit_id": cast.office.pk, "holders": holders})
    assert status == 409
    assert not Power.objects.exists()


def test_what_is_too_long_is_named(cast: Cast) -> None:
    status, problem = Door(cast.li)("POST", "", {**NEW, "unit_id": cast.office.pk, "name": "长" * 81})
    assert status == 422
    assert "name" in str(problem)
