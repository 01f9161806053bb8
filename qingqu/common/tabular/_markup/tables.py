"""The tables of a page as its source has them, one in another, and what their cells say."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .cells import NUMBER, Cell, as_number

TITLES = 10
"""So many rows of what stands before a table are its title; a column of more is a table by itself."""
BREAK = "\x00"
"""A <br> among texts whose own line ends mean nothing; no page has this sign."""
HAN = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
WRAPPED = re.compile(f"(?<=[{HAN}])[ \\t\\f]*[\\r\\n][ \\t\\r\\n\\f]*(?=[{HAN}])")
"""Where a long Chinese text goes on in the next line of the file; it has no blank there."""
BLANKS = re.compile("[ \\t\\r\\n\\f\xa0]+")
AS_TEXT = re.compile(r"(?:mso-number-format|vnd\.ms-excel\.numberformat)\s*:\s*[\"']?\\?@", re.IGNORECASE)
SHOWN_NUMBER = re.compile(r"#+|-|[-+(]*\s*[¥￥$]?\s*[-+]?(?!0\d)[\d,]*\.?\d*(?:E[-+]?\d+)?\s*%?\s*\)?", re.IGNORECASE)
"""A number as a cell shows it: 1,234.5, 12%, 3.3E+17, ### in a narrow column, a dash for nothing. 0012 is a name."""
FIRST_DAY, SERIALS = datetime.datetime(1899, 12, 30), (21_000, 80_000)  # noqa: DTZ001
SHELL = re.compile(r'="([^"]*)"|\'(\d.*)')
"""What systems put around a number so that Excel takes it for a text: ="0012", '0012."""


@dataclass(slots=True)
class PageCell(Cell):
    """A <td>: its texts, and the tables among them."""

    is_hidden: bool = False
    parts: list[str | Table] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        return tables_in(self.parts)

    @property
    def holds_data(self) -> bool:
        return any(table.holds_data for table in self.tables)

    def settle(self, about: Mapping[str, str]) -> None:
        """Take its value from its texts and attributes, once it is read."""
        tables = self.tables
        text = "" if any(table.holds_data for table in tables) else plain(self.parts)
        if not tables:
            self.parts = []
        self.value = value_of(text, about)
        if about and about.get("x:err"):
            self.fault = "error"


@dataclass(slots=True)
class Row:
    """A <tr>; or a text that stands before a table."""

    cells: list[PageCell] = field(default_factory=list)
    is_hidden: bool = False
    is_text: bool = False

    @property
    def filled(self) -> int:
        return sum(cell.is_filled for cell in self.cells)


@dataclass(slots=True)
class Table:
    """A <table>: data, or what only gives other tables and titles their place."""

    rows: list[Row] = field(default_factory=list)
    above: list[str | Table] = field(default_factory=list)
    """Its caption, and what stands astray between its rows."""
    hides_rows: bool = False
    is_data: bool = False
    holds_data: bool = False
    filled: int = 0

    def settle(self) -> None:
        """Tell what it is, once it is read. Data has more in its own cells than in the tables that stand in them."""
        cells = [cell for row in self.rows for cell in row.cells]
        within = sum(table.filled for cell in cells for table in cell.tables if table.holds_data)
        own = sum(cell.is_filled for cell in cells)
        many = sum(row.filled > 1 for row in self.rows) > 1 or sum(row.filled > 0 for row in self.rows) > TITLES
        self.is_data = own > within and (many or within > 0)
        self.holds_data = self.is_data or within > 0 or any(table.holds_data for table in tables_in(self.above))
        self.filled = max(own, within)
        if self.is_data:
            for cell in cells:
                cell.value, cell.parts = plain(cell.parts) if cell.holds_data else cell.value, []


def tables_in(parts: Sequence[str | Table]) -> list[Table]:
    """The tables among texts."""
    return [part for part in parts if isinstance(part, Table)]


def plain(parts: Sequence[str | Table]) -> str:
    """Texts as they are seen: blanks collapsed, lines where there is a <br>; a table among them row by row."""
    if not parts:
        return ""
    said = "".join(part if isinstance(part, str) else BREAK + _told(part) + BREAK for part in parts)
    lines = (BLANKS.sub(" ", line).strip() for line in WRAPPED.sub("", said).split(BREAK))
    return "\n".join(line for line in lines if line)


def _told(table: Table) -> str:
    rows = (" ".join(str(cell.value) for cell in row.cells if cell.is_filled) for row in table.rows)
    return BREAK.join([plain(table.above), *rows]).replace("\n", BREAK)


def value_of(text: str, about: Mapping[str, str]) -> Any:
    """What a cell says: its text, or the number that Excel or LibreOffice kept beside what it shows."""
    kept = (about.get("x:num") or about.get("sdval") or "").strip() if about else ""
    if kept and text and NUMBER.fullmatch(kept) and not _is_text(about):
        return _kept(kept, text)
    shell = SHELL.fullmatch(text) if text.startswith(("=", "'")) else None
    return shell[1] or shell[2] or "" if shell else text


def _is_text(about: Mapping[str, str]) -> bool:
    return AS_TEXT.search(about.get("style", "")) is not None or about.get("sdnum", "").endswith("@")


def _kept(number: str, shown: str) -> Any:
    """The number behind what is shown, or the day that it stands for; what is shown where neither fits."""
    if SHOWN_NUMBER.fullmatch(shown):
        return as_number(number)
    if SERIALS[0] <= float(number) < SERIALS[1]:
        moment = FIRST_DAY + datetime.timedelta(seconds=round(float(number) * 86_400))
        parts = {*moment.timetuple()[:6], moment.year % 100, moment.hour % 12}
        numbers = [int(digits[:4]) for digits in re.findall(r"\d+", shown)]
        if len(numbers) > 1 and parts.issuperset(numbers):
            return moment
    return shown
