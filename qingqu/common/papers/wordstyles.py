"""The styles of our Word papers, made out of python-docx's template: its look goes, its names stay (WPS knows them)."""

from __future__ import annotations

from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from qingqu.common.papers import ooxml

KEPT = {"Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Body Text", "Header", "Footer"}
KEPT |= {"Normal Table", "Default Paragraph Font", "No List"}
STYLES = {
    "Normal": (ooxml.BODY_FONT, 16.0, 0, 28.0),
    "Title": (ooxml.TITLE_FONT, 22.0, 0, 34.0),
    "Subtitle": (ooxml.KAI_FONT, 16.0, 0, 28.0),
    "Heading 1": (ooxml.HEAD_FONT, 16.0, 200, 28.0),
    "Heading 2": (ooxml.KAI_FONT, 16.0, 200, 28.0),
    "Heading 3": (ooxml.BODY_FONT, 16.0, 200, 28.0),
    "Body Text": (ooxml.BODY_FONT, 16.0, 200, 28.0),
    "Header": (ooxml.SONG_FONT, 9.0, 0, 12.0),
    "Footer": (ooxml.SONG_FONT, 14.0, 0, 18.0),
}


def prepare(document: Any) -> None:
    """Give `document` the official fonts in its defaults and in every style; take out what papers never use."""
    _defaults(document)
    for style in list(document.styles):
        if style.name not in KEPT:
            style.delete()
    for name, look in STYLES.items():
        _style(document.styles[name], *look)
    for name in ("Title", "Subtitle"):
        document.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name in ("Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3"):
        document.styles[name].paragraph_format.keep_with_next = True


def _defaults(document: Any) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    properties = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    ooxml.set_fonts(properties, ooxml.BODY_FONT)
    ooxml.set_once(properties, ooxml.element("w:lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))


def _style(style: Any, font: str, size: float, indent: int, line: float) -> None:
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    style.font.size = Pt(size)
    style.font.bold = style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    ooxml.set_fonts(properties, font)
    if style.type != WD_STYLE_TYPE.PARAGRAPH:
        return
    paragraph = style.element.get_or_add_pPr()
    for tag in ("w:pBdr", "w:ind", "w:contextualSpacing", "w:numPr", "w:tabs"):
        for old in paragraph.findall(qn(tag)):
            paragraph.remove(old)
    look = style.paragraph_format
    look.space_before = look.space_after = Pt(0)
    look.line_spacing_rule, look.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    if indent:
        look.first_line_indent = Pt(size * indent / 100)
        paragraph.find(qn("w:ind")).set(qn("w:firstLineChars"), str(indent))
