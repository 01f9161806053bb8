"""Writing down findings: new warnings, and open ones that follow their records; many at once. Used by `reconciling`."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils import timezone

from qingqu.alerts import rules
from qingqu.alerts.chain import risk_of
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.indicators.rulebook import Running
from qingqu.alerts.models import Alert, AlertRow
from qingqu.common import statements
from qingqu.common.calendar import add_working_days, date_of
from qingqu.common.clock import today
from qingqu.datasets.models import Dataset, Record
from qingqu.organisation.models import Unit
from qingqu.organisation.numbering import next_numbers
from qingqu.trace.actions import Said, record_each
from qingqu.trace.states import chained, chains_of

Evidence = tuple[int, int, str]
"""A record, its version, the digest of what it says."""
Act = tuple[str, Alert, Said]
"""What is recorded of a warning."""


class New(NamedTuple):
    """A finding that is no open warning yet, and the closed one that it has outgrown."""

    running: Running
    dataset: Dataset
    hit: Hit
    earlier: Alert | None


class Grown(NamedTuple):
    """An open warning with its records, and what is found now."""

    alert: Alert
    rows: set[int]
    hit: Hit
    running: Running


class Due(NamedTuple):
    """An open warning that says something else now, the records that it gains and those that it loses."""

    grown: Grown
    come: set[int]
    gone: set[int]


def write(new: Sequence[New], grown: Sequence[Grown], changed: Collection[int] | None) -> tuple[list[Alert], int]:
    """Raise the new warnings of one school, and bring the open ones up to date; returns the former, and how many say
    something else now. A fixed number of statements, and one for each check and each warning that loses records.

    `changed` are the only records that may have changed since they were judged; None: the database is asked.
    """
    due = _due(grown, changed)
    stand = _as_they_stand({id_ for one in new for id_ in one.hit.rows}.union(*(one.come for one in due)))
    refreshed = [_refreshed(one, stand) for one in due]
    raised = _raised(new, stand)
    _add_rows([*((one.grown.alert, _of(one.come, stand)) for one in due), *raised])
    statements.update([one.grown.alert for one in due], FOLLOWING)
    acts = [("alerts.raised", alert, Said({"colour": alert.colour, "rows": len(rows)})) for alert, rows in raised]
    record_each([*refreshed, *acts], by=None)
    return [alert for alert, _ in raised], len(due)


def _due(grown: Sequence[Grown], changed: Collection[int] | None) -> list[Due]:
    altered = changed_since([one.alert.pk for one in grown]) if changed is None else None
    due = []
    for one in grown:
        stale = altered[one.alert.pk] if altered is not None else one.rows.intersection(changed or ())
        now = set(one.hit.rows)
        if stale or now != one.rows or (one.alert.numbers, one.alert.colour) != (dict(one.hit.numbers), one.hit.colour):
            due.append(Due(one, now - one.rows | now & stale, one.rows - now | stale))
    return due


def _refreshed(due: Due, stand: Mapping[int, Evidence]) -> Act:
    """Let a warning say what is found now; its new rows and itself are yet to be written."""
    alert, _rows, hit, running = due.grown
    before = alert.colour
    _follow(alert, hit, running)
    if due.gone:
        AlertRow.objects.filter(alert=alert, record_id__in=due.gone).delete()
        alert.rows_digest = chains_of(Alert, [alert.pk])[alert.pk]["rows_digest"]
    alert.rows_digest = chained(alert.rows_digest, _of(due.come, stand))
    return "alerts.refreshed", alert, Said({"rows": len(hit.rows)}, before=before, after=alert.colour)


def _raised(new: Sequence[New], stand: Mapping[int, Evidence]) -> list[tuple[Alert, list[Evidence]]]:
    """New warnings, with the rows that are yet to be written."""
    if not new:
        return []
    school, day = statements.get(Unit, new[0].dataset.school_id), today()
    numbers = next_numbers(school, "HC", day.year, len(new))
    terms = {colour: add_working_days(day, rules.WORKING_DAYS[colour]) for colour in {one.hit.colour for one in new}}
    risks: dict[tuple[str, str], int | None] = {}
    raised = []
    for number, (running, dataset, hit, earlier) in zip(numbers, new, strict=True):
        check = (hit.rule, hit.check)
        if check not in risks:
            risks[check] = risk_of(dataset, running.prepared.rule, running.prepared.check)
        rows = _of(hit.rows, stand)
        alert = Alert(
            school=school,
            number=number,
            check_id=hit.check,
            dataset=dataset,
            unit_id=dataset.keeper_id or school.pk,
            colour=hit.colour,
            identity=hit.identity,
            key=list(hit.key),
            numbers=dict(hit.numbers),
            anchor=date_of(hit.anchor) if hit.anchor else None,
            **_computed_with(running),
            due_on=terms[hit.colour],
            risk_point_id=risks[check],
            earlier=earlier,
            rows_digest=chained("", rows),
        )
        raised.append((alert, rows))
    statements.insert([alert for alert, _ in raised])
    return raised


COMPUTED = ("rule", "parameters", "snapshot", "definition", "judged_on", "judged_at")
FOLLOWING = ("colour", "numbers", "anchor", "due_on", "rows_digest", *COMPUTED)


def _follow(alert: Alert, hit: Hit, running: Running) -> None:
    """What a warning says now; its term gets shorter with a graver colour, never longer."""
    if rules.is_graver(hit.colour, alert.colour):
        raised = timezone.localtime(alert.raised_at).date()
        alert.due_on = min(alert.due_on, max(today(), add_working_days(raised, rules.WORKING_DAYS[hit.colour])))
    alert.colour, alert.numbers = hit.colour, dict(hit.numbers)
    alert.anchor = date_of(hit.anchor) if hit.anchor else None
    for name, value in _computed_with(running).items():
        setattr(alert, name, value)


def _computed_with(running: Running) -> dict[str, Any]:
    """All that is needed to compute a finding anew, besides the versions of the records (see `replaying`)."""
    p = running.prepared
    snapshot = p.context.snapshots.get((running.rule.code, p.check.id))
    return {
        "rule": running.rule,
        "parameters": {name: value for name, value in p.values.items() if name in p.parameters},
        "snapshot": snapshot.digest if snapshot else "",
        "definition": running.definition,
        "judged_on": date_of(p.context.today),
        "judged_at": timezone.now(),
    }


def digest_of(values: dict[str, Any]) -> str:
    """Of a record as it stood."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _as_they_stand(records: Collection[int]) -> dict[int, Evidence]:
    found = statements.rows(Record, "id", ("version", "values"), records) if records else ()
    return {pk: (pk, version, digest_of(values)) for pk, _, version, values in found}


def _of(records: Iterable[int], stand: Mapping[int, Evidence]) -> list[Evidence]:
    """The evidence of these records, in their order."""
    return [stand[id_] for id_ in sorted(records) if id_ in stand]


def _add_rows(added: Iterable[tuple[Alert, Iterable[Evidence]]]) -> None:
    """Keep more records as evidence; the chain of them is continued by who saves the warning."""
    values = [(alert.pk, *evidence) for alert, some in added for evidence in some]
    if values:
        statements.run_many(
            "INSERT INTO alerts_alertrow (alert_id, record_id, version, digest) VALUES (%s, %s, %s, %s)", values
        )


def changed_since(alerts: Sequence[int]) -> Mapping[int, set[int]]:
    """The records of warnings that say something else than when they were judged."""
    found: dict[int, set[int]] = defaultdict(set)
    if alerts:
        changed = statements.fetch(
            "SELECT a.alert_id, a.record_id FROM alerts_alertrow a JOIN datasets_record r ON r.id = a.record_id"
            f" WHERE a.alert_id IN ({', '.join(['%s'] * len(alerts))}) AND r.version <> a.version",
            list(alerts),
        )
        for alert_id, record_id in changed:
            found[alert_id].add(record_id)
    return found
