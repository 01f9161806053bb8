"""A checked expression as an Ibis expression over whole tables, with equal results on DuckDB and Spark."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import ibis

from qingqu.alerts.engine.days import NAMED_TERMS, Calendar
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.alerts.engine.expressions.kinds import Kind

Value = Any
"""An Ibis column or scalar: Ibis has no types to speak of."""
Resolve = Callable[[Node], Value]
"""From a name or an aggregate to its column."""
MOST = 10**15
"""No number in a table is greater (`datasets.cells.MOST`)."""
DECIMAL = "decimal(38, 0)"
TYPES = {"int": "int64", "float": "float64", "text": "string", "bool": "boolean"}


def compile_ibis(node: Node, resolve: Resolve, today: int, calendar: Calendar, *, wide: bool = False) -> Value:
    """The Ibis expression for `node`; `resolve` says which column a name is.

    Products that may exceed 64 bits, with `wide` also those of sums, are computed as decimals of 38 digits.
    """
    return _Compiler(resolve, today, calendar, wide).compile(node)


def null_of(kind: Kind) -> Value:
    return ibis.null(TYPES[kind.cls])


class _Compiler:
    def __init__(self, resolve: Resolve, today: int, calendar: Calendar, wide: bool) -> None:
        self.resolve, self.today, self.calendar, self.wide = resolve, today, calendar, wide

    def compile(self, node: Node) -> Value:
        if node.op in ("name", "agg"):
            return self.resolve(node)
        if node.op == "const":
            return null_of(node.kind) if node.value is None else ibis.literal(node.value, TYPES[node.kind.cls])
        if node.op == "today":
            return ibis.literal(self.today, "int64")
        if node.op in ("and", "or"):
            parts = [self.compile(arg) for arg in node.args]
            whole = parts[0]
            for part in parts[1:]:
                whole = (whole & part) if node.op == "and" else (whole | part)
            return whole
        if node.op == "if":
            test, body, other = (self.compile(arg) for arg in node.args)
            return ibis.ifelse(test, _typed(body, node.kind), _typed(other, node.kind))
        if len(node.args) == 2:
            return self._binary(node)
        return self._unary(node)

    def _binary(self, node: Node) -> Value:
        left, right = self._operands(node)
        match node.op:
            case "==":
                return left == right
            case "shares":
                return _shares(left, right)
            case "!=":
                return left != right
            case "<":
                return left < right
            case "<=":
                return left <= right
            case ">":
                return left > right
            case ">=":
                return left >= right
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return (left * right).cast(DECIMAL) if left.type().is_decimal() else left * right
            case "/":
                return left / right.nullif(0.0)
            case "min2":
                return ibis.cases((left <= right, left), (left > right, right), else_=None)
            case _:
                return ibis.cases((left >= right, left), (left < right, right), else_=None)

    def _operands(self, node: Node) -> tuple[Value, Value]:
        left, right = (self.compile(arg) for arg in node.args)
        if node.op == "/" or any(arg.kind.cls == "float" for arg in node.args):
            return _as_float(left), _as_float(right)
        if node.op == "*" and (_most(node) >= 2**63 or (self.wide and "const" not in {arg.op for arg in node.args})):
            return left.cast("decimal(19, 0)"), right.cast("decimal(19, 0)")
        return left, right

    def _unary(self, node: Node) -> Value:
        arg = self.compile(node.args[0])
        match node.op:
            case "not":
                return ~arg
            case "neg":
                return -arg
            case "abs":
                return arg.abs()
            case "whole":
                return arg.floor().try_cast("int64")
            case "missing" | "full":
                return self._presence(node, arg)
            case "year":
                return _divided((arg + 25202) * 4 + 3, 1461) + 1901
            case "month":
                return _month(arg)
            case "term":
                return _divided(_month(arg) - 1, 6)
            case "weekend":
                return self._weekend(arg)
            case "holiday":
                return self._among(arg, self.calendar.holidays)
            case "in":
                return self._among(arg, node.value)
            case "has":
                return self._containing(arg, node.value)
            case "ending":
                return arg.re_extract("[0-9]{1,18}$", 0).nullif("").cast("int64")
            case "named_term":
                return _named_term(arg)
            case "lookup":
                return self._by_cases(node, [(arg == key, value) for key, value in sorted(node.value.items())])
            case "next_of":
                return self._by_cases(node, [(arg <= day, day) for day in node.value])
        raise AssertionError(node.op)

    def _presence(self, node: Node, arg: Value) -> Value:
        missing = node.op == "missing"
        if node.args[0].kind.cls == "bool":
            # Not isnull: Ibis writes NOT x IS NULL, which databases read as NOT (x IS NULL).
            return ibis.cases((arg, not missing), (~arg, not missing), else_=missing)
        return arg.isnull() if missing else arg.notnull()

    def _weekend(self, day: Value) -> Value:
        rest = (day + 3) % 7
        in_week = ibis.ifelse(rest < 0, rest + 7, rest)
        return (in_week >= 5) & ~self._among(day, self.calendar.workdays)

    def _among(self, arg: Value, values: Any) -> Value:
        if not values:
            return ibis.ifelse(arg.isnull(), ibis.null("boolean"), False)
        return arg.isin(sorted(values))

    def _containing(self, text: Value, words: tuple[str, ...]) -> Value:
        if not words:
            return self._among(text, words)
        return reduce(or_, (text.contains(word) for word in words))

    def _by_cases(self, node: Node, cases: list[tuple[Value, int]]) -> Value:
        if not cases:
            return null_of(node.kind)
        return ibis.cases(*((test, ibis.literal(value, "int64")) for test, value in cases), else_=None)


def _most(node: Node) -> int:
    """The greatest number that columns and constants may come to, whatever its sign."""
    if node.op == "const":
        return abs(node.value or 0)
    if node.op in ("+", "-"):
        return sum(map(_most, node.args))
    if node.op == "*":
        return _most(node.args[0]) * _most(node.args[1])
    return MOST


def _shares(one: Value, other: Value) -> Value:
    """Digests are hexadecimal, so those of one cell make a pattern for the other."""
    several = one.contains(" ") | other.contains(" ")
    among = ibis.literal("(^| )(") + other.replace(" ", "|") + ibis.literal(")( |$)")
    return ibis.ifelse(several, one.re_search(among), one == other)


def _named_term(text: Value) -> Value:
    numbers = [
        (text.re_search(written), text.re_extract(written, 1).nullif("").cast("int64") * 2 + more)
        for written, more in NAMED_TERMS
    ]
    return ibis.cases(*numbers, else_=None)


def _as_float(value: Value) -> Value:
    return value.cast("float64")


def _typed(value: Value, kind: Kind) -> Value:
    return value if kind.cls in ("text", "bool") else value.cast(TYPES[kind.cls])


def _divided(value: Value, by: int) -> Value:
    return (value // by).cast("int64")


def _month(day: Value) -> Value:
    quarters = (day + 25508) * 4 + 3
    years = _divided(quarters, 1461)
    in_year = _divided(quarters - years * 1461, 4)
    return (years + 1900) * 12 + _divided(in_year * 5 + 2, 153) + 2
