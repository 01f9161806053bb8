"""The rows of a file before they go into a table: read, compared with each other, sorted out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from qingqu.common.errors import NotPossible
from qingqu.common.tabular.clean import Problem
from qingqu.common.tabular.lines import QUOTE
from qingqu.datasets import days, leftovers, reading, sifting, years
from qingqu.datasets.cells import FORMULA_FAILED, FORMULA_OPEN, QUOTE_OPEN, TOO_WIDE, is_ditto, money_in
from qingqu.datasets.columns import Column, Named, columns_of, key_of, line_reader, read_row, written
from qingqu.datasets.findings import Checked, Survey
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, MissingEvent
from qingqu.datasets.notes import kept
from qingqu.datasets.queries import said_columns
from qingqu.datasets.raw import RawRow
from qingqu.datasets.units import unit_of

FAULTS_KEPT = 200
REJECTS_KEPT = 5_000
MISSING_KEPT = 20_000
CASE = "case"
"""The column of a log that says to which case an event belongs."""
AT_ONCE = 500
"""Rows read at once, column by column."""


def tables(batch: Batch) -> list[reading.Found]:
    """The tables of a batch's file. Raises NotPossible where the file is gone."""
    try:
        batch.in_file = batch.in_file or reading.look(Path(batch.file.path), batch.name, columns_of(batch.dataset))
    except (ValueError, OSError) as error:
        raise NotPossible(gettext("文件已不在服务器上，请重新上传。")) from error
    found: list[reading.Found] = batch.in_file
    return found


def table_of(batch: Batch, found: Sequence[reading.Found]) -> reading.Found:
    return next((one for one in found if one.sheet == batch.sheet), found[0])


def checked(batch: Batch, notes: Survey) -> Iterator[Checked]:
    """Every row of the file, read; subtotals, what stands under the table and repeated rows are left out and noted."""
    there = tables(batch)
    found, columns = table_of(batch, there), columns_of(batch.dataset)
    needed = {column.id for column in columns if column.required}
    if others := [one.sheet for one in there if one is not found and needed <= set(one.guess.values())]:
        notes.note(_("文件中还有工作表没有导入：%(sheets)s"), sheets=others)
    notes.unused = sifting.unused(found, batch.mapping)
    notes.heads = sifting.heads_of(found, columns, batch.mapping)
    times = sifting.times(batch, found, columns)
    for id_, so_many in times.items():
        notes.note(_("“%(name)s”按%(unit)s换算成元"), name=[id_], unit=unit_of(so_many))
    sifting.note_merged(batch, found, columns, notes)
    sifting.note_twice(found, batch.mapping, notes)
    sifting.note_hidden(found, notes)
    sifting.note_years(found, batch.mapping, notes)
    standing = years.Standing(found.year)
    rows = reading.rows(Path(batch.file.path), batch.name, found)
    rows = leftovers.without_blanks(rows, batch.mapping)
    rows = leftovers.OneTable(found, batch.mapping, columns, standing, notes).of(rows)
    rows = leftovers.without_totals(rows, found, notes)
    if reading.is_stream(batch.name):  # in a workbook nothing moves, and beside a table stand people's own notes
        rows = sifting.too_wide(rows, found)
    rows = days.put_together(rows, found.dates, standing)
    rows = sifting.with_years(rows, found, columns, batch.mapping, standing, notes)
    rows = sifting.doubted(rows, columns, batch.mapping, notes)
    return check(batch.dataset, batch.mapping, rows, notes, times)


def check(
    dataset: Dataset,
    mapping: Mapping[str, int],
    rows: Iterator[RawRow],
    notes: Survey,
    times: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[Checked]:
    """Rows whose cells stand where `mapping` says, read; those that repeat others are counted in `notes`.

    `times`: column → in so many yuan its amounts are written.
    """
    columns = said_columns(dataset)
    for column in columns:
        if column.id in times:
            column.parse = money_in(times[column.id])
    read, twins = line_reader(columns, mapping, dataset.key), _Twins(dataset, columns, notes)
    alone = _Alone(columns, mapping, dataset.key, notes)
    while block := list(islice(rows, AT_ONCE)):
        for row, found in zip(block, read([row.cells for row in block]), strict=True):
            one = Checked(row.number, row.cells, *found) if found and not row.faults else alone.read(row)
            alone.above = one.cells
            twins.compare(one)
            yield one


SPOILT = {QUOTE: QUOTE_OPEN, sifting.WIDE: TOO_WIDE}
"""Faults after which a row's cells may stand anywhere → what is said."""


class _Alone:
    """Reads the rows that have something to be looked at: «同上», a failed formula, a cell that cannot be read."""

    def __init__(
        self, columns: Sequence[Column], mapping: Mapping[str, int], key: Sequence[str], notes: Survey
    ) -> None:
        self.columns, self.mapping, self.key, self.notes = columns, mapping, key, notes
        self.above: Sequence[Any] = ()

    def read(self, row: RawRow) -> Checked:
        """The row; what names it may be legible even where it is faulty."""
        cells = [self._as_above(row.number, n, cell) for n, cell in enumerate(row.cells)]
        end, why = next(((n, SPOILT[fault]) for n, fault in row.faults.items() if fault in SPOILT), (len(cells), ""))
        given = {name: cells[position] for name, position in self.mapping.items() if -1 < position < end}
        found = read_row(given, self.columns)
        if end < len(cells) and self.mapping:  # what stands behind may have moved: of which column it is nobody knows
            spoilt = min(self.mapping, key=lambda name: (self.mapping[name] < end, self.mapping[name]))
            return Checked(row.number, cells, problems={spoilt: Problem(why)}, legible=found.values)
        for name, position in self.mapping.items():
            if fault := row.faults.get(position):
                found.problems[name] = Problem(FORMULA_FAILED if fault == "error" else FORMULA_OPEN)
        if not found.problems:
            return Checked(row.number, cells, key_of(found.values, self.key), written(found.values))
        named = self.key and found.problems.keys().isdisjoint(self.key)
        key = key_of(found.values, self.key) if named else ""
        return Checked(row.number, cells, key, problems=found.problems, legible=found.values)

    def _as_above(self, number: int, position: int, cell: Any) -> Any:
        if not is_ditto(cell) or position >= len(self.above) or position not in self.mapping.values():
            return cell
        self.notes.note(_("第 %(row)d 行的“%(text)s”按上一行填写"), row=number, text=cell.strip())
        return self.above[position]


class _Twins:
    """Rows of one file that name what an earlier one named: the same again, or a contradiction."""

    def __init__(self, dataset: Dataset, columns: Sequence[Column], notes: Survey) -> None:
        self.notes = notes
        self.key = [column for column in columns if column.id in dataset.key] or [columns[0]]
        self.seen: dict[str, int] = {}
        """Key → row and what it says, in one number: a million of them have to fit."""

    def compare(self, one: Checked) -> None:
        """Say whether the row repeats or contradicts an earlier one, be that one right or faulty."""
        if not one.key:
            return
        says = hash(one.line or tuple(map(str, one.cells)))
        mine = one.number << 64 | says & 0xFFFF_FFFF_FFFF_FFFF
        first = self.seen.setdefault(one.key, mine)
        if first == mine:
            return
        row = first >> 64
        if (first ^ mine) & 0xFFFF_FFFF_FFFF_FFFF:
            words = {"first": row, "name": Named(self.key)}
            contradiction = Problem(_("与第 %(first)d 行的%(name)s相同，内容不同，请核对"), words)
            one.problems.setdefault(self.key[0].id, contradiction)
        elif not one.problems:
            one.same_as = row
            self.notes.doubled += 1
            self.notes.note(_("第 %(row)d 行与第 %(first)d 行相同，只导入一次"), row=one.number, first=row)


def survey(batch: Batch) -> Survey:
    """Read the file, of a very long one the beginning, and say what would happen."""
    found = Survey()
    for one in sorted_out(batch.dataset, checked(batch, found), found):
        found.lines[one.key] = one.line
        if found.looked_at >= sifting.LOOKED_AT and reading.is_stream(batch.name):
            found.is_whole = False
            break
    return found


def sorted_out(dataset: Dataset, rows: Iterable[Checked], found: Survey) -> Iterator[Checked]:
    """The rows that can be taken in; those that cannot are counted and kept in `found`."""
    columns = {column.id: column for column in said_columns(dataset)}
    for one in rows:
        if one.problems:
            found.faulty += 1
            _keep(found, one, columns)
            if dataset.kind == Dataset.Kind.EVENTS and len(found.missing) < MISSING_KEPT:
                found.missing.append(_missing(dataset, one))
        elif not one.same_as:
            found.good += 1
            if len(found.sample) < 20:
                found.sample.append(one)
            yield one


def _missing(dataset: Dataset, one: Checked) -> MissingEvent:
    said = one.legible or one.values
    legible = {name: said[name] for name in (dataset.key or [CASE]) if said.get(name) not in (None, MASKED)}
    return MissingEvent(
        row=one.number, case=said.get(CASE) or "", legible=legible, key=one.key, columns=list(one.problems)
    )


UNREADABLE = _("不能识别，请核对")


def _keep(found: Survey, one: Checked, columns: dict[str, Column]) -> None:
    for id_, problem in one.problems.items():
        if len(found.faults) < FAULTS_KEPT:
            message = {"message": UNREADABLE, "words": {}} if columns[id_].sensitive else kept(problem)
            found.faults.append({"row": one.number, "column": id_, "message": message})
    if len(found.rejects) < REJECTS_KEPT:
        found.rejects.append(one)
