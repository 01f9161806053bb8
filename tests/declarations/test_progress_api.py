"""Exemptions, urging, closing stages over the API: who may, what is refused, what stands in the trace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from qingqu.campaigns.models import Campaign, Exemption, Stage, Urge
from qingqu.trace.models import Entry
from tests.make import make_campaign
from tests.people import Cast

JSON = "application/json"
BASE = "/api/v1/campaigns"


@pytest.fixture
def year(cast: Cast, settings: Any) -> Campaign:
    settings.QINGQU_TODAY = date(2026, 4, 24)
    return make_campaign(cast.school)


@pytest.fixture
def exemption(cast: Cast, year: Campaign) -> Exemption:
    return Exemption.objects.create(campaign=year, person=cast.wu, reason="全年病休", by=cast.chen)


def ask(client: Client, user: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    if user is not None:
        client.force_login(user)
    call = client.get if method == "GET" else client.post
    return call(f"{BASE}/{path}", body or {}, **({} if method == "GET" else {"content_type": JSON}))


WHO = ("wang", "li", "feng", "chen", "zhao", "qian", "zhou", "nobody")
TABLE = {
    # path: status of the owner, the head, another head, party office, commission, secretary, another school, nobody
    "GET {year}/exemptions": (403, 200, 200, 200, 200, 200, 404, 401),
    "POST {year}/exemptions": (403, 403, 403, 201, 403, 403, 404, 401),
    "POST exemptions/{exemption}/revoke": (403, 403, 403, 200, 403, 403, 404, 401),
    "POST {year}/urge": (403, 403, 403, 200, 403, 403, 404, 401),
    "POST {year}/urge office": (403, 200, 403, 200, 403, 403, 404, 401),
    "GET stages/{stage}/conditions": (403, 403, 403, 200, 403, 403, 404, 401),
    "POST stages/{stage}/close": (403, 403, 403, 200, 403, 403, 404, 401),
    "POST stages/{stage}/reopen": (403, 403, 403, 409, 403, 403, 404, 401),
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("key", TABLE)
def test_every_address_for_everyone(
    client: Client, cast: Cast, year: Campaign, exemption: Exemption, key: str, who: str
) -> None:
    method, path, *unit = key.split(" ")
    ids = {"year": year.pk, "exemption": exemption.pk, "stage": year.stages.get(kind="find").pk}
    bodies = {
        "exemptions": {"person_id": cast.wang.pk, "reason": "脱产学习"},
        "urge": {"unit_id": cast.office.pk} if unit else {},
        "close": {"exemption": "经党委会研究"},
        "reopen": {"reason": "补报"},
    }
    user = None if who == "nobody" else getattr(cast, who)
    before = Entry.objects.count()
    answer = ask(client, user, method, path.format(**ids), bodies.get(path.rpartition("/")[2]))
    assert answer.status_code == TABLE[key][WHO.index(who)], answer.content.decode()
    if answer.status_code in (403, 409) or (method == "POST" and answer.status_code < 300):
        assert Entry.objects.count() > before  # acts leave a trace, and so do denials and refusals


def test_a_person_or_a_department_is_exempt_with_a_reason(client: Client, cast: Cast, year: Campaign) -> None:
    said = {"unit_id": cast.office.pk, "reason": " 本年撤并 "}
    made = ask(client, cast.chen, "POST", f"{year.pk}/exemptions", said).json()
    assert (made["unit_id"], made["person_id"], made["reason"]) == (cast.office.pk, None, "本年撤并")
    assert ask(client, cast.chen, "POST", f"{year.pk}/exemptions", said).status_code == 409
    assert ask(client, cast.chen, "POST", f"{year.pk}/exemptions", {**said, "reason": " "}).status_code == 409
    listed = ask(client, cast.li, "GET", f"{year.pk}/exemptions").json()
    assert [row["id"] for row in listed["items"]] == [made["id"]]
    assert ask(client, cast.feng, "GET", f"{year.pk}/exemptions").json()["items"] == []
    back = ask(client, cast.chen, "POST", f"exemptions/{made['id']}/revoke")
    assert back.json()["revoked_at"]
    assert ask(client, cast.chen, "POST", f"exemptions/{made['id']}/revoke").status_code == 409
    acts = Entry.objects.filter(obj=f"campaigns.exemption:{made['id']}", ok=True).order_by("id")
    assert list(acts.values_list("act", flat=True)) == ["campaigns.exempted", "campaigns.exemption_revoked"]


@pytest.mark.parametrize("whom", ["neither", "both", "stranger", "strange unit"])
def test_whom_one_cannot_exempt(client: Client, cast: Cast, year: Campaign, whom: str) -> None:
    named = {
        "neither": ({}, 422),
        "both": ({"person_id": cast.wang.pk, "unit_id": cast.office.pk}, 422),
        "stranger": ({"person_id": cast.zhou.pk}, 404),
        "strange unit": ({"unit_id": cast.other_school.pk}, 404),
    }
    body, status = named[whom]
    answer = ask(client, cast.chen, "POST", f"{year.pk}/exemptions", {**body, "reason": "x"})
    assert answer.status_code == status
    assert not Exemption.objects.exists()


def test_urging_reaches_each_once_a_day_whichever_way(client: Client, cast: Cast, year: Campaign) -> None:
    office = ask(client, cast.li, "POST", f"{year.pk}/urge", {"unit_id": cast.office.pk}).json()
    assert office == {"told": 3}
    rest = ask(client, cast.chen, "POST", f"{year.pk}/urge").json()
    assert rest["told"] + 3 == Urge.objects.count()
    again = ask(client, cast.chen, "POST", f"{year.pk}/urge")
    assert (again.status_code, "今日已催办" in again.content.decode()) == (409, True)
    assert Entry.objects.filter(act="campaigns.urged", ok=True).count() == 2


def test_a_stage_closes_only_with_its_conditions_or_a_reason(client: Client, cast: Cast, year: Campaign) -> None:
    stage = year.stages.get(kind="find")
    shown = ask(client, cast.chen, "GET", f"stages/{stage.pk}/conditions").json()
    assert any(not condition["holds"] and "未报" in condition["text"] for condition in shown)
    refused = ask(client, cast.chen, "POST", f"stages/{stage.pk}/close")
    assert refused.status_code == 409
    closed = ask(client, cast.chen, "POST", f"stages/{stage.pk}/close", {"exemption": "经党委会研究"}).json()
    assert (bool(closed["closed_at"]), closed["exemption"]) == (True, "经党委会研究")
    opened = ask(client, cast.chen, "POST", f"stages/{stage.pk}/reopen", {"reason": "补报"}).json()
    assert opened["closed_at"] is None
    assert Stage.objects.get(pk=stage.pk).closed_at is None
    said = Entry.objects.filter(obj=f"campaigns.campaign:{year.pk}", ok=True).order_by("id")
    assert list(said.values_list("act", flat=True)) == ["campaigns.stage_closed", "campaigns.stage_reopened"]
