"""Every address × everyone: a golden table. An address without a row fails; so does a door that opens further.

After a change that is meant: QINGQU_GOLDEN=write pytest tests/access, then read the difference line by line.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from tests.access.addresses import address, addresses
from tests.access.world import World, make_world
from tests.people import Cast

GOLDEN = Path(__file__).with_name("golden.txt")
WHO = ("wang", "wu", "li", "feng", "chen", "zhao", "sun", "qian", "zhou", "nobody")
"""Owner, colleague, head, another head, party office, commission, principal, secretary, other school, nobody."""
PUBLIC = {"accounts:sign-in", "accounts:activate", "set-language", "trace:checkpoint", "trace:entries", "trace:tile"}
"""What nobody in particular may open."""


class Undo(Exception):
    """Takes back what a request has written."""


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)


def ask(client: Client, method: str, url: str) -> int:
    """The status of one request, whose writing is taken back."""
    status = 0
    try:
        with transaction.atomic():
            status = (client.get(url) if method == "GET" else client.post(url, {})).status_code
            raise Undo
    except Undo:
        return status


def table(world: World) -> dict[str, dict[str, int]]:
    """«GET declarations:review» → who → status."""
    clients = {who: Client(raise_request_exception=False) for who in WHO}
    for who, client in clients.items():
        if who != "nobody":
            client.force_login(getattr(world.cast, who))
    found: dict[str, dict[str, int]] = {}
    for name, route, arguments in addresses():
        url = address(name, route, arguments, world)
        for method in ("GET", "POST"):
            row = {}
            for who in WHO:
                if who != "nobody" and name == "accounts:sign-out":
                    continue  # would end the session of the cells that follow
                row[who] = ask(clients[who], method, url)
            found[f"{method} {name}"] = row
    return found


def written(rows: dict[str, dict[str, int]]) -> str:
    lines = [
        f"{key}: " + " ".join(f"{who}={status}" for who, status in row.items()) for key, row in sorted(rows.items())
    ]
    return "\n".join(lines) + "\n"


def test_every_address_for_everyone(world: World) -> None:
    rows = table(world)
    no_server_error = [f"{key} {who}" for key, row in rows.items() for who, status in row.items() if status >= 500]
    assert no_server_error == []
    if os.environ.get("QINGQU_GOLDEN") == "write":
        GOLDEN.write_text(written(rows), encoding="utf-8")
    assert written(rows).splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_another_school_opens_nothing(world: World) -> None:
    """Zhou guesses the addresses of Wang's things: never an answer, whatever the table says."""
    client = Client(raise_request_exception=False)
    client.force_login(world.cast.zhou)
    opened = [
        url
        for name, route, arguments in addresses()
        if {"pk", "key"} & set(arguments) and name not in PUBLIC
        for url in [address(name, route, arguments, world)]
        if ask(client, "GET", url) == 200 or ask(client, "POST", url) == 200
    ]
    assert opened == []


def test_nobody_gets_the_sign_in_page(world: World) -> None:
    client = Client(raise_request_exception=False)
    wrong = {
        name: status
        for name, route, arguments in addresses()
        if name not in PUBLIC
        for status in [ask(client, "GET", address(name, route, arguments, world))]
        if status not in (302, 403, 404, 405)
    }
    assert wrong == {}
