"""What an indicator would have brought with other values, on the school's own records, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qingqu.alerts import rulebook, rules, tables, wording
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.sweeping import sweep
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.fields import PLAIN
from qingqu.alerts.models import Alert, Rule
from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.datasets.models import Dataset

STEPS = 9
SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Point:
    """A value of the parameter and what it would have brought."""

    value: Any
    label: str
    total: int
    weekly: float
    most: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """A finding that a value would have brought, in its sentence."""

    colour: str
    label: str
    sentence: str


def plain_parameters(rule: Rule, check_id: str) -> dict[str, Parameter]:
    """The parameters of a check that are one number each."""
    whole = rulebook.effective(rule)
    used = prepare(whole, rulebook.check_of(whole, check_id), rulebook.schemas_of(whole), Context(today=0)).parameters
    return {n: p for n, p in whole.parameters.items() if n in used and p.type in PLAIN}


def spread(parameter: Parameter, low: float | None = None, high: float | None = None) -> list[Any]:
    """Nine values to try, in the parameter's own measure: from half to twice of the present one, inside its range.

    None of them where there is neither a present value nor a wished range.
    """
    now = parameter.value
    if low is None or high is None:
        if now is None:
            return []
        low, high = (now / 2 if low is None else low), (now * 2 if high is None else high)
    low = max(low, parameter.low) if parameter.low is not None else low
    high = min(high, parameter.high) if parameter.high is not None else high
    if high < low:
        return []
    tried = [low + (high - low) * n / (STEPS - 1) for n in range(STEPS)]
    values = {round(v, 4) if parameter.type == "ratio" else round(v) for v in tried}
    if now is not None and low <= now <= high:
        values.add(now)
    return sorted(values)


def simulate(rule: Rule, check_id: str, name: str, values: list[Any], of: tables.Tables | None = None) -> list[Point]:
    """How many findings each value would have brought in all, a week, and in the fullest week.

    `of`: the school's tables, where they are open already.
    """
    if not values:
        return []
    whole = rulebook.effective(rule)
    parameter = whole.parameters[name]
    records = of or tables.tables_of(rule.school, codes=rulebook.schemas_of(whole))
    found = sweep(whole, check_id, name, values, records, rulebook.schemas_of(whole), _context(rule, check_id))
    weeks = _span(found)
    kind = wording.kind_of(parameter)
    return [
        Point(
            value,
            wording.written(value, kind),
            sum(hits.values()),
            sum(hits.values()) / weeks,
            max(hits.values(), default=0),
            value == parameter.value,
        )
        for value, hits in found.items()
    ]


def _span(found: Mapping[Any, Mapping[int, int]]) -> int:
    """The weeks from the first finding of any value to the last."""
    mondays = [week for hits in found.values() for week in hits]
    return (max(mondays) - min(mondays)) // 7 + 1 if mondays else 1


def samples(rule: Rule, check_id: str, name: str, value: Any, of: tables.Tables | None = None) -> list[Sample]:
    """Some findings of one value, the gravest and newest first, each with its numbers.

    `of`: the school's tables, where they are open already.
    """
    whole = effective(rulebook.effective(rule), {name: value})
    prepared = prepare(whole, rulebook.check_of(whole, check_id), rulebook.schemas_of(whole), _context(rule, check_id))
    if prepared.awaits:
        return []
    used = {n: v for n, v in prepared.values.items() if n in prepared.parameters}
    hits = sorted(
        run_check(prepared, of or tables.tables_of(rule.school, codes=rulebook.schemas_of(whole))),
        key=lambda hit: (-rules.GRAVITY[hit.colour], -hit.anchor, hit.rows),
    )
    made = [
        Alert(rule=rule, check_id=check_id, colour=h.colour, key=list(h.key), numbers=dict(h.numbers), parameters=used)
        for h in hits[:SAMPLES]
    ]
    return [Sample(alert.colour, alert.get_colour_display(), wording.sentence(alert)) for alert in made]


def _context(rule: Rule, check_id: str) -> Context:
    one = rulebook.check_of(rulebook.known(rule.code), check_id)
    table = one.dataset or rulebook.known(rule.code).dataset
    logs = Dataset.objects.filter(school=rule.school_id, kind=Dataset.Kind.EVENTS, code=table)
    steps = logs.values_list("steps", flat=True).first()
    day = day_of(today())
    return Context(day, snapshots=rulebook.snapshots_of(rule.school_id), steps=steps or None)
