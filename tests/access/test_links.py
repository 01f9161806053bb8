"""What a page links to is open to its reader: nobody comes upon a refusal by following what he is shown."""

from __future__ import annotations

import html
import re
from collections import Counter
from datetime import date

import pytest
from django.test import Client

from qingqu.powers.models import Regulation
from tests.access.addresses import address, addresses
from tests.access.world import World, make_world
from tests.people import Cast

LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
NOT_FOLLOWED = re.compile(r"/(static|media|accounts/sign-out)")
ALIKE = 2
"""So many links that differ only in numbers are followed."""


@pytest.fixture
def world(db: None, cast: Cast) -> World:
    made = make_world(cast)
    Regulation.objects.update(review_on=date(2020, 1, 1))  # so that the lists of gaps have something to link
    return made


@pytest.mark.parametrize("who", ["chen", "zhao", "qian", "li", "wang"])
def test_links_are_open_to_who_sees_them(world: World, who: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(getattr(world.cast, who))
    waiting = [address(name, route, arguments, world) for name, route, arguments in addresses()]
    shown_on, followed, answered = dict[str, str](), Counter[str](), dict.fromkeys(waiting, 0)
    while waiting:
        url = waiting.pop()
        if NOT_FOLLOWED.match(url):
            continue
        answer = client.get(url)
        answered[url] = answer.status_code
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for link in map(html.unescape, LINK.findall(answer.content.decode())):
            shown_on.setdefault(link, url)
            shape = re.sub(r"\?.*|\d+", "", link)
            if link not in answered and followed[shape] < ALIKE:
                followed[shape] += 1
                answered[link] = 0
                waiting.append(link)
    assert sum(followed.values()) > 20
    refused = {link: (answered[link], page) for link, page in shown_on.items() if answered.get(link, 0) >= 400}
    assert refused == {}
