"""Trace refusals, views of restricted things, and exports (S87)."""

from __future__ import annotations

import time
from threading import Lock
from uuid import UUID

from django.db import models, transaction
from django.http import HttpRequest

from qingqu.trace import actions
from qingqu.trace.actions import By, Details
from qingqu.trace.models import Entry

STRANGERS_A_MINUTE = 60


def record_denied(by: By, act: str, obj: str, reason: str, details: Details | None = None) -> Entry | None:
    """Leave the trace of a refusal, in a transaction of its own: the act's is already undone.

    `act` is access.denied or <app>.refused, `obj` like "declarations.declaration:12". No network address is kept.
    People who are not signed in leave at most sixty entries a minute: the log must not be filled from outside.
    """
    if by is not None and by.pk is None and not _strangers.admit():
        return None
    with transaction.atomic():
        return actions.write(act, obj, by=by, ok=False, reason=reason, details=details)


def record_refusal(request: HttpRequest, act: str, reason: str, *, by: By = None) -> Entry | None:
    """`record_denied()` for an answer to a request: the object is what the address names."""
    match = request.resolver_match
    name = (match.view_name if match else "").replace(":", ".")
    keys = [value for value in match.kwargs.values() if isinstance(value, int | UUID)] if match else []
    key = keys[0] if keys else ""  # never text out of an address: people type names there
    obj = f"{name or 'address'}:{key}"[:80]
    return record_denied(by or request.user, act, obj, reason, {"method": request.method or ""})


def app_of(request: HttpRequest) -> str:
    """The app whose address was asked for; the API's routes stand under their own name."""
    match = request.resolver_match
    return match.namespaces[-1] if match and match.namespaces else "access"


@transaction.atomic
def record_view(obj: models.Model, *, by: By) -> Entry:
    """Somebody looked at a restricted thing. Call it from the view that shows it."""
    return actions.write(f"{obj._meta.app_label}.viewed", obj, by=by)


@transaction.atomic
def record_export(kind: str, *, by: By, rows: int, what: str = "exported", title: str = "") -> Entry:
    """A list left the house: `kind` as "risks.ledger", how many rows, what people call it; `what` may be "printed"."""
    app = kind.partition(".")[0]
    return actions.write(f"{app}.{what}", f"{kind}:", by=by, details={"rows": rows}, title=title)


class _Limit:
    """So many a minute, counted in this process."""

    def __init__(self, most: int) -> None:
        self.most, self.count, self.minute, self.lock = most, 0, 0, Lock()

    def admit(self) -> bool:
        with self.lock:
            minute = int(time.monotonic() // 60)
            if minute != self.minute:
                self.minute, self.count = minute, 0
            self.count += 1
            return self.count <= self.most


_strangers = _Limit(STRANGERS_A_MINUTE)
