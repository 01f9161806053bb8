"""Writing rows into a table: new ones, corrected ones, and every former version kept. Used by `actions` alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone

from qingqu.common import statements
from qingqu.datasets import postings
from qingqu.datasets.columns import key_of, written
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, Record, RecordVersion
from qingqu.datasets.watching import Change, Values

WRITING = 0x51_51
"""Of the locks that a PostgreSQL has to give, the kind that is ours; in it a school's is its id."""


def locked(dataset: Dataset) -> Dataset:
    """The table, for whoever is about to write rows: at a school one after another, whichever table it is.

    Rules compare tables. A purchase and its only quote, entered by two people in the same moment, would otherwise be
    judged without each other. On SQLite only one of them writes anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [WRITING, dataset.school_id])
    return statements.get(Dataset, dataset.pk, lock=True)


@contextmanager
def much_memory() -> Iterator[None]:
    """While many rows come in let SQLite keep more of the index at hand: it is written all over."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        (before,) = cursor.execute("PRAGMA cache_size").fetchone()
        cursor.execute("PRAGMA cache_size = -200000")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {int(before)}")


@dataclass(slots=True)
class Put:
    """What became of rows."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as it stands, before something is written."""

    id: int
    version: int
    values: Values
    withdrawn: bool
    batch_id: int | None
    received_at: Any


def put(dataset: Dataset, rows: Iterable[Values], batch: Batch | None) -> Put:
    """Insert what is new, replace what has the same key and says something else, leave what says the same.

    Of rows with one key the last counts. Call it in a transaction, with the table locked.
    """
    return put_keyed(dataset, {key_of(values, dataset.key): values for values in rows}, batch)


def put_keyed(dataset: Dataset, by_key: Mapping[str, Values], batch: Batch | None) -> Put:
    """The same of rows whose keys are known."""
    done = _put(dataset, by_key, _standing(dataset, list(by_key)), batch)
    touched(dataset, done.changes)
    return done


def load(dataset: Dataset, lines: Mapping[str, str], batch: Batch | None) -> Put:
    """The same of many rows, key → values as the database keeps them; new ones wait to be posted (`postings.defer`)."""
    there = _standing(dataset, list(lines))
    new = {key: line for key, line in lines.items() if key not in there and MASKED not in line}
    rest = {key: json.loads(line) for key, line in lines.items() if key not in new}
    done = _put(dataset, rest, there, batch)
    _insert(dataset, new, batch)
    done.added += len(new)
    touched(dataset, done.changes, also=len(new))
    return done


def _put(dataset: Dataset, by_key: Mapping[str, Values], there: Mapping[str, Standing], batch: Batch | None) -> Put:
    done = Put()
    _unmask(dataset, by_key, there)
    new = {key: values for key, values in by_key.items() if key not in there}
    changed = []
    for key, before in there.items():
        values = by_key[key]
        if before.values == values and not before.withdrawn:
            done.unchanged += 1
        else:
            changed.append((before, values))
    ids = _insert(dataset, {key: written(values) for key, values in new.items()}, batch)
    done.changes += [Change(id_, None, values) for id_, values in zip(ids, new.values(), strict=True)]
    done.added = len(new)
    done.changes += replace(dataset, changed, batch)
    done.replaced = len(changed)
    return done


def _standing(dataset: Dataset, keys: Sequence[str]) -> dict[str, Standing]:
    if not dataset.changes:
        return {}
    fields = ("key", "id", "version", "values", "withdrawn", "batch_id", "received_at")
    there = {}
    known = known_ids(dataset, keys)
    for start in range(0, len(known), 1000):
        found = Record.objects.filter(pk__in=known[start : start + 1000]).values_list(*fields)
        there.update({key: Standing(*rest) for key, *rest in found})
    return there


def _unmask(dataset: Dataset, by_key: Mapping[str, Values], there: Mapping[str, Standing]) -> None:
    """Persons that came back as they were exported («•••») stay who they were; in a new row they are missing."""
    hashed = [column["id"] for column in dataset.columns if column["type"] == "hashed"]
    for key, values in by_key.items():
        for name in hashed:
            if values.get(name) == MASKED:
                values[name] = there[key].values.get(name) if key in there else None


def known_ids(dataset: Dataset, keys: Sequence[str]) -> list[int]:
    """The ids of the records with these keys; thousands of keys go over as one parameter."""
    one_of, given = "= ANY(%s)", list(keys)
    if connection.vendor == "sqlite":
        one_of, given = "IN (SELECT value FROM json_each(%s))", json.dumps(given)  # type: ignore[assignment]
    asked = f"SELECT id FROM datasets_record WHERE dataset_id = %s AND key {one_of}"
    return [id_ for (id_,) in statements.fetch(asked, [dataset.pk, given])]


def standing(records: Iterable[Record]) -> list[Standing]:
    """The same of records that are at hand."""
    return [Standing(r.pk, r.version, r.values, r.withdrawn, r.batch_id, r.received_at) for r in records]


def _insert(dataset: Dataset, lines: Mapping[str, str], batch: Batch | None) -> Sequence[int]:
    if not lines:
        return []
    ids = _reserve(len(lines))
    quote = connection.ops.quote_name
    names = ("id", "dataset_id", "school_id", "key", "version", "values", "batch_id", "withdrawn", "received_at")
    marks = ["%s"] * len(names)
    if connection.vendor == "postgresql":
        marks[5] = "%s::jsonb"
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [
        (id_, dataset.pk, dataset.school_id, key, 1, line, batch.pk if batch else None, False, at)
        for id_, (key, line) in zip(ids, lines.items(), strict=True)
    ]
    statements.run_many(
        f"INSERT INTO datasets_record ({', '.join(map(quote, names))}) VALUES ({', '.join(marks)})", rows
    )
    return ids


def entered(dataset: Dataset, change: Change) -> Record:
    """A new record by what was written, without reading it again."""
    key = key_of(change.after or {}, dataset.key)
    return Record(change.record_id, dataset=dataset, school_id=dataset.school_id, key=key, values=change.after)


def _reserve(count: int) -> Sequence[int]:
    """Ids for new records. On SQLite the transaction holds the whole database; PostgreSQL gives out a sequence."""
    if connection.vendor == "postgresql":
        next_ = "SELECT nextval(pg_get_serial_sequence('datasets_record', 'id')) FROM generate_series(1, %s)"
        return [id_ for (id_,) in statements.fetch(next_, [count])]
    [(last,)] = statements.fetch("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'datasets_record'")
    return range(last + 1, last + 1 + count)


def replace(
    dataset: Dataset,
    changed: Sequence[tuple[Standing, Values | None]],
    batch: Batch | None,
    back_to: Mapping[int, int | None] | None = None,
) -> list[Change]:
    """Write new values over records, or withdraw them (None); what they said before becomes a version.

    `back_to` names, by record, the batch whose values come back where a later one is taken away.
    """
    if not changed:
        return []
    RecordVersion.objects.bulk_create(
        [
            RecordVersion(
                record_id=before.id,
                version=before.version,
                values=before.values,
                batch_id=before.batch_id,
                withdrawn=before.withdrawn,
                received_at=before.received_at,
            )
            for before, _values in changed
        ],
        batch_size=1000,
    )
    now, mine = timezone.now(), batch.pk if batch else None
    Record.objects.bulk_update(
        [
            Record(
                pk=before.id,
                values=before.values if values is None else values,
                version=before.version + 1,
                batch_id=back_to.get(before.id) if back_to is not None else mine,
                withdrawn=values is None,
                received_at=now,
            )
            for before, values in changed
        ],
        ["values", "version", "batch", "withdrawn", "received_at"],
        batch_size=200,
    )
    return [Change(before.id, None if before.withdrawn else before.values, values) for before, values in changed]


def rekey(entry: Record, key: str) -> None:
    """Identify a row anew, whose values have just been replaced."""
    Record.objects.filter(pk=entry.pk).update(key=key)


def before(batch: Batch, records: Sequence[Record]) -> dict[int, tuple[Values, int | None]]:
    """What records said before `batch` wrote them, and in which batch; what was taken back itself does not count.

    Nothing for those that were new or withdrawn then.
    """
    versions: dict[int, list[RecordVersion]] = {}
    found = RecordVersion.objects.filter(record__in=[entry.pk for entry in records]).select_related("batch")
    for version in found.order_by("record", "version"):
        versions.setdefault(version.record_id, []).append(version)
    said = {}
    for entry in records:
        older = versions.get(entry.pk, [])
        first = next((n for n, version in enumerate(older) if version.batch_id == batch.pk), len(older))
        counting = [v for v in older[:first] if v.batch is None or v.batch.state in COUNTING]
        if counting and not counting[-1].withdrawn:
            said[entry.pk] = (counting[-1].values, counting[-1].batch_id)
    return said


COUNTING = (Batch.State.RUNNING, Batch.State.APPLIED, Batch.State.FAILED)
"""Batches in these states have rows in the table."""


def touched(dataset: Dataset, changes: Sequence[Change], also: int = 0) -> None:
    """Note that the table changed, and let its postings follow; `also` so many records that are posted later."""
    if changes:
        postings.follow(dataset, changes)
    if count := len(changes) + also:
        statements.run("UPDATE datasets_dataset SET changes = changes + %s WHERE id = %s", [count, dataset.pk])
        dataset.changes += count
