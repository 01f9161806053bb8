"""Pages: the tables that people see on them, each with the texts that stand above it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from .cells import Cell, Limits, Placed, Refused, answer
from .tables import BREAK, TITLES, PageCell, Row, Table, plain

DEEPEST = 500
"""Elements within one another; pages that people look at have some thirty."""
WHOLE_ROW, ALL_ROWS = 1_000, 1_000_000
UNSEEN = frozenset(("script", "style", "title", "xml", "noscript", "template", "option", "object"))
BLOCKS = frozenset(
    re.findall(r"\w+", "p div li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr br pre center caption form section")
)
GROUPS = frozenset(("thead", "tbody", "tfoot"))
CELLS = frozenset(("td", "th"))
HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
NOT_MERGED = re.compile(r"mso-ignore\s*:\s*colspan", re.IGNORECASE)
SHEET_NAME = re.compile(r"<x:ExcelWorksheet>\s*<x:Name>([^<]{1,60})</x:Name>", re.IGNORECASE)
OPENED, CLOSED = re.compile(r"<table\b", re.IGNORECASE), re.compile(r"</table\s*>", re.IGNORECASE)
WHOLE = re.compile(r"</html\s*>|</(?:tr|t?body|tfoot|div|form|center)\s*>\s*$", re.IGNORECASE)
PASSWORD = re.compile(r"<input\b[^>]{0,300}\btype\s*=\s*[\"']?password", re.IGNORECASE)


def page(text: str, limits: Limits) -> dict[str, Any]:
    """The sheets of a page. A table of one row only counts where there is no other: it may be a title or a head."""
    if len(OPENED.findall(text)) > len(CLOSED.findall(text)) and not WHOLE.search(text):
        raise Refused("cut")
    parser = etree.HTMLParser(target=Page(limits), encoding="utf-8", no_network=True, huge_tree=False)
    parser.feed(text.encode())
    sheets = Sheets()
    sheets.take(parser.close())
    if not sheets.found and any(not row.is_text for row in sheets.before) and not PASSWORD.search(text):
        sheets.found.append(sheets.before)
    if not sheets.found:
        raise Refused("no table")
    names = [html.unescape(name) for name in SHEET_NAME.findall(text)]
    if len(names) != len(sheets.found):
        names = [""] * len(sheets.found)
    return answer([(name, *placed(rows)) for name, rows in zip(names, sheets.found, strict=True)], [], limits)


@dataclass(slots=True)
class _Open:
    """An element that has begun: where texts went before it, and what it hides."""

    tag: str
    into: list[str | Table]
    hides: bool = False
    cell: PageCell | None = None
    about: Mapping[str, str] | None = None


class Page:
    """What lxml tells of a page, put into tables. Raises Refused where it is deeper or longer than any real one."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.count, self.unseen = limits, 0, 0
        self.parts: list[str | Table] = []
        self.into = self.parts
        self.open: list[_Open] = []
        self.tables: list[Table | None] = []
        """Those that have begun; None for one that nobody sees."""

    def start(self, tag: str, about: Mapping[str, str]) -> None:
        """An element begins."""
        if len(self.open) >= DEEPEST:
            raise Refused("deep")
        is_hidden = bool(about) and ("hidden" in about or HIDDEN.search(about.get("style", "")) is not None)
        is_part = tag == "tr" or tag in CELLS
        if is_part and self.tables:
            self._close_what_is_left_open(tag)
        table = self.tables[-1] if self.tables else None
        self.open.append(new := _Open(tag, self.into))
        if table and tag in GROUPS:
            table.hides_rows = is_hidden
        elif tag in UNSEEN or (is_hidden and not (table and is_part)):
            new.hides = True
            self.unseen += 1
        if tag == "table":
            self._begin_table()
        elif table and is_part and not self.unseen:
            self._begin_row(table, is_hidden) if tag == "tr" else self._begin_cell(new, table, about, is_hidden)
        elif tag in BLOCKS and not self.unseen:
            self.into.append(BREAK)

    def data(self, text: str) -> None:
        """A piece of text."""
        if not self.unseen:
            self.into.append(text)

    def end(self, _tag: str) -> None:
        """The innermost element ends."""
        ended = self.open.pop()
        self.unseen -= ended.hides
        if ended.tag in BLOCKS and not self.unseen:
            self.into.append(BREAK)
        if ended.cell:
            ended.cell.settle(ended.about or {})
        if ended.tag == "table" and (table := self.tables.pop()):
            table.settle()
        self.into = ended.into

    def close(self) -> list[str | Table]:
        """What the page says: texts and tables, one after the other."""
        return self.parts

    def _close_what_is_left_open(self, tag: str) -> None:
        """A row or cell ends whatever the cell before it has left open; most of all what hides something."""
        for one in reversed(self.open):
            if one.tag == "table" or (one.tag == "tr" and tag != "tr"):
                return
            self.unseen -= one.hides
            one.hides = False

    def _begin_table(self) -> None:
        self.tables.append(table := None if self.unseen else Table())
        if table:
            self.into.append(table)
            self.into = table.above

    def _begin_row(self, table: Table, is_hidden: bool) -> None:
        self._count()
        table.rows.append(Row(is_hidden=is_hidden or table.hides_rows))
        self.into = table.above

    def _begin_cell(self, new: _Open, table: Table, about: Mapping[str, str], is_hidden: bool) -> None:
        self._count()
        if not table.rows:
            table.rows.append(Row())
        new.cell = PageCell(is_hidden=is_hidden)
        if about:
            new.about = about
            new.cell.across, new.cell.down = span(about, "colspan"), span(about, "rowspan")
            new.cell.is_merged = not NOT_MERGED.search(about.get("style", ""))
        table.rows[-1].cells.append(new.cell)
        self.into = new.cell.parts

    def _count(self) -> None:
        self.count += 1
        if self.count > self.limits.cells:
            raise Refused("cells")


NUMBER = re.compile(r"\s*(\d{1,9})")


def span(about: Mapping[str, str], name: str) -> int:
    """Over how many columns or rows a cell goes; over none is a way to say over all that are left."""
    number = NUMBER.match(about.get(name, "1"))
    return min(int(number[1]), ALL_ROWS) or ALL_ROWS if number else 1


class Sheets:
    """The tables of a page that are data, each with what stands before it."""

    def __init__(self) -> None:
        self.found: list[list[Row]] = []
        self.before: list[Row] = []

    def take(self, parts: Sequence[str | Table]) -> None:
        """Go through texts and tables in their order."""
        texts: list[str | Table] = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
            else:
                self._take_texts(texts)
                self._take_table(part)
                texts = []
        self._take_texts(texts)

    def _take_texts(self, texts: Sequence[str | Table]) -> None:
        lines = plain(texts).split("\n")
        self.before.extend(Row([PageCell(line, WHOLE_ROW)], is_text=True) for line in lines if line)

    def _take_table(self, table: Table) -> None:
        self.take(table.above)
        if table.is_data:
            titles, self.before = self.before[-TITLES:], []
            for cell in (cell for row in titles for cell in row.cells):
                cell.down = 1  # a picture beside the title takes no cells from the rows of the table
            self.found.append([*titles, *table.rows])
            return
        for row in table.rows:
            if any(cell.parts for cell in row.cells):
                for cell in row.cells:
                    self.take(cell.parts or [str(cell.value)])
            elif row.filled:
                self.before.append(row)


def placed(rows: Sequence[Row]) -> tuple[Placed, list[int]]:
    """Where the cells of a table come to stand, and the numbers of its hidden rows."""
    at: Placed = {}
    reached: dict[int, int] = {}
    width = 0
    for number, row in enumerate(rows):
        column, at[number] = 0, dict[int, Cell]()
        for cell in _shown(row.cells, number, reached, width):
            while reached.get(column, -1) >= number:
                column += 1
            if column >= WHOLE_ROW:
                raise Refused("size", rows=len(rows), columns=column)
            at[number][column] = cell
            across = min(cell.across, WHOLE_ROW)
            if cell.down > 1:
                reached.update(dict.fromkeys(range(column, column + across), number + cell.down - 1))
            column += across
        width = max(width, column if row.filled > 1 else 0)
    return at, [number for number, row in enumerate(rows, 1) if row.is_hidden]


def _shown(cells: Sequence[PageCell], row: int, reached: Mapping[int, int], width: int) -> Sequence[PageCell]:
    """The cells of a row without those that merging on the page has hidden under others, where it is too wide."""
    if not width or not any(cell.is_hidden for cell in cells):
        return cells
    if sum(cell.across for cell in cells) + sum(last >= row for last in reached.values()) <= width:
        return cells
    shown, under = [], set[int]()
    for number, cell in enumerate(cells):
        if not (cell.is_hidden and (number in under or reached.get(number, -1) >= row)):
            shown.append(cell)
            under.update(range(number + 1, number + min(cell.across, WHOLE_ROW)))
    return shown
