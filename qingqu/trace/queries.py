"""What the pages read from the trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from qingqu.trace import sentences, sequencer
from qingqu.trace.access import Reader, Scope, open_histories, scope_of
from qingqu.trace.models import Checkpoint, Entry, Payload, VerifyRun
from qingqu.trace.reconcile import titled


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it."""

    pk: int
    at: datetime
    actor: str
    sentence: str
    reason: str
    ok: bool
    position: int | None
    obj: str
    title: str

    @property
    def number(self) -> int | None:
        """People count from one."""
        return None if self.position is None else self.position + 1

    @property
    def label(self) -> str:
        return self.obj.partition(":")[0]

    @property
    def object_id(self) -> str:
        return self.obj.partition(":")[2]


def history(
    obj: models.Model | str, limit: int = 50, before: int | None = None, *, auditor: Scope | None = None
) -> list[Line]:
    """What happened to `obj` (a row, or its name "declarations.declaration:12"), newest first; three SQL statements.

    `before` is the `pk` of the last line of the page before. An auditor sees the attempts that failed as well.
    Show it with {% include "trace/_history.html" with lines=history %}.
    """
    name = obj if isinstance(obj, str) else f"{obj._meta.label_lower}:{obj.pk}"
    entries = Entry.objects.filter(obj=name)
    if auditor is None:
        entries = entries.filter(ok=True)
    if before is not None:
        entries = entries.filter(pk__lt=before)
    words = auditor is None or auditor.words
    return lines(entries.order_by("-pk")[:limit], words=words, doers=auditor is not None and words)


def lines_within(scope: Scope, entries: Iterable[Entry]) -> list[Line]:
    """Entries in sentences for a reader of this scope.

    What the system did for another school must not be told here, so an auditor reads its acts without words.
    """
    entries = list(entries)
    worded = [entry for entry in entries if scope.words and (not scope.audits or entry.actor.startswith("u:"))]
    return lines(entries, worded=worded, doers=scope.words)


SOMEBODY = "somebody"
"""Stands for who acted in confidence."""


def lines(
    entries: Iterable[Entry], *, words: bool = True, worded: Iterable[Entry] | None = None, doers: bool = False
) -> list[Line]:
    """Entries in sentences; without `words`, or outside `worded`, nothing but who did what to which number.

    `doers`: whether the reader learns who did what is done in confidence (`sentences.WITHHELD`). Two SQL statements.
    """
    entries = list(entries)
    speaking = (entries if worded is None else worded) if words else ()
    said = Payload.objects.defer("salt").in_bulk([entry.pk for entry in speaking])
    actors = {entry.pk: _actor(entry, said.get(entry.pk), doers) for entry in entries}
    names = _names(actors.values())
    return [_line(entry, names[actors[entry.pk]], said.get(entry.pk)) for entry in entries]


def _actor(entry: Entry, said: Payload | None, doers: bool) -> str:
    """Who acted: his id, or what stands for somebody whom the reader does not learn of.

    Of what is withheld the details say it; entries of earlier versions say it themselves.
    """
    if entry.act not in sentences.WITHHELD:
        return entry.actor
    if not doers:
        return SOMEBODY
    if said and (by := said.details.get("by")):
        return f"u:{by}"
    return entry.actor if entry.actor.startswith("u:") else SOMEBODY


def _line(entry: Entry, actor: str, said: Payload | None) -> Line:
    told: dict[str, Any] = {**said.details, "before": said.before, "after": said.after} if said else {}
    return Line(
        pk=entry.pk,
        at=entry.at,
        actor=actor,
        sentence=sentences.sentence(entry.act, sentences.name_of(entry.obj, said.title if said else ""), told),
        reason=sentences.reason(said.reason) if said else "",
        ok=entry.ok,
        position=entry.position,
        obj=entry.obj,
        title=said.title if said else "",
    )


def _names(actors: Iterable[str]) -> dict[str, str]:
    """The names of all who acted. One SQL statement."""
    actors = set(actors)
    people = get_user_model()._default_manager.in_bulk([int(actor[2:]) for actor in actors if actor.startswith("u:")])
    named = {f"u:{pk}": str(person) for pk, person in people.items()}
    words = {"system": _("系统"), "anonymous": _("未登录者"), SOMEBODY: _("一位同志")}
    return {**{actor: actor for actor in actors}, **words, **named}


LOOKED = ("viewed", "exported", "printed")


def entries_within(scope: Scope, *, kind: str = "", app: str = "", name: str = "") -> QuerySet[Entry]:
    """What a reader of this scope may see: all, changes, refusals, or views and exports; of an app; of a person."""
    people = scope.people
    if name:
        found = get_user_model()._default_manager.filter(name__contains=name).values_list("pk", flat=True)
        people = people & set(found)
    actors = [f"u:{pk}" for pk in people]
    if scope.audits and not name:
        actors += ["system", "anonymous"]
        # an auditor reads nearly everything: walk back from the newest entry instead of sorting all of theirs
        entries: QuerySet[Any] = Entry.objects.alias(who=Concat("actor", Value(""))).filter(who__in=actors)
    else:
        entries = Entry.objects.filter(actor__in=actors)
    if name and not scope.words:
        entries = entries.exclude(act__in=sentences.WITHHELD)
    if app:
        entries = entries.filter(act__in=[act for act in sentences.known_acts() if act.startswith(f"{app}.")])
    if kind == "refused":
        return entries.filter(ok=False)
    looked = [act for act in sentences.known_acts() if act.endswith(LOOKED)]
    if kind == "looked":
        return entries.filter(act__in=looked)
    return entries.filter(ok=True).exclude(act__in=looked) if kind == "changes" else entries


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the log stands."""

    origin: str
    size: int
    waiting: int
    checkpoint: Checkpoint | None
    verification: VerifyRun | None

    @property
    def seal(self) -> list[tuple[int, int]]:
        """The first 28 bits of the root, mirrored, as squares of a picture that people recognise."""
        bits = int(self.checkpoint.root[:7], 16) if self.checkpoint else 0
        half = [(x, y) for n in range(28) if bits >> n & 1 for x, y in [divmod(n, 7)]]
        return [(7 + 6 * column, 7 + 6 * y) for x, y in half for column in {x, 6 - x}]

    @property
    def digest(self) -> str:
        """The root in groups of four, as on paper."""
        root = self.checkpoint.root if self.checkpoint else ""
        return " ".join(root[n : n + 4] for n in range(0, 24, 4))


def log_standing() -> Standing:
    """Size, last checkpoint, last verification. Four SQL statements."""
    log = sequencer.the_log()
    waiting = Entry.objects.filter(position__isnull=True).count()
    return Standing(log.origin, log.size, waiting, Checkpoint.objects.order_by("-size").first(), last_verification())


def last_verification() -> VerifyRun | None:
    """The last verification, for the banner of the discipline commission."""
    return VerifyRun.objects.order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a verification found: the sentence, and whose history the reader may open (label and key)."""

    sentence: str
    label: str = ""
    key: str = ""


def found_by(run: VerifyRun | None, reader: Reader, limit: int = 20) -> list[Found]:
    """The first problems of a verification; what the reader may look at bears its name and leads to its history."""
    problems = run.found[:limit] if run else []
    if not problems:
        return []
    opens = open_histories(reader, [problem.obj for problem in problems])
    if scope_of(reader).words:
        known = titled([problem for problem in problems if problem.obj in opens])
        by_name = {(problem.kind, problem.obj): problem for problem in known}
        problems = [by_name.get((problem.kind, problem.obj), problem) for problem in problems]
    return [Found(str(each), *each.obj.split(":")) if each.obj in opens else Found(str(each)) for each in problems]
