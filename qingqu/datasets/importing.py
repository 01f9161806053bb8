"""A file on its way into a table: looked at, its columns named, its rows checked, then taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.tabular.files import UnreadableFile
from qingqu.common.tabular.header import signature
from qingqu.datasets import actions, reading
from qingqu.datasets.columns import Column, Read, columns_of, key_of, read_row
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.storing import Put
from qingqu.datasets.watching import Values
from qingqu.trace.actions import record

FAULTS_KEPT = 200
NOTES_KEPT = 50
PART = 10_000
MOST_BYTES = 600_000_000


@dataclass(slots=True)
class Checked:
    """A row as it was read, with its number in the file; `same_as` is the row that says the same."""

    number: int
    read: Read
    same_as: int = 0
    key: str = ""


@dataclass(slots=True)
class Survey:
    """All rows of a file, counted: what can be taken in, what cannot and why, what is left out."""

    good: int = 0
    faulty: int = 0
    totals: int = 0
    doubled: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sample: list[Checked] = field(default_factory=list)


@transaction.atomic
def upload(dataset: Dataset, file: UploadedFile, *, by: User) -> Batch:
    """Take in a file to look at; nothing is written into the table yet.

    Raises NotPossible where the file cannot be read, with what to do.
    """
    if (file.size or 0) > MOST_BYTES:
        raise NotPossible(_("文件过大，请分开导入，或者请管理员在服务器上导入。"))
    batch = Batch.objects.create(dataset=dataset, source=Batch.Source.FILE, name=(file.name or "")[:200], by=by)
    batch.file.save(f"{batch.pk}{_ending(batch.name)}", file)
    try:
        found = reading.look(Path(batch.file.path), batch.name, columns_of(dataset))
    except UnreadableFile as error:
        batch.file.delete(save=False)
        raise NotPossible(str(error)) from error
    best = max(found, key=lambda one: len(one.guess))
    batch.sheet, batch.mapping = best.sheet, _remembered(dataset, best) or _as_mapping(best.guess)
    batch.sha256 = _digest(Path(batch.file.path))
    batch.save()
    record("datasets.batch_uploaded", batch, by=by)
    return batch


def _ending(name: str) -> str:
    lower = name.lower()
    return ".xes.gz" if lower.endswith(".xes.gz") else Path(lower).suffix[:8]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_mapping(guess: dict[int, str]) -> dict[str, int]:
    return {column: position for position, column in guess.items()}


def _remembered(dataset: Dataset, found: reading.Found) -> dict[str, int]:
    """What somebody said before that headings like these mean."""
    heads = signature(found.heads)
    earlier = Batch.objects.filter(dataset=dataset, state=Batch.State.APPLIED, signature=heads).order_by("-id").first()
    return dict(earlier.mapping) if earlier else {}


def tables(batch: Batch) -> list[reading.Found]:
    """The tables of a batch's file. Raises NotPossible where the file is gone."""
    try:
        return reading.look(Path(batch.file.path), batch.name, columns_of(batch.dataset))
    except (ValueError, OSError) as error:
        raise NotPossible(_("文件已不在服务器上，请重新上传。")) from error


def table_of(batch: Batch, found: Sequence[reading.Found]) -> reading.Found:
    return next((one for one in found if one.sheet == batch.sheet), found[0])


@transaction.atomic
def map_columns(batch: Batch, *, sheet: str, mapping: dict[str, int], by: User) -> Batch:
    """Say which column of the file is which of the table. Raises NotPossible where a needed one is not named."""
    batch = _open(batch)
    columns = columns_of(batch.dataset)
    known = {column.id for column in columns}
    mapping = {name: position for name, position in mapping.items() if name in known}
    if len(set(mapping.values())) != len(mapping):
        raise NotPossible(_("同一列不能作为两项"))
    missing = [column.name for column in columns if column.required and column.id not in mapping]
    if missing:
        raise NotPossible(_("请指明哪一列是：%(names)s") % {"names": "、".join(missing)})
    found = next((one for one in tables(batch) if one.sheet == sheet), None)
    if found is None:
        raise NotPossible(_("文件中没有这个工作表"))
    batch.sheet, batch.mapping, batch.state = sheet, mapping, Batch.State.MAPPED
    batch.signature = signature(found.heads)
    batch.save(update_fields=["sheet", "mapping", "state", "signature"])
    record("datasets.batch_mapped", batch, by=by)
    return batch


def _open(batch: Batch) -> Batch:
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.state not in (Batch.State.UPLOADED, Batch.State.MAPPED):
        raise NotPossible(_("这一批已经导入或放弃"))
    return batch


def checked(batch: Batch, notes: Survey) -> Iterator[Checked]:
    """Every row of the file, read; subtotals and repeated rows are counted in `notes` and left out."""
    columns = columns_of(batch.dataset)
    found = table_of(batch, tables(batch))
    positions = [(column, batch.mapping.get(column.id)) for column in columns]
    seen: dict[str, tuple[int, int]] = {}
    for row in reading.rows(Path(batch.file.path), batch.name, batch.sheet, found.first_row):
        if row.is_total:
            notes.totals += 1
            if len(notes.notes) < NOTES_KEPT:
                notes.notes.append(_("第 %(row)d 行是小计或合计，没有导入") % {"row": row.number})
            continue
        cells = {c.id: row.cells[p] for c, p in positions if p is not None and p < len(row.cells)}
        read = read_row(cells, columns)
        one = Checked(row.number, read)
        if not read.problems:
            one.key = key_of(read.values, batch.dataset.key)
            _compare(one, seen, notes, batch, columns)
        yield one


def _compare(
    one: Checked, seen: dict[str, tuple[int, int]], notes: Survey, batch: Batch, columns: Sequence[Column]
) -> None:
    """A row that names what an earlier one named: the same again, or a contradiction."""
    said = hash(tuple(one.read.values.values()))
    first = seen.setdefault(one.key, (one.number, said))
    if first[0] == one.number:
        return
    if first[1] == said:
        one.same_as = first[0]
        notes.doubled += 1
        if len(notes.notes) < NOTES_KEPT:
            notes.notes.append(
                _("第 %(row)d 行与第 %(first)d 行相同，只导入一次") % {"row": one.number, "first": first[0]}
            )
        return
    key = batch.dataset.key[0] if batch.dataset.key else columns[0].id
    name = "、".join(c.name for c in columns if c.id in batch.dataset.key)
    one.read.problems[key] = _("与第 %(first)d 行的%(name)s相同，内容不同，请核对") % {"first": first[0], "name": name}


def survey(batch: Batch) -> Survey:
    """Read the whole file and say what would happen."""
    found = Survey()
    names = {column.id: column for column in columns_of(batch.dataset)}
    try:
        for one in checked(batch, found):
            if one.read.problems:
                found.faulty += 1
                _keep(found, one, names)
            elif not one.same_as:
                found.good += 1
                if len(found.sample) < 20:
                    found.sample.append(one)
    except UnreadableFile as error:
        raise NotPossible(str(error)) from error
    return found


def _keep(found: Survey, one: Checked, names: dict[str, Column]) -> None:
    for column, problem in one.read.problems.items():
        if len(found.faults) < FAULTS_KEPT:
            found.faults.append({"row": one.number, "column": names[column].name, "message": problem})


@transaction.atomic
def begin(batch: Batch, *, by: User) -> Batch:
    """Let the good rows go in: small files at once, large ones by the background worker."""
    batch = _open(batch)
    if batch.state != Batch.State.MAPPED:
        raise NotPossible(_("请先核对各列"))
    found = survey(batch)
    if not found.good:
        raise NotPossible(_("没有可以导入的行，请先更正文件"))
    batch.rows, batch.faulty = found.good, found.faulty
    batch.faults, batch.notes = found.faults, found.notes
    batch.state = Batch.State.RUNNING
    batch.save(update_fields=["rows", "faulty", "faults", "notes", "state"])
    if found.good <= actions.FEW:
        rows = [one.read.values for one in checked(batch, Survey()) if not one.read.problems and not one.same_as]
        done = actions.put_rows(batch.dataset, rows, batch=batch, by=by)
        return actions.close_batch(batch, done, sha256=batch.sha256, judged=True, by=by)
    return batch


def load(batch: Batch) -> Batch:
    """Take in a large file part by part; begun again after an interruption it goes on where it has to.

    Each part is a transaction of its own, so that other people's work waits for one part at most.
    """
    part: list[Values] = []
    Batch.objects.filter(pk=batch.pk).update(done=0)

    def put() -> None:
        actions.load_part(batch.dataset, part, batch=batch)
        Batch.objects.filter(pk=batch.pk).update(done=F("done") + len(part))
        part.clear()

    for one in checked(batch, Survey()):
        if not one.read.problems and not one.same_as:
            part.append(one.read.values)
            if len(part) >= PART:
                put()
    if part:
        put()
    return actions.close_batch(batch, counted(batch), sha256=batch.sha256, judged=False, by=batch.by)


def counted(batch: Batch) -> Put:
    """What became of a batch's rows, from the records themselves."""
    mine = Record.objects.filter(batch=batch)
    added = mine.filter(version=1).count()
    replaced = mine.filter(version__gt=1).count()
    return Put(added, replaced, max(0, batch.rows - added - replaced))


@transaction.atomic
def discard(batch: Batch, *, by: User | None) -> Batch:
    """Leave a file be; it is deleted."""
    batch = _open(batch)
    if batch.file:
        batch.file.delete(save=False)
    batch.state = Batch.State.DISCARDED
    batch.save()
    record("datasets.batch_discarded", batch, by=by)
    return batch


@transaction.atomic
def fail(batch: Batch, why: str) -> Batch:
    """A background import that could not be finished: what is in stays in, and can be withdrawn."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    batch.state, batch.reason = Batch.State.FAILED, why[:200]
    batch.save(update_fields=["state", "reason"])
    record("datasets.batch_failed", batch, by=None, reason=why[:200])
    return batch
