"""Writing into the trace (S87). Whoever changes something calls `record()` in the same transaction, last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.utils import timezone

from qingqu.common import statements
from qingqu.trace import states
from qingqu.trace.commitments import commit, commit_state, new_salt
from qingqu.trace.context import request_id
from qingqu.trace.models import Entry, Payload

Details = Mapping[str, str | int]
By = AbstractBaseUser | AnonymousUser | None


class Said(NamedTuple):
    """What an entry says in words."""

    details: Details
    before: str = ""
    after: str = ""
    reason: str = ""


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
    said = Said(dict(details or {}), before, after, reason)
    return record_each([(act, obj, said) for obj in objs], by=by, ok=ok, on_behalf=on_behalf)


def record_each(
    acts: Sequence[tuple[str, models.Model, Said]], *, by: By, ok: bool = True, on_behalf: By = None
) -> list[Entry]:
    """The same for several acts at once, each on an object of that model and with something of its own to say."""
    if not acts:
        return []
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(f"{acts[0][0]}: record() belongs inside the transaction of the act")
    model = acts[0][1]._meta.concrete_model or type(acts[0][1])
    name, commits_state = model._meta.label_lower, ok and states.is_traced(model)
    stay = [obj.pk for act, obj, _ in acts if commits_state and not act.endswith(".deleted")]
    found = states.states_of(model, stay) if stay else {}
    shape = states.shape_of(model) if commits_state else ""
    pairs = []
    for act, obj, words in acts:
        gist: Gist = {"act": act, "by": by, "ok": ok, "on_behalf": on_behalf}
        salt, gone = new_salt(), act.endswith(".deleted")
        after_c = commit_state(salt, None if gone else found.get(obj.pk)) if commits_state else ""
        pairs.append(_pair(gist, f"{name}:{obj.pk}", title_of(obj), words, salt, after_c, "" if gone else shape))
    return _insert(pairs)


@transaction.atomic
def erase(obj: models.Model | str, *, by: By, ground: str) -> int:
    """Destroy words and salts of all that was recorded about `obj`, on a legal ground (PIPL 47); returns of how many.

    The log stays valid, but what the entries said can be neither read nor proved any more.
    """
    name = obj if isinstance(obj, str) else f"{obj._meta.label_lower}:{obj.pk}"
    count = Payload.objects.filter(entry__obj=name).delete()[0]
    if isinstance(obj, str):
        write("trace.erased", obj, by=by, reason=ground)
    else:
        record("trace.erased", obj, by=by, reason=ground)
    return count


def write(
    act: str,
    obj: models.Model | str,
    *,
    by: By,
    ok: bool = True,
    reason: str = "",
    details: Details | None = None,
    title: str = "",
) -> Entry:
    """An entry about what changes no row: a refusal, a view, a sign-in. `obj` may be a name instead of a row.

    It says nothing about the row's state, so that it cannot cover up a change behind the product's back.
    """
    gist: Gist = {"act": act, "by": by, "ok": ok, "on_behalf": None}
    if not isinstance(obj, str):
        title = title or title_of(obj)
        obj = f"{obj._meta.label_lower}:{obj.pk}"
    return _insert([_pair(gist, obj, title, Said(dict(details or {}), reason=reason), new_salt(), "", "")])[0]


def write_many(act: str, objs: Iterable[models.Model], *, by: By) -> list[Entry]:
    """`write()` for many rows, in a fixed number of SQL statements per few hundred."""
    gist: Gist = {"act": act, "by": by, "ok": True, "on_behalf": None}
    said = Said({})
    names = [(f"{obj._meta.label_lower}:{obj.pk}", title_of(obj)) for obj in objs]
    return _insert([_pair(gist, name, title, said, new_salt(), "", "") for name, title in names])


class Gist(TypedDict):
    act: str
    by: By
    ok: bool
    on_behalf: By


def _pair(gist: Gist, obj: str, title: str, said: Said, salt: bytes, after_c: str, shape: str) -> tuple[Entry, Payload]:
    words = said._asdict()
    entry = Entry(
        at=_now(),
        act=gist["act"],
        obj=obj,
        actor=actor_of(gist["by"]),
        role=getattr(gist["by"], "acting_role", ""),
        on_behalf=actor_of(gist["on_behalf"]) if gist["on_behalf"] else "",
        req=request_id.get(),
        ok=gist["ok"],
        before_c=commit(salt, {"before": said.before}) if said.before else "",
        after_c=after_c,
        reason_c=commit(salt, words | {"title": title}),
    )
    return entry, Payload(salt=salt, title=title, shape=shape, **words)


def _insert(pairs: list[tuple[Entry, Payload]]) -> list[Entry]:
    entries = [entry for entry, _ in pairs]
    statements.insert(entries)
    for entry, payload in pairs:
        payload.entry_id = entry.pk
    statements.insert([payload for _, payload in pairs])
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
