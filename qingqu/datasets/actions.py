"""Everything that changes the school's tables and what stands in them. Batches leave a trace, not their rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.datasets import storing, watching
from qingqu.datasets.catalogue import DatasetTemplate, templates
from qingqu.datasets.columns import columns_of, key_of, read_row
from qingqu.datasets.models import Batch, Dataset, Record, RecordVersion
from qingqu.datasets.storing import Put
from qingqu.datasets.watching import Values
from qingqu.organisation.models import Unit
from qingqu.trace.actions import record

FEW = 1_000
"""So many rows are judged one by one in their own transaction; larger batches are judged whole, afterwards."""


@transaction.atomic
def adopt(school: Unit, codes: Iterable[str], *, keeper: Unit | None = None, by: User | None) -> list[Dataset]:
    """Keep these of the product's tables at a school; those that it keeps already stay as they are."""
    there = set(Dataset.objects.filter(school=school).values_list("code", flat=True))
    made = []
    for code in codes:
        if code not in templates():
            raise NotPossible(_("没有编号为 %(code)s 的数据表") % {"code": code})
        if code not in there:
            dataset = Dataset.objects.create(school=school, keeper=keeper, **_fields(templates()[code]))
            record("datasets.adopted", dataset, by=by)
            made.append(dataset)
    return made


def _fields(template: DatasetTemplate) -> dict[str, Any]:
    columns = [
        {
            "id": column.id,
            "name": column.zh,
            "type": column.type,
            "as": column.hashed_as,
            "required": column.required,
            "sensitive": column.type == "hashed",
            "also": list(column.also),
        }
        for column in template.columns
    ]
    kind = {"code": template.code, "name": template.zh, "kind": template.kind}
    return {**kind, "columns": columns, "key": list(template.key)}


@transaction.atomic
def set_keeper(dataset: Dataset, keeper: Unit, *, by: User) -> Dataset:
    """Say which department keeps the table: its people enter rows, its head confirms what a warning says."""
    dataset = _locked(dataset)
    if keeper.school_id != dataset.school_id or keeper.kind != Unit.Kind.DEPARTMENT:
        raise NotPossible(_("请选择本校的部门"))
    before = str(dataset.keeper or "")
    dataset.keeper = keeper
    dataset.save(update_fields=["keeper"])
    record("datasets.keeper_set", dataset, by=by, before=before, after=keeper.name)
    return dataset


@transaction.atomic
def map_steps(dataset: Dataset, mapping: dict[str, str], *, by: User) -> Dataset:
    """Say which step each of a log's own names is; the log is judged anew."""
    dataset = _locked(dataset)
    dataset.steps = mapping
    dataset.save(update_fields=["steps"])
    record("datasets.steps_mapped", dataset, by=by, details={"steps": len(mapping)})
    return dataset


def _locked(dataset: Dataset) -> Dataset:
    return Dataset.objects.select_for_update().get(pk=dataset.pk)


@transaction.atomic
def put_rows(dataset: Dataset, rows: Sequence[Values], *, batch: Batch | None, by: User | None) -> Put:
    """Write clean rows into a table and have them judged; few at a time. Larger imports go in parts, by `load_part`."""
    dataset = _locked(dataset)
    done = storing.put(dataset, rows, batch)
    watching.changed(dataset, done.changes, by=by)
    return done


@transaction.atomic
def load_part(dataset: Dataset, rows: Sequence[Values], *, batch: Batch) -> Put:
    """Write a part of a large import; it is judged when all of it is there (`close_batch`)."""
    return storing.put(_locked(dataset), rows, batch)


@transaction.atomic
def open_batch(dataset: Dataset, source: str, *, name: str = "", by: User | None) -> Batch:
    """Begin an import that has no file to look at first: an API call, a form, a watched folder."""
    return Batch.objects.create(dataset=dataset, source=source, state=Batch.State.RUNNING, name=name, by=by)


@transaction.atomic
def close_batch(batch: Batch, done: Put, *, sha256: str, judged: bool, by: User | None) -> Batch:
    """All rows of an import are in the table: count them, seal them, leave the trace, have a large one judged."""
    batch = Batch.objects.select_for_update().select_related("dataset").get(pk=batch.pk)
    batch.state, batch.applied_at, batch.sha256 = Batch.State.APPLIED, timezone.now(), sha256
    batch.added, batch.replaced, batch.unchanged = done.added, done.replaced, done.unchanged
    if batch.file:
        batch.file.delete(save=False)
    batch.save()
    counts = {"added": batch.added, "replaced": batch.replaced, "unchanged": batch.unchanged, "faulty": batch.faulty}
    record("datasets.batch_applied", batch, by=by, details=counts)
    if not judged:
        watching.loaded(batch.dataset, batch, by=by)
    return batch


def seal_of(rows: Iterable[Values]) -> str:
    """SHA-256 over rows as they were pushed."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update(json.dumps(row, ensure_ascii=False, sort_keys=True, default=str).encode() + b"\n")
    return whole.hexdigest()


@transaction.atomic
def enter_record(dataset: Dataset, cells: dict[str, Any], *, by: User | None) -> Record:
    """Enter one row as it is typed in; it is judged before it is kept.

    Raises NotPossible where a cell cannot be read or a row with this key is there already.
    """
    dataset = _locked(dataset)
    values = clean(dataset, cells)
    key = key_of(values, dataset.key)
    if Record.objects.filter(dataset=dataset, key=key, withdrawn=False).exists():
        raise NotPossible(_("表中已有这一行，请打开它更正"))
    done = storing.put(dataset, [values], None)
    entered = Record.objects.get(pk=done.changes[0].record_id)
    record("datasets.record_entered", entered, by=by)
    watching.changed(dataset, done.changes, by=by)
    return entered


@transaction.atomic
def correct_record(entry: Record, cells: dict[str, Any], *, by: User | None) -> Record:
    """Correct a row; what it said before stays as a version. The key stays: another key is another row."""
    dataset = _locked(entry.dataset)
    entry = Record.objects.select_for_update().get(pk=entry.pk)
    kept = {c["id"]: entry.values.get(c["id"]) for c in dataset.columns if c["type"] == "hashed"}
    values = clean(dataset, cells, kept)
    if entry.withdrawn:
        raise NotPossible(_("这一行已撤回，不能更正"))
    if key_of(values, dataset.key) != entry.key:
        raise NotPossible(_("不能改变用来识别这一行的列，请撤回后重新填写"))
    if values == entry.values:
        return entry
    changes = storing.replace(dataset, [(storing.standing([entry])[0], values)], None)
    storing.touched(dataset, changes)
    entry.refresh_from_db()
    record("datasets.record_corrected", entry, by=by, details={"version": entry.version})
    watching.changed(dataset, changes, by=by)
    return entry


@transaction.atomic
def withdraw_record(entry: Record, *, reason: str, by: User | None) -> Record:
    """Take a row out of the table, with a reason; its versions stay."""
    dataset = _locked(entry.dataset)
    entry = Record.objects.select_for_update().get(pk=entry.pk)
    if entry.withdrawn:
        raise NotPossible(_("这一行已撤回"))
    if not reason.strip():
        raise NotPossible(_("请说明为什么撤回"))
    changes = storing.replace(dataset, [(storing.standing([entry])[0], None)], None)
    storing.touched(dataset, changes)
    entry.refresh_from_db()
    record("datasets.record_withdrawn", entry, by=by, reason=reason.strip())
    watching.changed(dataset, changes, by=by)
    return entry


@transaction.atomic
def withdraw_batch(batch: Batch, *, reason: str, by: User | None) -> Batch:
    """Take back an import: what it added goes, what it replaced says again what it said before.

    Rows that were corrected since stay. Raises NotPossible without a reason or where it is not in the table.
    """
    dataset = _locked(batch.dataset)
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != Batch.State.APPLIED:
        raise NotPossible(_("这一批没有导入，或者已经撤回"))
    if not reason.strip():
        raise NotPossible(_("请说明为什么撤回"))
    few = batch.added + batch.replaced <= FEW
    last = 0
    while records := list(Record.objects.filter(batch=batch, withdrawn=False, pk__gt=last).order_by("pk")[:FEW]):
        last = records[-1].pk
        before = _before(records)
        changes = storing.replace(dataset, [(s, before.get(s.id)) for s in storing.standing(records)], None)
        storing.touched(dataset, changes)
        if few:
            watching.changed(dataset, changes, by=by)
    batch.state, batch.withdrawn_at, batch.reason = Batch.State.WITHDRAWN, timezone.now(), reason.strip()
    batch.save(update_fields=["state", "withdrawn_at", "reason"])
    record("datasets.batch_withdrawn", batch, by=by, reason=reason.strip())
    if not few:
        watching.loaded(dataset, batch, by=by)
    return batch


def _before(records: Sequence[Record]) -> dict[int, Values]:
    """What each record said before its present version; nothing for those that were new or withdrawn then."""
    wanted = {entry.pk: entry.version - 1 for entry in records}
    versions = RecordVersion.objects.filter(record__in=wanted, withdrawn=False)
    return {v.record_id: v.values for v in versions if wanted[v.record_id] == v.version}


def clean(dataset: Dataset, cells: dict[str, Any], kept: Values | None = None) -> Values:
    """Typed cells as values; digests that are not typed anew stay as `kept`.

    Raises NotPossible that names each column that cannot be read.
    """
    columns = columns_of(dataset)
    read = read_row(cells, columns)
    for name, value in (kept or {}).items():
        if read.values.get(name) is None and value is not None:
            read.values[name] = value
            read.problems.pop(name, None)
    if read.problems:
        names = {column.id: column.name for column in columns}
        raise NotPossible("；".join(f"{names[key]}：{problem}" for key, problem in read.problems.items()))
    return read.values
