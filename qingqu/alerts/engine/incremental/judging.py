"""A check computed in Python over the rows of a group: what the batch computes over whole tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from qingqu.alerts.engine import days
from qingqu.alerts.engine.expressions import Checked, Compute
from qingqu.alerts.engine.hits import Hit, Row
from qingqu.alerts.engine.incremental.counting import Counting, counting_of
from qingqu.alerts.engine.incremental.reducing import Reducer, Rows
from qingqu.alerts.engine.prepared import Prepared


class Named(dict[str, Any]):
    """The values of a row or group by name; a column that the record lacks is missing."""

    def __missing__(self, name: str) -> None:
        return None


class Judge:
    """A prepared check with its compiled functions."""

    def __init__(self, p: Prepared) -> None:
        self.p = p
        self.where = self.function(p.where)
        self.keys = {name: p.function(checked) for name, checked in p.keys.items()}
        self.own = {name: p.function(checked) for name, checked in p.own.items()}
        self.reduce = Reducer(p, p.measures)
        self.reduce_outer = Reducer(p, p.outer)
        self.joins = {join.name: (Reducer(p, join.measures), self.function(join.where)) for join in p.joins.values()}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What a row says to the check: columns, joined measures, named keys."""
        joined = [f"{join.name}.{measure}" for join in self.p.joins.values() for measure in join.measures.named]
        return (*self.p.columns, *joined, *self.p.keys)

    @cached_property
    def counting(self) -> Counting | None:
        """How large groups are counted; None where the check's groups are always read."""
        return counting_of(self.p, self.own, self.reduce)

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
        return days.month(row[self.p.check.day] // self.p.a_day)

    def group_hit(self, school: int, key: tuple[Any, ...], by: Sequence[str], names: Row, rows: Rows) -> Hit:
        return self.hit_of(school, key, by, names, [row["id"] for row in rows], self.day(rows))

    def hit_of(
        self, school: int, key: tuple[Any, ...], by: Sequence[str], names: Row, ids: Sequence[int], day: int | None
    ) -> Hit:
        """A group's finding with these records, the last of which is of this day."""
        return self.p.hit(school, key, Named(names, **dict(zip(by, key, strict=True))), ids, day)

    def row_hit(self, row: Row) -> Hit:
        return self.p.hit(row["school"], (row["id"],), row, (row["id"],), row[self.p.day] if self.p.day else None)
