"""Checks whose findings are single rows: a condition, the peers' median, the past of the row's own series."""

from __future__ import annotations

from collections.abc import Iterator

import ibis

from qingqu.alerts.engine.batch.frames import Table, Tables, column, expression, fetched, frame, holding, present
from qingqu.alerts.engine.batch.peers import medians_table, peer_month
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.engine.snapshots import Snapshot
from qingqu.alerts.engine.spec import Peer, Predicate, Trail


def single(p: Prepared, check: Predicate | Peer | Trail, tables: Tables) -> Iterator[Hit]:
    return _each(p, holding(p, p.own["when"], judged(p, tables)))


def judged(p: Prepared, tables: Tables) -> Table:
    """The rows with everything that the verdict on each needs."""
    match p.check:
        case Peer():
            return _beside_peers(p, p.check, tables)
        case Trail():
            return _beside_past(p, p.check, tables)
    rows = frame(p, tables)
    measures = {name: expression(p, p.own[f"measure:{name}"], rows) for name in p.check.measures}
    return rows.mutate(**measures) if measures else rows


def _beside_peers(p: Prepared, check: Peer, tables: Tables) -> Table:
    """Every row joined with the median that its month's snapshot holds; a row without one is not judged."""
    snapshot: Snapshot = p.context.snapshots.get((p.rule.code, check.id)) or Snapshot({})
    rows = present(frame(p, tables), (*p.by, check.day))
    rows = rows.mutate(value=expression(p, p.own["value"], rows), month=peer_month(p, check, rows))
    medians = medians_table(p, snapshot)
    same = [rows["month"] == medians["s_month"]]
    same += [rows[column(name)] == medians[f"s_{n}"] for n, name in enumerate(p.by)]
    if not check.across_schools:
        same.append(rows["school"] == medians["s_school"])
    both = rows.join(medians, same)
    return both.filter(both["value"].notnull() & (both["peers"] >= p.amount(check.min_peers)))


def _beside_past(p: Prepared, check: Trail, tables: Tables) -> Table:
    rows = present(frame(p, tables), (*p.by, *check.order))
    rows = rows.mutate(value=expression(p, p.own["value"], rows))
    rows = rows.filter(rows["value"].notnull())
    group = ["school", *map(column, p.by)]
    order = [rows[column(name)] for name in check.order] + [rows["id"]]
    before = ibis.window(group_by=group, order_by=order, preceding=(p.amount(check.last), 1))
    rows = rows.mutate(
        median=rows["value"].quantile(0.5).over(before).cast("float64"), peers=rows["value"].count().over(before)
    )
    return rows.filter(rows["peers"] >= p.amount(check.min_peers))


def _each(p: Prepared, rows: Table) -> Iterator[Hit]:
    wanted = {*p.numbers} | {name for level in (p.red, p.orange) if level for name in level.names}
    wanted = {name for name in wanted if name in p.result.names}
    day = {"h_day": rows[column(p.day)]} if p.day else {}
    for row in fetched(rows.select("id", "school", *map(column, sorted(wanted)), **day)):
        names = {name: row[column(name)] for name in wanted}
        yield p.hit(row["school"], (row["id"],), names, (row["id"],), row.get("h_day"))
