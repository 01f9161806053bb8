"""The findings of `procedures` as hits: a case is judged whole, in batch and on writing by the same code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qingqu.alerts.engine.hits import Hit, Row
from qingqu.alerts.engine.prepared import EVENT_NUMBERS, Prepared
from qingqu.alerts.engine.procedures import Context, event_of, judge

CASE = "case"
"""The column of a log that says to which case an event belongs."""


def case_hits(p: Prepared, school: int, case: str, rows: Sequence[Row]) -> Iterator[Hit]:
    """What the check finds in one case."""
    context = Context(p.context.today, p.context.calendar.working_days)
    names = dict.fromkeys(EVENT_NUMBERS[p.check.kind])
    for finding in judge([event_of(row, p.context.steps) for row in rows], p.check, p.values, context):
        day = finding.anchor * p.a_day
        yield p.hit(school, (case,), {**names, **finding.numbers, CASE: case}, finding.rows, day)


def by_case(rows: Iterable[Row]) -> dict[tuple[int, str], list[Row]]:
    """The events of each case."""
    cases: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        if row[CASE] is not None:
            cases.setdefault((row["school"], row[CASE]), []).append(row)
    return cases
