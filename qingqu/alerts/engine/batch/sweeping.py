"""How many findings a week each value of a parameter would have brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis

from qingqu.alerts.engine.batch.frames import Table, Tables, column, expression, fetched
from qingqu.alerts.engine.batch.groups import grouped_for_having
from qingqu.alerts.engine.batch.running import run_check
from qingqu.alerts.engine.batch.single import judged
from qingqu.alerts.engine.batch.windows import episode_ends, last_days
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.prepared import Context, Prepared, Schemas, prepare
from qingqu.alerts.engine.spec import Rule

Weeks = Mapping[int, int]
"""Monday, in days since 1970 → findings that came about in its week."""
SINGLE = {"predicate", "peer", "trail"}


def sweep(
    rule: Rule, check_id: str, parameter: str, values: Sequence[Any], tables: Tables, schemas: Schemas, context: Context
) -> dict[Any, Weeks]:
    """A check's findings per week for every value of a parameter; in one pass if only the verdict uses it."""
    prepared = {}
    for value in values:
        own = effective(rule, {parameter: value})
        prepared[value] = prepare(own, next(one for one in own.checks if one.id == check_id), schemas, context)
    one = next(iter(prepared.values()))
    if one.awaits:
        return {value: {} for value in values}
    if parameter not in _elsewhere(one):
        verdict = "when" if one.check.primitive in SINGLE else "having"
        if one.check.primitive in SINGLE:
            return _count(prepared, judged(one, tables), verdict, one.day)
        if one.check.primitive in ("aggregate", "nested") and "rows" not in one.own:
            return _count(prepared, grouped_for_having(one, tables), verdict, "h_day")
        if one.check.primitive == "window":
            return {value: weeks(ends) for value, ends in episode_ends(prepared, tables).items()}
    if one.check.primitive == "window":
        return {value: weeks(last_days(p, tables)) for value, p in prepared.items()}
    return {value: weeks(hit.anchor for hit in run_check(p, tables)) for value, p in prepared.items()}


def _elsewhere(p: Prepared) -> set[str]:
    """The parameters that are used elsewhere than in the verdict."""
    verdict = p.own.get("when") or p.own.get("having")
    used: set[str] = set()
    for name, checked in p.own.items():
        seen = verdict is None or not name.startswith("measure:") or name.removeprefix("measure:") in verdict.names
        if name not in ("when", "having") and seen:
            used |= checked.parameters
    return used | p.fixed


def _count(prepared: Mapping[Any, Prepared], rows: Table, verdict: str, day: str) -> dict[Any, Weeks]:
    """Rows or groups per week and value, in one query."""
    one = next(iter(prepared.values()))
    tests = [expression(p, p.own[verdict], rows, wide=verdict == "having") for p in prepared.values()]
    flags = {f"v_{n}": ibis.ifelse(test, 1, 0) for n, test in enumerate(tests)}
    flagged = rows.select(v_week=week_of(one, rows, day), **flags)
    weekly = fetched(flagged.group_by("v_week").agg(**{name: flagged[name].sum() for name in flags}))
    return {
        value: {row["v_week"] * 7 - 3: row[f"v_{n}"] for row in sorted(weekly, key=_by_week) if row[f"v_{n}"]}
        for n, value in enumerate(prepared)
    }


def _by_week(row: Mapping[str, Any]) -> int:
    week: int = row["v_week"]
    return week


def week_of(p: Prepared, rows: Table, day: str) -> Any:
    """Weeks are counted from Monday, 29 December 1969; a finding without a day is of day 0."""
    if not day:
        return ibis.literal(0, "int64")
    when = rows[column(day)].fill_null(0)
    when = (when // p.a_day).cast("int64") if p.a_day > 1 else when
    return ((when + 3) // 7).cast("int64")


def weeks(days: Iterable[int]) -> dict[int, int]:
    """Findings per week, by its Monday."""
    return dict(sorted(Counter((day + 3) // 7 * 7 - 3 for day in days).items()))
