"""Whole tables counted at once: the lines that are otherwise kept row by row (`incremental.counting`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from qingqu.alerts.engine.batch.frames import Table, Tables, column, frame, present
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.incremental.counting import Counting, Line
from qingqu.alerts.engine.incremental.groupings import Key, group_grouping
from qingqu.alerts.engine.incremental.groups import LARGE
from qingqu.alerts.engine.incremental.judging import Named
from qingqu.alerts.engine.spec import Window

MOST_GROUPS = 20_000
"""Of a check with more groups only the large ones are counted."""
CHUNK = 20_000


@dataclass
class Folded:
    """The lines of groups by their keys."""

    groups: dict[Key, dict[int, Line]] = field(default_factory=dict)
    complete: bool = False
    """Whether the other groups have no rows."""


def fold(counting: Counting, tables: Tables) -> Folded:
    """The lines of a check at one school: of all groups if there are not many, otherwise of large ones.

    Where no group has many rows nothing is counted: they are read as quickly.
    """
    p, by = counting.p, counting.p.by
    plain = by if isinstance(p.check, Window) else group_grouping(p, by).columns
    if _largest(tables[p.dataset], plain) < LARGE:
        return Folded()
    rows = present(frame(p, tables), (*by, *([p.check.day] if isinstance(p.check, Window) else [])))
    sizes = rows.group_by([column(name) for name in by]).agg(n_=rows.count())
    complete = sizes.count().execute() <= MOST_GROUPS
    if not complete:
        rows = rows.semi_join(sizes.filter(sizes["n_"] >= LARGE), [column(name) for name in by])
    folded = Folded(complete=complete)
    for row in _rows(rows, {column(name): name for name in p.row.names}):
        key = tuple(row[name] for name in by)
        counting.follow(key, folded.groups.setdefault(key, {}), [(1, row)])
    return folded


def _largest(table: Table, columns: tuple[str, ...]) -> int:
    keyed = present(table, columns)
    sizes = keyed.group_by(list(columns)).agg(n_=keyed.count()) if columns else keyed.agg(n_=keyed.count())
    return int(sizes["n_"].max().execute() or 0)


def _rows(table: Table, names: dict[str, str]) -> Iterator[Row]:
    for batch in table.to_pyarrow().to_batches(CHUNK):
        for row in batch.to_pylist():
            yield Named({names.get(name, name): int(v) if isinstance(v, Decimal) else v for name, v in row.items()})
