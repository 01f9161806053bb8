"""The records as the engine reads them: every table as Parquet, as it stands now or as it stood at a moment."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Count, Max, TextField
from django.db.models.functions import Cast
from pyarrow import json

from qingqu.alerts.engine.batch import Logs
from qingqu.alerts.indicators import rulebook
from qingqu.datasets.columns import schema_of
from qingqu.datasets.models import Dataset, Record, RecordVersion
from qingqu.organisation.models import Unit

CHUNK = 20_000
STILL_READ = 3600
"""For so many seconds a former state of a table stays: a run is over by then."""
Tables = dict[str, Any]
"""Code of the data set → its table on an engine."""


def folder() -> Path:
    """Where tables lie as Parquet between two runs; may be deleted at any time."""
    path = Path(settings.VAR_DIR) / "records"
    path.mkdir(parents=True, exist_ok=True)
    return path


def exported(dataset: Dataset) -> Path:
    """The table as Parquet, written anew only where it has changed since."""
    path = folder() / f"{dataset.pk}-{_state(dataset)}.parquet"
    if not path.exists():
        schema = _arrow(schema_of(dataset))
        _write(path, schema, _in_chunks(dataset, schema))
        _tidy(path, folder().glob(f"{dataset.pk}-*.parquet"))
    return path


def _tidy(path: Path, states: Iterable[Path]) -> None:
    """Delete former states of a table, but none that a run may still be reading."""
    for old in states:
        if old != path and old.stat().st_mtime < time.time() - STILL_READ:
            old.unlink(missing_ok=True)


def _state(dataset: Dataset) -> str:
    """A name of what the table holds now. The counter alone would not do: a restored backup counts from there again."""
    found = Record.objects.filter(dataset=dataset).aggregate(n=Count("pk"), last=Max("pk"), at=Max("received_at"))
    text = f"{dataset.changes} {found['n']} {found['last']} {found['at']}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write(path: Path, schema: pa.Schema, chunks: Iterable[pa.Table]) -> None:
    part = path.with_suffix(f".{uuid4().hex}.part")
    with pq.ParquetWriter(part, schema) as out:
        for rows in chunks:
            out.write_table(rows)
    part.rename(path)


def _arrow(schema: Mapping[str, str]) -> pa.Schema:
    types = {name: pa.string() if kind in ("text", "hashed") else pa.int64() for name, kind in schema.items()}
    return pa.schema([("id", pa.int64()), ("school", pa.int64()), *types.items()])


def _in_chunks(dataset: Dataset, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in force, what they say read by Arrow as the database keeps it, not row by row."""
    in_force = Record.objects.filter(dataset=dataset, withdrawn=False).order_by("pk")
    options, last = json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"), 0
    while some := list(in_force.filter(pk__gt=last).values_list("pk", Cast("values", TextField()))[:CHUNK]):
        ids, lines = zip(*some, strict=True)
        said = "\n".join(lines).encode()
        rows = json.read_json(io.BytesIO(said), json.ReadOptions(block_size=len(said) + 1), options)
        kept = {name: rows[name] for name in schema.names}
        kept |= {"id": pa.array(ids), "school": pa.repeat(dataset.school_id, len(ids))}
        yield pa.table(kept, schema)
        last = ids[-1]


def tables_of(school: Unit, backend: Any = None, codes: Collection[str] | None = None) -> Tables:
    """The school's tables (all, or some) for an Ibis engine, DuckDB where none is named; those not kept are empty."""
    connection = backend or ibis.duckdb.connect()
    kept = {d.code: d for d in Dataset.objects.filter(school=school)}
    found = {}
    wanted = [*rulebook.schemas(), *_own_tables(school)] if codes is None else codes
    for code in wanted:
        path = exported(kept[code]) if code in kept else _empty(rulebook.schemas()[code])
        found[code] = connection.read_parquet(str(path), table_name=f"t_{code}")
    return found


def _own_tables(school: Unit) -> list[str]:
    """The codes of the school's own tables that an indicator of its own is about."""
    return list({rule.dataset for code, rule in rulebook.at_school(school).items() if code not in rulebook.shipped()})


def _empty(schema: Mapping[str, str]) -> Path:
    name = hashlib.sha256(repr(sorted(schema.items())).encode()).hexdigest()[:16]
    path = folder() / f"none-{name}.parquet"
    if not path.exists():
        _write(path, _arrow(schema), [])
    return path


def as_of(school: Unit, codes: Collection[str], moment: datetime, backend: Any = None) -> Tables:
    """Some of the school's tables as they stood at a moment, out of the versions of their records."""
    found = tables_of(school, backend, codes)
    for dataset in Dataset.objects.filter(school=school, code__in=codes):
        since = Record.objects.filter(dataset=dataset, received_at__gt=moment)
        changed = list(since.values_list("pk", flat=True))
        if not changed:
            continue
        schema = _arrow(schema_of(dataset))
        stood: dict[int, RecordVersion] = {}
        before = RecordVersion.objects.filter(record__in=since, received_at__lte=moment)
        for version in before.order_by("record", "version").iterator(CHUNK):
            stood[version.record_id] = version
        rows = [
            {"id": pk, "school": dataset.school_id, **version.values}
            for pk, version in stood.items()
            if not version.withdrawn
        ]
        ids = ibis.memtable(pa.table({"id": pa.array(changed, pa.int64())}))
        unchanged = found[dataset.code].anti_join(ids, "id")
        found[dataset.code] = unchanged.union(ibis.memtable(pa.Table.from_pylist(rows, schema=schema)))
    return found


class Current:
    """A school's tables as they are, and whether anybody has written into them since they were read."""

    def __init__(self, school: Unit, backend: Any = None) -> None:
        self.school, self.backend = school, backend
        self.read()

    def read(self) -> None:
        """Read what has changed anew."""
        self.changes = dict(Dataset.objects.filter(school=self.school).values_list("code", "changes"))
        self.tables = tables_of(self.school, self.backend)
        self.logs = Logs(self.tables)

    def still(self, codes: Collection[str]) -> bool:
        """Whether these tables are as they were read; locks them until the transaction ends."""
        locked = Dataset.objects.select_for_update().filter(school=self.school, code__in=codes).order_by("pk")
        return all(self.changes.get(d.code) == d.changes for d in locked)
