"""Every page as its readers see it: no error in the console, nothing sideways, nothing from axe, all in English."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from qingqu.accounts.models import User
from tests.access.addresses import address, addresses
from tests.access.world import World, make_world
from tests.people import Cast
from tests.walks.chinese import untranslated, words_as_shipped, words_of_the_school
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

NOT_PAGES = ("trace:checkpoint", "trace:entries", "trace:tile", "accounts:sign-out", "set-language")


@pytest.fixture
def world(transactional_db: None, cast: Cast) -> World:
    return make_world(cast)


def pages_of(person: User, world: World) -> list[tuple[str, str]]:
    """Name and address of every page that answers a person with HTML."""
    client = Client(raise_request_exception=False)
    client.force_login(person)
    found = []
    for name, route, arguments in addresses():
        if name in NOT_PAGES:
            continue
        url = address(name, route, arguments, world)
        answer = client.get(url)
        is_page = answer.headers["Content-Type"].startswith("text/html")
        if is_page and answer.status_code not in (301, 302, 403, 404, 405):
            found.append((name, url))
    return found


@pytest.mark.parametrize(
    ("who", "look"),
    [
        ("chen", {}),
        ("chen", {"phone": True}),
        ("zhao", {"dark": True, "english": True}),
        ("zhao", {"phone": True, "english": True}),
        ("wang", {"phone": True}),
        ("wang", {"tablet": True, "english": True}),
        ("sun", {"tablet": True}),
        ("li", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value) or "wide",
)
def test_every_page(world: World, open_as: Open, who: str, look: dict[str, Any]) -> None:
    person = getattr(world.cast, who)
    page = open_as(person, **look)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    wrong: dict[str, list[str]] = {}
    pages = pages_of(person, world)
    known = words_of_the_school() + words_as_shipped()
    for name, url in pages:
        complaints.clear()
        page.goto(url)
        found = [*complaints, *findings(page)]
        if sideways(page) > 0:
            found.append(f"scrolls sideways by {sideways(page)} px")
        if look.get("english") and (words := untranslated(page, known)):
            found.append(f"is Chinese: {' '.join(words)}")
        if found:
            wrong[name] = found
        keep_picture(page, f"{who}-{'-'.join(look) or 'wide'}-{name.replace(':', '-')}")
    assert wrong == {}
