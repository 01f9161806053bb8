"""Records of fictional schools in a DuckDB file, for measuring the rules' engine; needs no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from config.sample.records.honest import honest
from config.sample.records.world import World
from qingqu.datasets.catalogue import templates

SCHOOLS, YEARS = 100, 3
TYPES = {"text": pa.string(), "hashed": pa.string()}
LIMIT = "600MB"
BIDS = (2, 7)
"""Bids for a tender: from, to below."""
SHORT, TIED = 0.03, 0.005
"""Tenders published for less than twenty days; bids that say the amount of the one before."""


def schemas() -> dict[str, dict[str, str]]:
    return {code: template.schema() for code, template in templates().items()}


def _arrow(table: Mapping[str, Any], schema: Mapping[str, str]) -> pa.Table:
    columns = {
        name: pa.array(table[name], TYPES.get(type_, pa.int64()), from_pandas=True) for name, type_ in schema.items()
    }
    return pa.table({"school": pa.array(table["school"], pa.int64()), **columns})


def tenders(count: int, seed: int = 7) -> pa.Table:
    """DS19: `count` tenders of fictional schools with two to six bids, published for as long as the law wants.

    Faulty are three notices in a hundred, one bid in two hundred that says what another says, and some late ones.
    """
    rng = np.random.default_rng(seed)
    bids = rng.integers(*BIDS, count)
    of = np.repeat(np.arange(count), bids)
    place = np.arange(len(of)) - np.repeat(np.cumsum(bids) - bids, bids)
    published = rng.integers(19_000, 20_400, count)
    closed = published + np.where(rng.random(count) < SHORT, rng.integers(5, 20, count), rng.integers(20, 46, count))
    estimate = (rng.lognormal(14, 1, count) * 100).astype(np.int64)
    amount = (estimate[of] * rng.uniform(0.6, 1.0, len(of))).astype(np.int64)
    amount = np.where(rng.random(len(of)) < TIED, np.roll(amount, 1), amount)
    refused = (rng.random(len(of)) < 0.08).astype(np.int64)
    lowest = np.lexsort((amount, refused, of))
    winner = np.zeros(len(of), dtype=np.int64)
    winner[lowest[np.cumsum(bids) - bids]] = 1
    close_time = closed[of] * 1440 + 570
    columns = {
        "id": np.arange(1, len(of) + 1),
        "school": of % SCHOOLS + 1,
        "tender_no": [f"ZB{n:07d}" for n in of],
        "publish_date": published[of],
        "close_date": closed[of],
        "close_time": close_time,
        "award_date": closed[of] + 7,
        "category": [f"品目{n % 20}" for n in of],
        "method": ["公开招标"] * len(of),
        "estimate": estimate[of],
        "bidder": [f"投标单位{n}" for n in (of * 13 + place * 7) % 5_000],
        "bid_time": close_time - rng.integers(-20, 3_000, len(of)),
        "bid_amount": amount,
        "disqualified": refused,
        "is_winner": winner,
    }
    schema = schemas()["DS19"]
    types = {name: TYPES.get(type_, pa.int64()) for name, type_ in schema.items()}
    return pa.table({name: pa.array(values, types.get(name, pa.int64())) for name, values in columns.items()})


def tendered(file: Path, count: int) -> Any:
    """A DuckDB file with `count` tenders and nothing else in any table, made by a process of its own."""
    maker = get_context("spawn").Process(target=_make_tenders, args=(file, count))
    maker.start()
    maker.join()
    return ibis.duckdb.connect(str(file), threads=2, memory_limit=LIMIT, read_only=True)


def _make_tenders(file: Path, count: int) -> None:
    backend = ibis.duckdb.connect(str(file), threads=2)
    backend.create_table("DS19", tenders(count))
    _empty(backend, schemas().keys() - {"DS19"})
    backend.disconnect()


def _empty(backend: Any, codes: Iterable[str]) -> None:
    for code in codes:
        types = {name: "string" if type_ in ("text", "hashed") else "int64" for name, type_ in schemas()[code].items()}
        backend.create_table(code, schema=ibis.schema({"id": "int64", "school": "int64", **types}))


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
    _empty(backend, schemas().keys() - once.keys())
    backend.disconnect()
