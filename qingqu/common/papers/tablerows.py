"""Rows of a Word table written as XML at once: cell by cell through python-docx, 3,000 rows take a minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qingqu.common.papers import ooxml
from qingqu.common.papers.content import Align, printable


def append_rows(
    table: Any,
    rows: Iterable[Sequence[str]],
    twips: Sequence[int],
    aligns: Sequence[Align],
    size: float,
    *,
    line: float,
    least: int,
) -> None:
    """Add body rows to a table: 仿宋, in the middle of their cells, never split. `line` in points, `least` in twips."""
    cells = [_cell_start(width, align, size, line) for width, align in zip(twips, aligns, strict=True)]
    start = f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{least}" w:hRule="atLeast"/></w:trPr>'
    body = "".join(
        start
        + "".join(cell + _lines(text) + "</w:r></w:p></w:tc>" for cell, text in zip(cells, row, strict=True))
        + "</w:tr>"
        for row in rows
    )
    for made in list(parse_xml(f"<w:tbl {nsdecls('w')}>{body}</w:tbl>")):
        table._tbl.append(made)


def _cell_start(width: int, align: Align, size: float, line: float) -> str:
    """Everything of a cell up to its text."""
    half_points = round(size * 2)
    latin = " ".join(f'w:{use}="{ooxml.LATIN_FONT}"' for use in ("ascii", "hAnsi", "cs"))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:line="{round(line * 20)}" w:lineRule="exact"/><w:jc w:val="{align}"/></w:pPr>'
        f'<w:r><w:rPr><w:rFonts {latin} w:eastAsia="{ooxml.BODY_FONT}" w:hint="eastAsia"/>'
        f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/></w:rPr>'
    )


def _lines(text: str) -> str:
    parts = (f'<w:t xml:space="preserve">{escape(line, quote=False)}</w:t>' for line in printable(text).split("\n"))
    return "<w:br/>".join(parts)
