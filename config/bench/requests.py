"""What a request costs the server: lists, the ledger page, a new risk point."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.bench.measure import ROUNDS, Line, millis, timed
from config.bench.school import School
from qingqu.accounts.models import User

LIST, LEDGER_API, LEDGER = "/api/v1/risk-points", "/api/v1/ledger", "/reports/ledger"


def client_of(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def lists(school: School) -> list[Line]:
    """Twenty-five rows through the API, as the party office and as a teacher."""
    teacher = school.people[-1]
    return [
        _get("list API /risk-points", LIST, school.office, 15, 8),
        _get("list, by a teacher", LIST, teacher, 15, 8),
        _get("list API /ledger (with count)", LEDGER_API, school.office, 15, 8),
    ]


def ledger(school: School) -> list[Line]:
    """The ledger's page, whole, by its filters, by words that many and few lines say, and far down."""
    narrowed = {
        "level 1 and late": "level=1&late=1",
        "a unit's late ones": f"unit={school.units[3].pk}&late=1",
        "a likelihood": "likelihood=4",
        "a category's late ones": "category=duty&late=1",
        "a state": "state=rated",
        "search «验收»": "q=验收",
        "search, level 1 and late": "q=验收&level=1&late=1",
        "search for a rare word": "q=第4321号",
        "page 100": "page=100",
    }
    return [
        _get("ledger page", LEDGER, school.office, 25),
        _get("ledger page, by a teacher", LEDGER, school.people[-1], 25),
        *(_get(f"ledger page, {name}", f"{LEDGER}?{query}", school.office, 25) for name, query in narrowed.items()),
    ]


def _get(name: str, address: str, user: User, most_ms: float = 0, most_statements: int = 0) -> Line:
    client = client_of(user)
    with CaptureQueriesContext(connection) as first:
        status = client.get(address).status_code
    if status != 200:
        return Line(name, f"not measured: {address} answers {status}")
    with CaptureQueriesContext(connection) as again:
        client.get(address)
    statements = min(len(first), len(again))
    timing = timed(lambda: client.get(address))
    met = not most_ms or (timing.cpu * 1000 <= most_ms and (not most_statements or statements <= most_statements))
    target = f"≤ {most_ms:g} ms CPU" if most_ms else ""
    target += f", ≤ {most_statements} statements" if most_statements else ""
    return Line(name, f"{millis(timing)}, {statements} statements", target, met if most_ms else None)


def create(school: School) -> list[Line]:
    """A new risk point with rating, number and trace entry, through the API."""
    client, n = client_of(school.office), 0

    def post() -> Any:
        nonlocal n
        n += 1
        said = {
            "unit_id": school.units[n % len(school.units)].pk,
            "category": "duty",
            "title": f"新登记第{n}号风险点",
            "manifestation": "到货时由一人清点签字，少送的没有登记",
            "likelihood": 3,
            "impact": 4,
            "answers": "01010",
            "power_id": school.powers[0].pk,
        }
        return client.post(LIST, json.dumps(said), content_type="application/json")

    answer = post()
    if answer.status_code != 201:
        return [Line("create through the API", f"not measured: POST {LIST} answers {answer.status_code}")]
    with CaptureQueriesContext(connection) as counted:
        post()
    statements = len(counted)
    timing = timed(post, ROUNDS * 2)
    said = f"{millis(timing)}, {statements} statements"
    return [Line("create through the API", said, "≤ 10 ms CPU", timing.cpu <= 0.010)]
