"""The rows of a file before they go into a table: read, compared with each other, sorted out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.common.papers.sheets import SheetColumn, write_xlsx
from qingqu.datasets import reading, storing
from qingqu.datasets.columns import Column, columns_of, line_reader, read_row
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.queries import said_columns
from qingqu.datasets.reading import RawRow
from qingqu.datasets.watching import Values

FAULTS_KEPT = 200
NOTES_KEPT = 50
REJECTS_KEPT = 5_000
AT_ONCE = 500
"""Rows read at once, column by column."""
LOOKED_AT = 20_000
"""So many rows of a text or a log are read before it is let in."""


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


def tables(batch: Batch) -> list[reading.Found]:
    """The tables of a batch's file. Raises NotPossible where the file is gone."""
    try:
        return reading.look(Path(batch.file.path), batch.name, columns_of(batch.dataset))
    except (ValueError, OSError) as error:
        raise NotPossible(_("文件已不在服务器上，请重新上传。")) from error


def table_of(batch: Batch, found: Sequence[reading.Found]) -> reading.Found:
    return next((one for one in found if one.sheet == batch.sheet), found[0])


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
