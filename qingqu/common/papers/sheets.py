"""Tables as .xlsx and .csv: head repeated and frozen, fit for A4 landscape, and no cell that runs as a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import xlsxwriter

from qingqu.common.papers.content import (
    Align,
    Heading,
    Meta,
    Paper,
    Paragraph,
    Signatures,
    Table,
    foot_lines,
    printable,
)
from qingqu.common.papers.gridlook import Look
from qingqu.common.tabular.harmless import guard, unguard

LINE_HEIGHT = 15.0
TALLEST = 405.0
"""A row in points: what one line takes, and what Excel takes at most."""
Encoding = Literal["utf-8-sig", "gb18030"]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet: its title, its width in characters, how its cells stand, whether they are amounts."""

    title: str
    width: float = 14
    align: Align = "left"
    is_money: bool = False


def write_xlsx(
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    sheet_name: str = "数据",
    filters: bool = True,
) -> bytes:
    """One table as a workbook. `rows` may be a generator; 5,000 rows of 20 columns take about a second.

    Texts stay texts, also `=1+1`, 007 and 13800138000; numbers and dates are real ones.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False})
    look = Look(book)
    sheet = book.add_worksheet(sheet_name[:31])
    top = _head_lines(sheet, look, len(columns), title, subtitle)
    _columns(sheet, look, columns, top)
    last = _rows(sheet, look, columns, rows, top + 1)
    if filters:
        sheet.autofilter(top, 0, max(last, top + 1) - 1, len(columns) - 1)
    if note:
        sheet.write_string(last + 1, 0, note, look.plain)
    _page(sheet, top)
    _about(book, title or sheet_name)
    book.close()
    return out.getvalue()


def write_csv(
    titles: Sequence[str], rows: Iterable[Sequence[Any]], encoding: Encoding = "utf-8-sig"
) -> Iterator[bytes]:
    """The table line by line, for a streaming answer. UTF-8 has its mark, so that Excel knows it; WPS takes both."""
    line = io.StringIO()
    writer = csv.writer(line)
    start = "\ufeff" if encoding == "utf-8-sig" else ""
    writer.writerow([guard(title) for title in titles])
    for number, row in enumerate(rows, 1):
        writer.writerow([csv_value(value) for value in row])
        if number % 200 == 0:
            yield (start + _drain(line)).encode(_plain(encoding), "replace")
            start = ""
    yield (start + _drain(line)).encode(_plain(encoding), "replace")


def csv_value(value: Any) -> Any:
    """A value as a harmless cell of a .csv."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date | int | float):
        return str(value)
    return guard(str(value))


def _drain(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _plain(encoding: Encoding) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding


def xlsx_text(text: str) -> str:
    """A text for a cell of type string, which cannot run; an apostrophe that the reader would take back is doubled."""
    text = printable(text)
    return text if unguard(text) == text else f"'{text}"


def put(sheet: Any, row: int, column: int, value: Any, look: Look, align: Align = "left") -> None:
    """One value into one cell, by its type and never as a formula."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, look.cells[align])
    elif isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否", look.cells[align])
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), look.moment)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), look.day)  # noqa: DTZ001
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, look.cells[align])
    else:
        sheet.write_string(row, column, xlsx_text(str(value))[:32767], look.cells[align])


def _head_lines(sheet: Any, look: Look, width: int, title: str, subtitle: str) -> int:
    """Title and subtitle over the whole width; returns the row of the table's head."""
    row = 0
    for text, kind, height in ((title, look.title, 30), (subtitle, look.subtitle, 18)):
        if text:
            sheet.set_row(row, height)
            if width > 1:
                sheet.merge_range(row, 0, row, width - 1, printable(text).replace("\n", ""), kind)
            else:
                sheet.write_string(row, 0, text, kind)
            row += 1
    return row


def _columns(sheet: Any, look: Look, columns: Sequence[SheetColumn], row: int) -> None:
    sheet.set_row(row, 24)
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
        sheet.write_string(row, index, column.title, look.head)


def _rows(sheet: Any, look: Look, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Any]], row: int) -> int:
    for values in rows:
        _heighten(sheet, row, values, [column.width for column in columns])
        for index, (value, column) in enumerate(zip(values, columns, strict=True)):
            if column.is_money and type(value) in (int, float):
                sheet.write_number(row, index, value, look.money)
            else:
                put(sheet, row, index, value, look, column.align)
        row += 1
    return row


def _heighten(sheet: Any, row: int, values: Sequence[Any], widths: Sequence[float]) -> None:
    """As high as its fullest cell needs. Excel finds out by itself, other programs let one row run over the next."""
    if (lines := max(map(_lines, values, widths), default=1)) > 1:
        sheet.set_row(row, min(lines * LINE_HEIGHT, TALLEST))


def _lines(value: Any, width: float) -> int:
    """How many lines a cell needs."""
    if not isinstance(value, str) or (len(value) * 2 < width and "\n" not in value):
        return 1
    wide = (sum(1 + (sign >= "⺀") for sign in line) for line in value.split("\n"))
    return sum(max(1, math.ceil(one / width)) for one in wide)


def _page(sheet: Any, head: int | None, *, landscape: bool = True) -> None:
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&10第 &P 页，共 &N 页")
    if head is not None:
        sheet.freeze_panes(head + 1, 0)
        sheet.repeat_rows(head)


def _about(book: Any, title: str) -> None:
    book.set_properties({"title": title.replace("\n", ""), "author": "", "company": ""})


def render_xlsx(paper: Paper) -> bytes:
    """The whole paper as a workbook: its head, its tables one below the other, its boxes to sign as lines."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_urls": False})
    look = Look(book)
    sheet = book.add_worksheet(paper.title.replace("\n", "")[:28].translate(dict.fromkeys(map(ord, "[]:*?/\\"), " ")))
    tables = [block for block in paper.blocks if isinstance(block, Table)]
    widths = _widths(sheet, tables)
    row = _head_lines(sheet, look, len(widths), paper.title, paper.subtitle)
    heads: list[int] = []
    for block in paper.blocks:
        row = _block(sheet, look, block, row, widths, heads)
    for line in foot_lines(paper):
        sheet.write_string(row, 0, line, look.plain)
        row += 1
    _page(sheet, heads[0] if len(heads) == 1 else None, landscape=paper.landscape)
    _about(book, paper.title)
    book.close()
    return out.getvalue()


def _widths(sheet: Any, tables: Sequence[Table]) -> list[float]:
    """Millimetres of the widest table as characters; of a paper without tables as Excel has them."""
    if not tables:
        return [8.43] * 6
    widths = [max(6.0, column.width_mm / 2.1) for column in max(tables, key=lambda table: len(table.columns)).columns]
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    return widths


def _block(sheet: Any, look: Look, block: Any, row: int, widths: Sequence[float], heads: list[int]) -> int:
    if isinstance(block, Table):
        heads.append(row)
        for index, column in enumerate(block.columns):
            sheet.write_string(row, index, column.title, look.head)
        for number, values in enumerate(block.rows, row + 1):
            for index, (value, column) in enumerate(zip(values, block.columns, strict=True)):
                put(sheet, number, index, value, look, column.align)
            _heighten(sheet, number, values, widths)
        row += len(block.rows) + 1
        if block.note:
            sheet.write_string(row, 0, printable(block.note), look.plain)
            row += 1
        return row + 1
    if isinstance(block, Meta):
        for number, (label, value) in enumerate(block.pairs):
            sheet.write_string(row + number, 0, label, look.head)
            sheet.merge_range(row + number, 1, row + number, max(len(widths) - 1, 2), "", look.cells["left"])
            put(sheet, row + number, 1, value, look)
        return row + len(block.pairs) + 1
    if isinstance(block, Signatures):
        for number, sign in enumerate(block.signs):
            who = "（盖章）" if sign.seal else f"签字：{sign.name}"
            text = f"{sign.label}：{sign.text}　　{who}　　{sign.day or '    年  月  日'}"
            sheet.write_string(row + number, 0, printable(text), look.plain)
        return row + len(block.signs) + 1
    if isinstance(block, Heading | Paragraph):
        sheet.write_string(row, 0, xlsx_text(block.text), look.plain)
        return row + 1
    return row
