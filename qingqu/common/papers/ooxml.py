"""WordprocessingML that python-docx has no API for."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

TITLE_FONT = "方正小标宋简体"
HEAD_FONT = "黑体"
KAI_FONT = "楷体_GB2312"
BODY_FONT = "仿宋_GB2312"
SONG_FONT = "宋体"
LATIN_FONT = "Times New Roman"


def element(tag: str, **attributes: str | int) -> Any:
    """An element such as `element("w:tblHeader")`; attribute names are without their prefix w:."""
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def set_once(parent: Any, child: Any, *, first: bool = False) -> None:
    """Put `child` into `parent` in the place of one of the same name, or last (or first)."""
    for old in parent.findall(child.tag):
        parent.remove(old)
    if first:
        parent.insert(0, child)
    else:
        parent.append(child)


def set_fonts(properties: Any, east_asian: str, latin: str = LATIN_FONT) -> None:
    """Name the fonts of run properties, also for Chinese (w:eastAsia), without a theme that would override them."""
    fonts = element("w:rFonts", ascii=latin, hAnsi=latin, cs=latin, eastAsia=east_asian, hint="eastAsia")
    set_once(properties, fonts, first=True)


def set_indent(paragraph: Any, *, first: int = 0, left: int = 0, right: int = 0) -> None:
    """Indents in hundredths of a character, as Chinese typesetting counts them."""
    wanted = {"firstLineChars": first, "leftChars": left, "rightChars": right}
    properties = paragraph._p.get_or_add_pPr()
    indent = properties.get_or_add_ind()
    for name, value in wanted.items():
        if value:
            indent.set(qn(f"w:{name}"), str(value))


def no_indent(paragraph: Any) -> None:
    """Take back the first-line indent that the paragraph's style gives."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLine"), "0")
    indent.set(qn("w:firstLineChars"), "0")


def set_cell_edges(cell: Any, **edges: str) -> None:
    """Borders of one cell: `top="nil"`, `bottom="single"` …"""
    borders = element("w:tcBorders")
    for side in ("top", "left", "bottom", "right"):
        if side in edges:
            borders.append(element(f"w:{side}", val=edges[side], sz=4, space=0, color="auto"))
    properties = cell._tc.get_or_add_tcPr()
    set_once(properties, borders)
    _order(properties, CELL_ORDER)


def set_table_look(table: Any, widths: list[int], *, bordered: bool = True, margin: int = 85) -> None:
    """Fixed layout of these column widths (in twentieths of a point), thin lines, room inside the cells."""
    properties = table._tbl.tblPr
    for tag in ("w:tblW", "w:tblLayout", "w:tblBorders", "w:tblCellMar", "w:tblInd", "w:jc"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    properties.append(element("w:tblW", w=sum(widths), type="dxa"))
    properties.append(element("w:jc", val="center"))
    if bordered:
        borders = element("w:tblBorders")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
            outer = side in ("top", "left", "bottom", "right")
            borders.append(element(f"w:{side}", val="single", sz=8 if outer else 4, space=0, color="000000"))
        properties.append(borders)
    properties.append(element("w:tblLayout", type="fixed"))
    margins = element("w:tblCellMar")
    for side, width in (("top", 28), ("left", margin), ("bottom", 28), ("right", margin)):
        margins.append(element(f"w:{side}", w=width, type="dxa"))
    properties.append(margins)
    _order(properties, TABLE_ORDER)
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(width))


def set_row(row: Any, *, head: bool = False, least: int = 0) -> None:
    """A row that does not split over pages; `head` repeats it; `least` is its height in twentieths of a point."""
    properties = row._tr.get_or_add_trPr()
    properties.append(element("w:cantSplit"))
    if least:
        properties.append(element("w:trHeight", val=least, hRule="atLeast"))
    if head:
        properties.append(element("w:tblHeader"))


def add_field(paragraph: Any, code: str, size: float, font: str) -> None:
    """A field that the reader's Word fills in, such as PAGE."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run()
        dress_run(run, font, size, latin=font)
        if kind == "text":
            run.text = text
        elif kind:
            run._r.append(element("w:fldChar", fldCharType=kind))
        else:
            instruction = element("w:instrText")
            instruction.text = f" {text} "
            run._r.append(instruction)


def dress_run(run: Any, font: str, size: float, latin: str = LATIN_FONT) -> None:
    """Font and size (in points) of one run, for Chinese and Latin signs."""
    from docx.shared import Pt

    run.font.size = Pt(size)
    run.font.name = latin
    set_fonts(run._r.get_or_add_rPr(), font, latin)


TABLE_ORDER = ["tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW"]
TABLE_ORDER += ["jc", "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook"]
CELL_ORDER = ["cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "textDirection"]
CELL_ORDER += ["tcFitText", "vAlign", "hideMark"]


def _order(properties: Any, order: list[str]) -> None:
    """Word refuses properties in another order than the schema's."""
    properties[:] = sorted(properties, key=lambda child: order.index(child.tag.split("}")[1]))
