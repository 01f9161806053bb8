"""From bytes to sheets of plain values: workbooks through a parser process, text files by ourselves."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext as _

from qingqu.common.language import listed
from qingqu.common.tabular.files import UnreadableFile, has_macros, password_refusal, recognise
from qingqu.common.tabular.harmless import unguard
from qingqu.common.tabular.lines import rows_of
from qingqu.common.tabular.markup import decode_markup, refusal_of_markup, refuse_declared, without_declaration

PARSER = Path(__file__).with_name("_parser.py")
PARSER_SECONDS = 90
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 50_000, 200, 3_000_000

Value = str | int | float | bool | date | None


@dataclass(slots=True)
class Sheet:
    """One sheet: `rows[0]` is row 1 of Excel. Merged ranges are (top, left, bottom, right), from 0, already filled.

    `faults` has the cells whose formula failed or whose quotation mark is open; `notes` what the reader should know
    (macros ignored, sheets left out).
    """

    name: str
    rows: list[list[Value]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    """Numbers of rows that Excel does not show, filtered away or hidden by hand; they are read all the same."""


def open_workbook(data: bytes, filename: str) -> list[Sheet]:
    """The visible, filled sheets of an .xlsx, .xlsm, .xls, .et, .ods or .csv file; pages with tables may be named .xls.

    Formulas give the values that Excel stored; macros and links to other files are never followed.
    Raises UnreadableFile with a sentence that says what is wrong and what to do.
    """
    kind = recognise(data)
    if kind == "text":
        sheets = [_from_text(data, filename)]
    else:
        sheets = _from_book(data) if kind == "book" else _from_markup(data, kind, Path(filename).stem)
    sheets = [sheet for sheet in sheets if any(v not in (None, "") for row in sheet.rows for v in row)]
    if not sheets:
        raise UnreadableFile(_("文件里没有内容。请检查是否保存，或者内容是否在隐藏的工作表中。"))
    return sheets


def _from_book(data: bytes) -> list[Sheet]:
    answer = _parse(data, "book")
    if refused := answer.get("refused"):
        raise _refusal(refused, answer)
    notes = [_("文件中有宏，没有运行，只读取了单元格的内容。")] if has_macros(data) else []
    return _sheets(answer, notes)


def _from_markup(data: bytes, kind: Literal["page", "spreadsheet"], stem: str) -> list[Sheet]:
    """What has no name of its own is named as the file is."""
    text = decode_markup(data)
    refuse_declared(text, kind)
    answer = _parse(without_declaration(text).encode(), kind)
    if refused := answer.get("refused"):
        about = {**answer, "sheet": answer.get("sheet") or stem}
        raise refusal_of_markup(refused, text) or _refusal(refused, about)
    for sheet in answer["sheets"]:
        sheet["name"] = sheet["name"] or stem
    return _sheets(answer, [])


def _sheets(answer: dict[str, Any], notes: list[str]) -> list[Sheet]:
    if answer["hidden"]:
        notes = [*notes, _("没有读取隐藏的工作表：%(names)s。") % {"names": listed(answer["hidden"])}]
    return [_sheet(each, notes) for each in answer["sheets"]]


def _parse(data: bytes, kind: str) -> dict[str, Any]:
    broken = {"refused": "broken"}
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(PARSER), kind],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PARSER_SECONDS,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"refused": "enormous"}
    except (subprocess.TimeoutExpired, ValueError):
        return broken
    return answer


def _refusal(refused: str, about: dict[str, Any]) -> UnreadableFile:
    if refused == "password":
        return password_refusal()
    if refused == "size":
        return UnreadableFile(
            _(
                "工作表“%(sheet)s”有 %(rows)d 行 %(columns)d 列，超过 %(max_rows)d 行或 %(max_columns)d 列。"
                "请删去不用的列，或者分开导入。"
            )
            % {**about, "max_rows": MAX_ROWS, "max_columns": MAX_COLUMNS}
        )
    if refused in ("cells", "enormous"):
        return UnreadableFile(
            _("文件展开后过大，不能导入。请删去表格以外的内容（如最末行、最末列的字符），重新保存后再上传。")
        )
    return UnreadableFile(_("文件已损坏，不能打开。请用 Excel 或 WPS 打开后重新保存，再上传。"))


def _sheet(about: dict[str, Any], notes: list[str]) -> Sheet:
    rows = [[_value(v) for v in row] for row in about["rows"]]
    merged = [(top, left, bottom, right) for top, left, bottom, right in about["merged"]]
    faults = {(row, column): what for row, column, what in about["faults"]}
    _fill_merged(rows, merged)
    return Sheet(about["name"], rows, merged, faults, list(notes), about["hidden_rows"])


def _value(raw: Any) -> Value:
    if isinstance(raw, dict):
        return date.fromisoformat(raw["d"]) if "d" in raw else str(raw["t"])
    if isinstance(raw, str):
        return unguard(raw) or None
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return int(raw)
    return raw


def _fill_merged(rows: list[list[Value]], merged: list[tuple[int, int, int, int]]) -> None:
    """Write the value of a merged range into each of its cells, as the eye reads it.

    Raises UnreadableFile where ranges lie over one another so often that filling them would take hours.
    """
    left_to_fill = 2 * sum(map(len, rows)) + 10_000
    for top, left, bottom, right in merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        left_to_fill -= (min(bottom + 1, len(rows)) - top) * max(min(right + 1, len(rows[top])) - left, 1)
        if left_to_fill < 0:
            raise _refusal("broken", {})
        value = rows[top][left]
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = value


QUOTED = re.compile(r'"(?:[^"]|"")*"')
"""A quoted cell: what looks like a separator in it separates nothing."""


def _from_text(data: bytes, filename: str) -> Sheet:
    text = decode(data)
    csv.field_size_limit(100_000)
    separator = separator_of(text)
    rows: list[list[Value]] = []
    faults: dict[int, dict[int, str]] = {}
    try:
        for line in rows_of(io.StringIO(text, newline=""), separator, faults):
            if len(rows) >= MAX_ROWS or len(line) > MAX_COLUMNS:
                about = {"sheet": filename, "rows": len(rows) + 1, "columns": len(line)}
                raise _refusal("size", about)
            rows.append([unguard(value) or None for value in line])
    except csv.Error as error:
        raise _refusal("broken", {}) from error
    at = {(number - 1, position): what for number, of in faults.items() for position, what in of.items()}
    return Sheet(Path(filename).stem, rows, faults=at)


def separator_of(text: str) -> str:
    """What parts the cells of a text, told from its first lines: a comma in amounts or names parts none."""
    bare = QUOTED.sub("", text)
    return max(",\t;", key=lambda sign: _alike(bare, sign))


def _alike(text: str, separator: str) -> tuple[int, int]:
    """How many of the first lines fall into the same number of columns, more than one, at this separator; how many."""
    try:
        lines = list(itertools.islice(csv.reader(text.splitlines(), delimiter=separator, quoting=csv.QUOTE_NONE), 30))
    except csv.Error:
        return 0, 0
    widths = Counter(len(line) for line in lines if len(line) > 1)
    return max(((many, width) for width, many in widths.items()), default=(0, 0))


def decode(data: bytes) -> str:
    """Text of a .csv: UTF-8 with or without its mark, UTF-16 with it, or GB18030 as Chinese Excel writes.

    Raises UnreadableFile where it is none of them.
    """
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(_("文件的文字编码不能识别。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"))
