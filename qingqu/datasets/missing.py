"""Events that a log lacks because their rows could not be read: which still do, and which need not be put right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.datasets import storing, watching
from qingqu.datasets.checking import CASE, MISSING_KEPT
from qingqu.datasets.columns import Column, written
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, MissingEvent, Record, RecordVersion
from qingqu.datasets.queries import titles
from qingqu.datasets.queries import written as said
from qingqu.datasets.watching import Values
from qingqu.trace.actions import record

TAKEN_BACK = (Batch.State.WITHDRAWING, Batch.State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Lack:
    """What a log lacks."""

    ids: tuple[int, ...]
    """The events that have to be put right, those of the newest import first."""
    cases: Mapping[str, frozenset[str]]
    """The cases that lack one, and what the log calls the steps that are missing, empty where that is illegible."""
    homeless: int
    """So many rows do not say of which case they are, or were too many to be noted one by one."""
    rows: int
    """All of them."""


def noted(dataset: Dataset) -> QuerySet[MissingEvent]:
    """All that was left out by imports which are in the log, or about to be."""
    return MissingEvent.objects.filter(batch__dataset=dataset).exclude(batch__state__in=TAKEN_BACK)


def note(batch: Batch, events: Sequence[MissingEvent]) -> None:
    """Keep which events an import leaves out; in its transaction, before its rows are written and judged."""
    for event in events:
        event.batch = batch
    MissingEvent.objects.bulk_create(events, batch_size=1000)


def state_of(dataset: Dataset) -> str:
    """A name of all on which `lack` depends; one statement."""
    found = noted(dataset).aggregate(n=Count("pk"), last=Max("pk"), let_be=Count("pk", filter=~Q(reason="")))
    return f"{dataset.changes}.{found['n']}.{found['last']}.{found['let_be']}"


def lack(dataset: Dataset) -> Lack:
    """What a log still lacks; computed anew where the log, or what is said of it, has changed."""
    at = f"lack-of:{dataset.pk}:{state_of(dataset)}"
    known: Lack | None = cache.get(at)
    if known is None:
        known = _lack(dataset)
        cache.set(at, known, timeout=24 * 3600)
    return known


def _lack(dataset: Dataset) -> Lack:
    wanted = _newest(noted(dataset).filter(reason="").order_by("-batch", "row"))
    there = _there(dataset, wanted) if wanted else set()
    left = [one.event for one in wanted if one.event.pk not in there]
    too_many = noted(dataset).order_by().values("batch").annotate(n=Count("pk"), faulty=Max("batch__faulty"))
    beyond = sum(each["faulty"] - each["n"] for each in too_many.filter(n__gte=MISSING_KEPT))
    return Lack(
        tuple(event.pk for event in left),
        _steps(left),
        sum(not event.case for event in left) + beyond,
        len(left) + beyond,
    )


def _steps(events: Iterable[MissingEvent]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.case:
            found[event.case].add(event.legible.get("step") or "")
    return {case: frozenset(steps) for case, steps in found.items()}


def _says(event: MissingEvent) -> str:
    return written(sorted(event.legible.items()))


@dataclass(frozen=True, slots=True)
class _Missed:
    """An event, and since when it is missed."""

    event: MissingEvent
    since: datetime


def _newest(events: QuerySet[MissingEvent]) -> list[_Missed]:
    """Of what several imports have left out the newest one's, missed since the oldest: it is one file once more."""
    same: dict[str, list[MissingEvent]] = defaultdict(list)
    for event in events.select_related("batch"):
        same[_says(event)].append(event)
    found = []
    for group in same.values():
        since = min((e.batch.applied_at for e in group if e.batch.applied_at), default=timezone.now())
        found += [_Missed(event, since) for event in group if event.batch_id == group[0].batch_id]
    return found


def _there(dataset: Dataset, missed: Sequence[_Missed]) -> set[int]:
    """Those that the log has by now: a row with their key, or one that says the same in all that was legible and came
    in later. Each row puts right one."""
    named = [one.event for one in missed if one.event.key]
    known = Record.objects.filter(pk__in=storing.known_ids(dataset, [e.key for e in named]), withdrawn=False)
    keys = set(known.values_list("key", flat=True)) if named else set()
    there = {event.pk for event in named if event.key in keys}
    rest = [one for one in missed if not one.event.key and one.event.case]
    later = _later(dataset, rest) if rest else {}
    taken = set[int]()
    for one in rest:
        for id_, values, born in later.get(one.event.case, ()):
            says = all(values.get(name) == value for name, value in one.event.legible.items())
            if says and born > one.since and id_ not in taken:
                taken.add(id_)
                there.add(one.event.pk)
                break
    return there


def _later(dataset: Dataset, missed: Sequence[_Missed]) -> dict[str, list[tuple[int, Values, datetime]]]:
    """The rows of these cases, and when each came in for the first time; one statement."""
    since, cases = min(one.since for one in missed), sorted({one.event.case for one in missed})
    found: dict[str, list[tuple[int, Values, datetime]]] = defaultdict(list)
    said = Record.objects.filter(dataset=dataset, withdrawn=False, received_at__gt=since)
    of_cases = said.filter(**{f"values__{CASE}__in": cases})
    first = RecordVersion.objects.filter(record=OuterRef("pk")).order_by("version").values("received_at")[:1]
    born = Coalesce(Subquery(first), "received_at")
    for id_, values, at in of_cases.order_by("pk").values_list("pk", "values", born):
        found[values[CASE]].append((id_, values, at))
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A row that did not get into a log, as its page shows it."""

    event: MissingEvent
    case: str
    """Of which case it is."""
    said: list[str]
    """What could be read of it."""
    why: str
    """The columns that could not."""


def lines(dataset: Dataset, columns: Sequence[Column], ids: Sequence[int], *, case: str = "") -> list[Line]:
    """These rows, or those of a case among them, in the order of their imports, as a reader of `columns` may see them;
    one statement."""
    names = titles(dataset)
    types = {column.id: column.type for column in columns if column.type != "hashed"}
    found = MissingEvent.objects.filter(pk__in=ids).select_related("batch", "by").order_by("-batch", "row")
    if case:
        found = found.filter(case=case)
    return [
        Line(
            event,
            event.case if CASE in types or not event.case else MASKED,
            [said(value, types[id_]) for id_, value in event.legible.items() if id_ in types and id_ != CASE],
            listed(names.get(id_, id_) for id_ in event.columns),
        )
        for event in found
    ]


@transaction.atomic
def let_be(dataset: Dataset, ids: Collection[int], *, reason: str, by: User) -> int:
    """Say that these rows need not be put right, and why: they are no events, or stand in the log already.

    Their cases count again. Returns how many. Raises NotPossible without a reason, or where one is not waiting for it.
    """
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if not reason.strip():
        raise NotPossible(_("请说明为什么不再更正"))
    if not ids or not set(ids) <= set(lack(dataset).ids):
        raise NotPossible(_("请选择还没有更正的行"))
    same = {_says(event) for event in noted(dataset).filter(pk__in=ids)}
    earlier = [event.pk for event in noted(dataset).filter(reason="") if _says(event) in same]
    MissingEvent.objects.filter(pk__in=earlier).update(reason=reason.strip()[:200], by=by)
    watching.renamed(dataset, by=by)
    record("datasets.missing_let_be", dataset, by=by, details={"rows": len(ids)}, reason=reason.strip())
    return len(ids)
