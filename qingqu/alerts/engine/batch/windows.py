"""Windows of `days` consecutive days: on which days a window that hits ends, and which episodes these form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import ibis

from qingqu.alerts.engine.batch.frames import (
    Table,
    Tables,
    atoms,
    column,
    day_of,
    expression,
    fetched,
    frame,
    holding,
    memory,
    named,
    present,
    type_of,
)
from qingqu.alerts.engine.batch.sieve import sieved_windows
from qingqu.alerts.engine.episodes import joined_stretches
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Atom, Prepared
from qingqu.alerts.engine.spec import Window

SLIDING = {"count", "count_if", "sum", "min", "max", "mean"}
"""What every engine computes over a moving window; distinct values and medians are joined instead."""
DAY = "day_"
"""The column of the day on which a row counts; no column of a table is called so."""


def window(p: Prepared, check: Window, tables: Tables) -> Iterator[Hit]:
    rows = sieved_windows(p, _dated(p, tables), p.by, DAY, p.amount(check.days))
    episodes = list(_episodes(p, check, fetched(hit_days(p, check, rows))))
    if not episodes:
        return
    types = {f"h_{name}": type_of(p, name) for name in p.by}
    wanted = memory(episodes, {"h": "int64", "h_school": "int64", "low": "int64", "high": "int64", **types})
    same = [rows["school"] == wanted["h_school"], *(rows[column(name)] == wanted[f"h_{name}"] for name in p.by)]
    day = rows[DAY]
    both = rows.join(wanted, [*same, day >= wanted["low"], day <= wanted["high"]])
    found = both.group_by("h").agg(ids=both["id"].collect(), **atoms(p, p.measures, both))
    for row in fetched(named(p, p.measures, found)):
        episode = episodes[row["h"]]
        key = tuple(episode[f"h_{name}"] for name in p.by)
        names = row | dict(zip(p.by, key, strict=True))
        yield p.hit(episode["h_school"], key, names, row["ids"], episode["high"] * p.a_day)


def hit_days(p: Prepared, check: Window, rows: Table) -> Table:
    """Group and day of every window that hits."""
    return holding(p, p.own["having"], named(p, p.measures, _windows(p, check, rows)), wide=True).select(
        "school", *map(column, p.by), DAY
    ).distinct()  # fmt: skip


def episode_ends(prepared: Mapping[Any, Prepared], tables: Tables) -> dict[Any, list[int]]:
    """The last day of every episode, for several checks that differ only in their verdict; in one pass."""
    one = next(iter(prepared.values()))
    check = one.check
    rows = named(one, one.measures, _windows(one, check, _dated(one, tables)))
    tests = {f"v_{n}": expression(p, p.own["having"], rows, wide=True) for n, p in enumerate(prepared.values())}
    rows = rows.select("school", *map(column, one.by), DAY, **{n: ibis.ifelse(t, 1, 0) for n, t in tests.items()})
    any_ = rows["v_0"]
    for name in tests:
        any_ = any_ | rows[name]
    ends = fetched(rows.filter(any_ > 0).distinct())
    return {
        value: [episode["high"] for episode in _episodes(one, check, [end for end in ends if end[f"v_{n}"]])]
        for n, value in enumerate(prepared)
    }


def last_days(p: Prepared, tables: Tables) -> list[int]:
    """The last day of every episode: the anchors of what `window` finds, without its rows."""
    check = p.check
    rows = sieved_windows(p, _dated(p, tables), p.by, DAY, p.amount(check.days))
    return [episode["high"] for episode in _episodes(p, check, fetched(hit_days(p, check, rows)))]


def _dated(p: Prepared, tables: Tables) -> Table:
    """The rows that belong to a group, with the day on which each counts."""
    rows = present(frame(p, tables), (*p.by, p.day))
    return rows.mutate(**{DAY: day_of(p, rows)})


def _windows(p: Prepared, check: Window, rows: Table) -> Table:
    back = p.amount(check.days) - 1
    group = ["school", *map(column, p.by)]
    if all(atom.function in SLIDING for atom in p.measures.atoms):
        over = ibis.range_window(group_by=group, order_by=DAY, preceding=back, following=0)
        return rows.mutate(**{atom.name: _sliding(p, atom, rows, over) for atom in p.measures.atoms})
    ends = rows.select(*group, DAY).distinct().rename({"end": DAY, **{f"e_{n}": g for n, g in enumerate(group)}})
    same = [rows[name] == ends[f"e_{n}"] for n, name in enumerate(group)]
    both = rows.join(ends, [*same, rows[DAY] <= ends["end"], rows[DAY] >= ends["end"] - back])
    return both.group_by([*group, "end"]).agg(**atoms(p, p.measures, both)).rename({DAY: "end"})


def _sliding(p: Prepared, atom: Atom, rows: Table, over: Any) -> Any:
    if atom.arg is None:
        return rows.count().over(over)
    arg = expression(p, atom.arg, rows, wide=atom.function == "sum")
    match atom.function:
        case "count_if":
            return ibis.ifelse(arg, 1, 0).sum().over(over)
        case "sum":
            return arg.sum().over(over)
        case "min":
            return arg.min().over(over)
        case "max":
            return arg.max().over(over)
    return arg.sum().over(over).cast("float64") / arg.count().over(over).cast("float64").nullif(0.0)


def _episodes(p: Prepared, check: Window, ends: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Windows that share a row belong together: their ends lie less than `days` apart."""
    days = p.amount(check.days)

    def group(end: Mapping[str, Any]) -> tuple[Any, ...]:
        return (end["school"], *(end[column(name)] for name in p.by))

    number = 0
    for key, same in groupby(sorted(ends, key=lambda end: (*group(end), end[DAY])), key=group):
        for low, high in joined_stretches((end[DAY] for end in same), days):
            named_key = {f"h_{name}": value for name, value in zip(p.by, key[1:], strict=True)}
            yield {"h": number, "h_school": key[0], "low": low - days + 1, "high": high, **named_key}
            number += 1
