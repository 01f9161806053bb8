"""A check made ready to run: names resolved, expressions checked, parameters filled in; once for both ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from qingqu.alerts.engine.days import MINUTES, Calendar, chinese_calendar
from qingqu.alerts.engine.expressions import (
    Checked,
    Compute,
    ExpressionError,
    Kind,
    Scope,
    check,
    column_kind,
    compile_python,
    parameter_kind,
)
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.alerts.engine.expressions.kinds import BOOL, COUNT, TEXT
from qingqu.alerts.engine.hits import Hit, Value
from qingqu.alerts.engine.spec import (
    Aggregate,
    AnyCheck,
    Companions,
    Events,
    Fence,
    Join,
    Link,
    Nested,
    Peer,
    Predicate,
    Progression,
    Rule,
    Sequence,
    Trail,
    Window,
)

Schemas = Mapping[str, Mapping[str, str]]
"""Data set → column → type (text, money, number, count, date, moment, flag, hashed), in the order of the table."""
FIELD = re.compile(r"\{([A-Za-z_][\w.]*)\}")
PREVIOUS = "prev."
OTHER = "other."
NAMING: tuple[str, ...] = ("days", "months", "min_peers", "last", "run", "tolerance", "min_rows", "size", "times")
NAMING += ("reach", "at_least", "at_most", "limit")
"""What primitives have that is the name of a parameter."""
MONEY = Kind("int", "money")
EVENT_NUMBERS: dict[str, dict[str, Kind]] = {
    "precedence": {"step": TEXT, "late": COUNT},
    "response": {"step": TEXT, "elapsed": COUNT},
    "deadline": {"step": TEXT, "elapsed": COUNT},
    "gap": {"step": TEXT, "elapsed": COUNT},
    "separation": {"step": TEXT, "people": COUNT},
    "not_together": {"step": TEXT},
    "amount_requires": {"step": TEXT, "late": COUNT, "amount": MONEY},
    "evidence_present": {"step": TEXT, "n": COUNT},
    "model": {"n": COUNT, "slip": TEXT, "step": TEXT, "missing": TEXT},
}
"""What each kind of rule about events tells of a case, besides the case itself."""
EVENT_COLUMNS = ("case", "step", "op", "operator", "on_behalf", "time", "amount", "evidence", "to")
RESERVED = {"id", "school", "version", "today"}


@dataclass(frozen=True)
class Context:
    """What a verdict may depend on besides the rows: the day, the calendar, the peers' medians."""

    today: int
    calendar: Calendar = field(default_factory=chinese_calendar)
    snapshots: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    """(rule code, check id) → Snapshot."""
    steps: Mapping[str, str] | None = None
    """A log's own names of steps → ours; None: they are ours already."""


@dataclass(frozen=True)
class Atom:
    """One `sum(…)`, `count()` … as it is computed over the rows of a group."""

    name: str
    function: str
    arg: Node | None
    kind: Kind


@dataclass(frozen=True)
class Measures:
    """Named values over the rows of a group: atoms first, then what is computed of them."""

    atoms: tuple[Atom, ...]
    named: Mapping[str, Node]
    uses: frozenset[str]
    parameters: frozenset[str] = frozenset()

    @property
    def kinds(self) -> dict[str, Kind]:
        return {name: node.kind for name, node in self.named.items()}


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
        """The value of a parameter that a primitive names (`days`, `run` …)."""
        return name if isinstance(name, int) else self.values[name]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that have to be read, in its order."""
        wanted = set(self.by) | {self.day, *listed(self.check)} | set(self.measures.uses)
        for checked in (self.where, *self.keys.values(), *self.own.values(), self.red, self.orange):
            wanted |= checked.names if checked else set()
        for join in self.joins.values():
            wanted |= set(join.spec.on)
        wanted |= {name.removeprefix(PREVIOUS) for name in wanted} | set(self.numbers)
        return tuple(column for column in self.types if column in wanted)

    @cached_property
    def fixed(self) -> frozenset[str]:
        """The parameters on which rows, groups and measures depend, not only what is said of them."""
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
        """The parameters of the check that nobody has set yet: «待设定». While there is one, the check does not run."""
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

    def hit(self, school: int, key: tuple[Value, ...], names: Mapping[str, Any], rows: Iterable[int], day: Any) -> Hit:
        """The finding with these measures and records; `day` as the day column has it, or None."""
        numbers = tuple((name, canonical(names[name] if name in names else self.shown(name))) for name in self.numbers)
        anchor = 0 if day is None else day // MINUTES if self.types.get(self.day) == "moment" else day
        return Hit(
            self.rule.code, self.check.id, school, key, tuple(sorted(rows)), numbers, self.colour(names), int(anchor)
        )

    def shown(self, name: str) -> Value:
        """A parameter as the sentence names it."""
        value = self.values[name]
        if isinstance(value, list | tuple):
            return "、".join(map(str, value))
        return value if not isinstance(value, dict) else None

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What every number of a hit is, so that a page can write it: money in yuan, dates as dates."""
        parameters = {name: kind for name, (kind, _) in self.result.parameters.items()}
        known = {**parameters, **self.result.names}
        return {name: known[name] for name in (*self.by, *self.numbers) if name in known}


def canonical(value: Any) -> Value:
    """A value as it stands in a hit: floats to six places, so that the order of adding cannot show."""
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
    """The columns that a primitive names by themselves."""
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


def prepare(rule: Rule, rule_check: AnyCheck, schemas: Schemas, context: Context) -> Prepared:
    """Make a check ready: raises ExpressionError where a name is unknown or a type does not fit."""
    return _Preparer(rule, rule_check, schemas, context).prepare()


class _Preparer:
    def __init__(self, rule: Rule, one: AnyCheck, schemas: Schemas, context: Context) -> None:
        self.rule, self.one, self.schemas, self.context = rule, one, schemas, context
        self.dataset = one.dataset or rule.dataset
        self.types = self.schema(self.dataset)
        self.parameters = {name: (parameter_kind(one.type), one.value) for name, one in rule.parameters.items()}
        self.own: dict[str, Checked] = {}
        self.measures = self.outer = Measures((), {}, frozenset())

    def schema(self, dataset: str) -> Mapping[str, str]:
        if dataset not in self.schemas:
            raise ExpressionError(f"没有数据表「{dataset}」", f"There is no data set “{dataset}”")
        return self.schemas[dataset]

    def prepare(self) -> Prepared:
        one = self.one
        names = {column: column_kind(type_) for column, type_ in self.types.items()}
        self.unique(names, self.parameters)
        joins = {name: self.join(name, join) for name, join in one.joins.items()}
        for join in joins.values():
            names |= {f"{join.name}.{measure}": kind for measure, kind in join.measures.kinds.items()}
        where = self.condition(one.where, self.scope(names))
        keys = {name: check(text, self.scope(names)) for name, text in getattr(one, "keys", {}).items()}
        self.unique(names, keys)
        names |= {name: checked.kind for name, checked in keys.items()}
        self.known((*self.by, *one.evidence, *listed(one)), names)
        row = self.scope(names)
        result = self.scope(self.results(row))
        for name in NAMING:
            value = getattr(one, name, 0)
            if isinstance(value, str) and value and value not in self.parameters:
                raise ExpressionError(f"没有参数「{value}」", f"There is no parameter “{value}”")
        red, orange = self.condition(one.levels.red, result), self.condition(one.levels.orange, result)
        return Prepared(
            self.rule, one, self.context, self.dataset, self.types,
            {name: value for name, (_, value) in self.parameters.items()},
            row, result, joins, where, keys, self.by, self.measures, self.outer, self.own, red, orange,
            self.numbers(result), one.day or self.first_day(),
        )  # fmt: skip

    def scope(self, names: Mapping[str, Kind], *, aggregates: bool = False) -> Scope:
        return Scope(names, self.parameters, aggregates)

    def condition(self, text: str, scope: Scope) -> Checked | None:
        return check(text, scope, "condition") if text else None

    def known(self, columns: Iterable[str], names: Mapping[str, Kind]) -> None:
        for column in columns:
            if column not in names:
                raise ExpressionError(f"数据表没有列「{column}」", f"The data set has no column “{column}”")

    def unique(self, names: Iterable[str], more: Iterable[str]) -> None:
        for name in {*more} & {*names, *RESERVED}:
            raise ExpressionError(f"名称「{name}」重复", f"The name “{name}” is used twice")

    def first_day(self) -> str:
        return next((column for column, type_ in self.types.items() if type_ in ("date", "moment")), "")

    def join(self, name: str, spec: Join) -> PreparedJoin:
        types = self.schema(spec.dataset)
        kinds = {column: column_kind(type_) for column, type_ in types.items()}
        self.known(spec.on.values(), kinds)
        self.known(spec.on, {column: column_kind(type_) for column, type_ in self.types.items()})
        where = self.condition(spec.where, self.scope(kinds))
        measures = self.measured(spec.measures, kinds)
        used = {*measures.uses, *spec.on.values(), *(where.names if where else ())}
        return PreparedJoin(name, spec, where, measures, tuple(column for column in types if column in used))

    def measured(self, texts: Mapping[str, str], names: Mapping[str, Kind]) -> Measures:
        """Check measures and take them apart into atoms, equal ones once."""
        atoms: dict[tuple[str, tuple[Node, ...]], Atom] = {}
        named: dict[str, Node] = {}
        uses: set[str] = set()
        parameters: set[str] = set()

        def atomic(node: Node) -> Node:
            if node.op != "agg":
                return Node(node.op, node.kind, tuple(map(atomic, node.args)), node.value)
            arg = node.args[0] if node.args else None
            atom = atoms.setdefault(_frozen(node), Atom(f"a_{len(atoms)}", node.value, arg, node.kind))
            return Node("name", node.kind, value=atom.name)

        for name, text in texts.items():
            checked = check(text, self.scope(names, aggregates=True))
            node = atomic(checked.node)
            if node.kind == BOOL:
                flag = Kind("int", "flag")
                node = Node("if", flag, (node, Node("const", flag, value=1), Node("const", flag, value=0)))
            named[name] = node
            uses |= checked.names
            parameters |= checked.parameters
        self.unique(names, named)
        return Measures(tuple(atoms.values()), named, frozenset(uses), frozenset(parameters))

    @property
    def by(self) -> tuple[str, ...]:
        if isinstance(self.one, Events):
            return ("case",)
        if isinstance(self.one, Nested):
            return (*self.one.outer, *self.one.inner)
        return getattr(self.one, "by", ())

    def results(self, row: Scope) -> Mapping[str, Kind]:
        """Check the primitive's own expressions; returns the names that a finding of it has."""
        one, names = self.one, dict(row.names)
        match one:
            case Predicate():
                for name, text in one.measures.items():
                    self.own[f"measure:{name}"] = check(text, row)
                    names[name] = self.own[f"measure:{name}"].kind
                self.unique(row.names, one.measures)
                self.own["when"] = check(one.when, self.scope(names), "condition")
                return names
            case Peer() | Trail():
                value = self.own["value"] = check(one.value, row, "whole")
                names |= {"value": value.kind, "median": Kind("float", value.kind.unit), "peers": COUNT}
                self.own["when"] = check(one.when, self.scope(names), "condition")
                return names
        keys = {name: names[name] for name in self.by}
        match one:
            case Aggregate() | Window():
                if isinstance(one, Window) and self.types.get(one.day) != "date":
                    raise ExpressionError(f"「{one.day}」应为日期列", f"“{one.day}” has to be a column of dates")
                self.measures = self.measured(one.measures, names)
                result = keys | self.measures.kinds
                self.own["having"] = check(one.having, self.scope(result), "condition")
                if isinstance(one, Aggregate) and one.rows:
                    self.own["rows"] = check(one.rows, self.scope(names | result), "condition")
                return result
            case Nested():
                self.measures = self.measured(one.measures, names)
                inner = keys | self.measures.kinds
                self.outer = self.measured(one.outer_measures, inner)
                outer = {name: names[name] for name in one.outer} | self.outer.kinds
                result = inner | outer if one.hit == "inner" else outer
                self.own["having"] = check(one.having, self.scope(result), "condition")
                return result
            case Sequence():
                before = {PREVIOUS + name: kind for name, kind in names.items()}
                self.own["when"] = check(one.when, self.scope(names | before), "condition")
                self.measures = self.measured(one.measures, names)
                return keys | self.measures.kinds | {"rows": COUNT}
            case Progression():
                kind = names[one.value]
                return keys | {"rows": COUNT, "lowest": kind, "highest": kind, "geometric": Kind("int", "flag")}
            case Companions():
                return {"times": COUNT, "winners": COUNT}
            case Fence():
                self.measures = self.measured(one.measures, names)
                value = self.own["value"] = check(one.value, self.scope(keys | self.measures.kinds), "whole")
                fence = Kind("float", value.kind.unit)
                fences = {"value": value.kind, "q1": fence, "q3": fence, "fence": fence, "peers": COUNT}
                return keys | self.measures.kinds | fences
            case Link():
                other = {OTHER + c: column_kind(t) for c, t in self.schema(one.other).items()}
                self.known([OTHER + column for _, column in one.pairs], other)
                if one.unless:
                    self.own["unless"] = check(one.unless, self.scope(names | other), "condition")
                return {"rows": COUNT, "others": COUNT}
            case Events():
                self.known(EVENT_COLUMNS, names)
                return {"case": TEXT} | EVENT_NUMBERS[one.kind]
        raise AssertionError(one)

    def numbers(self, result: Scope) -> tuple[str, ...]:
        """All measures, and what else the sentences name, keys aside."""
        one = self.one
        measured = [name for name in result.names if name not in self.by]
        if isinstance(one, Predicate | Peer | Trail):
            measured = [name for name in result.names if name in getattr(one, "measures", {"value", "median", "peers"})]
        for name in fields(one):
            if name not in result.names and name not in self.parameters:
                raise ExpressionError(
                    f"说明中的「{name}」不是列、计算值或参数",
                    f"“{name}” in the sentence is no column, measure or parameter",
                )
            in_key = name in self.by and not isinstance(one, Peer | Trail)
            if name not in measured and not in_key:
                measured.append(name)
        return tuple(measured)


def _frozen(node: Node) -> Any:
    """A node as something that can be compared and hashed."""
    value = node.value
    if isinstance(value, dict):
        value = tuple(sorted(value.items()))
    elif isinstance(value, list):
        value = tuple(value)
    return (node.op, value, tuple(map(_frozen, node.args)))
