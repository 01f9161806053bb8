"""The empty workbook that a school fills in and sends back: drop-downs, an example row, and a sheet that explains."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from qingqu.common.papers.gridlook import Look
from qingqu.common.papers.sheets import _about, _page, put
from qingqu.common.tabular.header import Column

FILLED_ROWS = 3000
HINTS = {
    "date": "年月日，如 2024-09-01；2024.9.1、2024年9月1日也可以",
    "phone": "11 位手机号，可以不填",
    "int": "整数",
    "choice": "从下拉列表中选择",
}


def write_template(
    columns: Sequence[Column],
    *,
    sheet_name: str,
    guide: Sequence[str],
    lists: Mapping[str, Sequence[str]] | None = None,
    rows: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """A template with the columns of an import. `lists` gives further drop-downs (the school's departments) by key.

    With `rows` it is an export in the same shape, which can be imported again; then there is no example row.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_urls": False})
    look = Look(book)
    sheet = book.add_worksheet(sheet_name)
    _write_head(sheet, look, columns)
    if rows:
        for number, values in enumerate(rows, 1):
            put(sheet, number, 0, number, look, "center")
            for index, column in enumerate(columns, 1):
                put(sheet, number, index, values.get(column.key), look)
    else:
        sheet.write_string(1, 0, "示例", look.example)
        for index, column in enumerate(columns, 1):
            sheet.write_string(1, index, column.example, look.example)
    _drop_downs(book, sheet, columns, lists or {})
    _page(sheet, 0)
    _write_guide(book, look, columns, guide)
    _about(book, sheet_name)
    book.close()
    return out.getvalue()


def _write_head(sheet: Any, look: Look, columns: Sequence[Column]) -> None:
    sheet.set_row(0, 26)
    sheet.set_column(0, 0, 6)
    sheet.write_string(0, 0, "序号", look.head)
    for index, column in enumerate(columns, 1):
        sheet.set_column(index, index, column.width, look.text if column.kind in ("code", "phone") else None)
        title = f"{column.title}*" if column.required else str(column.title)
        sheet.write_string(0, index, title, look.must if column.required else look.head)
        if column.help:
            sheet.write_comment(0, index, str(column.help), {"author": "", "x_scale": 1.6})


def _drop_downs(book: Any, sheet: Any, columns: Sequence[Column], lists: Mapping[str, Sequence[str]]) -> None:
    """Lists on a hidden sheet: long ones do not fit into the rule itself."""
    hidden = book.add_worksheet("选项")
    hidden.hide()
    for index, column in enumerate(columns, 1):
        values = [str(choice.label) for choice in column.choices] or list(lists.get(column.key, ()))
        if not values:
            continue
        hidden.write_column(0, index, values)
        letter = xlsxwriter.utility.xl_col_to_name(index)
        strict = bool(column.choices)
        sheet.data_validation(
            1,
            index,
            FILLED_ROWS,
            index,
            {
                "validate": "list",
                "source": f"=选项!${letter}$1:${letter}${len(values)}",
                "error_title": "请从列表中选择",
                "error_message": f"{column.title}只能从下拉列表中选择。",
                "error_type": "stop" if strict else "information",
                "show_error": strict,
            },
        )


def _write_guide(book: Any, look: Look, columns: Sequence[Column], guide: Sequence[str]) -> None:
    sheet = book.add_worksheet("填写说明")
    for index, width in enumerate((14, 8, 56, 24)):
        sheet.set_column(index, index, width)
    for number, line in enumerate(guide):
        sheet.merge_range(number, 0, number, 3, f"{number + 1}. {line}", look.plain)
    top = len(guide) + 1
    for index, title in enumerate(("列", "必填", "怎样填", "示例")):
        sheet.write_string(top, index, title, look.head)
    for number, column in enumerate(columns, top + 1):
        how = str(column.help) or HINTS.get(column.kind, "")
        if column.choices:
            how = f"{how}：{'、'.join(str(choice.label) for choice in column.choices)}" if how else HINTS["choice"]
        put(sheet, number, 0, str(column.title), look)
        put(sheet, number, 1, "是" if column.required else "", look, "center")
        put(sheet, number, 2, how, look)
        put(sheet, number, 3, column.example, look)
    _page(sheet, None)
