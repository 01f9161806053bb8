"""Addresses typed by hand: a number that fits no column, or is none, never ends in an error of the server."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.access.addresses import addresses
from tests.access.world import World

ASKED = ("unit", "person", "after", "page", "year", "kind", "level", "before")


@pytest.mark.parametrize("strange", ["9" * 30, "²", "-1"])
def test_every_page_bears_strange_numbers(world: World, strange: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.cast.chen)
    broken = []
    for name, _route, arguments in addresses():
        if set(arguments) - {"pk", "key", "label"}:
            continue
        given = {"label": "organisation.unit"} if "label" in arguments else {}
        whole = {key: int("9" * 30) for key in ("pk", "key") if key in arguments}
        url = reverse(name, kwargs=given | whole)
        if client.get(url, dict.fromkeys(ASKED, strange)).status_code >= 500:
            broken.append(name)
    assert broken == []
