"""When a finding is red or orange: in words, and with the fixed numbers that a school may change."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.utils.translation import gettext as _

from qingqu.alerts import wording
from qingqu.alerts.engine.expressions.kinds import Kind
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.engine.spec import AnyCheck, Levels
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.indicators import colours, rulebook
from qingqu.alerts.models import Colour
from qingqu.common.language import is_english

SIGNS: dict[type[ast.AST], str] = {
    ast.Gt: ">", ast.GtE: "≥", ast.Lt: "<", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠",
    ast.Mult: "×", ast.Div: "÷", ast.Add: "+", ast.Sub: "−",
}  # fmt: skip
ORDERED = (ast.Gt, ast.GtE, ast.Lt, ast.LtE)
SCALE = {"money": 100, "number": 1000}
MOST_DAYS, MOST_AMOUNT = Decimal(365), Decimal(10**8)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A fixed number in a level map: «橙色：笔数 ≥ 3», «红色：合计 > 3.5 × 本校限额»."""

    check: str
    colour: str
    left: str
    sign: str
    value: Decimal
    of: str
    """By what it is multiplied; empty where it stands alone."""
    unit: str
    """Of the number: money in fen, number in thousandths, count …; empty for a factor."""
    span: tuple[int, int]
    """Where it stands in the expression, in bytes."""

    @property
    def name(self) -> str:
        """The name of its form field."""
        return f"grade:{self.check}:{self.colour}:{self.span[0]}"

    @property
    def place(self) -> tuple[str, str, str, str]:
        """The threshold without its number, by which the shipped map and the school's own are matched."""
        return self.colour, self.left, self.sign, self.of

    @property
    def scale(self) -> int:
        """Units per typed unit: 100 fen per yuan."""
        return SCALE.get(self.unit, 1)

    @property
    def is_whole(self) -> bool:
        return bool(self.unit)

    def bounds(self) -> tuple[Decimal, Decimal]:
        """From a tenth to ten times of the shipped number; a share up to 1, a multiple from 1."""
        value = self.value
        if not self.unit:
            return (value / 10, Decimal(1)) if value < 1 else (Decimal(1), value * 10)
        if not value:
            return value, MOST_AMOUNT if self.scale > 1 else MOST_DAYS
        return (value / 10).to_integral_value(ROUND_CEILING), value * 10

    def written(self, value: Decimal) -> str:
        """«≥ 4», «> 3.5 × 本校限额»."""
        number = wording.written(int(value), Kind("int", self.unit)) if self.unit else f"{value:g}"
        return f"{self.sign} {number}" + (f" × {self.of}" if self.of else "")


def own_levels(one: AnyCheck, chosen: Mapping[str, Any] | None) -> Levels:
    """The level map in effect: the school's own if it has a graded one, otherwise the shipped one."""
    return Levels.model_validate(chosen) if chosen and not chosen.get("always") else one.levels


def thresholds(rule: Shipped, one: AnyCheck, levels: Levels) -> list[Threshold]:
    """The fixed numbers of a level map, alone in a comparison or as a factor; red before orange."""
    words = _Words(rule, one)
    return [
        found
        for colour in ("red", "orange")
        for comparison in _comparisons(getattr(levels, colour))
        if (found := words.threshold(colour, comparison))
    ]


def _comparisons(text: str) -> Iterator[ast.Compare]:
    """The comparisons of a condition that are joined by «and» and «or»."""
    waiting: list[ast.expr] = [ast.parse(text, mode="eval").body] if text else []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.BoolOp):
            waiting = [*node.values, *waiting]
        elif isinstance(node, ast.Compare):
            yield node


def with_values(levels: Levels, chosen: Mapping[str, Decimal], among: Sequence[Threshold]) -> dict[str, str]:
    """The level map with other numbers: field of a threshold → number."""
    found = {colour: text for colour in ("red", "orange") if (text := getattr(levels, colour))}
    for one in sorted(among, key=lambda one: -one.span[0]):
        if one.name in chosen:
            text = found[one.colour].encode()
            start, end = one.span
            found[one.colour] = (text[:start] + f"{chosen[one.name].normalize():f}".encode() + text[end:]).decode()
    return found


def contradiction(rule: Shipped, one: AnyCheck) -> tuple[str, str]:
    """A colour of the map that no finding can have, and what to do about it; two empty words where there is none.

    That nothing is left for yellow is no contradiction: see `lightest`.
    """
    there = colours.possible(rule, one)
    for colour in ("red", "orange"):
        if getattr(one.levels, colour) and colour not in there:
            label = {"colour": Colour(colour).label}
            if colour == "red" or not one.levels.red:
                return colour, _("这样定，没有情形能达到%(colour)s，请放宽") % label
            if there == ("red",):
                return "red", _("这样定，凡有提示都是红色。请从严，或者在“颜色”中选“一律红色”")
            return colour, _("橙色的要求应宽于红色，否则不会有橙色提示")
    return "", ""


def lightest(before: Shipped, after: Shipped) -> dict[str, str]:
    """Check → what to say where it has been yellow sometimes and cannot be any more, though nobody chose one colour."""
    found = {}
    for one, was in zip(after.checks, before.checks, strict=True):
        there = colours.possible(after, one)
        if not one.levels.always and "yellow" not in there and "yellow" in colours.possible(before, was):
            words = {"name": wording.said(one.name), "colour": Colour(there[-1]).label}
            found[one.id] = _("“%(name)s”的提示将至少是%(colour)s，不再有黄色") % words
    return found


def looks_on_saving(rule: Shipped) -> bool:
    """Whether some check is made when a record is saved, so that with a red colour it could be refused."""
    return any(one.on_write for one in rule.checks)


def can_hold(rule: Shipped) -> bool:
    """Whether a record can be refused on saving: some check that is made then can be red."""
    return any(one.on_write and "red" in colours.possible(rule, one) for one in rule.checks)


def out_of_bounds(rule: Shipped, levels: Mapping[str, Mapping[str, Any]]) -> Threshold | None:
    """A number of a school's own that lies too far from the shipped one."""
    for one in rule.checks:
        shipped = {found.place: found for found in thresholds(rule, one, one.levels)}
        for own in thresholds(rule, one, own_levels(one, levels.get(one.id))):
            if own.place in shipped:
                low, high = shipped[own.place].bounds()
                if not low <= own.value <= high:
                    return own
    return None


def changes(
    rule: Shipped, one: AnyCheck, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[str]:
    """«橙色：笔数 ≥ 3 → ≥ 4», for every number that differs between two level maps."""
    had = {found.place: found for found in thresholds(rule, one, own_levels(one, before))}
    return [
        _("%(colour)s：%(name)s %(before)s → %(after)s")
        % {
            "colour": Colour(found.colour).label,
            "name": found.left,
            "before": had[found.place].written(had[found.place].value),
            "after": found.written(found.value),
        }
        for found in thresholds(rule, one, own_levels(one, after))
        if found.place in had and found.value != had[found.place].value
    ]


def in_words(rule: Shipped, one: AnyCheck) -> list[tuple[str, str, str]]:
    """Each colour that can occur, its name and its condition in words, gravest first; the last is for the rest."""
    words, there = _Words(rule, one), colours.possible(rule, one)
    when = [words.said(ast.parse(getattr(one.levels, colour), mode="eval").body) for colour in there[:-1]]
    rest = _("其余") if when else _("一律")
    return [(c, str(Colour(c).label), said) for c, said in zip(there, [*when, rest], strict=True)]


class _Words:
    """The names of a check as its pages call them."""

    def __init__(self, rule: Shipped, one: AnyCheck) -> None:
        self.rule, self.one = rule, one
        self.kinds = prepare(rule, one, rulebook.schemas_of(rule), Context(today=0)).result.names

    def name(self, node: ast.expr) -> str:
        name = ast.unparse(node)
        if name == "today":
            return _("当天")
        parameter = self.rule.parameters.get(name)
        words = parameter.name if parameter else wording.label(self.rule, self.one, name.split(".")[-1])
        return wording.said(words).lower() if is_english() else words.zh

    def said(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp(op, values):
                word = _("且") if isinstance(op, ast.And) else _("或")
                return f" {word} ".join(self.said(value) for value in values)
            case ast.Compare(left, [op], [right]):
                kind = self.kinds.get(ast.unparse(left))
                if isinstance(right, ast.Constant) and kind and kind.unit:
                    return f"{self.said(left)} {SIGNS[type(op)]} {wording.written(right.value, kind)}"
                return f"{self.said(left)} {SIGNS[type(op)]} {self.said(right)}"
            case ast.BinOp(left, op, right):
                return f"{self.said(left)} {SIGNS[type(op)]} {self.said(right)}"
            case ast.Name() | ast.Attribute():
                return self.name(node)
            case ast.Constant(value):
                return f"{value:g}" if isinstance(value, int | float) else str(value)
        return ast.unparse(node)

    def threshold(self, colour: str, node: ast.Compare) -> Threshold | None:
        left, op, right = node.left, node.ops[0], node.comparators[0]
        if len(node.ops) > 1 or not isinstance(op, ORDERED) or not isinstance(left, ast.Name | ast.Attribute):
            return None
        factors: list[ast.expr] = []
        while isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult):
            factors, right = [right.right, *factors], right.left
        if not isinstance(right, ast.Constant) or not all(isinstance(one, ast.Name | ast.Attribute) for one in factors):
            return None
        kind = self.kinds.get(ast.unparse(left))
        return Threshold(
            self.one.id,
            colour,
            self.name(left),
            SIGNS[type(op)],
            Decimal(str(right.value)),
            " × ".join(self.name(one) for one in factors),
            "" if factors else (kind.unit if kind and kind.unit else "count"),
            (right.col_offset, right.end_col_offset or right.col_offset),
        )
