"""From a sheet and its mapping to rows of checked values, each with its number as in Excel."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qingqu.common.tabular import clean
from qingqu.common.tabular.clean import Problem, as_text, clean_label
from qingqu.common.tabular.header import Column, Header, plain
from qingqu.common.tabular.lines import QUOTE
from qingqu.common.tabular.workbook import Sheet, Value

FOOT = re.compile(
    r"(合计|小计|总计|共计|累计|本页合计|制表|填表|审核人|复核|负责人[:：]|单位负责人|说明|备注[:：]|注[:：]|填报|第\d+页|共\d+页|以下空白|示例)"
)
TOTALS = {"合计", "小计", "总计", "共计", "累计"}
PLAIN_SHEETS = re.compile(
    r"(sheet|工作表)?\s*\d*|.*(名册|花名册|名单|汇总|总表|一览表|台账|登记表|模板|导入).*|全校|全体教职工|教职工|教师|data",
    re.IGNORECASE,
)
GUIDES = re.compile(r".*(填写说明|填表说明|说明|示例|样例|选项|字典|参数)$")


@dataclass(slots=True)
class Row:
    """A row as it will be taken: values by key, what is wrong with which cell, which cells were tidied."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    mended: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    sheet: str = ""

    @property
    def is_good(self) -> bool:
        return not self.problems


PARSERS: dict[str, Callable[[Value, Column], Any]] = {
    "text": lambda value, column: clean.clean_text(value),
    "label": lambda value, column: clean_label(value),
    "name": lambda value, column: clean.clean_name(value),
    "code": lambda value, column: clean.clean_code(value),
    "phone": lambda value, column: clean.clean_phone(value),
    "date": lambda value, column: clean.parse_date(value),
    "int": lambda value, column: clean.parse_int(value, column.least, column.most),
    "choice": lambda value, column: clean.parse_choice(value, column.choices),
}


def read_rows(
    sheet: Sheet, header: Header, mapping: Mapping[int, str], columns: Sequence[Column], *, sheet_as: str = ""
) -> list[Row]:
    """The rows below the header. Blank rows, subtotals, footers, repeated heads and the example row are left out.

    `sheet_as` names the column that the sheet's own name, or a line between the rows (一、教务处), stands for where the
    sheet has none.
    """
    reader = _Reader(sheet, header, mapping, columns, sheet_as)
    return [
        row
        for number, cells in enumerate(sheet.rows)
        if number >= header.first_data_row
        if (row := reader.read(number, cells))
    ]


def is_guide(sheet: Sheet) -> bool:
    """Whether a sheet explains how to fill in the others."""
    return GUIDES.fullmatch(clean_label(sheet.name)) is not None


class _Reader:
    """Reads one row after another and remembers what a row passes on to the next."""

    def __init__(
        self, sheet: Sheet, header: Header, mapping: Mapping[int, str], columns: Sequence[Column], sheet_as: str
    ) -> None:
        self.sheet, self.header, self.mapping = sheet, header, mapping
        self.columns = columns
        self.carry_keys = {column.key for column in columns if column.carry}
        self.required = [column.key for column in columns if column.required and column.key != sheet_as]
        self.from_sheet = sheet_as if sheet_as and sheet_as not in mapping.values() else ""
        self.above: dict[str, str] = {}
        name = clean_label(sheet.name)
        self.section = name if self.from_sheet and not PLAIN_SHEETS.fullmatch(name) else ""

    def read(self, number: int, cells: Sequence[Value]) -> Row | None:
        texts = [clean_label(value) for value in cells]
        filled = [text for text in texts if text]
        if not filled or self._is_head(texts) or filled[0] in ("示例", "例"):
            return None
        values: dict[str, Value] = {key: cells[i] if i < len(cells) else None for i, key in self.mapping.items()}
        if self._is_foot(filled, values):
            return None
        if self.from_sheet and len(set(filled)) == 1:
            self.section = re.sub(
                r"^[（(]?[一二三四五六七八九十\d]+[）)]?[、.．]\s*|[（(]\s*\d+\s*人?[）)]$", "", filled[0]
            )
            return None
        carried = self._carry(values)
        row = check_row(values, self.columns, number + 1, self.sheet.name)
        for key in carried:
            row.mended[key] = _("与上一行相同")
        for index, key in self.mapping.items():
            self._fault(row, number, index, key)
        return row

    def _is_head(self, texts: Sequence[str]) -> bool:
        titles = [plain(cell.split("\n")[-1]) for cell in self.header.cells]
        same = [plain(text) == title for text, title in zip(texts, titles, strict=False) if text]
        return len(same) >= 2 and all(same)

    def _is_foot(self, filled: Sequence[str], values: Mapping[str, Value]) -> bool:
        if filled[0] in TOTALS:
            return True
        missing = [
            key for key in self.required if not clean_label(values.get(key)) or FOOT.match(clean_label(values[key]))
        ]
        if not missing:
            return False
        return bool(FOOT.match(filled[0]) or filled[0].endswith(("小计", "合计", "总计"))) or (
            len(filled) > 1 and filled[0].isdigit() and bool(FOOT.match(filled[1]))
        )

    def _carry(self, values: dict[str, Value]) -> list[str]:
        if self.from_sheet:
            values[self.from_sheet] = self.section
        carried = []
        for key in self.carry_keys & values.keys():
            if clean_label(values[key]):
                self.above[key] = as_text(values[key])
            elif self.above.get(key):
                values[key] = self.above[key]
                carried.append(key)
        return carried

    def _fault(self, row: Row, number: int, index: int, key: str) -> None:
        fault = self.sheet.faults.get((number, index))
        if fault == "error":
            row.problems[key] = _("单元格里的公式出错，请改成具体内容")
        elif fault == "formula":
            row.problems[key] = _("公式还没有计算结果，请在 Excel 或 WPS 中打开并保存一次")
        elif any(self.sheet.faults.get((number, before)) == QUOTE for before in range(index + 1)):
            row.problems[key] = _("这一行有一个双引号没有成对，分不清各格从哪里起止，请核对整行")


def check_row(values: Mapping[str, Value], columns: Sequence[Column], number: int, sheet: str = "") -> Row:
    """A row of typed cells, tidied and checked cell by cell; also for cells that were mended on the page."""
    row = Row(number, sheet=sheet)
    for column in columns:
        if column.key not in values and not column.required:
            continue
        _take(row, column, values.get(column.key))
    return row


def _take(row: Row, column: Column, value: Value) -> None:
    text = as_text(value)
    row.raw[column.key] = text
    taken = PARSERS[column.kind](value, column)
    if isinstance(taken, Problem):
        row.problems[column.key] = taken
        row.values[column.key] = None
        return
    row.values[column.key] = taken
    if column.required and taken in (None, ""):
        row.problems[column.key] = _("请填写%(title)s") % {"title": column.title}
    elif column.max_length and len(str(taken or "")) > column.max_length:
        row.problems[column.key] = _("不超过 %(length)d 字，现有 %(now)d 字") % {
            "length": column.max_length,
            "now": len(str(taken)),
        }
    elif isinstance(value, str) and _differs(text, taken, column):
        row.mended[column.key] = _("原为“%(text)s”") % {"text": text[:40]}


def _differs(text: str, taken: Any, column: Column) -> bool:
    if not text or taken in (None, ""):
        return bool(text.strip()) and taken in (None, "")
    if column.kind == "choice":
        label = next(str(choice.label) for choice in column.choices if choice.value == taken)
        return text not in (label, taken)
    written = taken.isoformat() if isinstance(taken, date) else str(taken)
    return text != written
