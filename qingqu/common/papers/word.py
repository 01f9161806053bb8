"""A `Paper` as Word, laid out by GB/T 9704-2012: A4, fonts by name, 28-point lines, — 1 — at the outer corner."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
import segno
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.shared import Mm, Pt

from qingqu.common.clock import today
from qingqu.common.papers import layout, ooxml, tablerows, wordstyles
from qingqu.common.papers.content import (
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
    printable,
)

TWIPS_A_MM = 1440 / 25.4
ALIGN = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
HEADINGS = {1: (ooxml.HEAD_FONT, "Heading 1"), 2: (ooxml.KAI_FONT, "Heading 2"), 3: (ooxml.BODY_FONT, "Heading 3")}


def render_docx(paper: Paper) -> bytes:
    """The whole paper as a .docx. Author and machine are not in it; its dates are those of the product's day."""
    writer = _Writer(paper)
    for block in paper.blocks:
        writer.write(block)
    saved, out = io.BytesIO(), io.BytesIO()
    writer.document.save(saved)
    with ZipFile(saved) as parts, ZipFile(out, "w", ZIP_DEFLATED) as undated:
        for part in parts.infolist():
            # `ZipInfo` of its own: without the second in which the part was packed, the same paper has the same digest.
            undated.writestr(ZipInfo(part.filename), parts.read(part), ZIP_DEFLATED)
    return out.getvalue()


class _Writer:
    """Writes one block after another into one document."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.document = docx.Document()
        wordstyles.prepare(self.document)
        self.size, self.line = (12.0, 20.0) if paper.compact else (16.0, 28.0)
        self._page()
        self._properties()
        self._foot()
        self._title()

    def write(self, block: Any) -> None:
        write: dict[type, Callable[[Any], None]] = {
            Meta: self._meta,
            Heading: self._heading,
            Paragraph: self._paragraph,
            Table: self._table,
            Signatures: self._signatures,
            Closing: self._closing,
            PageBreak: self._page_break,
        }
        write[type(block)](block)

    # the page

    def _page(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        top, right, bottom, left = (16, 18, 20, 20) if self.paper.compact else (37, 26, 35, 28)
        if self.paper.landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = Mm(297), Mm(210)
            top, right, bottom, left = (18, 18, 20, 18) if self.paper.compact else (26, 25, 26, 25)
        section.top_margin, section.right_margin = Mm(top), Mm(right)
        section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
        section.header_distance, section.footer_distance = Mm(12), Mm(10 if bottom < 30 else 15)
        self.width = round(section.page_width.mm - left - right)

    def _properties(self) -> None:
        core = self.document.core_properties
        moment = datetime.combine(today(), time(), UTC)
        core.title = self.paper.title.replace("\n", "")
        core.author = core.last_modified_by = core.comments = core.keywords = core.subject = ""
        core.created = core.modified = moment
        core.revision = 1
        core.language = "zh-CN"

    def _foot(self) -> None:
        """Number, digest and log at the foot of each page, — 1 — right on odd pages and left on even ones."""
        self.document.settings.odd_and_even_pages_header_footer = True
        section = self.document.sections[0]
        for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
            footer.is_linked_to_previous = False
            number = footer.paragraphs[0]
            if foot_lines(self.paper) or self.paper.check_url:
                self._foot_table(footer, number)
            number.alignment = ALIGN[align]
            ooxml.set_indent(number, left=100 if align == "left" else 0, right=100 if align == "right" else 0)
            self._run(number, "— ", ooxml.SONG_FONT, 14, latin=ooxml.SONG_FONT)
            ooxml.add_field(number, "PAGE", 14, ooxml.SONG_FONT)
            self._run(number, " —", ooxml.SONG_FONT, 14, latin=ooxml.SONG_FONT)

    def _foot_table(self, footer: Any, number: Any) -> None:
        widths = [self.width - 18, 18] if self.paper.check_url else [self.width]
        table = footer.add_table(1, len(widths), Mm(self.width))
        number._p.addprevious(table._tbl)
        ooxml.set_table_look(table, [round(w * TWIPS_A_MM) for w in widths], bordered=False, margin=0)
        for cell in table.rows[0].cells:
            ooxml.set_cell_edges(cell, top="single")
        left = table.cell(0, 0).paragraphs[0]
        left.paragraph_format.line_spacing = Pt(14)
        for n, text in enumerate(foot_lines(self.paper)):
            if n:
                left.add_run().add_break()
            self._run(left, text, ooxml.SONG_FONT, 9)
        if self.paper.check_url:
            right = table.cell(0, 1).paragraphs[0]
            right.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            right.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            picture = io.BytesIO()
            segno.make(self.paper.check_url, error="m").save(picture, kind="png", scale=8, border=0)
            picture.seek(0)
            right.add_run().add_picture(picture, width=Mm(14))

    def _title(self) -> None:
        title = self.document.add_paragraph(style="Title")
        self._lines(title, self.paper.title, ooxml.TITLE_FONT, 22)
        if self.paper.subtitle:
            subtitle = self.document.add_paragraph(style="Subtitle")
            self._lines(subtitle, self.paper.subtitle, ooxml.KAI_FONT, self.size)
        last = self.document.paragraphs[-1].paragraph_format
        last.space_after, last.keep_with_next = Pt(8 if self.paper.compact else 14), True

    # blocks

    def _heading(self, block: Heading) -> None:
        font, style = HEADINGS[block.level]
        self._lines(self._line(style), block.text, font, self.size)

    def _paragraph(self, block: Paragraph) -> None:
        paragraph = self._line("Body Text")
        paragraph.alignment = ALIGN[block.align] if block.align != "left" else WD_ALIGN_PARAGRAPH.JUSTIFY
        if not block.indent:
            ooxml.no_indent(paragraph)
        self._lines(paragraph, block.text, ooxml.BODY_FONT, self.size)

    def _line(self, style: str) -> Any:
        paragraph = self.document.add_paragraph(style=style)
        paragraph.paragraph_format.line_spacing = Pt(self.line)
        return paragraph

    def _meta(self, block: Meta) -> None:
        grid, size = meta_rows(block), 10.5 if self.paper.compact else 12.0
        label = min(30.0, max(20.0, 4.6 * max(len(text) for text, _value in block.pairs) + 4))
        value = self.width / block.columns - label
        table = self._grid(len(grid), [label, value] * block.columns, bordered=block.bordered)
        for row, pairs in zip(table.rows, grid, strict=True):
            ooxml.set_row(row, least=380 if self.paper.compact else 480)
            cells = row.cells
            for n, (text, content) in enumerate(pairs):
                self._cell(cells[2 * n], text, "center", ooxml.HEAD_FONT, size)
                target = cells[2 * n + 1]
                if n == len(pairs) - 1 and len(pairs) < block.columns:
                    target = target.merge(cells[-1])
                self._cell(target, content, "left", ooxml.BODY_FONT, size)
        self._gap()

    def _table(self, block: Table) -> None:
        self._gap()
        size = layout.text_size(block, self.width, self.paper.compact)
        widths = layout.column_widths(block, self.width, size)
        least = 320 if self.paper.compact else 440
        table = self._grid(1, widths)
        head = table.rows[0]
        ooxml.set_row(head, head=True, least=520)
        for cell, column, width in zip(head.cells, block.columns, widths, strict=True):
            title = layout.balanced(column.title, width, size)
            self._cell(cell, title, "center", ooxml.HEAD_FONT, size, keep=True)
        if block.rows:
            texts = (
                [layout.balanced(text, w, size) for text, w in zip(row, widths, strict=True)] for row in block.rows
            )
            aligns = [column.align for column in block.columns]
            tablerows.append_rows(
                table, texts, self._twips(widths), aligns, size, line=self._leading(size), least=least
            )
        else:
            row = table.add_row()
            ooxml.set_row(row, least=least)
            self._cell(row.cells[0].merge(row.cells[-1]), block.empty, "center", ooxml.BODY_FONT, size)
        self._gap()
        if block.note:
            self._note(block.note)

    def _signatures(self, block: Signatures) -> None:
        """Boxes to sign. All paragraphs keep with the next one, so that no page break falls inside the block."""
        per_row = max(1, min(block.per_row, len(block.signs)))
        rows = [block.signs[n : n + per_row] for n in range(0, len(block.signs), per_row)]
        table = self._grid(len(rows), [self.width / per_row] * per_row)
        for number, (row, line) in enumerate(zip(table.rows, rows, strict=True)):
            ooxml.set_row(row)
            cells = row.cells
            for n, sign in enumerate(line):
                cell = cells[n].merge(cells[-1]) if n == len(line) - 1 and len(line) < per_row else cells[n]
                self._sign(cell, sign, keep=number < len(rows) - 1)
        self._gap()

    def _sign(self, cell: Any, sign: Sign, keep: bool) -> None:
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP
        self._cell_line(cell.paragraphs[0], sign.label, "left", ooxml.HEAD_FONT, keep)
        for text in [*filter(None, [sign.text]), *[""] * max(0, sign.lines - (1 if sign.text else 0))]:
            self._cell_line(cell.add_paragraph(), text, "left", ooxml.BODY_FONT, keep)
        who = cell.add_paragraph()
        self._cell_line(who, "（盖章）" if sign.seal else f"签字：{sign.name}", "right", ooxml.BODY_FONT, keep)
        who.paragraph_format.right_indent = Pt(36 if sign.seal else 0 if sign.name else 66)
        self._cell_line(cell.add_paragraph(), chinese_date(sign.day), "right", ooxml.BODY_FONT, keep)

    def _closing(self, block: Closing) -> None:
        """The issuer centred over the day, the day four characters from the right edge."""
        if self.document.paragraphs:
            self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        day = chinese_date(block.day)
        difference = (layout.ems(day) - layout.ems(block.issuer)) / 2
        right = max(4.0, -difference)
        for number, (text, indent) in enumerate(((block.issuer, right + difference), (day, right))):
            paragraph = self._line("Body Text")
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.keep_with_next = number == 0
            paragraph.paragraph_format.space_before = Pt(0 if number else self.line)
            paragraph.paragraph_format.right_indent = Pt(indent * self.size)
            ooxml.set_indent(paragraph, right=round(indent * 100))
            self._run(paragraph, text, ooxml.BODY_FONT, self.size)

    def _page_break(self, block: PageBreak) -> None:
        self.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    # strokes

    def _grid(self, rows: int, widths: Sequence[float], *, bordered: bool = True) -> Any:
        """A table as wide as the text, its columns in the proportion of `widths`."""
        twips = self._twips(widths)
        table = self.document.add_table(rows, len(widths))
        table.autofit = False
        ooxml.set_table_look(table, twips, bordered=bordered)
        for row in table.rows:
            for cell, width in zip(row.cells, twips, strict=True):
                cell.width = width * 635
        return table

    def _leading(self, size: float) -> float:
        """Points from line to line inside tables."""
        return size * (1.3 if self.paper.compact else 1.5)

    def _twips(self, widths: Sequence[float]) -> list[int]:
        scale = self.width * TWIPS_A_MM / sum(widths)
        return [round(width * scale) for width in widths]

    def _cell(self, cell: Any, text: str, align: str, font: str, size: float, keep: bool = False) -> None:
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        for extra in cell.paragraphs[1:]:
            extra._p.getparent().remove(extra._p)
        paragraph = cell.paragraphs[0]
        for run in list(paragraph.runs):
            run._r.getparent().remove(run._r)
        paragraph.alignment = ALIGN[align]
        paragraph.paragraph_format.line_spacing = Pt(self._leading(size))
        paragraph.paragraph_format.keep_with_next = keep or None
        self._lines(paragraph, text, font, size)

    def _cell_line(self, paragraph: Any, text: str, align: str, font: str, keep: bool) -> None:
        paragraph.alignment = ALIGN[align]
        paragraph.paragraph_format.line_spacing = Pt(15 if self.paper.compact else 20)
        paragraph.paragraph_format.keep_with_next = keep or None
        self._lines(paragraph, text, font, 10.5 if self.paper.compact else 12)

    def _lines(self, paragraph: Any, text: str, font: str, size: float) -> None:
        run = self._run(paragraph, "", font, size)
        for number, line in enumerate(printable(text).split("\n")):
            if number:
                run.add_break()
            run.add_text(line)

    def _run(self, paragraph: Any, text: str, font: str, size: float, latin: str = ooxml.LATIN_FONT) -> Any:
        run = paragraph.add_run(printable(text))
        ooxml.dress_run(run, font, size, latin)
        return run

    def _note(self, text: str) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.line_spacing = Pt(16)
        self._lines(paragraph, text, ooxml.BODY_FONT, 10.5)

    def _gap(self) -> None:
        """A thin line after a table, so that two tables stay two."""
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.line_spacing = Pt(8)
        self._run(paragraph, "", ooxml.BODY_FONT, 4)


def meta_rows(block: Meta) -> list[list[tuple[str, str]]]:
    """The pairs of a form's head in rows: `columns` abreast, wide ones alone."""
    rows: list[list[tuple[str, str]]] = []
    open_row = False
    for pair in block.pairs:
        if pair[0] in block.wide:
            rows.append([pair])
            open_row = False
        elif open_row and len(rows[-1]) < block.columns:
            rows[-1].append(pair)
        else:
            rows.append([pair])
            open_row = block.columns > 1
    return rows
