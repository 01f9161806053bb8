"""A check's rows as an Ibis table: needed columns, joined measures, applicability, named keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.operations import InMemoryTable

from qingqu.alerts.engine.expressions import Checked
from qingqu.alerts.engine.expressions.batch import TYPES, compile_ibis, null_of
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.alerts.engine.prepared import Atom, Measures, Prepared, PreparedJoin
from qingqu.datasets.rules import APART

Table = Any
"""An Ibis table: Ibis has no types to speak of."""
Tables = Mapping[str, Table]
"""Data set → table with `id`, `school` and its columns as integers and texts; empty texts are NULL there."""
AS_ZERO = {"count", "count_if", "distinct"}


def column(name: str) -> str:
    """A name as a column's: `meeting.date` becomes `meeting__date`."""
    return name.replace(".", "__")


def expression(p: Prepared, what: Checked | Node, table: Table, *, wide: bool = False) -> Any:
    node = what.node if isinstance(what, Checked) else what
    return compile_ibis(node, lambda named: table[column(named.value)], p.context.today, p.context.calendar, wide=wide)


def day_of(p: Prepared, table: Table) -> Any:
    """The day of each row: the check's day column, without the time where it has one."""
    when = table[column(p.day)]
    return (when // p.a_day).cast("int64") if p.a_day > 1 else when


def holding(p: Prepared, condition: Checked | None, table: Table, *, wide: bool = False) -> Table:
    return table if condition is None else table.filter(expression(p, condition, table, wide=wide))


def present(table: Table, columns: Iterable[str]) -> Table:
    """Only rows in which none of the columns is missing."""
    conditions = [table[column(name)].notnull() for name in columns]
    return table.filter(*conditions) if conditions else table


def frame(p: Prepared, tables: Tables) -> Table:
    """The rows that take part in a check."""
    table = tables[p.dataset].select("id", "school", *p.columns)
    for join in p.joins.values():
        table = _joined(p, table, join, tables[join.spec.dataset])
    table = holding(p, p.where, table)
    if p.keys:
        table = table.mutate(**{name: expression(p, checked, table) for name, checked in p.keys.items()})
    for name in p.apart:
        table = _apart(table, column(name))
    return table


def _apart(table: Table, name: str) -> Table:
    """A row for each person whom a cell names; most cells name one and stay as they are."""
    several = table[name].contains(APART)
    return table.filter(~several).union(table.filter(several).mutate(**{name: people(table[name])}))


def people(value: Any) -> Any:
    """A row for each person whom a cell names."""
    return value.split(APART).unnest()


def _joined(p: Prepared, table: Table, join: PreparedJoin, other: Table) -> Table:
    """The table with the measures of the other's rows of the same key; without any, counts are 0, the rest missing."""
    if join.spec.kept:
        table = table.semi_join(other.select("school").distinct(), "school")
    other = present(holding(p, join.where, other.select("school", *join.columns)), join.spec.on.values())
    keys = list(join.spec.on.values())
    groups = other.group_by(["school", *keys]).agg(**atoms(p, join.measures, other))
    groups = groups.rename({"j_school": "school", **{f"j_{n}": key for n, key in enumerate(keys)}})
    same = [table["school"] == groups["j_school"]]
    same += [table[mine] == groups[f"j_{n}"] for n, mine in enumerate(join.spec.on)]
    wide = named(p, join.measures, table.left_join(groups, same), zero=True)
    measures = {column(f"{join.name}.{name}"): wide[name] for name in join.measures.named}
    return wide.select(*table.columns, **measures)


def atoms(p: Prepared, measures: Measures, table: Table) -> dict[str, Any]:
    """The aggregates that a check's measures need of a group's rows."""
    return {atom.name: _atom(p, atom, table) for atom in measures.atoms}


def _atom(p: Prepared, atom: Atom, table: Table) -> Any:
    if atom.arg is None:
        return table.count()
    arg = expression(p, atom.arg, table, wide=atom.function == "sum")
    match atom.function:
        case "count_if":
            return ibis.ifelse(arg, 1, 0).sum()
        case "sum":
            return arg.sum()
        case "min":
            return arg.min()
        case "max":
            return arg.max()
        case "mean":
            return arg.sum().cast("float64") / arg.count().cast("float64").nullif(0.0)
        case "median":
            return arg.quantile(0.5).cast("float64")
    assert atom.function == "distinct"
    return ibis.ifelse(arg, 1, 0).nunique() if atom.arg.kind.cls == "bool" else arg.nunique()


def named(p: Prepared, measures: Measures, table: Table, *, zero: bool = False) -> Table:
    """The measures, computed from their atoms; with `zero`, counts of nothing are 0."""
    if zero:
        filled = {a.name: table[a.name].fill_null(0) for a in measures.atoms if a.function in AS_ZERO}
        table = table.mutate(**filled) if filled else table
    values = {}
    for name, node in measures.named.items():
        value = expression(p, node, table, wide=True)
        values[name] = null_of(node.kind) if node.op == "const" and node.value is None else value
    return table.mutate(**values)


def grouped(p: Prepared, table: Table, by: Sequence[str], measures: Measures, **more: Any) -> Table:
    """One row per group of a school, with its measures; rows with a missing key belong to none."""
    table = present(table, by)
    groups = table.group_by(["school", *map(column, by)]).agg(**atoms(p, measures, table), **more)
    return named(p, measures, groups)


def on_duckdb(table: Table) -> bool:
    return any(backend.name == "duckdb" for backend in table._find_backends()[0])


def in_arrow(table: Table) -> pa.Table:
    """The table's rows; what asks DuckDB for them is made once for all schools that ask the same."""
    if not on_duckdb(table) or table.op().find(InMemoryTable):
        return table.to_pyarrow()
    return table._find_backend().con.sql(_sql(table.unbind().op())).to_arrow_table()


@lru_cache(maxsize=1_000)
def _sql(unbound: Any) -> str:
    return str(ibis.duckdb.compile(unbound.to_expr()))


def fetched(table: Table) -> list[dict[str, Any]]:
    """The table's rows in Python: decimals as integers."""
    found = in_arrow(table)
    names = found.column_names
    return [dict(zip(names, row, strict=True)) for row in zip(*map(_listed, found.columns), strict=True)]


def _listed(values: pa.ChunkedArray) -> list[Any]:
    """A column in Python; numbers of which none is missing, and lists of such, in one go."""
    kind = values.type
    if pa.types.is_decimal(kind):
        return [None if value is None else int(value) for value in values.to_pylist()]
    if pa.types.is_list(kind) and not values.null_count:
        inner = [one for chunk in values.chunks for one in _listed(pa.chunked_array([chunk.flatten()]))]
        ends = accumulate(pc.list_value_length(values).to_pylist())
        return [inner[start:end] for start, end in pairwise(chain((0,), ends))]
    plain = not values.null_count and (pa.types.is_integer(kind) or pa.types.is_floating(kind))
    listed: list[Any] = values.to_numpy().tolist() if plain else values.to_pylist()
    return listed


def memory(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str]) -> Table:
    """Found groups as a table again, to fetch their rows."""
    columns = {name: [row[name] for row in rows] for name in types}
    arrow = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string(), "boolean": pa.bool_()}
    return ibis.memtable(pa.table({name: pa.array(columns[name], arrow[types[name]]) for name in types}))


def type_of(p: Prepared, name: str) -> str:
    return TYPES[(p.result.names.get(name) or p.row.names[name]).cls]
