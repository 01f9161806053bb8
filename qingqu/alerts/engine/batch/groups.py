"""Checks whose findings are groups: find the groups that hit first, then fetch only their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import ibis

from qingqu.alerts.engine.batch.frames import (
    Table,
    atoms,
    column,
    expression,
    fetched,
    frame,
    grouped,
    holding,
    in_arrow,
    memory,
    named,
    present,
    type_of,
)
from qingqu.alerts.engine.batch.sieve import sieved
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Measures, Prepared
from qingqu.alerts.engine.spec import Aggregate, Fence, Nested, Progression
from qingqu.alerts.engine.spec import Sequence as SequenceCheck

Found = list[dict[str, Any]]


def aggregate(p: Prepared, check: Aggregate, tables: Any) -> Iterator[Hit]:
    rows = sieved(p, frame(p, tables), p.by, p.measures)
    groups = grouped(p, rows, p.by, p.measures)
    return with_rows(p, rows, p.by, fetched(holding(p, p.own["having"], groups, wide=True)))


def nested(p: Prepared, check: Nested, tables: Any) -> Iterator[Hit]:
    rows = frame(p, tables)
    found = fetched(holding(p, p.own["having"], _nested_groups(p, check, rows), wide=True))
    return with_rows(p, present(rows, check.inner), check.outer if check.hit == "outer" else p.by, found)


def _nested_groups(p: Prepared, check: Nested, rows: Table, **day: Any) -> Table:
    direct = _direct(p) if check.hit == "inner" and not day else None
    few = sieved(p, rows, p.by, p.measures) if direct else rows
    if direct and few is not rows:
        outer = grouped(p, present(rows, check.inner), check.outer, direct)
        return _beside(grouped(p, few, p.by, p.measures), outer, check.outer)
    inner = grouped(p, rows, p.by, p.measures, **day)
    last = {"h_day": inner["h_day"].max()} if day else {}
    outer = grouped(p, inner, check.outer, p.outer, **last)
    if check.hit == "outer":
        return outer
    return _beside(inner, outer.select("school", *map(column, check.outer), *p.outer.named), check.outer)


def _direct(p: Prepared) -> Measures | None:
    """The outer measures computed directly over rows, if they are sums of sums, counts, largest of largest …"""
    inner = {atom.name: atom for atom in p.measures.atoms}
    atoms = []
    for outer in p.outer.atoms:
        node = p.measures.named.get(outer.arg.value) if outer.arg and outer.arg.op == "name" else None
        atom = inner.get(node.value) if node and node.op == "name" else None
        alike = {"count": "sum", "count_if": "sum"}.get(atom.function, atom.function) if atom else ""
        if atom is None or outer.function != alike or alike not in ("sum", "min", "max"):
            return None
        atoms.append(replace(atom, name=outer.name))
    return replace(p.outer, atoms=tuple(atoms))


def grouped_for_having(p: Prepared, tables: Any) -> Table:
    """All groups with their measures and their last day (`h_day`), before the verdict."""
    rows = frame(p, tables)
    day = {"h_day": _last_day(p, rows)}
    if isinstance(p.check, Nested):
        return _nested_groups(p, p.check, rows, **day)
    return grouped(p, rows, p.by, p.measures, **day)


def _beside(inner: Table, outer: Table, by: Sequence[str]) -> Table:
    """Every inner group joined with the measures of its outer group."""
    outer = outer.rename({"o_school": "school", **{f"o_{n}": column(name) for n, name in enumerate(by)}})
    same = [inner["school"] == outer["o_school"]]
    same += [inner[column(name)] == outer[f"o_{n}"] for n, name in enumerate(by)]
    return inner.join(outer, same)


def fence(p: Prepared, check: Fence, tables: Any) -> Iterator[Hit]:
    """Beyond Q3 + reach × IQR (or Q1 − reach × IQR) of the groups that share `peers`; quartiles are exact."""
    rows = frame(p, tables)
    groups = grouped(p, rows, p.by, p.measures)
    groups = groups.mutate(value=expression(p, p.own["value"], groups, wide=True).cast("int64"))
    groups = groups.filter(groups["value"].notnull())
    peers = groups.group_by(["school", *map(column, check.peers)]).agg(
        peers=groups.count(),
        q1=groups["value"].quantile(0.25).cast("float64"),
        q3=groups["value"].quantile(0.75).cast("float64"),
    )
    reach = float(p.amount(check.reach))
    far = (peers["q3"] - peers["q1"]) * reach
    peers = peers.mutate(fence=(peers["q3"] + far) if check.side == "high" else (peers["q1"] - far))
    peers = peers.filter((peers["q3"] > peers["q1"]) & (peers["peers"] >= p.amount(check.min_peers)))
    both = _beside(groups, peers, check.peers)
    value = both["value"].cast("float64")
    beyond = both.filter(value > both["fence"] if check.side == "high" else value < both["fence"])
    return with_rows(p, rows, p.by, fetched(beyond))


def progression(p: Prepared, check: Progression, tables: Any) -> Iterator[Hit]:
    """Equal steps, or steps in an equal ratio to the value before: the widest and the narrowest within `tolerance`."""
    rows = present(frame(p, tables), (*p.by, check.value))
    value, tolerance = rows[column(check.value)], float(p.amount(check.tolerance))
    series = ibis.window(group_by=["school", *map(column, p.by)], order_by=[value, rows["id"]])
    steps = rows.mutate(v=value, before=value.lag().over(series))
    step = (steps["v"] - steps["before"]).cast("float64")
    steps = steps.mutate(step=step, ratio=step / steps["before"].cast("float64").nullif(0.0))
    groups = steps.group_by(["school", *map(column, p.by)]).agg(
        rows=steps.count(),
        lowest=steps["v"].min(),
        highest=steps["v"].max(),
        narrow=steps["step"].min(),
        wide=steps["step"].max(),
        small=steps["ratio"].min(),
        big=steps["ratio"].max(),
    )
    equal = (groups["wide"] - groups["narrow"]) <= groups["wide"] * tolerance
    alike = (groups["big"] - groups["small"]) <= groups["big"] * tolerance
    rising = (groups["narrow"] > 0) & (groups["lowest"] > 0) & (groups["rows"] >= p.amount(check.min_rows))
    found = groups.filter(rising & (equal | alike)).mutate(geometric=ibis.ifelse(equal, 0, 1))
    return with_rows(p, rows, p.by, fetched(found))


def sequence(p: Prepared, check: SequenceCheck, tables: Any) -> Iterator[Hit]:
    rows = present(frame(p, tables), (*p.by, *check.order))
    group = ["school", *map(column, p.by)]
    used = [name.removeprefix("prev.") for name in p.own["when"].names if name.startswith("prev.")]
    on = holding(p, p.own["when"], _in_order(check, rows, group, used))
    often = on.group_by(group).agg(n_=on.count())
    least = p.amount(check.run) - bool(used)  # the row before a run counts too
    some = in_arrow(often.filter(often["n_"] >= least).select(group))
    if not len(some):
        return
    rows = _in_order(check, rows.semi_join(ibis.memtable(some), group), group, used)
    rows = rows.mutate(on=ibis.ifelse(expression(p, p.own["when"], rows), 1, 0))
    by_number = ibis.window(group_by=group, order_by="n")
    rows = rows.mutate(was=rows["on"].lag().over(by_number), will=rows["on"].lead().over(by_number))
    rows = rows.mutate(begins=ibis.ifelse((rows["on"] == 1) & (rows["was"].fill_null(0) == 0), 1, 0))
    up_to_here = ibis.window(group_by=group, order_by="n", preceding=None, following=0)
    rows = rows.mutate(island=rows["begins"].sum().over(up_to_here))
    leading = (rows["on"] == 0) & (rows["will"] == 1) if used else ibis.literal(False)
    rows = rows.mutate(island=rows["island"] + ibis.ifelse(leading, 1, 0)).filter((rows["on"] == 1) | leading)
    runs = rows.group_by([*group, "island"]).agg(
        rows=rows.count(), ids=rows["id"].collect(), day=_last_day(p, rows), **atoms(p, p.measures, rows)
    )
    found = named(p, p.measures, runs.filter(runs["rows"] >= p.amount(check.run)))
    for row in fetched(found):
        yield p.hit(row["school"], tuple(row[column(k)] for k in p.by), _names(row), row["ids"], row["day"])


def _in_order(check: SequenceCheck, rows: Table, group: Sequence[str], used: Sequence[str]) -> Table:
    """Every row with its position in its series (`n`) and the values of the row before it."""
    series = ibis.window(group_by=group, order_by=[rows[column(name)] for name in check.order] + [rows["id"]])
    before = {f"prev__{column(name)}": rows[column(name)].lag().over(series) for name in used}
    return rows.mutate(n=ibis.row_number().over(series), **before)


def _last_day(p: Prepared, rows: Table) -> Any:
    return rows[column(p.day)].max() if p.day else rows["id"].max() * 0


def _names(row: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "."): value for name, value in row.items()}


def with_rows(p: Prepared, rows: Table, by: Sequence[str], found: Found) -> Iterator[Hit]:
    """The hits for the groups that were found: their records fetched in a second pass."""
    if not found:
        return
    condition = p.own.get("rows")
    kept = [name for name in p.result.names if condition and name in condition.names and name not in p.row.names]
    keyed = {"h_school": "school", **{f"h_{name}": column(name) for name in (*by, *kept)}}
    keys = [{"h": n, **{name: group[own] for name, own in keyed.items()}} for n, group in enumerate(found)]
    types = {f"h_{name}": type_of(p, name) for name in (*by, *kept)}
    wanted = memory(keys, {"h": "int64", "h_school": "int64", **types})
    same = [rows["school"] == wanted["h_school"], *(rows[column(name)] == wanted[f"h_{name}"] for name in by)]
    both = rows.join(wanted, same)
    if condition:
        both = holding(p, condition, both.rename({column(name): f"h_{name}" for name in kept}))
    lists = both.group_by("h").agg(ids=both["id"].collect(), day=_last_day(p, both))
    evidence = {row["h"]: row for row in fetched(lists)}
    key_of = [column(name) for name in by]
    for number, group in enumerate(found):
        if row := evidence.get(number):
            key = tuple([group[name] for name in key_of])
            yield p.hit(group["school"], key, _names(group), row["ids"], row["day"])
