"""Whether the cases of a log follow the procedures that they are held against: counted by the worker, shown on pages.

A log with holes never counts as conforming: a case of which a step, a person or a time is not known, or a row is not
in the log, is one of which nobody can say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from qingqu.alerts import wording
from qingqu.alerts.engine.cases import CASE, case_hits
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.incremental import Grouping, posting_key
from qingqu.alerts.engine.incremental.judging import Named
from qingqu.alerts.engine.prepared import Context, Prepared, prepare
from qingqu.alerts.engine.procedures import Doubt, Event, Verdict, doubts_of, event_of, in_order, verdict
from qingqu.alerts.engine.spec import Events
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.indicators.rulebook import Running
from qingqu.alerts.models import Conformity, Rule
from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.datasets import missing, postings
from qingqu.datasets.columns import Column
from qingqu.datasets.models import Dataset, Record

NAMED = 200
"""So many cases of each kind are kept by name."""
REST = 20
"""The worker rests so many times as long as a counting took before it counts the same log again."""


@dataclass(frozen=True, slots=True)
class Held:
    """A procedure against which a log is held: the indicator in force and its check."""

    rule: Rule
    shipped: Shipped
    check: Events

    def prepared(self, log: Dataset) -> Prepared:
        """Made ready to run on the log today."""
        steps = log.steps or rulebook.THEMSELVES
        day = day_of(today())
        context = Context(day, rulebook.calendar(day), steps=steps)
        return prepare(self.shipped, self.check, rulebook.schemas_of(self.shipped), context)

    def state(self, log: Dataset, lacks: str) -> str:
        """Digest of all on which the verdicts depend."""
        whole = [lacks, log.steps, self.rule.pk, self.rule.where, today().isoformat()]
        return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def held(log: Dataset) -> list[Held]:
    """The procedures against which a log is held now; those of whose steps it knows none do not look at it."""
    found = []
    for rule in rulebook.in_force(log.school_id):
        whole = rulebook.effective(rule)
        for one in whole.checks:
            if not isinstance(one, Events) or one.kind != "model" or (one.dataset or whole.dataset) != log.code:
                continue
            if rulebook.applies(one, (log.steps or rulebook.THEMSELVES).values()):
                found.append(Held(rule, whole, one))
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A procedure and what was counted last; `is_stale` where something has changed since."""

    held: Held
    counted: Conformity | None
    is_stale: bool


def standing(log: Dataset) -> list[Standing]:
    """How the cases of a log stand, as last counted; a fixed number of statements."""
    procedures = held(log)
    if not procedures:
        return []
    lacks = missing.state_of(log)
    kept = {(one.code, one.check_id): one for one in Conformity.objects.filter(dataset=log)}
    found = []
    for each in procedures:
        counted = kept.get((each.rule.code, each.check.id))
        found.append(Standing(each, counted, counted is None or counted.state != each.state(log, lacks)))
    return found


ABSENCE = ("precedence", "response", "deadline", "amount_requires")
"""Kinds of checks that find something where a step is not there."""


def beyond_doubt(running: Running, log: Dataset, hits: Sequence[Hit], known: Collection[str]) -> Sequence[Hit]:
    """Findings without those that say that a step is not there in a case of which the log lacks just such rows.

    What was found before (`known` identities) stays: nobody makes it go away by handing in a faulty row.
    """
    check = running.prepared.check
    if not hits or not isinstance(check, Events) or check.kind not in (*ABSENCE, "model"):
        return hits
    lacking, steps = missing.lack(log).cases, log.steps or rulebook.THEMSELVES
    meant = {None, *check.first, *check.then}

    def may_be_there(case: Any) -> bool:
        names = lacking.get(case, ())
        return bool(names) if check.kind == "model" else any(steps.get(name) in meant for name in names)

    return [hit for hit in hits if hit.identity in known or not may_be_there(hit.key[0])]


_seen: dict[int, Any] = {}
"""What a log, and all indicators, looked like when it was last found in order: most rounds need no more."""


def forget_all() -> None:
    """Another database is behind the same ids (see `ready.forget_all`)."""
    _seen.clear()


def waiting() -> Iterator[tuple[Dataset, list[Held]]]:
    """The logs that have changed since they were counted, each with the procedures to count anew."""
    for log, looks in _looks():
        if _seen.get(log.pk) != looks:
            stale = [one for one in standing(log) if one.is_stale]
            ready = [one.held for one in stale if one.counted is None or _is_rested(one.counted)]
            if ready:
                yield log, ready
            if len(ready) == len(stale):
                _seen[log.pk] = looks


def _looks() -> Iterator[tuple[Dataset, Any]]:
    """The logs, and what tells that there may be something to count; two statements."""
    rules = Rule.objects.filter(state__in=(Rule.State.ON, Rule.State.APPROVED)).aggregate(n=Count("pk"), last=Max("pk"))
    said = ~Q(batches__state__in=missing.TAKEN_BACK)
    logs = Dataset.objects.filter(kind=Dataset.Kind.EVENTS).annotate(
        missed=Count("batches__missing", filter=said),
        let_be=Count("batches__missing", filter=said & ~Q(batches__missing__reason="")),
    )
    for log in logs.select_related("school"):
        yield log, (log.changes, log.steps, log.missed, log.let_be, rules["n"], rules["last"], today())


def _is_rested(counted: Conformity) -> bool:
    return timezone.now() >= counted.counted_at + timedelta(seconds=REST * counted.seconds)


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say of a case: each of its rows with its event, and where it stands to each procedure."""

    rows: list[tuple[Record, Event]]
    verdicts: list[tuple[Held, Verdict, list[str]]]
    """With what an indicator says of it, where it leaves."""
    doubts: list[Doubt]
    missing: list[missing.Line]
    """Its rows that are not in the log."""


def told(log: Dataset, columns: Sequence[Column], case: str) -> Told:
    """One case of a log, judged now, for a reader of `columns`."""
    records = _records_of(log, case)
    lack = missing.lack(log)
    lacks = case in lack.cases
    lines = missing.lines(log, columns, lack.ids, case=case) if lacks else []
    steps = log.steps or rulebook.THEMSELVES
    event = {one.pk: event_of(_row(log, one), steps) for one in records}
    records.sort(key=lambda one: (event[one.pk].time is None, event[one.pk].time or 0, one.pk))
    found, hidden = [], masked(columns)
    for each in held(log):
        p = each.prepared(log)
        rows = [_row(log, one) for one in records]
        if p.where:
            takes_part = p.function(p.where)
            rows = [row for row in rows if takes_part(Named(row))]
        said = verdict([event_of(row, steps) for row in rows], each.check, refused=lacks) if rows or lacks else "other"
        hits = case_hits(p, log.school_id, case, rows) if said == "leaves" else ()
        found.append((each, said, [wording.told(wording.of_hit(each.shipped, hit), hidden) for hit in hits]))
    doubts: list[Doubt] = ["refused"] if lacks else []
    doubts += dict.fromkeys(doubt for one in in_order(event.values()) for doubt in doubts_of(one))
    return Told([(one, event[one.pk]) for one in records], found, doubts, lines)


def masked(columns: Iterable[Column]) -> set[str]:
    """What a reader of `columns` does not read in clear."""
    return {column.id for column in columns if column.type == "hashed"}


def key_of(log: Dataset, case: str) -> str:
    """By what a case is called in an address where its number is not read in clear: nobody can tell it from that."""
    return salted_hmac("qingqu.alerts.case", f"{log.pk}:{case}").hexdigest()[:32]


def case_of(log: Dataset, key: str) -> str:
    """The case that `key_of` calls so, among those that were named when the log was counted; nothing for another."""
    kept = (cases for one in Conformity.objects.filter(dataset=log) for cases in one.cases.values())
    return next((case for cases in kept for case in cases if constant_time_compare(key_of(log, case), key)), "")


def _records_of(log: Dataset, case: str) -> list[Record]:
    """The events of a case, by the look-up that the checks of procedures use, as soon as it is there."""
    grouping, school = Grouping(log.code, (CASE,)), log.school_id
    found = Record.objects.filter(dataset=log, withdrawn=False)
    if postings.is_posted(log, grouping.number):
        rows = postings.fetch(grouping.number, school, posting_key(school, (case,)), None, None)
        return list(found.filter(pk__in=[row["id"] for row in rows if row[CASE] == case]))
    return list(found.filter(values__case=case))


def _row(log: Dataset, one: Record) -> dict[str, Any]:
    return {"id": one.pk, "school": log.school_id, **one.values}
