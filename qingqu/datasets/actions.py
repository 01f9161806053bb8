"""Everything that changes the school's tables and what stands in them. Batches leave a trace, not their rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed, under
from qingqu.datasets import postings, storing, telling, watching
from qingqu.datasets.catalogue import DatasetTemplate, templates
from qingqu.datasets.columns import key_of, read_row
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.queries import said_columns
from qingqu.datasets.rules import new_standard_steps
from qingqu.datasets.storing import Put
from qingqu.datasets.watching import Values
from qingqu.organisation.models import Unit
from qingqu.trace.actions import record

FEW = 1_000
"""So many rows are judged one by one in their own transaction; larger batches are judged whole, afterwards."""

GAP = 0.12
"""Seconds between two parts of a long work, in which others may begin to write: SQLite lets in who asks just then."""


@transaction.atomic
def adopt(school: Unit, codes: Iterable[str], *, keeper: Unit | None = None, by: User | None) -> list[Dataset]:
    """Keep these of the product's tables at a school; those that it keeps already stay as they are."""
    Unit.objects.select_for_update(no_key=True).get(pk=school.pk)  # two people adopt the same table one after the other
    there = set(Dataset.objects.filter(school=school).values_list("code", flat=True))
    made = []
    for code in codes:
        if code not in templates():
            raise NotPossible(_("没有编号为 %(code)s 的数据表") % {"code": code})
        if code not in there:
            dataset = Dataset.objects.create(school=school, keeper=keeper, **_fields(templates()[code]))
            record("datasets.adopted", dataset, by=by)
            made.append(dataset)
    if keeper is not None:
        telling.handed_over(made, keeper, by=by)
    return made


def _fields(template: DatasetTemplate) -> dict[str, Any]:
    columns = [
        {
            "id": column.id,
            "name": column.zh,
            "type": column.type,
            "as": column.hashed_as,
            "required": column.required,
            "sensitive": column.type == "hashed" or column.sensitive,
            "also": list(column.also),
        }
        for column in template.columns
    ]
    kind = {"code": template.code, "name": template.zh, "kind": template.kind}
    return {**kind, "columns": columns, "key": list(template.key)}


@transaction.atomic
def set_keeper(dataset: Dataset, keeper: Unit, *, by: User) -> Dataset:
    """Say which department keeps the table: its people enter rows, its head confirms what a warning says.

    The heads of both departments, the new one and the former, are told.
    """
    dataset = storing.locked(dataset)
    if keeper.pk == dataset.keeper_id:
        return dataset
    if keeper.school_id != dataset.school_id or keeper.kind != Unit.Kind.DEPARTMENT:
        raise NotPossible(_("请选择本校的部门"))
    former = dataset.keeper
    dataset.keeper = keeper
    dataset.save(update_fields=["keeper"])
    record("datasets.keeper_set", dataset, by=by, before=str(former or ""), after=keeper.name)
    telling.handed_over([dataset], keeper, by=by)
    if former is not None:
        telling.given_away(dataset, former, by=by)
    return dataset


@transaction.atomic
def map_steps(dataset: Dataset, mapping: dict[str, str], *, by: User) -> Dataset:
    """Say which step each of a log's own names is; the log is judged anew."""
    dataset = storing.locked(dataset)
    _name_steps(dataset, mapping, by=by)
    return dataset


def _name_steps(dataset: Dataset, mapping: dict[str, str], *, by: User | None) -> None:
    dataset.steps = mapping
    dataset.save(update_fields=["steps"])
    record("datasets.steps_mapped", dataset, by=by, details={"steps": len(mapping)})
    watching.renamed(dataset, by=by)


def _learn_steps(dataset: Dataset, rows: Iterable[Values], *, by: User | None) -> None:
    """Standard names that a mapped log begins to use mean themselves: nobody has to come and say so."""
    if dataset.kind == Dataset.Kind.EVENTS and (new := new_standard_steps(rows, dataset.steps)):
        _name_steps(dataset, dataset.steps | new, by=by)


def _locked_in_use(dataset: Dataset) -> Dataset:
    """The table, locked. Raises NotPossible where it has been retired: nothing comes in any more."""
    dataset = storing.locked(dataset)
    if not dataset.is_active:
        raise NotPossible(_("这张数据表已停用"))
    return dataset


@transaction.atomic
def put_rows(dataset: Dataset, rows: Sequence[Values], *, batch: Batch | None, by: User | None) -> Put:
    """Write clean rows into a table and have them judged; few at a time. Larger imports go in parts, by `load_part`."""
    dataset = _locked_in_use(dataset)
    _learn_steps(dataset, rows, by=by)
    done = storing.put(dataset, rows, batch)
    watching.changed(dataset, done.changes, by=by)
    return done


@transaction.atomic
def load_part(dataset: Dataset, lines: Mapping[str, str], *, batch: Batch) -> Put:
    """Write a part of a large import, key → values as text; rules look at it when all is there (`judge`)."""
    dataset = _locked_in_use(dataset)
    postings.defer(dataset)
    _learn_steps(dataset, map(json.loads, lines.values()), by=batch.by)
    return storing.load(dataset, lines, batch)


@transaction.atomic
def open_batch(dataset: Dataset, source: str, *, name: str = "", by: User | None) -> Batch:
    """Begin an import that has no file to look at first: an API call, a form, a watched folder."""
    return Batch.objects.create(dataset=dataset, source=source, state=Batch.State.RUNNING, name=name[:200], by=by)


@transaction.atomic
def close_batch(batch: Batch, done: Put, *, sha256: str, judged: bool, by: User | None) -> Batch:
    """All rows of an import are in the table: count them, seal them, leave the trace. Its file is deleted.

    Of a large one (not `judged`) the rules take notice afterwards, in the background.
    """
    kept = batch
    batch = Batch.objects.select_for_update().select_related("dataset").get(pk=batch.pk)
    batch.rows, batch.faulty, batch.faults, batch.notes = kept.rows, kept.faulty, kept.faults, kept.notes
    batch.state, batch.applied_at, batch.sha256 = Batch.State.APPLIED, timezone.now(), sha256
    batch.added, batch.replaced, batch.unchanged = done.added, done.replaced, done.unchanged
    batch.judged, batch.rejects = judged, kept.rejects
    drop_file(batch)
    batch.save()
    counts = {"added": batch.added, "replaced": batch.replaced, "unchanged": batch.unchanged, "faulty": batch.faulty}
    record("datasets.batch_applied", batch, by=by, details=counts)
    return batch


def drop_file(batch: Batch) -> None:
    """Delete the file once it is sure that nobody needs it: after the transaction."""
    if batch.file and (file := batch.file.name):
        storage = batch.file.storage
        transaction.on_commit(lambda: storage.delete(file))
        batch.file = None


def judge(batch: Batch) -> None:
    """Let the rules look at a large batch that came in or was taken back. Interrupted, it begins again.

    What follows from it is the importer's doing; of one that was taken back it is not his.
    """
    postings.ensure(batch.dataset, pause=GAP)
    watching.loaded(batch.dataset, batch, by=None if batch.state == Batch.State.WITHDRAWN else batch.by)
    Batch.objects.filter(pk=batch.pk).update(judged=True)


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
    dataset = _locked_in_use(dataset)
    values = clean(dataset, cells)
    _learn_steps(dataset, [values], by=by)
    done = storing.put(dataset, [values], None)
    if not done.changes or done.changes[0].before is not None:
        there = Record.objects.get(dataset=dataset, key=key_of(values, dataset.key))
        raise NotPossible(_("表中已有这一行，请打开它更正"), see=reverse("datasets:record", args=[there.pk]))
    entered = storing.entered(dataset, done.changes[0])
    record("datasets.record_entered", entered, by=by)
    watching.changed(dataset, done.changes, by=by)
    return entered


@transaction.atomic
def correct_record(entry: Record, cells: dict[str, Any], *, by: User | None) -> Record:
    """Correct a row; what it said before stays as a version.

    What identifies it may be corrected, too: a sum that was mistyped, an approval found since. Raises NotPossible
    where a cell cannot be read or another row is identified so.
    """
    dataset = _locked_in_use(entry.dataset)
    entry = Record.objects.select_for_update().get(pk=entry.pk)
    kept = {c["id"]: entry.values.get(c["id"]) for c in dataset.columns if c["type"] == "hashed"}
    values = clean(dataset, cells, kept)
    if entry.withdrawn:
        raise NotPossible(_("这一行已撤回，不能更正"))
    if values == entry.values:
        return entry
    key = key_of(values, dataset.key)
    if key != entry.key and (there := Record.objects.filter(dataset=dataset, key=key).first()):
        taken = _("表中已有这一行，请打开它更正")
        gone = _("这样的一行曾经撤回；请用“填写一行”重新填写，再撤回现在这一行")
        raise NotPossible(gone if there.withdrawn else taken, see=reverse("datasets:record", args=[there.pk]))
    _learn_steps(dataset, [values], by=by)
    changes = storing.replace(dataset, [(storing.standing([entry])[0], values)], None)
    if key != entry.key:
        storing.rekey(entry, key)
    storing.touched(dataset, changes)
    entry.refresh_from_db()
    record("datasets.record_corrected", entry, by=by, details={"version": entry.version})
    watching.changed(dataset, changes, by=by)
    return entry


@transaction.atomic
def withdraw_record(entry: Record, *, reason: str, by: User | None) -> Record:
    """Take a row out of the table, with a reason; its versions stay."""
    dataset = storing.locked(entry.dataset)
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

    Rows that were corrected since stay. A large one is taken back in the background (`withdraw_part`).
    Raises NotPossible without a reason or where it is not in the table.
    """
    dataset = storing.locked(batch.dataset)
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.state not in (Batch.State.APPLIED, Batch.State.FAILED):
        raise NotPossible(_("这一批没有导入，或者已经撤回"))
    if not reason.strip():
        raise NotPossible(_("请说明为什么撤回"))
    batch.reason = reason.strip()
    records = list(_standing_of(batch)[: FEW + 1])
    if len(records) > FEW:
        batch.state = Batch.State.WITHDRAWING
        batch.save(update_fields=["state", "reason"])
        record("datasets.batch_withdrawing", batch, by=by, reason=batch.reason)
        return batch
    changes = _take_back(dataset, batch, records)
    _withdrawn(batch, by=by)
    watching.changed(dataset, changes, by=by)
    return batch


@transaction.atomic
def withdraw_part(batch: Batch) -> bool:
    """Take back a part of a large import; False when nothing is left and the batch is withdrawn."""
    dataset = storing.locked(batch.dataset)
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    records = list(_standing_of(batch)[:FEW])
    _take_back(dataset, batch, records)
    if len(records) < FEW:
        batch.judged = False
        _withdrawn(batch, by=None)
    return len(records) == FEW


def _standing_of(batch: Batch) -> QuerySet[Record]:
    """What a batch wrote and nobody has changed since."""
    return Record.objects.filter(batch=batch, withdrawn=False).order_by("pk")


def _take_back(dataset: Dataset, batch: Batch, records: Sequence[Record]) -> list[watching.Change]:
    said = storing.before(batch, records)
    pairs = [(one, said[one.id][0] if one.id in said else None) for one in storing.standing(records)]
    changes = storing.replace(dataset, pairs, None, {id_: earlier for id_, (_values, earlier) in said.items()})
    storing.touched(dataset, changes)
    return changes


def _withdrawn(batch: Batch, *, by: User | None) -> None:
    batch.state, batch.withdrawn_at = Batch.State.WITHDRAWN, timezone.now()
    batch.save(update_fields=["state", "withdrawn_at", "reason", "judged"])
    record("datasets.batch_withdrawn", batch, by=by, reason=batch.reason)


def clean(dataset: Dataset, cells: dict[str, Any], kept: Values | None = None) -> Values:
    """Typed cells as values; digests that are not typed anew stay as `kept`.

    Raises NotPossible that names each column that cannot be read.
    """
    columns = said_columns(dataset)
    read = read_row(cells, columns)
    for name, value in (kept or {}).items():
        if read.values.get(name) in (None, MASKED) and value is not None:
            read.values[name] = value
            read.problems.pop(name, None)
    if read.problems:
        names = {column.id: column.name for column in columns}
        raise NotPossible(listed((under(names[key], problem) for key, problem in read.problems.items()), "；"))
    return read.values
