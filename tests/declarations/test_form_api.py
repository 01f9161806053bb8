"""Forms over the API: the same rules as on the pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from qingqu.campaigns.models import Campaign
from qingqu.declarations.models import Declaration
from qingqu.trace.models import Entry
from tests.declarations.filling import SENTENCES, handed_in
from tests.make import make_campaign, make_item, make_power
from tests.people import Cast

BASE = "/api/v1/declarations"


class Api:
    def __init__(self, person) -> None:
        self.client = Client()
        if person:
            self.client.force_login(person)

    def __call__(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        response = getattr(self.client, method)(BASE + path, **sent)
        return response.status_code, json.loads(response.content) if response.content else None


@pytest.fixture
def wang(cast: Cast) -> Api:
    make_campaign(cast.school)
    return Api(cast.wang)


def begun(api: Api) -> dict[str, Any]:
    status, form = api("post", "", {})
    assert status == 201
    return form


def whole(form: dict[str, Any]) -> dict[str, Any]:
    """Everything kept, an own item in each empty category, pledged."""
    items = [item | {"confirmed": True, "cause": item["cause"] or None} for item in form["items"]]
    post = items[0]["post_id"]
    for category, text in SENTENCES.items():
        if not any(item["category"] == category for item in items):
            measure = {"phase": "mid", "text": "两人同到现场", "frequency": "month", "evidence_kind": "签字单"}
            item = {"category": category, "title": text[:10], "manifestation": text, "likelihood": 3, "impact": 3}
            items.append(item | {"post_id": post, "measures": [measure]})
    return {"version": form["form"]["version"], "duties": "采购与验收", "pledged": True, "items": items}


def test_a_form_goes_from_beginning_to_its_reviewer_and_back(wang, cast):
    form = begun(wang)
    pk = form["form"]["id"]
    assert form["prefilled"] == len(form["items"]) > 0
    assert form["missing"]
    status, saved = wang("put", f"/{pk}", whole(form))
    assert (status, saved["missing"]) == (200, [])
    assert saved["form"]["version"] == 2
    assert {item["suggested_level"] for item in saved["items"]} <= {1, 2, 3}
    status, row = wang("post", f"/{pk}/submit")
    assert (status, row["state"], row["number"]) == (200, "in_review", "YC5Z-GRDJ-2026-0001")
    assert wang("get", f"/{pk}")[1]["turns"]
    assert wang("post", f"/{pk}/withdraw")[1]["state"] == "draft"
    acts = set(Entry.objects.filter(actor=f"u:{cast.wang.pk}").values_list("act", flat=True))
    assert {"declarations.started", "declarations.saved", "declarations.submitted", "declarations.withdrawn"} <= acts


def test_a_form_begun_twice_is_the_same_and_not_made_anew(wang):
    form = begun(wang)
    status, again = wang("post", "", {})
    assert (status, again["form"]["id"]) == (200, form["form"]["id"])
    assert Declaration.objects.count() == 1


def test_an_old_version_is_refused_and_nothing_is_written(wang):
    form = begun(wang)
    pk = form["form"]["id"]
    assert wang("put", f"/{pk}", {"version": 1, "duties": "第一份"})[0] == 200
    status, problem = wang("put", f"/{pk}", {"version": 1, "duties": "第二份"})
    assert status == 409
    assert "另一处" in problem["detail"]
    assert Declaration.objects.get().duties == "第一份"


def test_what_is_missing_is_said_in_sentences(wang):
    pk = begun(wang)["form"]["id"]
    status, problem = wang("post", f"/{pk}/submit")
    assert status == 409
    assert "思想道德风险还没有填写" in problem["detail"]


def test_items_that_are_left_out_are_deleted_others_stay(wang):
    form = begun(wang)
    pk, first = form["form"]["id"], form["items"][0]
    kept = first | {"cause": None, "manifestation": "每次都由我一人询价"}
    status, saved = wang("put", f"/{pk}", {"version": 1, "items": [kept]})
    assert status == 200
    assert [item["id"] for item in saved["items"]] == [first["id"]]
    assert saved["items"][0]["manifestation"] == "每次都由我一人询价"
    status, saved = wang("put", f"/{pk}", {"version": 2, "none_reasons": {"thought": "没有接受过吃请"}})
    assert (status, saved["none_reasons"]) == (200, {"thought": "没有接受过吃请"})
    assert len(saved["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"version": 1, "duties": "字" * 2001},
        {"version": 1, "items": [{"category": "nonsense"}]},
        {"version": 1, "items": [{"category": "duty", "likelihood": 6}]},
        {"version": 1, "items": [{"category": "duty", "answers": "0101"}]},
        {"version": 1, "items": [{"category": "duty", "title": "题" * 121}]},
        {"version": 1, "items": [{"category": "duty", "level": 4}]},
        {"version": 1, "items": [{"category": "duty", "id": 10**30}]},
        {"version": 1, "items": [{"category": "duty"}] * 41},
    ],
)
def test_bad_input_is_refused(wang, body):
    pk = begun(wang)["form"]["id"]
    assert wang("put", f"/{pk}", body)[0] == 422


def test_an_item_of_another_form_is_not_touched(wang, cast):
    form = begun(wang)
    other = make_item(handed_in(Declaration.objects.get().campaign, cast.wu), title="别人的一条")
    stolen = {"id": other.pk, "category": "duty", "title": "改掉", "manifestation": "改掉别人的一条"}
    wang("put", f"/{form['form']['id']}", {"version": 1, "items": [stolen]})
    other.refresh_from_db()
    assert other.title == "别人的一条"


def test_places_of_another_school_are_refused(wang, cast):
    form = begun(wang)
    step = make_power(cast.other_school).steps.get(order=1)
    item = {"category": "duty", "title": "一条", "step_id": step.pk}
    assert wang("put", f"/{form['form']['id']}", {"version": 1, "items": [item]})[0] == 409


STATUS = {"wang": 200, "li": 200, "zhao": 200, "chen": 200, "sun": 200, "qian": 200, "he": 200}


@pytest.mark.parametrize("name", ["wang", "li", "zhao", "chen", "sun", "qian", "he", "feng", "wu", "zhou", ""])
def test_everyone_sees_what_he_may(wang, cast, name):
    form = handed_in(Campaign.objects.get(school=cast.school), cast.wang)
    make_item(form, "thought", title="节前收礼没有退")
    api = Api(cast.everyone.get(name))
    status, read = api("get", f"/{form.pk}")
    assert status == (STATUS.get(name, 404) if name else 401)
    for path in ("submit", "withdraw"):
        if name != "wang":
            assert api("post", f"/{form.pk}/{path}")[0] == (401 if not name else 403 if status == 200 else 404)
    if status == 200:
        sees = name in ("wang", "li", "zhao", "qian")
        assert any(item["category"] == "thought" for item in read["items"]) == sees
        assert (read["hidden_items"] == 0) == sees
        assert ("节前收礼" in json.dumps(read, ensure_ascii=False)) == sees
        viewed = Entry.objects.filter(act="declarations.viewed", actor=f"u:{cast.everyone[name].pk}")
        assert viewed.exists() == (sees and name != "wang")


def test_the_list_shows_own_and_visible_forms(wang, cast):
    begun(wang)
    assert wang("get", "?mine=true")[1]["count"] == 1
    assert Api(cast.li)("get")[1]["count"] == 1
    assert Api(cast.zhou)("get")[1]["count"] == 0
    assert Api(cast.wu)("get")[1]["count"] == 0


def test_a_unit_form_is_begun_by_its_head_only(wang, cast):
    make_power(cast.office)
    body = {"kind": "unit", "unit_id": cast.office.pk}
    assert wang("post", "", body)[0] == 403
    status, form = Api(cast.li)("post", "", body)
    assert status == 201
    steps = [step.pk for step in make_power(cast.office).steps.all()]
    judged = [{"step_id": pk, "has_risk": False, "note": "双人办理"} for pk in steps]
    status, saved = Api(cast.li)("put", f"/{form['form']['id']}", {"version": 1, "judgements": judged})
    assert (status, len(saved["judgements"])) == (200, len(steps))
