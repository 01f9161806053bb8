"""Which colours a check can give at all: with some values and colour maps there is no finding left for one of them.

Read from its conditions, as far as they are sums and products of amounts, counts and days, which are above zero;
of what cannot be read so, every colour is possible.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.engine.spec import Aggregate, AnyCheck, Nested, Peer, Predicate, Rule, Trail, Window
from qingqu.alerts.indicators import rulebook

Sum = dict[tuple[str, ...], Fraction]
"""Names multiplied with each other → by what; the empty product is the constant."""
Case = tuple["Bound | str", ...]
"""Conditions that hold together; one that cannot be read stands as it is written."""
ABOVE = {ast.Gt: True, ast.GtE: False}
BELOW = {ast.Lt: True, ast.LtE: False}


@dataclass(frozen=True, slots=True)
class Bound:
    """A sum that is not below zero; above it, if strict."""

    sum: Sum
    strict: bool

    def implies(self, other: Bound) -> bool:
        """Whether the other holds wherever this holds: its sum is this one, so many times, and something above zero."""
        alike = {other.sum[name] / self.sum[name] for name in self.sum if name and name in other.sum}
        for times in {Fraction(0), *(each for each in alike if each > 0)}:
            rest = _added(other.sum, self.sum, -times)
            is_strict = bool(rest) or bool(times and self.strict)
            is_no_less = all(n >= 0 and (not name or name in self.sum) for name, n in rest.items())
            if is_no_less and (is_strict or not other.strict):
                return True
        return False

    def opposite(self) -> Bound:
        return Bound({name: -n for name, n in self.sum.items()}, not self.strict)


def possible(rule: Rule, one: AnyCheck) -> tuple[str, ...]:
    """The colours that findings of a check can have with these values and this map, the gravest first."""
    if one.levels.always:
        return (one.levels.always,)
    reader = _Reader(rule, one)
    found = reader.findings()
    red, orange = (reader.cases(text) if text else [] for text in (one.levels.red, one.levels.orange))
    at_orange = _both(found, orange)
    there = {
        "red": bool(_both(found, red)),
        "orange": not all(_is_among(case, red) for case in at_orange),
        "yellow": not all(_is_among(case, [*red, *orange]) for case in found),
    }
    return tuple(colour for colour, is_there in there.items() if is_there)


def _both(some: Iterable[Case], others: Iterable[Case]) -> list[Case]:
    """Each of the ones together with each of the others, without those that exclude each other."""
    return [(*one, *other) for one, other in product(some, others) if not _exclude(one, other)]


def _exclude(one: Case, other: Case) -> bool:
    pairs = product(one, other)
    return any(isinstance(a, Bound) and isinstance(b, Bound) and a.implies(b.opposite()) for a, b in pairs)


def _is_among(case: Case, others: Iterable[Case]) -> bool:
    """Whether whatever is such a case is one of the others as well."""
    return any(all(any(_implies(has, wanted) for has in case) for wanted in other) for other in others)


def _implies(has: Bound | str, wanted: Bound | str) -> bool:
    return has.implies(wanted) if isinstance(has, Bound) and isinstance(wanted, Bound) else has == wanted


class _Reader:
    """Reads the conditions of a check, its parameters replaced by their values and its measures by what they are."""

    def __init__(self, rule: Rule, one: AnyCheck) -> None:
        self.rule, self.one = rule, one
        self.kinds = prepare(rule, one, rulebook.schemas_of(rule), Context(today=0)).result.names
        self.measures: Mapping[str, str] = one.measures if isinstance(one, Predicate) else {}

    def findings(self) -> list[Case]:
        """What holds of every finding, as far as it is said of the same names as the colours."""
        one = self.one
        if isinstance(one, Predicate | Peer | Trail):
            return self.cases(f"({one.where}) and ({one.when})" if one.where else one.when)
        found = self.cases(one.having) if isinstance(one, Aggregate | Window | Nested) else [()]
        if isinstance(one, Window):
            found = [tuple(each for each in case if self.grows(each)) for case in found]
        return [(*case, *self.parts()) for case in found]

    def parts(self) -> list[Bound]:
        """What is counted or summed of a whole is never more than the whole."""
        one, found = self.one, []
        if isinstance(one, Nested) and one.hit == "inner":
            wholes = {name: text[4:-1] for name, text in one.outer_measures.items() if text.startswith("sum(")}
            found = [(whole, part) for whole, part in wholes.items() if part in one.measures]
        elif isinstance(one, Aggregate | Window):
            counted = [name for name, text in one.measures.items() if text.startswith("count_if(")]
            found = [(all_, part) for all_, text in one.measures.items() if text == "count()" for part in counted]
        return [Bound({(whole,): Fraction(1), (part,): Fraction(-1)}, strict=False) for whole, part in found]

    def grows(self, bound: Bound | str) -> bool:
        """Of windows that are put together into one finding, only what a single measure is at least still holds."""
        if not isinstance(bound, Bound):
            return False
        names = [name for name in bound.sum if set(name) - set(self.rule.parameters)]
        return len(names) == 1 and len(names[0]) == 1 and bound.sum[names[0]] > 0

    def cases(self, text: str) -> list[Case]:
        return self.read(ast.parse(text, mode="eval").body)

    def read(self, node: ast.expr) -> list[Case]:
        match node:
            case ast.BoolOp(ast.Or(), values):
                return [case for value in values for case in self.read(value)]
            case ast.BoolOp(_, values):
                return [tuple(each for case in cases for each in case) for cases in product(*map(self.read, values))]
            case ast.Compare(left, ops, others) if all(type(op) in ABOVE | BELOW for op in ops):
                return [tuple(self.bound(a, op, b) for a, op, b in zip([left, *others], ops, others, strict=False))]
        return [(ast.unparse(node),)]

    def bound(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Bound:
        more, less = (left, right) if type(op) in ABOVE else (right, left)
        found, strict = _added(self.sum(more), self.sum(less), Fraction(-1)), (ABOVE | BELOW)[type(op)]
        if strict and self.is_whole(found):
            return Bound(_added(found, {(): Fraction(1)}, Fraction(-1)), strict=False)
        return Bound(found, strict)

    def is_whole(self, found: Sum) -> bool:
        """Whether between two values of a sum there is at least one."""
        names = {each for name in found for each in name}
        return all(n.denominator == 1 for n in found.values()) and all(
            (kind := self.kinds.get(name)) is not None and kind.cls == "int" for name in names
        )

    def sum(self, node: ast.expr) -> Sum:
        match node:
            case ast.Constant(int() | float() as value):
                return {(): Fraction(str(value))}
            case ast.Name(name) if (parameter := self.rule.parameters.get(name)) and isinstance(
                parameter.value, int | float
            ):
                return {(): Fraction(str(parameter.value))}
            case ast.Name(name) if name in self.measures:
                return self.sum(ast.parse(self.measures[name], mode="eval").body)
            case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
                return _added(self.sum(left), self.sum(right), Fraction(1 if isinstance(op, ast.Add) else -1))
            case ast.BinOp(left, ast.Mult(), right):
                return _times(self.sum(left), self.sum(right))
        return {(ast.unparse(node),): Fraction(1)}


def _added(one: Sum, other: Sum, times: Fraction) -> Sum:
    """One sum and so many times the other."""
    names = {*one, *other}
    found = {name: one.get(name, Fraction(0)) + times * other.get(name, Fraction(0)) for name in names}
    return {name: n for name, n in found.items() if n}


def _times(one: Sum, other: Sum) -> Sum:
    found: Sum = {}
    for (name, n), (with_, m) in product(one.items(), other.items()):
        found = _added(found, {tuple(sorted((*name, *with_))): n * m}, Fraction(1))
    return found
