"""A `Paper` as a page that prints: the same blocks, the same wording, in the classes of the visual language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import segno
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from qingqu.common.papers import layout
from qingqu.common.papers.content import (
    Block,
    Closing,
    Heading,
    Meta,
    PageBreak,
    Paper,
    Paragraph,
    Sign,
    Signatures,
    Table,
    chinese_date,
    foot_lines,
)
from qingqu.common.papers.word import meta_rows


def render_html(
    paper: Paper, request: HttpRequest | None = None, *, back_url: str = "", formats: Mapping[str, str] | None = None
) -> str:
    """The print view: tools above, then the paper as A4. `formats` are the addresses of its other forms."""
    context = {
        "paper": paper,
        "title_lines": paper.title.split("\n"),
        "blocks": [_view(paper, block) for block in paper.blocks],
        "foot_lines": foot_lines(paper),
        "qr": _qr(paper.check_url),
        "back_url": back_url,
        "formats": formats or {},
    }
    return render_to_string("papers/print.html", context, request)


def _view(paper: Paper, block: Block) -> dict[str, Any]:
    """A block as its piece of the template reads it."""
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level + 1, "text": block.text}
        case Paragraph():
            return {"kind": "paragraph", "text": block.text, "indent": block.indent, "align": block.align}
        case Meta():
            return _meta(block)
        case Table():
            return _table(paper, block)
        case Signatures():
            return _signatures(block)
        case Closing():
            return {"kind": "closing", "issuer": block.issuer, "day": chinese_date(block.day)}
        case PageBreak():
            return {"kind": "break"}


def _meta(block: Meta) -> dict[str, Any]:
    rows = []
    for pairs in meta_rows(block):
        missing = block.columns - len(pairs)
        rows.append(
            [(label, value, 1 + 2 * missing if n == len(pairs) - 1 else 1) for n, (label, value) in enumerate(pairs)]
        )
    return {"kind": "meta", "rows": rows}


def _table(paper: Paper, block: Table) -> dict[str, Any]:
    width = (261 if paper.compact else 247) if paper.landscape else 172 if paper.compact else 156
    widths = layout.column_widths(block, width, layout.text_size(block, width, paper.compact))
    return {
        "kind": "table",
        "widths": [f"{100 * each / sum(widths):.1f}%" for each in widths],
        "heads": [column.title for column in block.columns],
        "rows": [list(zip(row, (column.align for column in block.columns), strict=True)) for row in block.rows],
        "empty": block.empty,
        "note": block.note,
    }


def _signatures(block: Signatures) -> dict[str, Any]:
    per_row = max(1, min(block.per_row, len(block.signs)))
    rows: list[Sequence[Sign]] = [block.signs[n : n + per_row] for n in range(0, len(block.signs), per_row)]
    return {
        "kind": "signatures",
        "width": f"{100 / per_row:.1f}%",
        "rows": [
            [
                {
                    "sign": sign,
                    "day": chinese_date(sign.day),
                    "blank": range(max(0, sign.lines - (1 if sign.text else 0))),
                    "span": 1 + per_row - len(row) if n == len(row) - 1 else 1,
                }
                for n, sign in enumerate(row)
            ]
            for row in rows
        ],
    }


def _qr(address: str) -> str:
    """The code that leads to the address where this paper is checked."""
    if not address:
        return ""
    drawing = segno.make(address, error="m").svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None)
    return mark_safe(drawing.replace("<svg ", f'<svg role="img" aria-label="{_quoted(address)}" ', 1))


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
