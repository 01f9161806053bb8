"""Records of fictional schools in a DuckDB file, for measuring the rules' engine; needs no Django."""

from __future__ import annotations

from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from config.sample.records.honest import honest
from config.sample.records.world import World
from qingqu.datasets.catalogue import templates

SCHOOLS, YEARS = 100, 3
TYPES = {"text": pa.string(), "hashed": pa.string()}
LIMIT = "600MB"


def schemas() -> dict[str, dict[str, str]]:
    return {code: template.schema() for code, template in templates().items()}


def _arrow(table: Mapping[str, Any], schema: Mapping[str, str]) -> pa.Table:
    columns = {
        name: pa.array(table[name], TYPES.get(type_, pa.int64()), from_pandas=True) for name, type_ in schema.items()
    }
    return pa.table({"school": pa.array(table["school"], pa.int64()), **columns})


def store(file: Path, rows: int, datasets: tuple[str, ...] | None = None, schools: int = SCHOOLS) -> Any:
    """Records of fictional schools in a DuckDB file, made by a process of its own so that its memory does not count."""
    maker = get_context("spawn").Process(target=_make, args=(file, rows, datasets, schools))
    maker.start()
    maker.join()
    return ibis.duckdb.connect(str(file), threads=2, memory_limit=LIMIT, read_only=True)


def _make(file: Path, rows: int, datasets: tuple[str, ...] | None, schools: int) -> None:
    """Some schools, each many times over, until all the tables together have `rows`."""
    world = World(seed=7, schools=schools, years=YEARS)
    honest_ = honest(world, min(rows, 200_000) // (1 if datasets else 4))
    tables = {code: table for code, table in honest_.items() if datasets is None or code in datasets}
    backend = ibis.duckdb.connect(str(file), threads=2)
    once = {code: _arrow(table, schemas()[code]) for code, table in tables.items()}
    times = max(1, rows // sum(map(len, once.values())))
    base = 0
    for code, table in once.items():
        backend.con.register("once", table)
        names = ", ".join(f'"{name}"' for name in schemas()[code])
        backend.con.execute(
            f'CREATE TABLE "{code}" AS SELECT row_number() OVER () + {base} AS id, '
            f"school + t.k * {schools} AS school, {names} FROM range({times}) t(k), once"
        )
        backend.con.unregister("once")
        base += len(table) * times
    for code in schemas().keys() - once.keys():
        types = {name: "string" if type_ in ("text", "hashed") else "int64" for name, type_ in schemas()[code].items()}
        backend.create_table(code, schema=ibis.schema({"id": "int64", "school": "int64", **types}))
    backend.disconnect()
