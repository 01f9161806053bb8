"""How wide the columns of a table become: as asked, but none so narrow that a short word breaks."""

from __future__ import annotations

from qingqu.common.papers.content import Table

MM_A_POINT = 25.4 / 72
PADDING_MM = 3.6
LANDSCAPE_MM = 200
"""Text wider than this stands on a sheet laid across."""


def ems(text: str) -> float:
    """How many Chinese characters wide a text is; Latin signs and figures count half, blanks a quarter."""
    return sum(0.25 if sign == " " else 0.53 if sign.isascii() else 1.0 for sign in text)


def text_size(table: Table, width_mm: float, compact: bool) -> float:
    """小四 (12 pt) where the columns are roomy, else 五号 (10.5 pt); 小五 (9 pt) on upright forms of one page."""
    if compact and width_mm < LANDSCAPE_MM:
        return 9.0
    return 12.0 if width_mm / max(len(table.columns), 1) >= 28 else 10.5


def column_widths(table: Table, width_mm: float, size_pt: float) -> list[float]:
    """Widths in millimetres that fill `width_mm`.

    Columns that would break a short word (一级, 何建平, FXD-2026-0001) take what they lack from the widest ones.
    """
    asked = [float(column.width_mm) for column in table.columns]
    widths = [w * width_mm / sum(asked) for w in asked]
    for whole in (4, 3, 2):
        least = [_least(table, index, whole) * size_pt * MM_A_POINT + PADDING_MM for index in range(len(widths))]
        if sum(least) < width_mm * 0.8:
            return _widened(widths, least)
    return widths


def _widened(widths: list[float], least: list[float]) -> list[float]:
    lacking = sum(max(0.0, need - width) for need, width in zip(least, widths, strict=True))
    spare = [max(0.0, width - need) for need, width in zip(least, widths, strict=True)]
    share = lacking / (sum(spare) or 1.0)
    return [
        need if width < need else width - extra * share for need, width, extra in zip(least, widths, spare, strict=True)
    ]


def _least(table: Table, index: int, whole: int) -> float:
    title = table.columns[index].title
    head = ems(title) if ems(title) <= whole else max(2.0, (len(title) + 1) // 2) if len(title) <= 6 else 3.0
    cells = (row[index] for row in table.rows[:300] if index < len(row))
    return max([head, *(_unbroken(line, whole) for cell in cells for line in cell.split("\n"))])


def _unbroken(text: str, whole: int) -> float:
    """The width that keeps a short word whole; longer texts may break."""
    width = ems(text)
    if width <= whole or (text.isascii() and len(text) <= 14):
        return width
    return 2.0


def balanced(text: str, width_mm: float, size_pt: float) -> str:
    """A short word that does not fit its column, broken in its middle (岗位 / 工作) and not before its last sign."""
    room = (width_mm - PADDING_MM + 0.5) / (size_pt * MM_A_POINT)
    half = (len(text) + 1) // 2
    if 3 < len(text) <= 6 and not text.isascii() and "\n" not in text and half <= room < ems(text):
        return f"{text[:half]}\n{text[half:]}"
    return text
