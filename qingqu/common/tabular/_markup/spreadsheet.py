"""XML Spreadsheet 2003, as Excel 2003 saved it and accounting systems still do."""

from __future__ import annotations

import datetime
import io
import re
from typing import Any

from lxml import etree

from .cells import NUMBER, Cell, Limits, Placed, Refused, answer, as_number

MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d))?(?:\.\d+)?Z?")
SS = "urn:schemas-microsoft-com:office:spreadsheet"
ROW, CELL, DATA, SHEET = (f"{{{SS}}}{name}" for name in ("Row", "Cell", "Data", "Worksheet"))
VISIBLE = "{urn:schemas-microsoft-com:office:excel}Visible"


def spreadsheet(text: str, limits: Limits) -> dict[str, Any]:
    """The sheets of an XML Spreadsheet 2003."""
    book = _Book(limits)
    events = etree.iterparse(
        io.BytesIO(text.encode()),
        events=("start", "end"),
        tag=(SHEET, ROW, VISIBLE),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    for event, element in events:
        if event == "start" and element.tag == SHEET:
            book.begin(_said(element, "Name"))
        elif event == "end" and element.tag == ROW:
            book.row(element)
            element.clear()
        elif event == "end" and element.tag == VISIBLE and book.found and element.text != "SheetVisible":
            book.hidden.append(book.found.pop()[0])
    if not book.found and not book.hidden:
        raise Refused("no table")
    return answer(book.found, book.hidden, limits)


def _said(element: Any, name: str) -> str:
    return element.get(f"{{{SS}}}{name}") or element.get(name) or ""


def _place(element: Any, expected: int) -> int:
    """Where a row or cell stands, from 0: after the one before it, or where it says itself."""
    place = int(_said(element, "Index") or expected + 1) - 1
    if place < expected:
        raise Refused("broken")
    return place


class _Book:
    """The sheets of an XML Spreadsheet as they come."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.count, self.next_row = limits, 0, 0
        self.found: list[tuple[str, Placed, list[int]]] = []
        self.hidden: list[str] = []

    def begin(self, name: str) -> None:
        self.found.append((name, {}, []))
        self.next_row = 0

    def row(self, element: Any) -> None:
        """Take in a row; it may stand for others like it."""
        if not self.found:
            raise Refused("broken")
        _name, at, hidden_rows = self.found[-1]
        row, column, line = _place(element, self.next_row), 0, dict[int, Cell]()
        self.next_row = row + 1 + int(_said(element, "Span") or 0)
        if _said(element, "Hidden") == "1":
            hidden_rows.extend(range(row + 1, min(self.next_row, self.limits.rows) + 1))
        for one in element.iterchildren(CELL):
            column, cell = _place(one, column), typed(one)
            if cell.is_filled:
                line[column] = cell
            column += cell.across
            self.count += 1
        if line:
            at[row] = line
        if self.count > self.limits.cells:
            raise Refused("cells")


def typed(element: Any) -> Cell:
    """A cell of an XML Spreadsheet with its value."""
    cell = Cell(None, int(_said(element, "MergeAcross") or 0) + 1, int(_said(element, "MergeDown") or 0) + 1)
    data = element.find(DATA)
    kind, text = ("", "") if data is None else (_said(data, "Type"), "".join(data.itertext()))
    if kind == "Error":
        cell.fault = "error"
    elif not text and kind != "String" and _said(element, "Formula"):
        cell.fault = "formula"
    elif kind == "Boolean":
        cell.value = text.strip().lower() in ("1", "true")
    elif kind == "DateTime":
        cell.value = _moment(text.strip())
    elif kind == "Number" and NUMBER.fullmatch(text.strip()):
        cell.value = as_number(text.strip())
    else:
        cell.value = text
    return cell


def _moment(text: str) -> Any:
    """A day with its time; the time alone where the day is the one before all others; else the text."""
    found = MOMENT.fullmatch(text)
    if not found:
        return text
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        moment = datetime.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError:
        return text
    return moment.time() if year < 1900 else moment
