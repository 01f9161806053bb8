"""Every address of the API × everyone, as in `test_matrix`: a golden table in api_golden.txt.

What is sent is good enough for every operation to get as far as its door: none may stop at the shape of its body.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.api import api
from qingqu.common.clock import today
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
    "suppressions": "quiet",
}
AT = {
    "alerts/{int:pk}/confirm": "alert_confirming",
    "alerts/{int:pk}/send-back": "alert_confirming",
    "alerts/{int:pk}/close": "alert_closing",
    "alerts/{int:pk}/reopen": "alert_closed",
    "alerts/{int:pk}/rectify": "alert_closed",
    "alerts/{int:pk}/risk-points": "alert_closed",
}
"""Where an act needs a thing in another state to be possible at all."""
CODE = {"datasets": "DS1", "indicators": "F01"}
CODE_AT = {"indicators/{code}/approve": "F15", "indicators/{code}/drop": "F15"}
"""Where an act needs a version that waits for approval."""
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


def bodies(world: World) -> dict[str, dict[str, Any]]:
    """What some operations want besides: nothing here is refused for its shape."""
    ids, after = world.ids, (today() + timedelta(days=30)).isoformat()
    measure = {"phase": "pre", "text": "分岗办理", "evidence_kind": "分岗单", "frequency": "term"}
    return {
        "POST campaigns/{int:pk}/exemptions": {"person_id": ids["person"], "reason": "全年病休"},
        "PUT campaigns/{int:pk}/settings": {"peer_review": True, "group_step": "none", "rotation_years": 5},
        "PUT declarations/{int:pk}": {"version": 1, "duties": "采购"},
        "POST powers": {"name": "废旧物资处置", "unit_id": ids["unit"]},
        "POST risk-points": {
            "unit_id": ids["unit"], "category": "duty", "title": "一人经办", "manifestation": "一人询价并验收",
            "likelihood": 2, "impact": 2,
        },
        "POST risk-points/{int:pk}/measures": measure,
        "PUT measures/{int:pk}": measure,
        "POST alerts/{int:pk}/close": {"risk_point_id": ids["risk"]},
        "POST alerts/{int:pk}/rectify": {
            "risk_point_id": ids["risk"], "text": "补办审批手续", "due_on": after, "evidence_kind": "审批单",
        },
        "POST indicators/{code}/suppressions": {
            "until": (today() + timedelta(days=60)).isoformat(), "reason": "补录旧账",
        },
        "POST indicators/{code}/trials": {"check_id": "by-supplier", "parameter": "min_count"},
    }  # fmt: skip


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
    value = CODE_AT.get(route, CODE[before]) if argument == "code" else world.ids[AT.get(route) or PK[before]]
    for argument, of in (("{int:paper}", "paper"), ("{int:pk}", "trial")):
        rest = rest.replace(argument, str(world.ids[of]))
    return f"/api/v1/{before}/{value}{rest}"


def ask(client: Client, method: str, url: str, said: dict[str, Any]) -> int:
    """The status of one operation."""
    if url.endswith("/papers"):
        return undone(lambda: client.post(url, {"file": SimpleUploadedFile("审批单.txt", "同意".encode())}))
    body = "" if method == "GET" else json.dumps({**BODY, **said})
    return undone(partial(client.generic, method, url, body, "application/json"))


def test_every_operation_for_everyone(world: World) -> None:
    clients, said = clients_of(world), bodies(world)
    rows = {
        key: {who: ask(clients[who], method, address(route, world), said.get(key, {})) for who in WHO}
        for method, route in operations()
        for key in [f"{method} {route}"]
    }
    assert [key for key, row in rows.items() if max(row.values()) >= 500] == []
    assert {key: row["nobody"] for key, row in rows.items() if row["nobody"] != 401} == {}
    assert [key for key, row in rows.items() if 422 in row.values()] == [], "stopped before its door"
    strangers = [key for key, row in rows.items() if "{pk}" in key.replace("int:", "") and row["zhou"] < 400]
    assert strangers == []
    if os.environ.get("QINGQU_GOLDEN") == "write":
        GOLDEN.write_text(written(rows), encoding="utf-8")
    assert written(rows).splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()
