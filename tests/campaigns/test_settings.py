"""What a school decides for its year: the way of forms through review, years in a key post (S34)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from qingqu.campaigns import actions, comparison
from qingqu.campaigns.models import Campaign
from qingqu.campaigns.wording import route_of
from qingqu.common.errors import NotPossible
from qingqu.trace.models import Entry
from qingqu.trace.queries import history
from tests.make import make_campaign
from tests.people import Cast

WANTED = {"peer_review": True, "group_step": "all", "rotation_years": 6, "rotation_basis": "教育局〔2025〕3号"}


@pytest.fixture
def year(cast: Cast) -> Campaign:
    return make_campaign(cast.school)


def test_settings_are_set_and_leave_their_words(cast: Cast, year: Campaign) -> None:
    year = actions.edit_settings(year, **WANTED, by=cast.chen)
    assert {name: getattr(year, name) for name in WANTED} == WANTED
    sentence = history(year)[0].sentence
    for words in ("同级互评：无", "同级互评：有", "6 年", "教育局〔2025〕3号"):
        assert words in sentence


def test_what_stays_the_same_leaves_no_entry(cast: Cast, year: Campaign) -> None:
    for _n in range(2):
        actions.edit_settings(year, **WANTED, by=cast.chen)
    assert Entry.objects.filter(act="campaigns.settings_edited").count() == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"group_step": "some"}, "领导小组"),
        ({"rotation_years": 0}, "1 至 30 年"),
        ({"rotation_years": 31}, "1 至 30 年"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(cast: Cast, year: Campaign, wrong: dict[str, object], why: str) -> None:
    with pytest.raises(NotPossible, match=why):
        actions.edit_settings(year, **{**WANTED, **wrong}, by=cast.chen)


def test_a_year_that_is_over_keeps_its_settings(cast: Cast, year: Campaign) -> None:
    Campaign.objects.update(state=Campaign.State.CLOSED)
    with pytest.raises(NotPossible, match="已结束"):
        actions.edit_settings(year, **WANTED, by=cast.chen)


def test_the_next_year_takes_them_over(cast: Cast, year: Campaign) -> None:
    year = actions.edit_settings(year, **WANTED, by=cast.chen)
    following = actions.create_next(year, by=cast.chen)
    assert {name: getattr(following, name) for name in WANTED} == WANTED
    changed = [change.what for group in comparison.of(year, following) for change in group.changes]
    assert "同级互评" not in changed
    actions.edit_settings(following, **{**WANTED, "peer_review": False}, by=cast.chen)
    following.refresh_from_db()
    changed = [change.what for group in comparison.of(year, following) for change in group.changes]
    assert "同级互评" in changed


@pytest.mark.parametrize(
    ("peer", "group", "steps"),
    [(False, "grave", 5), (True, "grave", 6), (True, "none", 5), (False, "none", 4), (True, "all", 6)],
)
def test_the_route_in_words(peer: bool, group: str, steps: int) -> None:
    assert len(route_of(Campaign(peer_review=peer, group_step=group))) == steps


def test_chen_sets_them_by_the_page_and_everybody_reads_the_route(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    url = reverse("campaigns:settings", args=[year.pk])
    page = client.get(url).content.decode()
    assert "只对此后报送的登记表生效" in page
    refused = client.post(url, {**WANTED, "rotation_years": 99})
    assert refused.status_code == 422
    assert "教育局〔2025〕3号" in refused.content.decode()
    assert client.post(url, WANTED).status_code == 302
    client.force_login(cast.wang)
    assert "同级互评" in client.get(reverse("campaigns:home")).content.decode()
    assert client.get(url).status_code == 403
    client.force_login(cast.zhou)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(("name", "status"), [("chen", 200), ("wang", 403), ("zhou", 404)])
def test_the_same_over_the_api(client: Client, cast: Cast, year: Campaign, name: str, status: int) -> None:
    client.force_login(getattr(cast, name))
    answer = client.put(
        f"/api/v1/campaigns/{year.pk}/settings",
        WANTED,
        content_type="application/json",
    )
    assert answer.status_code == status
    if status == 200:
        assert {name: answer.json()[name] for name in WANTED} == WANTED
    year.refresh_from_db()
    assert year.peer_review == (status == 200)
