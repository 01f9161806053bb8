"""Make a check ready for both ways of running: resolve names, check expressions, fill in parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from qingqu.alerts.engine.expressions import Checked, ExpressionError, Kind, Scope, check, column_kind, parameter_kind
from qingqu.alerts.engine.expressions.kinds import COUNT, TEXT
from qingqu.alerts.engine.prepared.check import (
    EVENT_COLUMNS,
    NAMING,
    OTHER,
    PREVIOUS,
    Context,
    Prepared,
    PreparedJoin,
    fields,
    listed,
)
from qingqu.alerts.engine.prepared.measures import Measures, take_apart
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
RESERVED = {"id", "school", "version", "today"}
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
        if spec.kept and self.one.on_write:
            raise ExpressionError("kept 只用于每晚核算的检查", "kept is for checks that are batch-only")
        types = self.schema(spec.dataset)
        kinds = {column: column_kind(type_) for column, type_ in types.items()}
        self.known(spec.on.values(), kinds)
        self.known(spec.on, {column: column_kind(type_) for column, type_ in self.types.items()})
        where = self.condition(spec.where, self.scope(kinds))
        measures = self.measured(spec.measures, kinds)
        used = {*measures.uses, *spec.on.values(), *(where.names if where else ())}
        return PreparedJoin(name, spec, where, measures, tuple(column for column in types if column in used))

    def measured(self, texts: Mapping[str, str], names: Mapping[str, Kind]) -> Measures:
        measures = take_apart(texts, self.scope(names, aggregates=True))
        self.unique(names, measures.named)
        return measures

    @property
    def by(self) -> tuple[str, ...]:
        if isinstance(self.one, Events):
            return ("case",)
        if isinstance(self.one, Nested):
            return (*self.one.outer, *self.one.inner)
        return getattr(self.one, "by", ())

    def results(self, row: Scope) -> Mapping[str, Kind]:
        """Check the primitive's own expressions; returns the names that a finding of it has."""
        if isinstance(self.one, Predicate | Peer | Trail):
            return self.row_results(self.one, row)
        one, names = self.one, dict(row.names)
        keys = {name: names[name] for name in self.by}
        match one:
            case Aggregate() | Window():
                if isinstance(one, Window) and self.types.get(one.day) not in ("date", "moment"):
                    raise ExpressionError(
                        f"「{one.day}」应为日期列，或者日期和时间列",
                        f"“{one.day}” has to be a column of dates, or of dates and times",
                    )
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
                named = {name: names[name] for name in fields(one) if names.get(name) == TEXT}
                return named | {"rows": COUNT, "others": COUNT}
            case Events():
                self.known(EVENT_COLUMNS, names)
                return {"case": TEXT} | EVENT_NUMBERS[one.kind]
        raise AssertionError(one)

    def row_results(self, one: Predicate | Peer | Trail, row: Scope) -> Mapping[str, Kind]:
        """The same for checks of single rows."""
        names = dict(row.names)
        if isinstance(one, Predicate):
            for name, text in one.measures.items():
                self.own[f"measure:{name}"] = check(text, row)
                names[name] = self.own[f"measure:{name}"].kind
            self.unique(row.names, one.measures)
        else:
            value = self.own["value"] = check(one.value, row, "whole")
            names |= {"value": value.kind, "median": Kind("float", value.kind.unit), "peers": COUNT}
        self.own["when"] = check(one.when, self.scope(names), "condition")
        return names

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
