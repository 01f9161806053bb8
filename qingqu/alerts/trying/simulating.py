"""What an indicator would have brought with other values, on the school's own records, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qingqu.alerts import rules
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.frames import fetched
from qingqu.alerts.engine.batch.peers import with_medians
from qingqu.alerts.engine.batch.sweeping import Weeks, sweep
from qingqu.alerts.engine.batch.sweeping import weeks as weeks_of
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.prepared import Context, Prepared, prepare
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Rule, Trial
from qingqu.alerts.running import tables
from qingqu.alerts.trying.outcomes import Point, point_of
from qingqu.common.calendar import day_of
from qingqu.common.clock import today

EXAMPLES = 10


def records_of(rule: Rule, backend: Any = None) -> tables.Tables:
    """The school's tables as an indicator reads them, on DuckDB where no other engine is given."""
    return tables.tables_of(rule.school, backend, codes=rulebook.schemas_of(rulebook.known(rule.code)))


def simulate(rule: Rule, check_id: str, name: str, values: list[Any], of: tables.Tables | None = None) -> list[Point]:
    """How many findings each value would have brought in all, a week, and in the fullest week.

    `of`: the school's tables, where they are open already.
    """
    if not values:
        return []
    whole, records = rulebook.effective(rule), of or records_of(rule)
    prepared = _prepared(rule, whole, check_id, records)
    if name == Trial.AS_IT_IS:
        found: Mapping[Any, Weeks] = {"": weeks_of(hit.anchor for hit in run_check(prepared, records))}
    else:
        schemas = rulebook.schemas_of(whole)
        found = sweep(whole, check_id, name, values, records, schemas, prepared.context)
    weeks = _span(prepared, records)
    return [
        point_of(whole.parameters.get(name), value, total, total / weeks, max(hits.values(), default=0))
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
    return int(ends["last"] - ends["first"]) // (7 * prepared.a_day) + 1


def examples(rule: Rule, check_id: str, name: str, value: Any, of: tables.Tables | None = None) -> list[dict[str, Any]]:
    """Some findings of one value, the gravest and newest first, each as a warning about it would be kept.

    `of`: the school's tables, where they are open already.
    """
    records = of or records_of(rule)
    whole = effective(rulebook.effective(rule), {} if name == Trial.AS_IT_IS else {name: value})
    prepared = _prepared(rule, whole, check_id, records)
    if prepared.awaits:
        return []
    used = {n: v for n, v in prepared.values.items() if n in prepared.parameters}
    hits = sorted(
        run_check(prepared, records),
        key=lambda hit: (-rules.GRAVITY[hit.colour], -hit.anchor, hit.rows),
    )
    return [
        {"colour": hit.colour, "key": list(hit.key), "numbers": dict(hit.numbers), "parameters": used}
        for hit in hits[:EXAMPLES]
    ]


def _prepared(rule: Rule, whole: Shipped, check_id: str, records: tables.Tables) -> Prepared:
    """A check with these values. A version that does not run yet has no medians of its peers: they are computed."""
    check = rulebook.check_of(whole, check_id)
    steps = rulebook.steps_of(rule.school_id, check.dataset or whole.dataset)
    day = day_of(today())
    context = Context(day, rulebook.calendar(day), rulebook.snapshots_of(rule.school_id), steps)
    prepared = prepare(whole, check, rulebook.schemas_of(whole), context)
    return prepared if rule.state == Rule.State.ON and rule.pk else with_medians(prepared, records)
