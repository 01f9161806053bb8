"""Whether one more row can make a verdict come true: if it cannot, a group of fifty thousand rows need not be read.

«At least three near the limit, and more than a fifth of all»: a purchase far from the limit makes only the second part
harder to reach. Read off `having` alone, so it errs only towards reading the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from qingqu.alerts.engine.expressions import Compute
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.prepared import Prepared

UP, SAME, DOWN = 1, 0, -1
Way = int | None
"""How a value may move; None: either way, or nobody knows."""


class Rising:
    """What a new row does to the verdict of an aggregate's group."""

    def __init__(self, p: Prepared, own: Mapping[str, Compute], reduce: Any) -> None:
        self.p, self.own, self.reduce = p, own, reduce

    @cached_property
    def rests(self) -> bool:
        """Whether a group without rows is no finding, so that every finding begins with a row that makes it one."""
        blind = [name for name in self.p.own["having"].names if name in self.p.by]
        return not blind and not self.own["having"](self.reduce([]))

    def may_become(self, row: Row) -> bool:
        """Whether a group that was no finding can be one when `row` has come to it."""
        if not self.rests or self._shown(row):
            return True
        moved = {name: self._moved(function, arg, row) for name, function, arg in self._atoms}
        return self._way(self.p.own["having"].node, moved) not in (SAME, DOWN)

    @cached_property
    def _atoms(self) -> list[tuple[str, str, Any]]:
        compiled = {name: arg for name, _reduce, arg in self.reduce.atoms}
        return [(atom.name, atom.function, compiled[atom.name]) for atom in self.p.measures.atoms]

    def _shown(self, row: Row) -> bool:
        """Whether the row may be the first one that can be shown as evidence."""
        shown = self.p.own.get("rows")
        if shown is None:
            return False
        return not shown.names <= self.p.row.names.keys() or bool(self.own["rows"](row))

    def _moved(self, function: str, arg: Any, row: Row) -> Way:
        if function == "count":
            return UP
        value = arg(row)
        if function == "count_if":
            return UP if value else SAME
        return SAME if value is None else None

    def _way(self, node: Node, moved: dict[str, Way]) -> Way:
        if node.op == "name" and node.value in self.p.measures.named:
            return self._way(self.p.measures.named[node.value], moved)
        if node.op == "name":
            return moved.get(node.value, SAME)
        ways = [self._way(arg, moved) for arg in node.args]
        if all(way == SAME for way in ways):
            return SAME
        match node.op:
            case "+" | "and" | "or":
                return _together(ways)
            case "-" | ">" | ">=":
                return _together([ways[0], _against(ways[1])])
            case "<" | "<=":
                return _together([_against(ways[0]), ways[1]])
            case "not" | "neg":
                return _against(ways[0])
            case "*":
                return _scaled(node, ways)
        return None


def _against(way: Way) -> Way:
    return None if way is None else -way


def _together(ways: list[Way]) -> Way:
    moving = {way for way in ways if way != SAME}
    return next(iter(moving)) if len(moving) == 1 else None if moving else SAME


def _scaled(node: Node, ways: list[Way]) -> Way:
    """A product with a fixed number that is not below zero."""
    for fixed, way in ((node.args[0], ways[1]), (node.args[1], ways[0])):
        if fixed.op == "const" and isinstance(fixed.value, int | float) and fixed.value >= 0:
            return way
    return None
