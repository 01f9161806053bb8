"""A row of an office's file as it stands there, and what tells that it is no record: a sum, a signature, a remark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qingqu.common.tabular.clean import HAN, as_text, clean_label

SUM_WORD = r"(?:本[页月季期年日次]|总)?(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计)"
SUM_REST = (
    "\\s\\d.,，、；;:：￥¥()（）+\\-〇零一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾佰仟百千万亿元圆角分整正"
    "笔项件人次份张户家条台套个箱页"
)
"""What may follow the word in its cell: a number, how it is counted, the sum written out."""
TOTAL = re.compile(
    rf"{SUM_WORD}(?:金额|数量|人数|笔数|人民币|数)*(?:[（(][^（()）]{{0,12}}[)）])?(?:[:：]?\s*(?:人民币|大写|小写))*[{SUM_REST}]*"
    r"|[承接][上前]页|[过转][次下]页"
)
"""A cell that is nothing but a sum's word. «合计1200元的办公用品» is something that was bought."""
PART_TOTAL = re.compile(r".{0,12}(?:小计|合计|总计)(?:[（(][^（()）]{0,12}[)）])?\s*[:：]?")
"""The sum of a part, 9月小计, 总务处合计; only where the row begins with it and nothing else is written in words."""
FOOT = re.compile(
    r"^(制表|填表|编制|审核|复核|经办|会计|出纳|财务|主管|部门|单位|学校)?(人|负责人|主管|领导|日期|签字|签章|盖章|说明)?\s*[:：]"
    r"|^(说明|备注|注)\s*\d*\s*[:：、]"
    r"|^[一二三四五六七八九十]{1,3}、"
)
"""What stands under an office's table: who made it, who checked it, a remark; or between its parts: 一、办公用品."""
ALONE = re.compile(
    rf"^(以下空白|以上|※)|^第\s*\d+\s*页|^\d{{1,2}}\s*[.．、]\s*[{HAN}]"
    r"|^(\d{4}\s*年\s*)?\d{1,2}\s*月(份|\s*\d{1,2}\s*日)?(采购|支出|报销|明细|台账|情况|汇总)*$"
)
"""The same where nothing else stands in the row: a second remark, a day, a month whose rows follow."""
SIGNED = re.compile(r"(填表|填报|填写)说明|\S{0,4}意见\s*[:：]?|\S{0,8}[（(]?(签字|签名|签章|盖章|公章)[）)]?\s*[:：]?")
"""The same where at most one other thing stands there: 校长签字, 财务签字."""
EXAMPLE = re.compile(r"[（(【]?(示例|样例|例)[）)】]|(示例|样例|例如|例)\s*[:：]|(示例|样例)$")
"""Before what shows how a form is filled in."""
IN_FEET = frozenset("：:、明见字名章例")
"""One of these is in each that may have others beside it; in most cells there is none."""
WRITTEN = re.compile(f"[{HAN}A-Za-z]")
LONGEST = 100


@dataclass(slots=True)
class RawRow:
    """A row by its number, as Excel counts, and its cells."""

    number: int
    cells: Sequence[Any]
    faults: Mapping[int, str] = field(default_factory=dict)
    """Position → `error`, `formula` or `quote`: a formula that failed or was never computed, an open quotation mark;
    0 → `wide`: there are more cells than headings."""

    @property
    def is_empty(self) -> bool:
        return self.first is None

    @property
    def is_total(self) -> bool:
        """A subtotal or a sum carried over a page between the rows: counting it would count everything twice."""
        first = self.first
        if isinstance(first, str) and "计" in first and PART_TOTAL.fullmatch(clean_label(first)):
            return not any(WRITTEN.search(cell) for cell in self.cells if isinstance(cell, str) and cell != first)
        for cell in (first, *self.cells[:4]):
            if isinstance(cell, str) and ("计" in cell or "页" in cell) and TOTAL.fullmatch(clean_label(cell)):
                return True
        return False

    @property
    def text(self) -> str:
        """What stands in the row, for whoever looks for it in the file; what a merged cell repeats only once."""
        return "　".join(dict.fromkeys(self._said()))[:LONGEST]

    def _said(self) -> Iterator[str]:
        return (text for cell in self.cells if (text := clean_label(as_text(cell))))

    @property
    def is_foot(self) -> bool:
        """Names and remarks under a table: its first words, and hardly any other cell, say so."""
        first = self.first
        if not isinstance(first, str) or (IN_FEET.isdisjoint(first) and not self.is_lone):
            return False
        first, said = first.strip(), {cell for cell in self.cells if cell is not None and cell != ""}
        if EXAMPLE.match(first):
            return True
        if len(said) == 1 and (ALONE.search(first) or self.cells.count(self.first) > 2):
            return True  # what is the same in several columns is one merged cell
        if len(said) > 1 and 2 * len(said) > len(self.cells):
            return False
        return FOOT.match(first) is not None or (len(said) <= 2 and SIGNED.fullmatch(first) is not None)

    @property
    def is_lone(self) -> bool:
        """Whether a text stands alone in its row, in one cell or in all."""
        first = self.first
        return isinstance(first, str) and self._beside(first) is None

    @property
    def first(self) -> Any:
        """What stands in the first cell that is filled; None where none is."""
        return self._beside(None)

    def _beside(self, one: Any) -> Any:
        """What stands in the first cell that is filled with something else. Every row is asked several times."""
        for cell in self.cells:
            if cell is not None and cell != "" and cell != one:
                return cell
        return None
