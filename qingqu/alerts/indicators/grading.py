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
from qingqu.alerts.indicators import rulebook
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


def out_of_order(among: Sequence[Threshold], values: Mapping[str, Decimal]) -> Threshold | None:
    """An orange one that asks for more than the red one of the same measure, so that nothing would be orange.

    Compared only if each colour has a single condition: of several, none alone says what is graver.
    """
    red, orange = ([one for one in among if one.colour == colour] for colour in ("red", "orange"))
    if len(red) != 1 or len(orange) != 1 or (red[0].left, red[0].of) != (orange[0].left, orange[0].of):
        return None
    graver, lighter = (values.get(one.name, one.value) for one in (red[0], orange[0]))
    wrong = lighter > graver if orange[0].sign in (">", "≥") else lighter < graver
    return orange[0] if wrong else None


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
    """Each colour, its name and its condition in words, gravest first; the rest is yellow."""
    words = _Words(rule, one)
    said = [(c, words.said(ast.parse(t, mode="eval").body)) for c in ("red", "orange") if (t := getattr(one.levels, c))]
    rest = (one.levels.always or "yellow", _("其余") if said and not one.levels.always else _("一律"))
    return [(c, str(Colour(c).label), when) for c, when in [*([] if one.levels.always else said), rest]]


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
