"""Medians of peers over whole tables: computed for a snapshot, and joined to each row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qingqu.alerts.engine import days
from qingqu.alerts.engine.batch.frames import (
    Table,
    Tables,
    column,
    expression,
    fetched,
    frame,
    memory,
    present,
    type_of,
)
from qingqu.alerts.engine.expressions.batch import compile_ibis
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.alerts.engine.expressions.kinds import INT, Kind
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.engine.snapshots import Key, Snapshot
from qingqu.alerts.engine.spec import Peer

AT_ONCE = 4_000_000
"""How many values are held for medians at a time."""


def with_medians(p: Prepared, tables: Tables) -> Prepared:
    """A check with the medians that its peers have in these tables now; one that compares with none stays as it is."""
    if p.check.primitive != "peer":
        return p
    return replace(p, context=replace(p.context, snapshots={(p.rule.code, p.check.id): compute(p, tables)}))


def compute(p: Prepared, tables: Tables) -> Snapshot:
    """The medians for every month up to that of today, each of the `months` calendar months before it."""
    check: Any = p.check
    rows = present(frame(p, tables), (*p.by, check.day))
    rows = rows.mutate(value=expression(p, p.own["value"], rows), month=peer_month(p, check, rows))
    rows = rows.filter(rows["value"].notnull())
    (span,) = fetched(rows.agg(first=rows["month"].min(), last=rows["month"].max(), n=rows.count()))
    if not span["n"]:
        return Snapshot({})
    back = p.amount(check.months)
    first, last = span["first"] + 1, min(days.month(p.context.today), span["last"] + back)
    together = max(1, (last - first + 1) * AT_ONCE // (span["n"] * back))
    entries: dict[Key, tuple[float, int]] = {}
    for month in range(first, last + 1, together):
        entries |= _medians(p, rows, range(month, min(month + together, last + 1)))
    return Snapshot(entries)


def _medians(p: Prepared, rows: Any, months: range) -> dict[Key, tuple[float, int]]:
    """The medians for several consecutive months."""
    back = p.amount(p.check.months)
    some = rows.filter((rows["month"] >= months[0] - back) & (rows["month"] < months[-1]))
    targets = memory([{"target": month} for month in months], {"target": "int64"})
    spread = some.join(targets, [some["month"] < targets["target"], some["month"] >= targets["target"] - back])
    school = [] if p.check.across_schools else ["school"]
    medians = spread.group_by([*school, "target", *map(column, p.by)]).agg(
        median=spread["value"].quantile(0.5).cast("float64"), peers=spread.count()
    )
    return {
        (row.get("school", 0), row["target"], *(row[column(name)] for name in p.by)): (row["median"], row["peers"])
        for row in fetched(medians)
    }


def medians_table(p: Prepared, snapshot: Snapshot) -> Table:
    """A snapshot as a table to be joined: s_school, s_month, s_0 …, median, peers."""
    names = ["s_school", "s_month", *(f"s_{n}" for n in range(len(p.by)))]
    rows = [
        {**dict(zip(names, key, strict=True)), "median": median, "peers": peers}
        for key, (median, peers) in snapshot.entries.items()
    ]
    types = {"s_school": "int64", "s_month": "int64", "median": "float64", "peers": "int64"}
    return memory(rows, types | {f"s_{n}": type_of(p, name) for n, name in enumerate(p.by)})


def month_node(p: Prepared, check: Peer) -> Node:
    """The expression for a row's calendar month."""
    day = Node("name", Kind("int", "date"), value=check.day)
    if p.types.get(check.day) == "moment":
        minutes = Node("const", INT, value=days.MINUTES)
        day = Node("whole", INT, (Node("/", Kind("float"), (day, minutes)),))
    return Node("month", INT, (day,))


def peer_month(p: Prepared, check: Peer, rows: Table) -> Any:
    node = month_node(p, check)
    return compile_ibis(node, lambda named: rows[column(named.value)], p.context.today, p.context.calendar)
