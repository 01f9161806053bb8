"""All rules over all records of a school: nightly, after a large import, and on command. DuckDB over Parquet."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max

from qingqu.accounts.models import User
from qingqu.alerts import ready, reconciling, rulebook
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.peers import compute
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.models import Rule, Snapshot
from qingqu.alerts.reconciling import Result
from qingqu.common.clock import today
from qingqu.datasets.columns import schema_of
from qingqu.datasets.models import Dataset, Record
from qingqu.organisation.models import Unit

log = logging.getLogger("qingqu.alerts")
EPOCH = date(1970, 1, 1)
CHUNK = 20_000
Say = Callable[[str], object]


def folder() -> Path:
    """Where tables lie as Parquet between two runs; may be deleted at any time."""
    path = Path(settings.VAR_DIR) / "records"
    path.mkdir(parents=True, exist_ok=True)
    return path


def exported(dataset: Dataset) -> Path:
    """The table as Parquet, written anew only where it has changed since."""
    path = folder() / f"{dataset.pk}-{_state(dataset)}.parquet"
    if not path.exists():
        part = path.with_suffix(".part")
        schema = _arrow(dataset)
        with pq.ParquetWriter(part, schema) as out:
            for rows in _in_chunks(dataset):
                out.write_table(pa.Table.from_pylist(rows, schema=schema))
        for old in folder().glob(f"{dataset.pk}-*.parquet"):
            old.unlink()
        part.rename(path)
    return path


def _state(dataset: Dataset) -> str:
    """A name of what the table holds now. The counter alone would not do: a restored backup counts from there again."""
    found = Record.objects.filter(dataset=dataset).aggregate(n=Count("pk"), last=Max("pk"), at=Max("received_at"))
    text = f"{dataset.changes} {found['n']} {found['last']} {found['at']}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _arrow(dataset: Dataset) -> pa.Schema:
    types = {
        name: pa.string() if kind in ("text", "hashed") else pa.int64() for name, kind in schema_of(dataset).items()
    }
    return pa.schema([("id", pa.int64()), ("school", pa.int64()), *types.items()])


def _in_chunks(dataset: Dataset) -> Iterator[list[dict[str, Any]]]:
    found = Record.objects.filter(dataset=dataset, withdrawn=False).order_by("pk").values_list("pk", "values")
    rows: list[dict[str, Any]] = []
    for pk, values in found.iterator(CHUNK):
        rows.append({"id": pk, "school": dataset.school_id, **values})
        if len(rows) >= CHUNK:
            yield rows
            rows = []
    yield rows


def tables_of(school: Unit) -> dict[str, Any]:
    """The school's tables for the engine; those that it does not keep are empty."""
    connection = ibis.duckdb.connect()
    kept = {d.code: d for d in Dataset.objects.filter(school=school)}
    found = {}
    for code, schema in rulebook.schemas().items():
        if code in kept:
            found[code] = connection.read_parquet(str(exported(kept[code])))
        else:
            types = {n: "string" if kind in ("text", "hashed") else "int64" for n, kind in schema.items()}
            empty = pa.table({n: pa.array([], pa.string() if t == "string" else pa.int64()) for n, t in types.items()})
            ids = pa.array([], pa.int64())
            found[code] = connection.create_table(code, empty.append_column("id", ids).append_column("school", ids))
    return found


def refresh_snapshots(school: Unit, rules: list[Rule], tables: dict[str, Any], day: int) -> int:
    """Compute the medians of peers anew and keep those that changed; returns how many."""
    made = 0
    for rule in rules:
        whole = rulebook.effective(rule)
        for one in whole.checks:
            if one.primitive != "peer":
                continue
            prepared = prepare(whole, one, rulebook.schemas(), Context(day))
            if prepared.awaits:
                continue
            fresh = compute(prepared, tables)
            newest = Snapshot.objects.filter(school=school, code=rule.code, check_id=one.id).order_by("-id").first()
            if newest is None or newest.digest != fresh.digest:
                Snapshot.objects.create(
                    school=school, code=rule.code, check_id=one.id, rows=fresh.as_rows(), digest=fresh.digest
                )
                made += 1
    return made


def run(school: Unit, *, by: User | None, say: Say = lambda _line: None) -> Result:
    """Judge all records of a school by all its rules, and bring the warnings in line.

    Whatever differs from what was judged on writing is put right and logged: that is the batch's self-check.
    """
    day = (today() - EPOCH).days
    rules = rulebook.in_force(school)
    total = Result()
    if not rules:
        return total
    tables = tables_of(school)
    if refresh_snapshots(school, rules, tables, day):
        ready.forget(school.pk)
    datasets = {d.code: d for d in Dataset.objects.filter(school=school).select_related("keeper")}
    for running in rulebook.running(rules, day, rulebook.snapshots_of(school)):
        dataset = datasets.get(running.prepared.dataset)
        if dataset is None:
            continue
        hits = run_check(running.prepared, tables)
        with transaction.atomic():
            result = reconciling.reconcile(running, dataset, hits, lambda _hit: True, by=by)
        say(f"{running.rule.code}/{running.prepared.check.id}: {len(hits)} · +{len(result.raised)} −{result.lapsed}")
        total.raised += result.raised
        total.refreshed += result.refreshed
        total.lapsed += result.lapsed
        total.quiet += result.quiet
        total.suppressed += result.suppressed
    return total
