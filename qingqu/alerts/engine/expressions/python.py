"""A checked expression as a Python function over one row. Missing is None, and spreads as in SQL."""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import partial
from math import floor
from typing import Any

from qingqu.alerts.engine import days
from qingqu.alerts.engine.days import Calendar
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.datasets.rules import people_in

Compute = Callable[[Mapping[str, Any]], Any]
COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ENDING = re.compile(r"[0-9]{1,18}\Z")
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def compile_python(node: Node, today: int, calendar: Calendar) -> Compute:
    """The function that computes `node` of a row; names with a dot are looked up as they stand."""
    return _Compiler(today, calendar).compile(node)


class _Compiler:
    def __init__(self, today: int, calendar: Calendar) -> None:
        self.today, self.calendar = today, calendar

    def compile(self, node: Node) -> Compute:
        args = [self.compile(arg) for arg in node.args]
        if node.op == "name" or node.op == "agg":
            return _name(node.value)
        if node.op == "const":
            return _constant(node.value)
        if node.op == "today":
            return _constant(self.today)
        if node.op in COMPARE:
            return _binary(COMPARE[node.op], *args, as_float=_mixed(node))
        if node.op in ARITHMETIC:
            return _binary(ARITHMETIC[node.op], *args, as_float=_mixed(node))
        if node.op in ("and", "or"):
            return _connective(args, node.op == "or")
        if node.op == "if":
            return _choice(*args, as_float=node.kind.cls == "float")
        if node.op == "shares":
            return _binary(_shares, *args, as_float=False)
        if node.op in ("min2", "max2"):
            return _binary(min if node.op == "min2" else max, *args, as_float=_mixed(node))
        if node.op == "/":
            return _division(*args)
        if node.op == "missing":
            return _presence(args[0], missing=True)
        if node.op == "full":
            return _presence(args[0], missing=False)
        return _unary(self._unary(node), args[0])

    def _unary(self, node: Node) -> Callable[[Any], Any]:
        simple: dict[str, Callable[[Any], Any]] = {
            "not": operator.not_,
            "neg": operator.neg,
            "abs": abs,
            "whole": _whole,
            "year": days.year,
            "month": days.month,
            "term": days.term,
            "named_term": days.named_term,
            "weekend": self.calendar.is_weekend,
            "holiday": self.calendar.is_holiday,
            "ending": _ending,
        }
        if node.op in simple:
            return simple[node.op]
        if node.op == "in":
            return frozenset(node.value).__contains__
        if node.op == "lookup":
            return dict(node.value).get
        if node.op == "has":
            return partial(_contains, node.value)
        assert node.op == "next_of", node.op
        dates = list(node.value)

        def next_of(day: int) -> int | None:
            place = bisect_left(dates, day)
            return dates[place] if place < len(dates) else None

        return next_of


def _mixed(node: Node) -> bool:
    return any(arg.kind.cls == "float" for arg in node.args)


def _constant(value: Any) -> Compute:
    return lambda row: value


def _presence(arg: Compute, *, missing: bool) -> Compute:
    return lambda row: (arg(row) is None) == missing


def _contains(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def _shares(one: str, other: str) -> bool:
    return one == other or not set(people_in(one)).isdisjoint(people_in(other))


def _whole(value: float) -> int | None:
    """Rounded down; what does not fit into 64 bits is missing, as in the batch."""
    return floor(value) if -(2.0**63) <= value < 2.0**63 else None


def _ending(text: str) -> int | None:
    found = ENDING.search(text)
    return int(found[0]) if found else None


def _name(name: str) -> Compute:
    return operator.itemgetter(name)


def _unary(function: Callable[[Any], Any], arg: Compute) -> Compute:
    def compute(row: Mapping[str, Any]) -> Any:
        value = arg(row)
        return None if value is None else function(value)

    return compute


def _binary(function: Callable[[Any, Any], Any], left: Compute, right: Compute, *, as_float: bool) -> Compute:
    def compute(row: Mapping[str, Any]) -> Any:
        one = left(row)
        if one is None:
            return None
        two = right(row)
        return None if two is None else function(one, two)

    def compute_floats(row: Mapping[str, Any]) -> Any:
        one, two = left(row), right(row)
        return None if one is None or two is None else function(float(one), float(two))

    return compute_floats if as_float else compute


def _division(left: Compute, right: Compute) -> Compute:
    def compute(row: Mapping[str, Any]) -> Any:
        one, two = left(row), right(row)
        return None if one is None or not two else float(one) / float(two)

    return compute


def _connective(parts: list[Compute], decisive: bool) -> Compute:
    """Three-valued `and`/`or`: one decisive part decides; otherwise one missing part leaves the result missing."""

    def compute(row: Mapping[str, Any]) -> Any:
        open_ = False
        for part in parts:
            value = part(row)
            if value is None:
                open_ = True
            elif value == decisive:
                return decisive
        return None if open_ else not decisive

    return compute


def _choice(test: Compute, body: Compute, other: Compute, *, as_float: bool) -> Compute:
    def compute(row: Mapping[str, Any]) -> Any:
        value = body(row) if test(row) else other(row)
        return float(value) if as_float and value is not None else value

    return compute
