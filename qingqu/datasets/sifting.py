"""What in a file is no row or column of its table, and what may mean something else: left out, or pointed out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from qingqu.common.tabular.clean import says_names_unparted, says_no_day
from qingqu.common.tabular.header import plain
from qingqu.datasets import reading, years
from qingqu.datasets.columns import Column
from qingqu.datasets.findings import Survey
from qingqu.datasets.models import Batch
from qingqu.datasets.raw import RawRow
from qingqu.datasets.units import times_in
from qingqu.datasets.years import Standing

LOOKED_AT = 20_000
"""So many rows of a text or a log are read before it is let in."""
HOW, ROW = _("怎样更正"), _("原文件行号")
"""The columns that we add to a sheet of faulty rows."""


def unused(found: reading.Found, mapping: Mapping[str, int]) -> list[str]:
    """The columns of a file that go nowhere, but for those that we added ourselves to a sheet that comes back."""
    ours: set[str] = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            ours |= {gettext(HOW), gettext(ROW)}
    taken = {*mapping.values(), *(n for one in found.dates for n in one.positions if n != one.day)}
    return [head for n, head in enumerate(found.heads) if head and n not in taken and head not in ours]


def likely(found: reading.Found, mapping: Mapping[str, int]) -> dict[str, int]:
    """What a column that is headed 日期 only may be, where nobody has said it: column → position, to be confirmed."""
    taken = set(mapping.values())
    return {id_: n for n, id_ in found.likely.items() if id_ not in mapping and n not in taken}


def heads_of(found: reading.Found, columns: Sequence[Column], mapping: Mapping[str, int]) -> dict[str, str]:
    """Column → its heading in the file, where that is another."""
    there = {column.id: (column.name, mapping[column.id]) for column in columns if column.id in mapping}
    heads = {id_: (name, found.heads[n]) for id_, (name, n) in there.items() if n < len(found.heads)}
    return {id_: head for id_, (name, head) in heads.items() if plain(head) != plain(name)}


def note_merged(batch: Batch, found: reading.Found, columns: Sequence[Column], notes: Survey) -> None:
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


ROWS_NAMED = 5


def note_hidden(found: reading.Found, notes: Survey) -> None:
    """Rows that a filter or a hand has hidden in the office are in the file all the same."""
    if rows := found.hidden_rows:
        words = {"count": len(rows), "rows": [str(row) for row in rows[:ROWS_NAMED]]}
        more = len(rows) > ROWS_NAMED
        notes.note(
            _("文件中有 %(count)d 行是隐藏的（第 %(rows)s 等行），也会导入，不要的请先删去")
            if more
            else _("文件中第 %(rows)s 行是隐藏的，也会导入，不要的请先删去"),
            **words,
        )


def note_years(found: reading.Found, mapping: Mapping[str, int], notes: Survey) -> None:
    """The year that stands once above the table is that of all its rows."""
    for id_, position in mapping.items():
        if year := next((one.year for one in found.dates if one.day == position), None):
            message = (
                _("“%(name)s”由月、日两列合成，年份按表头取 %(year)s 年，请核对")
                if year.is_one
                else _("“%(name)s”由月、日两列合成，年份按“%(title)s”取（%(first)s 至 %(last)s），请核对")
            )
            notes.note(message, name=[id_], **({} if year.is_one else {"title": year.title}), **year.words)


def with_years(
    rows: Iterator[RawRow],
    found: reading.Found,
    columns: Sequence[Column],
    mapping: Mapping[str, int],
    standing: Standing,
    notes: Survey,
) -> Iterator[RawRow]:
    """The rows; days that are written without their year have the one that the title says, and it is said."""
    ids = {mapping[c.id]: c.id for c in columns if c.type in ("date", "moment") and c.id in mapping}

    def told(position: int, row: int, text: str, year: years.Year) -> None:
        message = (
            _("“%(name)s”有没写年份的（第 %(row)d 行“%(text)s”），按“%(title)s”取 %(year)s 年，请核对")
            if year.is_one
            else _(
                "“%(name)s”有没写年份的（第 %(row)d 行“%(text)s”），按“%(title)s”取（%(first)s 至 %(last)s），请核对"
            )
        )
        notes.note(message, name=[ids[position]], row=row, text=text[:30], title=year.title, **year.words)

    said = {n: years.said_in([found.heads[n]]) for n in ids if n < len(found.heads)}
    return years.with_years(rows, said, standing, told)


def letter(position: int) -> str:
    """The letter over a column in Excel: A for 0, AB for 27."""
    return (letter(position // 26 - 1) if position > 25 else "") + chr(65 + position % 26)


def with_letters(heads: Sequence[str]) -> list[str]:
    """The headings of a file; those that stand there twice with the letters of their columns, which tell them apart."""
    return [f"{head} [{letter(n)}]" if head and heads.count(head) > 1 else head for n, head in enumerate(heads)]


def note_twice(found: reading.Found, mapping: Mapping[str, int], notes: Survey) -> None:
    """Two columns of one name: which of them is meant, nobody can tell but who knows the file."""
    for id_, position in mapping.items():
        if position < len(found.heads) and found.heads.count(found.heads[position]) > 1:
            words = {"head": found.heads[position], "letter": letter(position), "name": [id_]}
            notes.note(_("文件中不止一列叫“%(head)s”，%(name)s取的是 %(letter)s 列，请核对"), **words)


def times(batch: Batch, found: reading.Found, columns: Sequence[Column]) -> dict[str, int]:
    """Column → in so many yuan the file has its amounts, where the table has them in yuan."""
    amounts = [column for column in columns if column.type == "money" and times_in(column.name) == 1]
    there = {column.id: found.times.get(batch.mapping.get(column.id, -1), 1) for column in amounts}
    return {id_: times for id_, times in there.items() if times > 1}


MONTH_ONLY = _("“%(name)s”有只写到月的（第 %(row)d 行“%(text)s”），按当月 1 日导入，请核对")
NAMES_UNPARTED = _(
    "“%(name)s”有一格像是写了几个人（第 %(row)d 行），合在一起当作一个人；请用顿号隔开姓名，才能逐人比对"
)


def doubted(
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
    "name": (says_names_unparted, NAMES_UNPARTED),
}
"""Type of a column, or whose digest it holds → what is doubtful in it."""


WIDE = "wide"
"""The fault of a row with more cells than headings: 1,200 without quotation marks are two, and all behind them move."""


def too_wide(rows: Iterable[RawRow], found: reading.Found) -> Iterator[RawRow]:
    """The rows; those with something behind the last heading are marked."""
    width = len(found.heads)
    for row in rows:
        if len(row.cells) > width and any(cell not in (None, "") for cell in row.cells[width:]):
            row.faults = row.faults or {0: WIDE}
        yield row
