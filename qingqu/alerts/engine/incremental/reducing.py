"""Measures over the rows of a group, in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from qingqu.alerts.engine.expressions import Compute, compile_python
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.prepared import Measures, Prepared

Rows = Sequence[Row]


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
