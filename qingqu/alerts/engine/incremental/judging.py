"""A check computed in Python over the rows of a group: what the batch computes over whole tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from qingqu.alerts.engine import days
from qingqu.alerts.engine.expressions import Checked, Compute, compile_python
from qingqu.alerts.engine.hits import Hit, Row
from qingqu.alerts.engine.incremental.rising import Rising
from qingqu.alerts.engine.prepared import Measures, Prepared

Rows = Sequence[Row]


class Named(dict[str, Any]):
    """A row, or what is known of a group, by name; a column that the record does not have is missing."""

    def __missing__(self, name: str) -> None:
        return None


def _sum(values: list[Any]) -> Any:
    return sum(values) if values else None


def _mean(values: list[Any]) -> float | None:
    return float(sum(values)) / float(len(values)) if values else None


def _median(values: list[Any]) -> float | None:
    return median(values) if values else None


def median(values: Iterable[int]) -> float:
    """The middle one, or half-way between the two: the exact quantile of whole numbers."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


REDUCE: dict[str, Callable[[list[Any]], Any]] = {
    "sum": _sum,
    "min": lambda values: min(values) if values else None,
    "max": lambda values: max(values) if values else None,
    "mean": _mean,
    "median": _median,
    "distinct": lambda values: len(set(values)),
    "count_if": lambda values: sum(map(bool, values)),
}


class Reducer:
    """Measures over rows."""

    def __init__(self, p: Prepared, measures: Measures) -> None:
        def function(node: Any) -> Compute:
            return compile_python(node, p.context.today, p.context.calendar)

        self.atoms = [
            (a.name, REDUCE.get(a.function), function(a.arg) if a.arg is not None else None) for a in measures.atoms
        ]
        self.measures = [(name, function(node)) for name, node in measures.named.items()]

    def __call__(self, rows: Rows) -> dict[str, Any]:
        atoms: dict[str, Any] = {}
        for name, reduce, arg in self.atoms:
            if arg is None or reduce is None:
                atoms[name] = len(rows)
            else:
                atoms[name] = reduce([value for row in rows if (value := arg(row)) is not None])
        return {name: measure(atoms) for name, measure in self.measures}


class Judge:
    """A prepared check with its functions."""

    def __init__(self, p: Prepared) -> None:
        self.p = p
        self.where = self.function(p.where)
        self.keys = {name: p.function(checked) for name, checked in p.keys.items()}
        self.own = {name: p.function(checked) for name, checked in p.own.items()}
        self.reduce = Reducer(p, p.measures)
        self.reduce_outer = Reducer(p, p.outer)
        self.joins = {join.name: (Reducer(p, join.measures), self.function(join.where)) for join in p.joins.values()}

    @cached_property
    def rising(self) -> Rising:
        return Rising(self.p, self.own, self.reduce)

    def function(self, checked: Checked | None) -> Compute | None:
        return self.p.function(checked) if checked else None

    def key(self, row: Row, by: Sequence[str]) -> tuple[Any, ...] | None:
        key = tuple(row[name] for name in by)
        return None if None in key else key

    def day(self, rows: Rows) -> int | None:
        """The last day of rows."""
        known = [row[self.p.day] for row in rows if row[self.p.day] is not None] if self.p.day else []
        return max(known) if known else None

    def month(self, row: Row) -> int:
        """The calendar month by which a row finds its peers' median."""
        day = row[self.p.check.day]
        return days.month(day // days.MINUTES if self.p.types.get(self.p.check.day) == "moment" else day)

    def group_hit(self, school: int, key: tuple[Any, ...], by: Sequence[str], names: Row, rows: Rows) -> Hit:
        names = Named(names, **dict(zip(by, key, strict=True)))
        return self.p.hit(school, key, names, [row["id"] for row in rows], self.day(rows))

    def row_hit(self, row: Row) -> Hit:
        return self.p.hit(row["school"], (row["id"],), row, (row["id"],), row[self.p.day] if self.p.day else None)
