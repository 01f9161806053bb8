"""Counts of large groups, made from whole tables; on writing they are kept row by row (`incremental.counting`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis

from qingqu.alerts.engine.batch.frames import Table, Tables, column, day_of, expression, fetched, frame, present
from qingqu.alerts.engine.incremental.counting import ADDED, NO_DAY, WHOLE, Counting, Line
from qingqu.alerts.engine.incremental.groupings import Key, group_grouping
from qingqu.alerts.engine.incremental.groups import LARGE
from qingqu.alerts.engine.spec import Window

MOST_GROUPS = 20_000
"""Of a check with more groups only the large ones are counted."""


@dataclass
class Folded:
    """The lines of groups by their keys."""

    groups: dict[Key, dict[int, Line]] = field(default_factory=dict)
    complete: bool = False
    """Whether the other groups have no rows."""


def fold(counting: Counting, tables: Tables) -> Folded:
    """The count lines of a check at one school: for all groups if there are few, otherwise for the large ones.

    Nothing is counted if no group has many rows: reading them is as quick.
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
    for day in fetched(_days(counting, rows)):
        key = tuple(day[column(name)] for name in by)
        lines = folded.groups.setdefault(key, {WHOLE: [*counting.blank()[:2], list(key)]})
        line = lines[day["day_"]] = [day["rows_"], _entries(counting, day), day["shown_"] or []]
        counting.add(lines[WHOLE], line)
    return folded


def _days(counting: Counting, rows: Table) -> Table:
    """The aggregates of each group and day."""
    p = counting.p
    day = day_of(p, rows) if p.day else ibis.null("int64")
    rows = rows.mutate(day_=day.fill_null(NO_DAY).cast("int64"))
    found = {"rows_": rows.count()}
    for n, atom in enumerate(p.measures.atoms):
        if atom.arg is None:
            continue
        arg = expression(p, atom.arg, rows, wide=atom.function == "sum")
        if atom.function in ADDED:
            found[f"n_{n}"] = arg.count()
            found[f"sum_{n}"] = (ibis.ifelse(arg, 1, 0) if atom.function == "count_if" else arg).sum()
        else:
            found[f"values_{n}"] = arg.collect()
    shown = p.own.get("rows")
    found["shown_"] = rows["id"].collect(where=expression(p, shown, rows) if shown else None)
    return rows.group_by([*(column(name) for name in p.by), "day_"]).agg(**found)


def _entries(counting: Counting, day: Mapping[str, Any]) -> list[Any]:
    entries: list[Any] = counting.blank()[1]
    for n, entry in enumerate(entries):
        if f"n_{n}" in day:
            entry[:] = [day[f"sum_{n}"] or 0, day[f"n_{n}"]]
        else:
            entry += [[value, many] for value, many in Counter(day.get(f"values_{n}") or ()).items()]
    return entries


def _largest(table: Table, columns: tuple[str, ...]) -> int:
    keyed = present(table, columns)
    sizes = keyed.group_by(list(columns)).agg(n_=keyed.count()) if columns else keyed.agg(n_=keyed.count())
    return int(sizes["n_"].max().execute() or 0)
