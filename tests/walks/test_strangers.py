"""W11: Zhou of another school, and somebody who is not signed in, guess addresses."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from qingqu.organisation.models import Unit
from tests.access.addresses import address, addresses
from tests.access.world import World, make_world
from tests.make import make_risk_point
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

SECRET = "紫藤架下的回扣"
API = ("units", "people", "posts", "powers", "risk-points", "declarations", "campaigns", "ledger")


@pytest.fixture
def world(transactional_db: None, cast: Cast) -> World:
    found = make_world(cast)
    make_risk_point(cast.office, cast.li, title=SECRET, manifestation=SECRET)
    return found


def inside(cast: Cast) -> tuple[str, ...]:
    """Words that only Wang's school knows."""
    return (SECRET, cast.school.name, *(person.name for name, person in cast.everyone.items() if name != "zhou"))


def about_things(world: World) -> list[str]:
    """Every address that names a thing of Wang's school by its number."""
    numbered = ("pk", "key", "unit_pk", "person_pk", "measure_pk", "task_pk", "item_pk", "review_pk")
    return [
        address(name, route, arguments, world)
        for name, route, arguments in addresses()
        if set(arguments) & set(numbered)
    ]


def test_zhou_guesses_numbers_and_addresses(world: World, open_as: Open) -> None:
    cast = world.cast
    zhou = open_as(cast.zhou)
    guessed = about_things(world)
    assert len(guessed) > 80
    leaks = {}
    for url in guessed:
        answer = zhou.request.get(url, max_redirects=0)
        told = [word for word in inside(cast) if word in answer.text()]
        if answer.status not in (403, 404, 405) or told:
            leaks[url] = (answer.status, told)
    assert leaks == {}

    zhou.goto(f"/risks/{world.ids['risk']}")
    expect(zhou.get_by_role("heading", level=1)).to_have_text("没有找到这个页面")
    expect(zhou.get_by_role("link", name="回到工作台")).to_be_visible()
    assert findings(zhou) == []
    keep_picture(zhou, "w11-not-found")


def test_nothing_leaks_in_counts_search_exports_and_the_api(world: World, open_as: Open) -> None:
    cast = world.cast
    for phone in (False, True):
        zhou = open_as(cast.zhou, phone=phone)
        for url in _lists():
            answer = zhou.goto(url)
            assert answer is not None
            assert answer.status in (200, 403, 404), url
            shown = zhou.locator("body").inner_text()
            assert [word for word in inside(cast) if word in shown] == [], url
            assert sideways(zhou) == 0, url
    zhou.goto("/reports/ledger?q=回扣")
    expect(zhou.locator(".ledger-table tbody tr")).to_have_count(0)
    counts = {chip.inner_text() for chip in zhou.locator(".filter-chip .muted").all()}
    assert counts == {"0"}
    keep_picture(zhou, "w11-an-empty-ledger")
    for name in API:
        answer = zhou.request.get(f"/api/v1/{name}")
        assert answer.status in (200, 401, 403, 404), name
        assert [word for word in inside(cast) if word in answer.text()] == [], name
    for unit in Unit.objects.filter(school=cast.school):
        for url in (f"/reports/ledger?unit={unit.pk}", f"/organisation/people?unit={unit.pk}"):
            assert [word for word in inside(cast) if word in zhou.request.get(url).text()] == [], url
    for kind in ("ledger", "summary", "powers"):
        answer = zhou.request.get(f"/reports/export/{kind}.csv")
        assert answer.status == 200
        assert [word for word in inside(cast) if word in answer.body().decode("utf-8-sig")] == [], kind


def _lists() -> list[str]:
    return [
        *("/", "/field", "/reports/ledger", "/reports/maps", "/reports/dossiers", "/reports/downloads", "/powers/"),
        *("/campaigns/", "/declarations/", "/declarations/progress/", "/declarations/lists/", "/records/", "/reviews/"),
        *("/organisation/", "/organisation/people", "/library/", "/alerts/", "/datasets/", "/risks/tasks", "/trace/"),
        *("/messages/", "/powers/regulations", "/risks/effects", f"/reports/ledger?q={SECRET[:2]}"),
    ]


def test_nobody_gets_the_sign_in_page_and_what_is_public(world: World, open_as: Open) -> None:
    cast = world.cast
    page = open_as(phone=True)
    for name, route, arguments in addresses():
        url = address(name, route, arguments, world)
        answer = page.request.get(url, max_redirects=0)
        told = [word for word in inside(cast) if word in answer.text() and word != cast.school.name]
        assert told == [], url
        assert answer.status in (302, 403, 404, 405) or name in PUBLIC, (name, answer.status)
        if answer.status == 302 and name not in PUBLIC:
            assert answer.headers["location"].startswith(reverse(settings.LOGIN_URL)), (
                name,
                answer.headers["location"],
            )
    for name in API:
        assert page.request.get(f"/api/v1/{name}").status in (401, 404), name

    _goes_on_after_signing_in(page, cast)
    assert sideways(page) == 0
    assert findings(page) == []


PUBLIC = {
    *("accounts:sign-in", "accounts:sign-out", "accounts:activate", "set-language"),
    *("campaigns:feed", "trace:checkpoint", "trace:entries", "trace:tile", "healthz"),
}
"""What answers without a sign-in: the doors, the calendar by its secret address, the log's proofs without names."""


def _goes_on_after_signing_in(page: Page, cast: Cast) -> None:
    """The page that was asked for comes after the sign-in."""
    cast.wang.set_password("Bamboo-2026-green")
    cast.wang.save(update_fields=["password"])
    page.goto("/reports/ledger?q=验收")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    keep_picture(page, "w11-the-door")
    page.get_by_label("登录名").fill(cast.wang.username)
    page.get_by_label("密码", exact=True).fill("Bamboo-2026-green")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("searchbox")).to_have_value("验收")
