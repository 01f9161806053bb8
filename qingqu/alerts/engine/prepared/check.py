"""The prepared check: what both ways of running it need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from qingqu.alerts.engine.days import MINUTES, Calendar, chinese_calendar
from qingqu.alerts.engine.expressions import PEOPLE, Checked, Compute, Kind, Scope, column_kind, compile_python
from qingqu.alerts.engine.hits import Hit, Value
from qingqu.alerts.engine.prepared.measures import Measures
from qingqu.alerts.engine.spec import (
    AnyCheck,
    Companions,
    Events,
    Join,
    Link,
    Peer,
    Progression,
    Rule,
    Sequence,
    Trail,
    Window,
)

FIELD = re.compile(r"\{([A-Za-z_][\w.]*)\}")
PREVIOUS = "prev."
OTHER = "other."
NAMING: tuple[str, ...] = ("days", "months", "min_peers", "last", "run", "tolerance", "min_rows", "size", "times")
NAMING += ("reach", "at_least", "at_most", "limit")
"""What primitives have that is the name of a parameter."""
EVENT_COLUMNS = ("case", "step", "op", "operator", "on_behalf", "time", "amount", "evidence", "to")


@dataclass(frozen=True)
class Context:
    """What a verdict may depend on besides the rows: day, calendar, medians of peers."""

    today: int
    calendar: Calendar = field(default_factory=chinese_calendar)
    snapshots: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    """(rule code, check id) → Snapshot."""
    steps: Mapping[str, str] | None = None
    """A log's own names of steps → ours; None: they are ours already."""


@dataclass(frozen=True)
class PreparedJoin:
    name: str
    spec: Join
    where: Checked | None
    measures: Measures
    columns: tuple[str, ...]
    """Of the other table, that are needed."""


@dataclass(frozen=True)
class Prepared:
    """See `prepare`."""

    rule: Rule
    check: Any
    """One of the primitives (`AnyCheck`); each way of running one knows which."""
    context: Context
    dataset: str
    types: Mapping[str, str]
    values: Mapping[str, Any]
    """Parameter → value."""
    row: Scope
    result: Scope
    """Names of a finding: keys, measures; for checks of one row its columns too."""
    joins: Mapping[str, PreparedJoin]
    where: Checked | None
    keys: Mapping[str, Checked]
    by: tuple[str, ...]
    measures: Measures
    outer: Measures
    own: Mapping[str, Checked]
    """The primitive's own expressions: when, having, value, rows, unless, and a predicate's measures as `measure:x`."""
    red: Checked | None
    orange: Checked | None
    numbers: tuple[str, ...]
    day: str

    def function(self, checked: Checked) -> Compute:
        return compile_python(checked.node, self.context.today, self.context.calendar)

    def amount(self, name: str | int) -> Any:
        """The number that a primitive's field (`days`, `run` …) stands for: itself, or a parameter's value."""
        return name if isinstance(name, int) else self.values[name]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that the check reads, in the table's order."""
        wanted = set(self.by) | {self.day, *listed(self.check)} | set(self.measures.uses)
        for checked in (self.where, *self.keys.values(), *self.own.values(), self.red, self.orange):
            wanted |= checked.names if checked else set()
        for join in self.joins.values():
            wanted |= set(join.spec.on)
        wanted |= {name.removeprefix(PREVIOUS) for name in wanted} | set(self.numbers)
        return tuple(column for column in self.types if column in wanted)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The text columns that the sentence of a link names."""
        return tuple(name for name in self.numbers if self.types.get(name) == "text")

    @cached_property
    def watches(self) -> frozenset[str]:
        """The data sets whose changes may change what the check finds."""
        joined = {join.spec.dataset for join in self.joins.values()}
        return frozenset({self.dataset, *joined, *([self.check.other] if isinstance(self.check, Link) else [])})

    @cached_property
    def apart(self) -> tuple[str, ...]:
        """What of the key of groups is people: a row whose cell names several counts for each of them."""
        if isinstance(self.check, Peer | Trail):  # what they find are single rows
            return ()
        kinds = {name: self.keys[name].kind if name in self.keys else column_kind(self.types[name]) for name in self.by}
        return tuple(name for name, kind in kinds.items() if kind == PEOPLE)

    @cached_property
    def fixed(self) -> frozenset[str]:
        """The parameters on which rows, groups or measures depend, not only the verdict."""
        used: set[str] = set()
        for checked in (self.where, *self.keys.values()):
            used |= checked.parameters if checked else set()
        for join in self.joins.values():
            used |= join.measures.parameters | (join.where.parameters if join.where else set())
        used |= {v for name in NAMING if isinstance(v := getattr(self.check, name, 0), str) and v}
        return frozenset(used | self.measures.parameters | self.outer.parameters)

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters that the check uses."""
        used = set(self.fixed) | {name for name in fields(self.check) if name in self.values}
        for checked in (*self.own.values(), self.red, self.orange):
            used |= checked.parameters if checked else set()
        return frozenset(used)

    @cached_property
    def awaits(self) -> tuple[str, ...]:
        """The parameters of the check without a value («待设定»); while there are any, the check does not run."""
        return tuple(name for name, value in self.values.items() if name in self.parameters and value is None)

    @cached_property
    def colour(self) -> Callable[[Mapping[str, Any]], str]:
        levels = self.check.levels
        always = levels.always
        if always:
            return lambda names: always
        red = self.function(self.red) if self.red else None
        orange = self.function(self.orange) if self.orange else None

        def colour(names: Mapping[str, Any]) -> str:
            if red and red(names):
                return "red"
            return "orange" if orange and orange(names) else "yellow"

        return colour

    @cached_property
    def a_day(self) -> int:
        """A day in the units of the day column: 1, or the minutes it has where the column is one of date and time."""
        return MINUTES if self.types.get(self.day) == "moment" else 1

    def hit(self, school: int, key: tuple[Value, ...], names: Mapping[str, Any], rows: Iterable[int], day: Any) -> Hit:
        """The finding with these measures and records; `day` as the day column has it, or None."""
        said = [(name, canonical(names[name]) if name in names else self._shown[name]) for name in self.numbers]
        anchor = 0 if day is None else day // self.a_day
        return Hit(
            self.rule.code,
            self.check.id,
            school,
            key,
            tuple(sorted(set(rows) if self.apart else rows)),
            tuple(said),
            self.colour(names),
            int(anchor),
        )

    def shown(self, name: str) -> Value:
        """A parameter as the sentence names it."""
        value = self.values[name]
        if isinstance(value, list | tuple):
            return "、".join(map(str, value))
        return value if not isinstance(value, dict) else None

    @cached_property
    def _shown(self) -> dict[str, Value]:
        return {name: canonical(self.shown(name)) for name in self.numbers if name in self.values}

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The kind of every number of a hit, so that a page can format it: money in yuan, dates as dates."""
        parameters = {name: kind for name, (kind, _) in self.result.parameters.items()}
        known = {**parameters, **self.result.names}
        return {name: known[name] for name in (*self.by, *self.numbers) if name in known}


def canonical(value: Any) -> Value:
    """A value as a hit holds it: floats rounded to six places, so that the order of adding does not show."""
    if value is None or type(value) is int or type(value) is str:
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return round(value, 6)
    return value if value is None or isinstance(value, str) else int(value)


def fields(rule_check: AnyCheck) -> tuple[str, ...]:
    """The names in braces in a check's sentences, in order."""
    found = FIELD.findall(rule_check.sentence.zh) + FIELD.findall(rule_check.sentence.en)
    return tuple(dict.fromkeys(found))


def listed(one: AnyCheck) -> tuple[str, ...]:
    """The columns that a primitive names outside of its expressions."""
    match one:
        case Trail() | Sequence():
            return one.order
        case Window() | Peer():
            return (one.day,)
        case Progression():
            return (one.value,)
        case Companions():
            return (one.member, one.winner)
        case Events():
            return EVENT_COLUMNS
        case Link():
            return tuple(mine for mine, _ in one.pairs)
    return (one.day,) if one.day else ()
