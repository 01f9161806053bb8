"""Every address of the API × everyone, as in `test_matrix`: a golden table in api_golden.txt.

What is sent says a little of everything, so that most acts get as far as their door.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.test import Client

from config.api import api
from tests.access.asking import WHO, clients_of, undone, written
from tests.access.world import World

GOLDEN = Path(__file__).with_name("api_golden.txt")
PK = {
    "people": "person",
    "declarations": "declaration",
    "reviews": "review",
    "powers": "power",
    "campaigns": "campaign",
    "campaigns/tasks": "task",
    "campaigns/exemptions": "exemption",
    "campaigns/stages": "stage",
    "risk-points": "risk",
    "measures": "measure",
    "batches": "batch",
    "alerts": "alert",
}
CODE = {"datasets": "DS1", "indicators": "F01"}
BODY = {
    "text": "与单据一致，已核对",
    "opinion": "flaw",
    "result": "flaw",
    "reason": "报送有误",
    "approve": True,
    "rows": [{"po_no": "CG9"}],
    "likelihood": 2,
    "impact": 2,
    "answers": "00000",
    "note": "已盘点",
    "title": "保管不善",
}


def operations() -> Iterator[tuple[str, str]]:
    """(method, route) of every operation."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield method, f"{prefix}{path}".strip("/")


def address(route: str, world: World) -> str:
    """The address of Wang's thing. KeyError where nobody has said what its argument means."""
    before, brace, after = route.partition("{")
    if not brace:
        return f"/api/v1/{route}"
    argument, _brace, rest = after.partition("}")
    before = before.rstrip("/")
    value = CODE[before] if argument == "code" else world.ids[PK[before]]
    return f"/api/v1/{before}/{value}{rest}"


def ask(client: Client, method: str, url: str) -> int:
    """The status of one operation, with a little of everything in its body."""
    said = "" if method == "GET" else json.dumps(BODY)
    return undone(partial(client.generic, method, url, said, "application/json"))


def test_every_operation_for_everyone(world: World) -> None:
    clients = clients_of(world)
    rows = {
        f"{method} {route}": {who: ask(clients[who], method, address(route, world)) for who in WHO}
        for method, route in operations()
    }
    assert [key for key, row in rows.items() if max(row.values()) >= 500] == []
    assert {key: row["nobody"] for key, row in rows.items() if row["nobody"] != 401} == {}
    strangers = [key for key, row in rows.items() if "{pk}" in key.replace("int:", "") and row["zhou"] < 400]
    assert strangers == []
    if os.environ.get("QINGQU_GOLDEN") == "write":
        GOLDEN.write_text(written(rows), encoding="utf-8")
    assert written(rows).splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()
