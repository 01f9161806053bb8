"""Writing into the trace (S87). Whoever changes something calls `record()` in the same transaction, last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.utils import timezone

from qingqu.trace import states
from qingqu.trace.commitments import commit, new_salt
from qingqu.trace.context import request_id
from qingqu.trace.models import Entry, Payload

Details = Mapping[str, str | int]
By = AbstractBaseUser | AnonymousUser | None


class OutsideTransaction(RuntimeError):
    """An act was recorded outside the transaction of what it changed: the one could stay without the other."""


def record(
    act: str,
    obj: models.Model,
    *,
    by: By,
    before: str = "",
    after: str = "",
    reason: str = "",
    ok: bool = True,
    on_behalf: By = None,
    details: Details | None = None,
) -> Entry:
    """Leave the trace of `act` on `obj`: call it last in the transaction, when everything is written.

    `by` is the user, or None where the clock or the importer acts. An act that ends with `.deleted` is recorded before
    the row is deleted. Raises OutsideTransaction.
    """
    said = {"before": before, "after": after, "reason": reason, "details": details}
    return record_many(act, [obj], by=by, ok=ok, on_behalf=on_behalf, **said)[0]  # type: ignore[arg-type]


def record_many(
    act: str,
    objs: Iterable[models.Model],
    *,
    by: By,
    before: str = "",
    after: str = "",
    reason: str = "",
    ok: bool = True,
    on_behalf: By = None,
    details: Details | None = None,
) -> list[Entry]:
    """`record()` for many objects of one model, in a fixed number of SQL statements per few hundred."""
    objs = list(objs)
    if not objs:
        return []
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(f"{act}: record() belongs inside the transaction of the act")
    model = objs[0]._meta.concrete_model or type(objs[0])
    commits_state = ok and states.is_traced(model)
    gone = act.endswith(".deleted")
    found = states.states_of(model, [o.pk for o in objs]) if commits_state and not gone else {}
    now, actor, behalf = _now(), actor_of(by), actor_of(on_behalf) if on_behalf else ""
    said = {"before": before, "after": after, "reason": reason, "details": dict(details or {})}
    entries, payloads = [], []
    for obj in objs:
        salt = new_salt()
        if commits_state:
            after_c = commit(salt, {"state": found.get(obj.pk)})
        else:
            after_c = commit(salt, {"after": after}) if after and ok else ""
        entry = Entry(
            at=now,
            act=act,
            obj=f"{model._meta.label_lower}:{obj.pk}",
            actor=actor,
            role=getattr(by, "acting_role", ""),
            on_behalf=behalf,
            req=request_id.get(),
            ok=ok,
            before_c=commit(salt, {"before": before}) if before else "",
            after_c=after_c,
            reason_c=commit(salt, said),
        )
        entries.append(entry)
        shape = states.shape_of(model) if commits_state and not gone else ""
        payloads.append(Payload(salt=salt, title=title_of(obj), shape=shape, **said))
    return _insert(entries, payloads)


def _insert(entries: list[Entry], payloads: list[Payload]) -> list[Entry]:
    Entry.objects.bulk_create(entries, batch_size=500)
    for entry, payload in zip(entries, payloads, strict=True):
        payload.entry_id = entry.pk
    Payload.objects.bulk_create(payloads, batch_size=500)
    return entries


def _now() -> datetime:
    now = timezone.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def actor_of(user: By) -> str:
    """The opaque id of who acts: u:12, anonymous, or system."""
    if user is None:
        return "system"
    return f"u:{user.pk}" if user.pk else "anonymous"


def title_of(obj: models.Model) -> str:
    """How people call `obj`: the attribute that its model names in TRACE_LABEL."""
    name = getattr(obj, "TRACE_LABEL", "")
    return str(getattr(obj, name))[:120] if name else ""
