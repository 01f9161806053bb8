"""An office's file as rows under headings: workbooks whole, text files line by line, logs event by event."""

from __future__ import annotations

import csv
import gzip
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from django.utils.translation import gettext as _

from qingqu.common.tabular import header as headers
from qingqu.common.tabular.clean import clean_label
from qingqu.common.tabular.files import UnreadableFile, is_book, markup_of, recognise, refuse_others
from qingqu.common.tabular.harmless import unguard
from qingqu.common.tabular.lines import rows_of
from qingqu.common.tabular.workbook import Sheet, open_workbook, separator_of
from qingqu.datasets import days, units, years
from qingqu.datasets.columns import Column
from qingqu.datasets.raw import RawRow

HEAD = 40
"""Rows looked at to find the headings."""
MOST_TEXT = 2_000_000_000
MOST_HELD = 2_000_000
"""Elements of one case of a log."""
TEXTS = (".csv", ".txt", ".tsv")
BOOKS = (".xlsx", ".xlsm", ".et", ".ods")
LOGS = (".xes", ".xes.gz")


@dataclass(slots=True)
class Found:
    """A table in a file: where its headings are, and its rows as they come."""

    sheet: str
    heads: list[str]
    first_row: int
    """Number of the first row of data, as Excel counts."""
    guess: dict[int, str]
    """Position → column id, as far as the headings say."""
    samples: list[list[Any]]
    notes: list[str] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)
    """Position → in so many yuan its amounts are written, where it is more than one."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged cells, (top, left, bottom, right) from 0; what stands in one of them stands in each of its rows."""
    hidden_rows: list[int] = field(default_factory=list)
    dates: list[days.Parted] = field(default_factory=list)
    """Dates in columns of their own; `heads` and `samples` have them put together."""
    year: years.Year | None = None
    """That of days which are written without theirs, as the title says."""
    titles: Sequence[Sequence[Any]] = ()
    """The rows of the headings, as they stand in the file."""
    likely: dict[int, str] = field(default_factory=dict)
    """Position → column id, where a heading says only 日期; for a person to confirm."""
    source: Sheet | None = None
    """The whole sheet of a workbook; a text or a log is read from its file."""


NO_FAULTS: Mapping[int, str] = {}


def _check_ending(path: Path, name: str) -> None:
    """Refuse a file whose name says another kind than its bytes: read as what it is not, its rows would be lost.

    Text, a page or an XML Spreadsheet under .xls is what many systems export and everybody opens; it is read as what
    it is.
    """
    with path.open("rb") as file:
        start = file.read(8192)
    lower = name.lower()
    if lower.endswith(TEXTS):
        if is_book(start):
            raise UnreadableFile(
                _("文件名是 %(ending)s，内容却是 Excel 工作簿。请把后缀改为 .xlsx（旧版 Excel 为 .xls）后再上传。")
                % {"ending": Path(lower).suffix}
            )
        refuse_others(start)
        if markup_of(start):
            raise UnreadableFile(
                _("文件名是 %(ending)s，内容却是网页格式的表格。请把后缀改为 .xls 后再上传。")
                % {"ending": Path(lower).suffix}
            )
        if b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UnreadableFile(
                _("这个文件不是文字表格，或者文字编码不能识别。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。")
            )
    elif lower.endswith(BOOKS) and start and not is_book(start) and recognise(start) == "text":
        raise UnreadableFile(
            _(
                "文件名是 %(ending)s，内容却是文字，不是 Excel 工作簿。如果是用逗号或制表符分隔的表格，"
                "请把后缀改为 .csv 后再上传；也可以用 Excel 或 WPS 打开，另存为 .xlsx。"
            )
            % {"ending": Path(lower).suffix}
        )


def look(path: Path, name: str, columns: Sequence[Column]) -> list[Found]:
    """The tables of a file with what their headings seem to mean. Raises UnreadableFile with what to do about it."""
    _check_ending(path, name)
    if name.lower().endswith(LOGS):
        return [_log_head(path)]
    if name.lower().endswith(TEXTS):
        rows = list(itertools.islice(_text_rows(path, {}), HEAD))
        if not any(cell for row in rows for cell in row):
            raise UnreadableFile(_("文件里没有内容。请检查是否保存，或者内容是否在隐藏的工作表中。"))
        return [_found(Sheet(Path(name).stem, [list(r) for r in rows]), columns, name)]
    found = []
    for sheet in open_workbook(path.read_bytes(), name):
        found.append(_found(sheet, columns, name))
        found[-1].source = sheet
    return [one for one in found if one.heads] or found[:1]


def is_stream(name: str) -> bool:
    """Whether a file is read line by line or event by event, however long it is."""
    return name.lower().endswith(TEXTS + LOGS)


def estimate(path: Path, name: str) -> int:
    """About how many rows a text has, for the progress bar; 0 where nobody can say without reading it."""
    if not name.lower().endswith(TEXTS):
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def rows(path: Path, name: str, found: Found) -> Iterator[RawRow]:
    """The rows below the headings of a table that `look` has found in a file, empty ones left out."""
    source: Iterable[Sequence[Any]]
    faults: dict[int, dict[int, str]] = {}
    if found.source is not None:
        source = found.source.rows
        for (at, position), what in found.source.faults.items():
            faults.setdefault(at + 1, {})[position] = what
    elif name.lower().endswith(LOGS):
        source = _log_rows(path)
    else:
        source = _text_rows(path, faults)
    for number, cells in enumerate(source, 1):
        if number >= found.first_row:
            row = RawRow(number, cells, faults.get(number, NO_FAULTS))
            if row.faults or not row.is_empty:
                yield row


def _found(sheet: Sheet, columns: Sequence[Column], name: str) -> Found:
    known = [headers.Column(c.id, c.name, required=c.required, synonyms=c.also) for c in columns]
    head = headers.find_header(sheet, known)
    if head is None:
        cells = [clean_label(cell) for cell in sheet.rows[0]] if sheet.rows else []
        return Found(sheet.name, cells, 2, {}, sheet.rows[1:4], list(sheet.notes))
    titles, mapping = [cell.split("\n")[-1] for cell in head.cells], dict(head.mapping)
    first, whole = head.first_data_row, list(head.cells)
    if parted := _parted(sheet, head):
        titles = whole = parted
        first, mapping = first + 1, headers.guess_mapping(titles, known)
    for row in sheet.rows[first : first + 2]:
        own = (None if clean_label(cell or "") == title else cell for title, cell in zip_longest(titles, row))
        if not units.is_below_heads([*own]):
            break
        whole = [f"{title} {cell or ''}" for title, cell in zip_longest(whole, row, fillvalue="")]
        first += 1
    year = years.year_of(chain(*sheet.rows[: head.row]), sheet.name, Path(name).stem)
    dates = _dates(columns, mapping, days.parted(titles, whole, year))
    for one in dates:
        titles[one.day] = one.head
    samples = (RawRow(n, cells) for n, cells in enumerate(sheet.rows[first : first + 3]))
    guess = headers.guess_mapping(titles, known) if dates else mapping
    return Found(
        sheet.name,
        titles,
        first + 1,
        guess,
        [list(row.cells) for row in days.put_together(samples, dates, years.Standing(year))],
        list(sheet.notes),
        units.times_of(whole, sheet.rows[: head.row]),
        sheet.merged,
        [
            number
            for number in sheet.hidden_rows
            if first < number <= len(sheet.rows) and not RawRow(number, sheet.rows[number - 1]).is_empty
        ],
        dates,
        year,
        sheet.rows[head.row : first],
        days.likely(titles, guess, columns, [*chain(*sheet.rows[: head.row]), sheet.name, name]),
    )


def _dates(columns: Sequence[Column], mapping: Mapping[int, str], found: list[days.Parted]) -> list[days.Parted]:
    """Those that can be meant for a date; a table may have columns of its own for months and days."""
    takes_dates = any(column.type in ("date", "moment") for column in columns)
    return [one for one in found if takes_dates and mapping.keys().isdisjoint(one.positions)]


BEHIND = frozenset("字号年月日亿万千百十元角分")
"""What is said behind that to which it belongs. 金额 above 千, 百, 十 are its digits; none of these columns is it."""


def _parted(sheet: Sheet, head: headers.Header) -> list[str]:
    """The headings where one spans columns that the next row tells apart; empty where none does.

    金额 above 预算 and 实际 is 预算金额 and 实际金额; 凭证 above 字 and 号 is 凭证字 and 凭证号.
    """
    row = head.first_data_row
    spans = [(left, right) for _top, left, bottom, right in sheet.merged if bottom == row - 1 and right > left]
    below = [*(sheet.rows[row] if row < len(sheet.rows) else []), *[None] * len(head.cells)]
    parts = [range(left, min(right + 1, len(head.cells))) for left, right in spans]
    told_apart = all(len({below[n] for n in part if isinstance(below[n], str)}) == len(part) for part in parts)
    alone = [n for n in range(len(head.cells)) if not any(n in part for part in parts)]
    if not parts or not told_apart or any(clean_label(below[n] or "") not in ("", head.cells[n]) for n in alone):
        return []
    labels = [clean_label(cell or "") for cell in below]
    behind = {n for part in parts if all(labels[n] in BEHIND for n in part) for n in part}
    return [
        cell if n in alone else f"{cell}{label}" if n in behind else f"{label}{cell}"
        for n, (cell, label) in enumerate(zip(head.cells, labels, strict=False))
    ]


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        file.seek(0)
        sample = file.read(200_000)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            sample.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start > len(sample) - 8:  # a sign cut in two at the end of the sample
                return encoding
            continue
        return encoding
    raise UnreadableFile(_("文件的文字编码不能识别。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"))


def _text_rows(path: Path, faults: dict[int, dict[int, str]]) -> Iterator[list[str]]:
    if path.stat().st_size > MOST_TEXT:
        raise UnreadableFile(_("文件超过 2 GB，请分开导入。"))
    csv.field_size_limit(100_000)
    with path.open(encoding=_encoding(path), newline="") as file:
        try:
            separator = separator_of(file.read(20_000))
            file.seek(0)
            for line in rows_of(file, separator, faults):
                whole = "".join(line)
                yield [*map(_as_typed, line)] if "'" in whole or '="' in whole else line
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnreadableFile(
                _("文件已损坏，或者文字编码前后不一致，不能读取。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。")
            ) from error


def _as_typed(cell: str) -> str:
    """A cell of a text without what systems put around it so that Excel takes it for a text: ="0012", '0012."""
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1].replace('""', '"')
    return cell[1:] if QUOTED.match(cell) else unguard(cell)


QUOTED = re.compile(r"'[0-9]")
LOG_HEADS = ["case:concept:name", "concept:name", "lifecycle:transition", "org:resource", "time:timestamp", "amount"]
LOG_GUESS = {0: "case", 1: "step", 2: "op", 3: "operator", 4: "time", 5: "amount"}


def _log_head(path: Path) -> Found:
    samples = [list(r) for r in itertools.islice(_log_rows(path), 3)]
    return Found(_("办件日志"), LOG_HEADS, 1, dict(LOG_GUESS), samples)


def _log_rows(path: Path) -> Iterator[list[Any]]:
    """Events of an XES log (IEEE 1849), case by case; long logs are never held in memory."""
    with _opened(path) as file:
        try:
            yield from _cases(_Harmless(file))
        except (ElementTree.ParseError, OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(_("日志文件已损坏，或者不是 XES 格式。")) from error


def _cases(file: _Harmless) -> Iterator[list[Any]]:
    root, held = None, 0
    for event, element in ElementTree.iterparse(file, events=("start", "end")):
        if root is None:
            root = element
        held += event == "end"
        if held > MOST_HELD:
            raise UnreadableFile(_("日志中有一个办件过长，不能读取。"))
        if event == "end" and _tag(element) == "trace":
            yield from _events(element)
            root.clear()
            held = 0


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.GzipFile(path) if packed else path.open("rb")  # type: ignore[return-value]


class _Harmless:
    """A log as the parser reads it: no document type, so no entities that unfold; no more than it may hold."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.count, self.end = file, 0, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises UnreadableFile where they declare entities or are no log."""
        block = self.file.read(size)
        seen = self.end + block
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or (not self.count and block and b"<log" not in block):
            raise UnreadableFile(_("日志文件已损坏，或者不是 XES 格式。"))
        self.count, self.end = self.count + len(block), seen[-9:]
        if self.count > MOST_TEXT:
            raise UnreadableFile(_("文件超过 2 GB，请分开导入。"))
        return block


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _events(trace: Any) -> Iterator[list[Any]]:
    case = _attributes(trace)
    for child in trace:
        if _tag(child) == "event":
            said = _attributes(child)
            amount = next((v for k, v in {**case, **said}.items() if "amount" in k.lower()), None)
            yield [
                case.get("concept:name"),
                said.get("concept:name"),
                said.get("lifecycle:transition") if said.get("lifecycle:transition") in ("退回", "撤回") else None,
                said.get("org:resource"),
                said.get("time:timestamp"),
                amount,
            ]


def _attributes(element: Any) -> dict[str, str]:
    return {c.get("key", ""): c.get("value", "") for c in element if _tag(c) not in ("event", "trace")}
