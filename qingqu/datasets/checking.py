"""The rows of a file before they go into a table: read, compared with each other, sorted out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from qingqu.common.errors import NotPossible
from qingqu.common.language import listed, under
from qingqu.common.papers.sheets import SheetColumn, write_xlsx
from qingqu.common.tabular import open_workbook
from qingqu.common.tabular.clean import Problem, says_no_day, says_several_names
from qingqu.datasets import reading, storing
from qingqu.datasets.cells import FORMULA_FAILED, FORMULA_OPEN, is_ditto, money_in
from qingqu.datasets.columns import Column, Named, columns_of, key_of, line_reader, read_row, written
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, MissingEvent, Record
from qingqu.datasets.notes import Kept, kept, said
from qingqu.datasets.queries import called, change, said_columns, titles
from qingqu.datasets.reading import RawRow
from qingqu.datasets.units import headed, is_amount, times_in, unit_of
from qingqu.datasets.watching import Values

FAULTS_KEPT = 200
NOTES_KEPT = 50
REJECTS_KEPT = 5_000
MISSING_KEPT = 20_000
CASE = "case"
"""The column of a log that says to which case an event belongs."""
AT_ONCE = 500
"""Rows read at once, column by column."""
CHANGES_SHOWN = 10
LOOKED_AT = 20_000
"""So many rows of a text or a log are read before it is let in."""


@dataclass(slots=True)
class Checked:
    """A row of a file: what names it and its values as the database keeps them, or what is wrong with which column."""

    number: int
    cells: Sequence[Any]
    key: str = ""
    line: str = ""
    problems: dict[str, Problem] = field(default_factory=dict)
    same_as: int = 0
    """The row that says the same."""
    legible: Values = field(default_factory=dict)
    """Of a faulty row: what could be read."""

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
    notes: list[Kept] = field(default_factory=list)
    sample: list[Checked] = field(default_factory=list)
    rejects: list[Checked] = field(default_factory=list)
    missing: list[MissingEvent] = field(default_factory=list)
    """The events of a log among the faulty rows."""
    unused: list[str] = field(default_factory=list)
    """The headings of the file that are no column of the table."""
    lines: dict[str, str] = field(default_factory=dict)
    """What names the rows that can be taken in → what they say, as far as the file was looked at."""

    @property
    def looked_at(self) -> int:
        return self.good + self.faulty + self.totals + self.doubled

    def note(self, message: str, **words: object) -> None:
        """Keep what the reader should know; of very many notes the first."""
        note = {"message": message, "words": words}
        if len(self.notes) < NOTES_KEPT and note not in self.notes:
            self.notes.append(note)


def tables(batch: Batch) -> list[reading.Found]:
    """The tables of a batch's file. Raises NotPossible where the file is gone."""
    try:
        return reading.look(Path(batch.file.path), batch.name, columns_of(batch.dataset))
    except (ValueError, OSError) as error:
        raise NotPossible(gettext("文件已不在服务器上，请重新上传。")) from error


def table_of(batch: Batch, found: Sequence[reading.Found]) -> reading.Found:
    return next((one for one in found if one.sheet == batch.sheet), found[0])


def checked(batch: Batch, notes: Survey) -> Iterator[Checked]:
    """Every row of the file, read; subtotals, what stands under the table and repeated rows are left out and noted."""
    there = tables(batch)
    found, columns = table_of(batch, there), columns_of(batch.dataset)
    needed = {column.id for column in columns if column.required}
    if others := [one.sheet for one in there if one is not found and needed <= set(one.guess.values())]:
        notes.note(_("文件中还有工作表没有导入：%(sheets)s"), sheets=others)
    notes.unused = unused(found.heads, batch.mapping)
    times = _times(batch, found, columns)
    for id_, so_many in times.items():
        notes.note(_("“%(name)s”按%(unit)s换算成元"), name=[id_], unit=unit_of(so_many))
    _note_merged(batch, found, columns, notes)
    rows = reading.rows(Path(batch.file.path), batch.name, batch.sheet, found.first_row)
    rows = _doubted(_without_heads(rows, found.heads, batch.mapping, notes), columns, batch.mapping, notes)
    return check(batch.dataset, batch.mapping, _without_totals(rows, notes), notes, times)


def _note_merged(batch: Batch, found: reading.Found, columns: Sequence[Column], notes: Survey) -> None:
    """An amount in a cell that spans rows is the amount of each of them: it may have been meant for all together."""
    for column in columns:
        position = batch.mapping.get(column.id, -1)
        if column.type in ("money", "number", "count"):
            for top, left, bottom, right in found.merged:
                if left <= position <= right and found.first_row - 1 <= top < bottom:
                    words = {"first": top + 1, "last": bottom + 1, "name": [column.id]}
                    notes.note(
                        _("第 %(first)d 至 %(last)d 行的%(name)s是一个合并单元格，每行都按它导入，请核对"), **words
                    )


def _times(batch: Batch, found: reading.Found, columns: Sequence[Column]) -> dict[str, int]:
    """Column → in so many yuan the file has its amounts, where the table has them in yuan."""
    amounts = [column for column in columns if column.type == "money" and times_in(column.name) == 1]
    there = {column.id: found.times.get(batch.mapping.get(column.id, -1), 1) for column in amounts}
    return {id_: times for id_, times in there.items() if times > 1}


def _without_heads(
    rows: Iterable[RawRow], heads: Sequence[str], mapping: Mapping[str, int], notes: Survey
) -> Iterator[RawRow]:
    """A table made to be printed repeats its headings on every page."""
    bare = ["".join(head.split()) for head in heads]
    at = min(mapping.values(), default=0)
    head = bare[at] if at < len(bare) else ""
    for row in rows:
        first = row.cells[at] if at < len(row.cells) else None
        if head and isinstance(first, str) and first.lstrip()[:1] == head[0] and _repeats(row, bare):
            notes.note(_("第 %(row)d 行又是表头，没有导入"), row=row.number)
        else:
            yield row


def _repeats(row: RawRow, bare: Sequence[str]) -> bool:
    said = [(n, cell) for n, cell in enumerate(row.cells) if cell not in (None, "")]
    return len(said) > 1 and all(n < len(bare) and "".join(str(cell).split()) == bare[n] for n, cell in said)


MONTH_ONLY = _("“%(name)s”有只写到月的（第 %(row)d 行“%(text)s”），按当月 1 日导入，请核对")
SEVERAL_PEOPLE = _("“%(name)s”有一格写了几个人的（第 %(row)d 行），合在一起当作一个人，核对是否同一人时认不出其中的人")


def _doubted(
    rows: Iterator[RawRow], columns: Sequence[Column], mapping: Mapping[str, int], notes: Survey
) -> Iterator[RawRow]:
    """The rows, with a note where a column may mean something else than what is read; one for each column.

    Looked for in the rows that are read before a large file is let in.
    """
    open_ = {
        column.id: (mapping[column.id], doubt)
        for column in columns
        if column.id in mapping and (doubt := DOUBTS.get(column.hashed_as or column.type))
    }
    known = set[str]()
    for row in islice(rows, LOOKED_AT):
        for id_, (position, (is_doubtful, message)) in list(open_.items()):
            cell = row.cells[position] if position < len(row.cells) else None
            if not isinstance(cell, str) or cell in known:
                continue
            if is_doubtful(cell):
                text = {"text": cell.strip()[:30]} if message == MONTH_ONLY else {}
                notes.note(message, name=[id_], row=row.number, **text)
                del open_[id_]
            else:
                known.add(cell)
        yield row
    yield from rows


DOUBTS: dict[str, tuple[Callable[[str], bool], str]] = {
    "date": (says_no_day, MONTH_ONLY),  # indicators count days
    "moment": (says_no_day, MONTH_ONLY),
    "name": (says_several_names, SEVERAL_PEOPLE),
}
"""Type of a column, or whose digest it holds → what is doubtful in it."""


def _without_totals(rows: Iterable[RawRow], notes: Survey) -> Iterator[RawRow]:
    for row in rows:
        if row.is_total:
            notes.totals += 1
            notes.note(_("第 %(row)d 行是小计或合计，没有导入"), row=row.number)
        elif row.is_foot:
            notes.note(_("第 %(row)d 行是签名或说明，没有导入"), row=row.number)
        else:
            yield row


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
        given = {name: cells[position] for name, position in self.mapping.items() if -1 < position < len(cells)}
        found = read_row(given, self.columns)
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
        if found.looked_at >= LOOKED_AT and reading.is_stream(batch.name):
            found.is_whole = False
            break
    return found


@dataclass(slots=True)
class Foreseen:
    """What a file would meet in the table."""

    there: int = 0
    """So many of its rows are there already."""
    changed: int = 0
    """So many of these say something else in the file."""
    changes: list[tuple[str, list[str]]] = field(default_factory=list)
    """Some of them: what the row is called, and what becomes what."""
    withdrawn: int = 0
    """So many were in it and were taken out: they come back."""
    returning: list[str] = field(default_factory=list)
    """What some of these are called."""
    lacking: list[str] = field(default_factory=list)
    """Columns that the file does not have, though these rows have something in them."""


def foreseen(batch: Batch, found: Survey) -> Foreseen:
    """Which rows of a file are in the table already, what they say now, and of what the file does not speak."""
    there, met = storing.known_ids(batch.dataset, list(found.lines)), Foreseen()
    columns = said_columns(batch.dataset)
    named = [column for column in columns if column.id in batch.mapping]
    filled: set[str] = set()
    for start in range(0, len(there), AT_ONCE):
        for record in Record.objects.filter(pk__in=there[start : start + AT_ONCE]).order_by("pk"):
            record.dataset = batch.dataset
            if record.withdrawn:
                met.withdrawn += 1
                if len(met.returning) < CHANGES_SHOWN:
                    met.returning.append(called(record, columns))
                continue
            met.there += 1
            filled |= {id_ for id_, value in record.values.items() if value is not None}
            becomes = json.loads(found.lines[record.key])
            if turned := [c for c in named if _differs(becomes.get(c.id), record.values.get(c.id))]:
                met.changed += 1
                if len(met.changes) < CHANGES_SHOWN:
                    said = [change(c.name, record.values.get(c.id), becomes.get(c.id), c.type) for c in turned]
                    met.changes.append((called(record, columns), said))
    met.lacking = [column.name for column in columns if column.id not in batch.mapping and column.id in filled]
    return met


def _differs(new: Any, now: Any) -> bool:
    """Whether a cell of a file says something else; what we masked ourselves when it went out does not."""
    return bool(new != now and new != MASKED)


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
HOW, ROW = _("怎样更正"), _("原文件行号")
"""The columns that we add to a sheet of faulty rows."""


def unused(heads: Sequence[str], mapping: Mapping[str, int]) -> list[str]:
    """The columns of a file that go nowhere, but for those that we added ourselves to a sheet that comes back."""
    ours: set[str] = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            ours |= {gettext(HOW), gettext(ROW)}
    return [head for n, head in enumerate(heads) if head and n not in mapping.values() and head not in ours]


def _keep(found: Survey, one: Checked, columns: dict[str, Column]) -> None:
    for id_, problem in one.problems.items():
        if len(found.faults) < FAULTS_KEPT:
            message = {"message": UNREADABLE, "words": {}} if columns[id_].sensitive else kept(problem)
            found.faults.append({"row": one.number, "column": id_, "message": message})
    if len(found.rejects) < REJECTS_KEPT:
        found.rejects.append(one)


def rejects_kept(batch: Batch, found: Survey) -> bytes:
    """The faulty rows as they stand in the file, each with what is wrong, for readers of any language."""
    table = table_of(batch, tables(batch))
    types = {batch.mapping[c.id]: c.type for c in columns_of(batch.dataset) if c.id in batch.mapping}
    sums = {n for n, head in enumerate(table.heads) if types.get(n) == "money" or (n not in types and is_amount(head))}
    times = {n: so_many for n, so_many in table.times.items() if n in sums}
    heads = [headed(head, times.get(n, 1)) for n, head in enumerate(table.heads)]
    width = max([len(heads), *(len(one.cells) for one in found.rejects)])
    columns = [SheetColumn(head) for head in (*heads, *[""] * (width - len(heads)), HOW, ROW)]

    def why(one: Checked) -> str:
        return json.dumps({id_: kept(problem) for id_, problem in one.problems.items()}, ensure_ascii=False)

    rows = ([*one.cells, *[None] * (width - len(one.cells)), why(one), one.number] for one in found.rejects)
    return write_xlsx(columns, rows)


def rejects_sheet(dataset: Dataset, rows: bytes) -> bytes:
    """What was kept of faulty rows in the language of who reads it: to be mended there and imported again."""
    names = titles(dataset)
    heads, *faulty = open_workbook(rows, "rejects.xlsx")[0].rows
    columns = [SheetColumn(str(head or ""), 14) for head in heads[:-2]]
    columns += [SheetColumn(gettext(HOW), 50), SheetColumn(gettext(ROW), 10)]

    def why(text: str) -> str:
        if not text.startswith("{"):
            return text  # kept by an earlier version, in the language of its importer
        return listed((under(names[id_], said(problem, names)) for id_, problem in json.loads(text).items()), "；")

    lines = ([*cells, why(str(text)), number] for *cells, text, number in faulty)
    return write_xlsx(columns, lines, sheet_name=gettext("需要更正"))
