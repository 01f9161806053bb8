"""How the golden tables ask: as everyone, with whatever a request writes taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.test import Client

from tests.access.world import World

WHO = ("wang", "wu", "li", "feng", "chen", "zhao", "sun", "qian", "zhou", "nobody")
"""Owner, colleague, head, another head, party office, commission, principal, secretary, other school, nobody."""


class Undo(Exception):
    """Takes back what a request has written."""


def clients_of(world: World) -> dict[str, Client]:
    """A client for everyone, signed in but for nobody."""
    clients = {who: Client(raise_request_exception=False) for who in WHO}
    for who, client in clients.items():
        if who != "nobody":
            client.force_login(getattr(world.cast, who))
    return clients


def undone(send: Callable[[], Any]) -> int:
    """The status of one request, whose writing is taken back."""
    status = 0
    try:
        with transaction.atomic():
            status = send().status_code
            raise Undo
    except Undo:
        return status


def written(rows: dict[str, dict[str, int]]) -> str:
    """The table as its file holds it: a line a request, the statuses by person."""
    lines = [
        f"{key}: " + " ".join(f"{who}={status}" for who, status in row.items()) for key, row in sorted(rows.items())
    ]
    return "\n".join(lines) + "\n"
