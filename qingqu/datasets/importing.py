"""A file on its way into a table: looked at, its columns named, its rows checked, then taken in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.common.papers.sheets import SheetColumn, write_xlsx
from qingqu.common.tabular.files import UnreadableFile
from qingqu.common.tabular.header import signature
from qingqu.datasets import actions, reading, storing
from qingqu.datasets.columns import Column, columns_of, line_reader, read_row
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.queries import said_columns
from qingqu.datasets.reading import RawRow
from qingqu.datasets.storing import Put
from qingqu.datasets.watching import Values
from qingqu.trace.actions import record

FAULTS_KEPT = 200
NOTES_KEPT = 50
REJECTS_KEPT = 5_000
REJECTS_ADD = 2
"""So many columns stand behind those of the file in a sheet of rejects."""
PART = 40_000
"""Rows to a transaction: each touches most of the index of keys, wherever they fall."""
AT_ONCE = 500
"""Rows read at once, column by column."""
LOOKED_AT = 20_000
"""So many rows of a text or a log are read before it is let in."""
MOST_BYTES = 600_000_000


@dataclass(slots=True)
class Checked:
    """A row of a file: what names it and its values as the database keeps them, or what is wrong with which column."""

    number: int
    cells: Sequence[Any]
    key: str = ""
    line: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    same_as: int = 0
    """The row that says the same."""

    @property
    def values(self) -> Values:
        values: Values = json.loads(self.line)
        return values


@dataclass(slots=True)
class Survey:
    """Rows of a file, counted: what can be taken in, what cannot and why, what is left out.

    Of a very long file only the beginning is looked at before it goes in (`is_whole`); the rest is on the way.
    """

    good: int = 0
    faulty: int = 0
    totals: int = 0
    doubled: int = 0
    is_whole: bool = True
    faults: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sample: list[Checked] = field(default_factory=list)
    rejects: list[tuple[Checked, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """What names the rows that can be taken in, as far as the file was looked at."""

    @property
    def looked_at(self) -> int:
        return self.good + self.faulty + self.totals + self.doubled


@transaction.atomic
def upload(
    dataset: Dataset,
    file: File[bytes],
    *,
    by: User | None,
    source: Batch.Source = Batch.Source.FILE,
    most: int = MOST_BYTES,
) -> Batch:
    """Take in a file to look at; nothing is written into the table yet.

    Raises NotPossible where the file cannot be read, with what to do.
    """
    if (file.size or 0) > most:
        raise NotPossible(_("文件过大，请分开导入，或者请管理员在服务器上导入。"))
    name = Path(file.name or "").name[-200:]
    batch = Batch.objects.create(dataset=dataset, source=source, name=name, by=by)
    batch.file.save(f"{batch.pk}{_ending(batch.name)}", file)
    try:
        found = reading.look(Path(batch.file.path), batch.name, columns_of(dataset))
    except UnreadableFile as error:
        batch.file.delete(save=False)
        raise NotPossible(str(error)) from error
    best = max(found, key=lambda one: len(one.guess))
    batch.sheet, batch.mapping = best.sheet, _remembered(dataset, best) or _as_mapping(best.guess)
    batch.sha256 = digest(Path(batch.file.path))
    batch.save()
    record("datasets.batch_uploaded", batch, by=by)
    return batch


def _ending(name: str) -> str:
    lower = name.lower()
    return ".xes.gz" if lower.endswith(".xes.gz") else Path(lower).suffix[:8]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_mapping(guess: dict[int, str]) -> dict[str, int]:
    return {column: position for position, column in guess.items()}


def _remembered(dataset: Dataset, found: reading.Found) -> dict[str, int]:
    """What somebody said before that headings like these mean."""
    applied = Batch.objects.filter(dataset=dataset, state=Batch.State.APPLIED).order_by("-id")
    if earlier := applied.filter(signature=signature(found.heads)).first():
        return dict(earlier.mapping)
    original = found.heads[:-REJECTS_ADD]  # a sheet of rejects, mended: two columns more, what is theirs stays
    if len(original) > 1 and (earlier := applied.filter(signature=signature(original)).first()):
        new = {column: position for position, column in found.guess.items() if position >= len(original)}
        return new | earlier.mapping
    return {}


def tables(batch: Batch) -> list[reading.Found]:
    """The tables of a batch's file. Raises NotPossible where the file is gone."""
    try:
        return reading.look(Path(batch.file.path), batch.name, columns_of(batch.dataset))
    except (ValueError, OSError) as error:
        raise NotPossible(_("文件已不在服务器上，请重新上传。")) from error


def table_of(batch: Batch, found: Sequence[reading.Found]) -> reading.Found:
    return next((one for one in found if one.sheet == batch.sheet), found[0])


@transaction.atomic
def map_columns(batch: Batch, *, sheet: str, mapping: dict[str, int], by: User | None) -> Batch:
    """Say which column of the file is which of the table. Raises NotPossible where a needed one is not named."""
    batch = _open(batch)
    columns = said_columns(batch.dataset)
    known = {column.id for column in columns}
    mapping = {name: position for name, position in mapping.items() if name in known}
    if len(set(mapping.values())) != len(mapping):
        raise NotPossible(_("同一列不能作为两项"))
    missing = [column.name for column in columns if column.required and column.id not in mapping]
    if missing:
        raise NotPossible(_("请指明哪一列是：%(names)s") % {"names": listed(missing)})
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
    """Every row of the file, read; subtotals, what stands under the table and repeated rows are left out and noted."""
    found = table_of(batch, tables(batch))
    rows = reading.rows(Path(batch.file.path), batch.name, batch.sheet, found.first_row)
    return check(batch.dataset, batch.mapping, _without_totals(rows, notes), notes)


def _without_totals(rows: Iterable[RawRow], notes: Survey) -> Iterator[RawRow]:
    for row in rows:
        if row.is_total:
            notes.totals += 1
            said = _("第 %(row)d 行是小计或合计，没有导入")
        elif row.is_foot:
            said = _("第 %(row)d 行是签名或说明，没有导入")
        else:
            yield row
            continue
        if len(notes.notes) < NOTES_KEPT:
            notes.notes.append(said % {"row": row.number})


def check(dataset: Dataset, mapping: Mapping[str, int], rows: Iterator[RawRow], notes: Survey) -> Iterator[Checked]:
    """Rows whose cells stand where `mapping` says, read; those that repeat others are counted in `notes`."""
    columns = said_columns(dataset)
    read, twins = line_reader(columns, mapping, dataset.key), _Twins(dataset, columns, notes)
    while block := list(islice(rows, AT_ONCE)):
        for row, found in zip(block, read([row.cells for row in block]), strict=True):
            if found is None:
                yield Checked(row.number, row.cells, problems=_problems(row, mapping, columns))
                continue
            one = Checked(row.number, row.cells, *found)
            twins.compare(one)
            yield one


def _problems(row: RawRow, mapping: Mapping[str, int], columns: Sequence[Column]) -> dict[str, str]:
    cells = {name: row.cells[position] for name, position in mapping.items() if -1 < position < len(row.cells)}
    return read_row(cells, columns).problems


class _Twins:
    """Rows of one file that name what an earlier one named: the same again, or a contradiction."""

    def __init__(self, dataset: Dataset, columns: Sequence[Column], notes: Survey) -> None:
        self.key, self.columns, self.notes = dataset.key, columns, notes
        self.seen: dict[str, int] = {}
        """Key → row and what it says, in one number: a million of them have to fit."""

    def compare(self, one: Checked) -> None:
        """Say whether the row repeats or contradicts an earlier one."""
        mine = one.number << 64 | hash(one.line) & 0xFFFF_FFFF_FFFF_FFFF
        first = self.seen.setdefault(one.key, mine)
        if first == mine:
            return
        row = first >> 64
        if (first ^ mine) & 0xFFFF_FFFF_FFFF_FFFF:
            self._contradiction(one, row)
            return
        one.same_as = row
        self.notes.doubled += 1
        if len(self.notes.notes) < NOTES_KEPT:
            self.notes.notes.append(
                _("第 %(row)d 行与第 %(first)d 行相同，只导入一次") % {"row": one.number, "first": row}
            )

    def _contradiction(self, one: Checked, row: int) -> None:
        key = self.key[0] if self.key else self.columns[0].id
        name = listed(c.name for c in self.columns if c.id in self.key)
        one.problems[key] = _("与第 %(first)d 行的%(name)s相同，内容不同，请核对") % {"first": row, "name": name}


def survey(batch: Batch) -> Survey:
    """Read the file, of a very long one the beginning, and say what would happen."""
    found = Survey()
    for one in sorted_out(batch.dataset, checked(batch, found), found):
        found.keys.append(one.key)
        if found.looked_at >= LOOKED_AT and reading.is_stream(batch.name):
            found.is_whole = False
            break
    return found


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a file would do to the rows that are there already."""

    replaced: int
    emptied: list[str]
    """Columns that the file does not have, though these rows have something in them."""


def foreseen(batch: Batch, found: Survey) -> Foreseen:
    """How many rows of a file are in the table already, and what they would lose: a file counts as the whole row."""
    there = storing.known_ids(batch.dataset, found.keys)
    absent = [column for column in said_columns(batch.dataset) if column.id not in batch.mapping]
    standing = list(Record.objects.filter(pk__in=there[:AT_ONCE], withdrawn=False).values_list("values", flat=True))
    emptied = [c.name for c in absent if any(values.get(c.id) is not None for values in standing)]
    return Foreseen(len(there), emptied)


def sorted_out(dataset: Dataset, rows: Iterable[Checked], found: Survey) -> Iterator[Checked]:
    """The rows that can be taken in; those that cannot are counted and kept in `found`."""
    columns = {column.id: column for column in said_columns(dataset)}
    for one in rows:
        if one.problems:
            found.faulty += 1
            _keep(found, one, columns)
        elif not one.same_as:
            found.good += 1
            if len(found.sample) < 20:
                found.sample.append(one)
            yield one


def _keep(found: Survey, one: Checked, columns: dict[str, Column]) -> None:
    names = {id_: columns[id_].name for id_ in one.problems}
    for id_, problem in one.problems.items():
        if len(found.faults) < FAULTS_KEPT:
            said = _("不能识别，请核对") if columns[id_].sensitive else problem
            found.faults.append({"row": one.number, "column": names[id_], "message": said})
    if len(found.rejects) < REJECTS_KEPT:
        found.rejects.append((one, "；".join(f"{names[i]}：{said}" for i, said in one.problems.items())))


def rejects_sheet(batch: Batch, found: Survey) -> bytes:
    """The faulty rows as they stand in the file, each with what is wrong: to be mended there and imported again."""
    heads = table_of(batch, tables(batch)).heads
    width = max([len(heads), *(len(one.cells) for one, _why in found.rejects)])
    columns = [SheetColumn(head, 14) for head in (*heads, *[""] * (width - len(heads)))]
    columns += [SheetColumn(_("怎样更正"), 50), SheetColumn(_("原文件行号"), 10)]
    rows = ([*one.cells, *[None] * (width - len(one.cells)), why, one.number] for one, why in found.rejects)
    return write_xlsx(columns, rows, sheet_name=_("需要更正"))


def _put_down(batch: Batch, found: Survey) -> None:
    """Write onto the batch what was found in its file."""
    batch.rows, batch.faulty, batch.faults, batch.notes = found.good, found.faulty, found.faults, found.notes
    if found.rejects:
        batch.rejects.save(f"{batch.pk}-rejects.xlsx", ContentFile(rejects_sheet(batch, found)), save=False)


@transaction.atomic
def begin(batch: Batch, *, by: User | None) -> Batch:
    """Let the good rows go in: small files at once, large ones by the background worker."""
    batch = _open(batch)
    if batch.state != Batch.State.MAPPED:
        raise NotPossible(_("请先核对各列"))
    found = survey(batch)
    if not found.good:
        raise NotPossible(_("没有可以导入的行，请先更正文件"))
    if found.is_whole and found.good <= actions.FEW:
        _put_down(batch, found)
        batch.save()
        rows = [one.values for one in checked(batch, Survey()) if not one.problems and not one.same_as]
        done = actions.put_rows(batch.dataset, rows, batch=batch, by=by)
        return actions.close_batch(batch, done, sha256=batch.sha256, judged=True, by=by)
    batch.state = Batch.State.RUNNING
    batch.rows = found.good if found.is_whole else reading.estimate(Path(batch.file.path), batch.name)
    batch.save(update_fields=["rows", "state"])
    record("datasets.batch_begun", batch, by=by)
    return batch


class Stopped(Exception):
    """The worker is asked to end; what is in stays in, and the rest follows after its next start."""


def load(batch: Batch, stopped: Callable[[], bool] = lambda: False) -> Batch:
    """Take in a large file part by part; begun again after an interruption it passes over what is there.

    Each part is a transaction of its own, so that other people's work waits for one part at most.
    """
    part: dict[str, str] = {}
    found, done = Survey(), 0
    with storing.much_memory():
        for one in sorted_out(batch.dataset, checked(batch, found), found):
            part[one.key] = one.line
            if len(part) >= PART:
                done += _load(batch, part, done, stopped)
        _load(batch, part, done, stopped)
    _put_down(batch, found)
    return actions.close_batch(batch, counted(batch), sha256=batch.sha256, judged=False, by=batch.by)


def _load(batch: Batch, part: dict[str, str], done: int, stopped: Callable[[], bool]) -> int:
    if stopped():
        raise Stopped
    count = len(part)
    actions.load_part(batch.dataset, part, batch=batch)
    Batch.objects.filter(pk=batch.pk).update(done=done + count)
    part.clear()
    return count


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
    actions.drop_file(batch)
    batch.state = Batch.State.DISCARDED
    batch.save()
    record("datasets.batch_discarded", batch, by=by)
    return batch


@transaction.atomic
def fail(batch: Batch, why: str) -> Batch:
    """A background import that could not be finished: what is in stays and can be withdrawn. Its file is deleted."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    batch.state, batch.reason = Batch.State.FAILED, why[:200]
    actions.drop_file(batch)
    batch.save()
    record("datasets.batch_failed", batch, by=None, reason=why[:200])
    return batch
