from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.accounts.models import User
from qingqu.risks.models import RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_measure, make_power, make_risk_point

BASE = "/api/v1"
JSON = "application/json"


@pytest.fixture(autouse=True)
def spring(settings):
    settings.QINGQU_TODAY = date(2026, 4, 15)


def said(cast, **fields):
    words = {"title": "验收走过场", "manifestation": "只看单据不看实物", "category": "duty"}
    return {"unit_id": cast.office.pk, "likelihood": 4, "impact": 4, "answers": "11101", **words, **fields}


def test_create_read_change_rate(client, cast):
    client.force_login(cast.li)
    power = make_power(cast.office)
    step = power.steps.first()
    body = said(cast, power_id=power.pk, step_id=step.pk)
    made = client.post(f"{BASE}/risk-points", body, JSON)
    assert made.status_code == 201
    line = made.json()
    assert (line["level"], line["power"], line["owner"], line["late"]) == (1, power.name, "李明远", False)
    assert Entry.objects.filter(act="risks.entered", obj=f"risks.riskpoint:{line['id']}").exists()
    url = f"{BASE}/risk-points/{line['id']}"
    whole = client.get(url).json()
    assert whole["reasons"][0].endswith("= 16，15 及以上为一级。")
    changed = client.patch(url, {"title": "新题目"}, JSON).json()
    assert (changed["title"], changed["power_id"]) == ("新题目", power.pk)
    rated = client.post(f"{url}/ratings", {"likelihood": 4, "impact": 4, "answers": "11101", "level": 2}, JSON)
    assert rated.status_code == 409
    why = {"likelihood": 4, "impact": 4, "answers": "11101", "level": 2, "reason": "三人会签"}
    rated = client.post(f"{url}/ratings", why, JSON)
    assert (rated.status_code, rated.json()["state"]) == (201, "proposed")


def test_measures_and_runs(client, cast):
    risk = make_risk_point(cast.office, cast.li)
    client.force_login(cast.li)
    url = f"{BASE}/risk-points/{risk.pk}/measures"
    body = {"phase": "pre", "text": "盘点", "frequency": "week", "evidence_kind": "盘点表", "owner_id": cast.wu.pk}
    made = client.post(url, body, JSON)
    assert (made.status_code, made.json()["next_due_on"]) == (201, "2026-04-19")
    pk = made.json()["id"]
    assert (
        client.put(f"{BASE}/measures/{pk}", body | {"frequency": "month"}, JSON).json()["next_due_on"] == "2026-04-30"
    )
    assert client.post(f"{BASE}/measures/{pk}/stop", {"reason": "x"}, JSON).status_code == 409
    client.force_login(cast.wu)
    assert client.post(f"{BASE}/measures/{pk}/runs", {}, JSON).status_code == 409
    run = client.post(f"{BASE}/measures/{pk}/runs", {"note": "帐物相符"}, JSON)
    assert (run.status_code, run.json()["next_due_on"]) == (201, "2026-05-31")
    assert len(client.get(f"{BASE}/measures/{pk}/runs").json()) == 1
    assert [m["text"] for m in client.get(url).json()] == ["盘点"]


REFUSED = [
    ({"likelihood": 6}, 422),
    ({"answers": "1"}, 422),
    ({"title": "  "}, 422),
    ({"category": "x"}, 422),
    ({"power_id": 999_999}, 409),
    ({"unit_id": 999_999}, 404),
]


@pytest.mark.parametrize(("change", "status"), REFUSED)
def test_what_is_wrong_is_refused(client, cast, change, status):
    client.force_login(cast.li)
    assert client.post(f"{BASE}/risk-points", said(cast, **change), JSON).status_code == status
    assert not RiskPoint.objects.exists()


CREATORS = {"li": 201, "chen": 201, "zhao": 201, "wang": 403, "sun": 403, "feng": 403, "zhou": 404}


@pytest.mark.parametrize(("name", "status"), CREATORS.items())
def test_who_registers(client, cast, name, status):
    client.force_login(cast.everyone[name])
    assert client.post(f"{BASE}/risk-points", said(cast), JSON).status_code == status


def test_nobody_without_signing_in(client, cast):
    assert client.get(f"{BASE}/risk-points").status_code == 401
    assert client.post(f"{BASE}/risk-points", said(cast), JSON).status_code == 401


def test_thought_items_do_not_leak(client, cast):
    thought = make_risk_point(cast.office, cast.wang, person=cast.wang, category="thought", title="请托")
    measure = make_measure(thought)
    client.force_login(cast.sun)
    assert client.get(f"{BASE}/risk-points").json()["items"] == []
    assert client.get(f"{BASE}/risk-points", {"category": "thought"}).json()["items"] == []
    for path in (f"risk-points/{thought.pk}", f"risk-points/{thought.pk}/measures", f"measures/{measure.pk}/runs"):
        assert client.get(f"{BASE}/{path}").status_code == 403
    client.force_login(cast.zhou)
    assert client.get(f"{BASE}/risk-points/{thought.pk}").status_code == 404
    client.force_login(cast.zhao)
    assert client.get(f"{BASE}/risk-points").json()["items"][0]["title"] == "请托"


def test_pages_follow_one_another_by_level_score_and_id(client, cast):
    for n in range(60):
        make_risk_point(cast.office, cast.li, level=n % 3 + 1)
    late = RiskPoint.objects.order_by("rank", "id").first()
    make_measure(late, next_due_on=date(2026, 4, 1))
    client.force_login(cast.wang)
    seen, after = [], None
    while True:
        got = client.get(f"{BASE}/risk-points", {"after": after} if after else {}).json()
        seen += got["items"]
        after = got["next"]
        if not after:
            break
    assert [row["id"] for row in seen] == list(RiskPoint.objects.order_by("rank", "id").values_list("pk", flat=True))
    assert [row["late"] for row in seen].index(True) == 0
    assert len(client.get(f"{BASE}/risk-points", {"level": 1, "limit": 100}).json()["items"]) == 20
    assert client.get(f"{BASE}/risk-points", {"after": "x"}).status_code == 422


@pytest.mark.parametrize("name", ["wang", "li", "chen", "zhao"])
def test_a_list_takes_at_most_eight_statements_however_long(client, cast, name):
    counts = []
    user = User.objects.get(username=name)
    client.force_login(user)
    for size in (10, 90):
        for _n in range(size):
            make_measure(make_risk_point(cast.office, cast.li))
        with CaptureQueriesContext(connection) as counted:
            client.get(f"{BASE}/risk-points")
        counts.append(len(counted))
    assert counts[0] == counts[1]
    assert counts[0] <= 8
