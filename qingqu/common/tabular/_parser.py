"""Runs alone, as a process of its own: reads a table from stdin, writes its cells as JSON to stdout.

Its argument says what it reads: a `book`, or a `page` or `spreadsheet` that is markup in UTF-8.

A small workbook with one cell in the last corner makes the parser ask for 512 GB and abort its process.
So it lives here, with a limit on memory and time, and takes nobody with it. It imports nothing of the product.
"""

from __future__ import annotations

import datetime
import importlib
import io
import json
import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import olefile
import python_calamine as calamine

MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 50_000, 200, 3_000_000
CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"([^>]*)>(.*?)</c>', re.DOTALL)
BOF, EOF, BOUNDSHEET, BOOLERR, FORMULA, OLD_ROW = 0x0809, 0x000A, 0x0085, 0x0205, 0x0006, 0x0208
ROW = re.compile(rb"<row\b[^>]*>")
HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
OPEN = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)\b(?!-)([^>]*)>")
OPEN_SAID = re.compile(rb'\btable:(visibility|number-(?:rows|columns)-(?:repeated|spanned))="(\w+)"')


def limit_resources() -> None:
    """At most 1.5 GB of memory and 60 seconds, where the system knows such limits."""
    try:
        import resource
    except ImportError:  # not a Unix
        return
    resource.setrlimit(resource.RLIMIT_AS, (1536 << 20, 1536 << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell(value: Any) -> Any:
    """A date as {"d": …}; everything else that JSON does not know as text."""
    if isinstance(value, datetime.datetime):
        whole = value.time() == datetime.time()
        return {"d": value.date().isoformat()} if whole else {"t": value.isoformat(sep=" ", timespec="minutes")}
    if isinstance(value, datetime.date):
        return {"d": value.isoformat()}
    return str(value)


def source(package: zipfile.ZipFile | None, name: str) -> bytes:
    """The file of a sheet inside an .xlsx; nothing where there is none."""
    try:
        return package.read(name) if package else b""
    except Exception:
        return b""


def hidden_rows(xml: bytes) -> list[int]:
    """Numbers of the rows that are not shown."""
    if not HIDDEN.search(xml):
        return []
    rows = (tag for tag in ROW.findall(xml) if HIDDEN.search(tag))
    return [int(number[1]) for tag in rows if (number := re.search(rb'\br="(\d+)"', tag))]


def faults(xml: bytes) -> list[tuple[int, int, str]]:
    """(row, column, what) of cells that hold an error or a formula that was never calculated, from 0."""
    if b't="e"' not in xml and b"<f" not in xml:
        return []
    found = []
    for letters, row, attributes, inner in CELL.findall(xml):
        value = re.search(rb"<v>([^<]+)</v>", inner)
        what = "error" if b't="e"' in attributes else "formula" if b"<f" in inner and not value else ""
        if what:
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            found.append((int(row) - 1, column - 1, what))
    return found[:1000]


def of_old(data: bytes) -> list[tuple[list[tuple[int, int, str]], list[int]]]:
    """Of each sheet of an .xls or .et: its errors, which the parser gives as empty cells, and its hidden rows."""
    if not data.startswith(b"\xd0\xcf\x11\xe0"):
        return []
    with olefile.OleFileIO(io.BytesIO(data)) as package:
        stream = package.openstream("Workbook").read() if package.exists("Workbook") else b""
    starts = [struct.unpack_from("<I", body)[0] for kind, body in records(stream, 0) if kind == BOUNDSHEET]
    return [_of_old_sheet(stream, start) for start in starts]


def _of_old_sheet(stream: bytes, start: int) -> tuple[list[tuple[int, int, str]], list[int]]:
    faults, hidden = [], []
    for kind, body in records(stream, start):
        if kind == OLD_ROW and len(body) >= 13 and body[12] & 0x20:
            hidden.append(struct.unpack_from("<H", body)[0] + 1)
        elif at := old_fault(kind, body):
            faults.append(at)
    return faults, hidden


def of_open(data: bytes) -> list[tuple[list[list[int]], list[int]]]:
    """Of each sheet of an .ods: its merged ranges, which the parser does not give, and its hidden rows."""
    try:
        xml = zipfile.ZipFile(io.BytesIO(data)).read("content.xml")
    except Exception:
        return []
    sheets: list[tuple[list[list[int]], list[int]]] = []
    row = next_row = column = 0
    for tag in OPEN.finditer(xml):
        what, about = tag[1], {name: value.decode() for name, value in OPEN_SAID.findall(tag[2])}
        if what == b"table":
            sheets.append(([], []))
            next_row = 0
        elif what == b"table-row" and sheets:
            row, column = next_row, 0
            next_row += min(int(about.get(b"number-rows-repeated", 1)), MAX_ROWS)
            if about.get(b"visibility", "visible") != "visible":
                sheets[-1][1].extend(range(row + 1, next_row + 1))
        elif sheets:
            down, right = int(about.get(b"number-rows-spanned", 1)), int(about.get(b"number-columns-spanned", 1))
            if down > 1 or right > 1:
                sheets[-1][0].append([row, column, row + down - 1, column + right - 1])
            column += int(about.get(b"number-columns-repeated", 1))
    return sheets


def records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a part of an old workbook, [MS-XLS] 2.1.4, from its beginning up to its end."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 0:
            return
        at += 4 + length


def old_fault(kind: int, body: bytes) -> tuple[int, int, str] | None:
    """Where a record puts an error: as a value of its own, or as the result of a formula."""
    is_value = kind == BOOLERR and len(body) >= 8 and body[7] == 1
    is_result = kind == FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2
    return (*struct.unpack_from("<HH", body), "error") if is_value or is_result else None


def sheet_files(data: bytes) -> tuple[zipfile.ZipFile | None, dict[str, str]]:
    """Of an .xlsx: the package and, for each sheet's name, the file inside it."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        book = package.read("xl/workbook.xml").decode("utf-8")
        links = package.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    except Exception:
        return None, {}
    targets = {}
    for tag in re.findall(r"<Relationship\b[^>]*>", links):
        about = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        targets[about.get("Id", "")] = about.get("Target", "").lstrip("/").removeprefix("xl/")
    order = [dict(re.findall(r'([\w:]+)="([^"]*)"', tag)) for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book)]
    return package, {str(i): "xl/" + targets.get(about.get("r:id", ""), "") for i, about in enumerate(order)}


def read(data: bytes) -> dict[str, Any]:
    """Every visible sheet with its cells, merged ranges and faults; or {"refused": why}."""
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    package, files = sheet_files(data)
    old, open_ = of_old(data), of_open(data)
    sheets, hidden, cells = [], [], 0
    for index, meta in enumerate(book.sheets_metadata):
        if meta.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        if meta.visible != calamine.SheetVisibleEnum.Visible:
            hidden.append(meta.name)
            continue
        sheet = book.get_sheet_by_index(index)
        end = sheet.end or (0, 0)
        if end[0] >= MAX_ROWS or end[1] >= MAX_COLUMNS:
            return {"refused": "size", "sheet": meta.name, "rows": end[0] + 1, "columns": end[1] + 1}
        cells += (end[0] + 1) * (end[1] + 1)
        if cells > MAX_CELLS:
            return {"refused": "cells"}
        merged = [[*start, *stop] for start, stop in sheet.merged_cell_ranges or []]
        rows = sheet.to_python(skip_empty_area=False)
        xml = source(package, files.get(str(index), ""))
        wrong, not_shown = old[index] if index < len(old) else (faults(xml), hidden_rows(xml))
        if index < len(open_):
            merged, not_shown = open_[index]
        about = {"merged": merged, "faults": wrong[:1000], "hidden_rows": not_shown}
        sheets.append({"name": meta.name, "rows": rows, **about})
    return {"sheets": sheets, "hidden": hidden}


def read_markup(kind: str, data: bytes) -> dict[str, Any]:
    """The sheets of markup, or {"refused": why}."""
    sys.path.append(str(Path(__file__).parent))  # at the end, where its names hide no others
    answer: dict[str, Any] = importlib.import_module("_markup").read(kind, data, MAX_ROWS, MAX_COLUMNS, MAX_CELLS)
    return answer


def main(kind: str) -> None:
    """Read stdin, write stdout."""
    limit_resources()
    try:
        data = sys.stdin.buffer.read()
        answer = read(data) if kind == "book" else read_markup(kind, data)
    except calamine.PasswordError:
        answer = {"refused": "password"}
    except MemoryError:
        answer = {"refused": "enormous"}
    except BaseException:  # the parser's panics are no Exceptions
        answer = {"refused": "broken"}
    json.dump(answer, sys.stdout, default=cell)


if __name__ == "__main__":
    main(sys.argv[1])
