"""The look of our workbooks: Song type, thin lines, a pale head; made once for each workbook."""

from __future__ import annotations

from typing import Any

from qingqu.common.papers.content import Align

FONT = "宋体"
LINE = "#8A938D"


class Look:
    """The formats of one workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": FONT, "font_size": 10.5, "valign": "vcenter"}
        cell = base | {"border": 1, "border_color": LINE, "text_wrap": True}
        aligns: tuple[Align, ...] = ("left", "center", "right")
        self.plain = book.add_format(base)
        self.title = book.add_format(base | {"font_size": 16, "align": "center", "bold": True})
        self.subtitle = book.add_format(base | {"align": "center"})
        self.head = book.add_format(cell | {"font_name": "黑体", "align": "center", "bg_color": "#EFF5F0"})
        self.must = book.add_format(
            cell | {"font_name": "黑体", "align": "center", "bg_color": "#EFF5F0", "font_color": "#A93226"}
        )
        self.cells = {align: book.add_format(cell | {"align": align}) for align in aligns}
        self.money = book.add_format(cell | {"align": "right", "num_format": "#,##0.00"})
        self.text = book.add_format(cell | {"num_format": "@"})
        self.day = book.add_format(cell | {"align": "center", "num_format": "yyyy-mm-dd"})
        self.moment = book.add_format(cell | {"align": "center", "num_format": "yyyy-mm-dd hh:mm"})
        self.example = book.add_format(cell | {"font_color": "#626C66", "italic": True, "num_format": "@"})
