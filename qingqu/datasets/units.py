"""In which unit a column of amounts is written: 金额（万元）, or 单位：万元 above the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

TIMES = {"亿": 100_000_000, "百万": 1_000_000, "万": 10_000, "千": 1_000, "百": 100, "": 1}
NUMERAL = "0-9.,十百千万亿〇零一二三四五六七八九两几"
UNIT = re.compile(rf"(?<![{NUMERAL}])(亿|百万|万|千|百|)元(?!以上|以下|以内)|[（(](亿|万)[)）]")
"""Not «5 万元以上»: that says which amounts, not how they are written."""
OPENING = re.compile(r"(?:[（(【\[](?:单位[:：]?)?|[/、:：])$")
AMOUNT = re.compile(r"[额价款费金钱]|预算|支出|收入|[合总共]计")
ABOVE = re.compile(r"单位\s*[:：]?\s*(?:人民币)?\s*(亿|百万|万|千|百|)元")


BELOW = re.compile(r"[（(【\[]?(?:单位[:：]?)?(?:亿|百万|万|千|百)?元[）)】\]]?|[（(][^（）()\d]{1,4}[）)]|[年月日]")
ORDINAL = re.compile(r"[（(]?(\d{1,2})(?:\.0)?[）)]?")
FEW = 4
"""Fewer cells 1, 2, 3 could be what an office has counted."""


def is_below_heads(row: Sequence[Any]) -> bool:
    """Whether a row belongs to the headings above it: only their units, 年 月 日 or 1, 2, 3 … stand there."""
    cells = [(n, str(cell).strip()) for n, cell in enumerate(row) if cell is not None and str(cell).strip()]
    if not cells:
        return False
    if all(BELOW.fullmatch(text) for _n, text in cells):
        return True
    found = [ORDINAL.fullmatch(text) for _n, text in cells]
    numbers = [int(match[1]) for match in found if match]
    return len(cells) >= FEW and numbers == list(range(1, len(cells) + 1))


def times_of(heads: Sequence[str], above: Sequence[Sequence[Any]]) -> dict[int, int]:
    """Position of a heading → in so many yuan its amounts are written, where it is more than one.

    What stands above the table counts for headings that say nothing themselves.
    """
    texts = [str(cell) for row in above for cell in row if isinstance(cell, str)]
    general = next((TIMES[found[1]] for text in texts if (found := ABOVE.search(text))), 1)
    said = {n: _times(head, general) for n, head in enumerate(heads)}
    return {n: times for n, times in said.items() if times > 1}


def _times(head: str, general: int) -> int:
    found = UNIT.search(re.sub(r"\s", "", head))
    return general if found is None else TIMES[found[1] or found[2] or ""]


def times_in(head: str) -> int:
    """In so many yuan the amounts of a column with this heading are, as far as it says."""
    return _times(head, 1)


def in_yuan(head: str) -> str:
    """The heading of a column that is kept in yuan: 合同金额（万元） is 合同金额（元）."""
    plain = re.sub(r"\s", "", head)
    found = UNIT.search(plain)
    if found is None or _times(head, 1) == 1:
        return head
    bare = OPENING.sub("", plain[: found.start()]) + plain[found.end() :].lstrip("）)]】")
    return f"{bare}（元）"


def is_amount(head: str) -> bool:
    """Whether a heading sounds like one of amounts."""
    return AMOUNT.search(head) is not None


def headed(head: str, times: int) -> str:
    """The heading with its unit, where that stood somewhere else: in a sheet of its own it must not be lost."""
    return head if times == 1 or _times(head, 1) == times else f"{head}（{unit_of(times)}）"


def unit_of(times: int) -> str:
    """What so many yuan are called: 万元."""
    return next(name for name, value in TIMES.items() if value == times) + "元"
