"""Every address × everyone: a golden table. An address without a row fails; so does a door that opens further.

After a change that is meant: QINGQU_GOLDEN=write pytest tests/access, then read the difference line by line.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from django.test import Client

from tests.access.addresses import address, addresses
from tests.access.asking import WHO, clients_of, undone, written
from tests.access.world import World

GOLDEN = Path(__file__).with_name("golden.txt")
PUBLIC = {"accounts:sign-in", "accounts:activate", "set-language", "trace:checkpoint", "trace:entries", "trace:tile"}
"""What nobody in particular may open."""


def ask(client: Client, method: str, url: str) -> int:
    """The status of opening a page, or of sending an empty form to it."""
    return undone(partial(client.get, url) if method == "GET" else partial(client.post, url, {}))


def table(world: World) -> dict[str, dict[str, int]]:
    """«GET declarations:review» → who → status."""
    clients = clients_of(world)
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
