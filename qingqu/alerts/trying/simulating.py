"""What an indicator would have brought with other values, on the school's own records, before anything is changed."""

from __future__ import annotations

from typing import Any

from qingqu.alerts import rules
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.frames import fetched
from qingqu.alerts.engine.batch.sweeping import sweep
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.days import MINUTES
from qingqu.alerts.engine.prepared import Context, Prepared, prepare
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Rule
from qingqu.alerts.running import tables
from qingqu.alerts.trying.outcomes import Point, point_of
from qingqu.common.calendar import day_of
from qingqu.common.clock import today

EXAMPLES = 10


def records_of(rule: Rule) -> tables.Tables:
    """The school's tables as an indicator reads them."""
    return tables.tables_of(rule.school, codes=rulebook.schemas_of(rulebook.known(rule.code)))


def simulate(rule: Rule, check_id: str, name: str, values: list[Any], of: tables.Tables | None = None) -> list[Point]:
    """How many findings each value would have brought in all, a week, and in the fullest week.

    `of`: the school's tables, where they are open already.
    """
    if not values:
        return []
    whole = rulebook.effective(rule)
    records = of or records_of(rule)
    schemas, context = rulebook.schemas_of(whole), _context(rule, check_id)
    found = sweep(whole, check_id, name, values, records, schemas, context)
    weeks = _span(prepare(whole, rulebook.check_of(whole, check_id), schemas, context), records)
    return [
        point_of(whole.parameters[name], value, total, total / weeks, max(hits.values(), default=0))
        for value, hits in found.items()
        for total in [sum(hits.values())]
    ]


def _span(prepared: Prepared, records: tables.Tables) -> int:
    """The weeks from the first record of the check's table to the last: a quiet year counts like a busy one."""
    if prepared.day not in prepared.types:
        return 1
    table = records[prepared.dataset]
    (ends,) = fetched(table.agg(first=table[prepared.day].min(), last=table[prepared.day].max()))
    if ends["first"] is None:
        return 1
    a_day = MINUTES if prepared.types[prepared.day] == "moment" else 1
    return int(ends["last"] - ends["first"]) // (7 * a_day) + 1


def examples(rule: Rule, check_id: str, name: str, value: Any, of: tables.Tables | None = None) -> list[dict[str, Any]]:
    """Some findings of one value, the gravest and newest first, each as a warning about it would be kept.

    `of`: the school's tables, where they are open already.
    """
    whole = effective(rulebook.effective(rule), {name: value})
    prepared = prepare(whole, rulebook.check_of(whole, check_id), rulebook.schemas_of(whole), _context(rule, check_id))
    if prepared.awaits:
        return []
    used = {n: v for n, v in prepared.values.items() if n in prepared.parameters}
    hits = sorted(
        run_check(prepared, of or records_of(rule)),
        key=lambda hit: (-rules.GRAVITY[hit.colour], -hit.anchor, hit.rows),
    )
    return [
        {"colour": hit.colour, "key": list(hit.key), "numbers": dict(hit.numbers), "parameters": used}
        for hit in hits[:EXAMPLES]
    ]


def _context(rule: Rule, check_id: str) -> Context:
    one = rulebook.check_of(rulebook.known(rule.code), check_id)
    steps = rulebook.steps_of(rule.school_id, one.dataset or rulebook.known(rule.code).dataset)
    day = day_of(today())
    return Context(day, rulebook.calendar(day), rulebook.snapshots_of(rule.school_id), steps)
