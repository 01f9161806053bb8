"""Papers are opened again and measured: margins, fonts, repeated heads, boxes to sign."""

import io
import time
import zipfile
from datetime import date

import docx
import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from qingqu.common.papers import layout
from qingqu.common.papers.content import (
    Closing,
    Col,
    Heading,
    Meta,
    PageBreak,
    Paper,
    Paragraph,
    Sign,
    Signatures,
    Table,
    chinese_date,
    short_digest,
)
from qingqu.common.papers.printview import render_html
from qingqu.common.papers.responses import disposition, paper_response
from qingqu.common.papers.sheets import render_xlsx
from qingqu.common.papers.word import meta_rows, render_docx

TABLE = Table(
    [Col("序号", 12, "center"), Col("等级", 14, "center"), Col("风险点", 80)],
    [["1", "一级", "化整为零规避招标"], ["2", "二级", "=1+1"]],
    note="说明：等级由规则评定。",
)
PAPER = Paper(
    "云川市第五中学\n个人廉政风险登记表",
    [
        Meta([("姓名", "王雨桐"), ("部门", "总务处"), ("职责", "采购"), ("岗位", "采购员")], wide=["职责"]),
        Paragraph("全体教职工：", indent=False),
        Paragraph("现予公示。"),
        Heading(1, "一、总体要求"),
        Heading(2, "（一）工作目标"),
        Heading(3, "1. 宣传动员"),
        TABLE,
        Signatures(
            [Sign("本人承诺", name="王雨桐", day=date(2026, 4, 20)), Sign("审核意见"), Sign("备案", seal=True)],
            per_row=2,
        ),
        PageBreak(),
        Closing("党委办公室", date(2026, 4, 24)),
    ],
    number="YC5Z-GRDJ-2026-0031",
    digest="sm3:0123456789abcdef99",
    footer_note="定稿留痕第 12 条",
    check_url="https://school.example/v/1",
)


def opened(paper: Paper = PAPER):
    return docx.Document(io.BytesIO(render_docx(paper)))


def xml_of(paper: Paper, part: str) -> str:
    return zipfile.ZipFile(io.BytesIO(render_docx(paper))).read(part).decode()


def fonts(paragraph) -> tuple[str, float]:
    run = next(run for run in paragraph.runs if run.text)
    return run._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")), run.font.size.pt


def paragraph(document, text: str):
    return next(p for p in document.paragraphs if text in p.text)


def test_page_by_the_standard():
    section = opened().sections[0]
    sizes = (section.page_width, section.page_height, section.top_margin, section.right_margin, section.bottom_margin)
    assert [round(size.mm) for size in (*sizes, section.left_margin)] == [210, 297, 37, 26, 35, 28]


def test_landscape():
    section = opened(Paper("台账", [TABLE], landscape=True)).sections[0]
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert section.page_width > section.page_height


@pytest.mark.parametrize(
    ("text", "font", "size"),
    [
        ("个人廉政风险登记表", "方正小标宋简体", 22),
        ("现予公示", "仿宋_GB2312", 16),
        ("一、", "黑体", 16),
        ("（一）", "楷体_GB2312", 16),
        ("1. ", "仿宋_GB2312", 16),
    ],
)
def test_fonts_by_the_standard(text, font, size):
    assert fonts(paragraph(opened(), text)) == (font, size)


def test_every_font_is_named_for_chinese_too():
    for part in ("word/styles.xml", "word/document.xml"):
        xml = xml_of(PAPER, part)
        assert xml.count("<w:rFonts") == xml.count("w:eastAsia=") - xml.count("w:lang ") * ("styles" in part)
        assert "asciiTheme" not in xml
    document = opened()
    for style in document.styles:
        found = style.element.find(qn("w:rPr"))
        if found is not None and (named := found.find(qn("w:rFonts"))) is not None:
            assert named.get(qn("w:eastAsia"))
    assert "eastAsia" in xml_of(PAPER, "word/styles.xml").split("docDefaults")[1]


def test_lines_indents_and_title():
    document = opened()
    body = paragraph(document, "现予公示")
    assert body.paragraph_format.line_spacing.pt == 28
    assert document.styles["Body Text"].element.pPr.ind.get(qn("w:firstLineChars")) == "200"
    assert paragraph(document, "全体教职工")._p.pPr.ind.get(qn("w:firstLineChars")) == "0"
    title = paragraph(document, "登记表")
    assert title.style.font.bold is False
    assert title.text == PAPER.title


def test_tables_repeat_their_head_and_do_not_split():
    document = opened()
    table = next(t for t in document.tables if t.cell(0, 0).text == "序号")
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for each in document.tables for row in each.rows)
    assert fonts(table.cell(0, 0).paragraphs[0])[0] == "黑体"
    assert fonts(table.cell(1, 2).paragraphs[0])[0] == "仿宋_GB2312"
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
    assert abs(sum(widths) - 156 * 1440 / 25.4) < 5


def test_boxes_to_sign_stay_together():
    table = opened().tables[-1]
    assert "签字：王雨桐" in table.cell(0, 0).text
    assert "2026 年 4 月 20 日" in table.cell(0, 0).text
    assert "（盖章）" in table.cell(1, 0).text
    assert all(p.paragraph_format.keep_with_next for cell in table.rows[0].cells for p in cell.paragraphs)


def test_page_numbers_at_the_outer_corners():
    section = opened().sections[0]
    odd, even = section.footer, section.even_page_footer
    assert [odd.paragraphs[-1].alignment, even.paragraphs[-1].alignment] == [2, 0]
    assert "PAGE" in odd.paragraphs[-1]._p.xml
    assert odd.paragraphs[-1].text.startswith("— ")
    text = odd.tables[0].cell(0, 0).text
    assert "YC5Z-GRDJ-2026-0031" in text
    assert "0123 4567 89ab cdef" in text
    assert "定稿留痕第 12 条" in text


def test_the_closing_is_kept_together_at_the_right():
    document = opened()
    issuer, day = paragraph(document, "党委办公室"), paragraph(document, "2026 年 4 月 24 日")
    assert issuer.paragraph_format.keep_with_next
    assert day._p.pPr.ind.get(qn("w:rightChars")) == "400"


def test_nobody_is_named_in_the_file(settings):
    settings.QINGQU_TODAY = date(2026, 4, 20)
    core = opened().core_properties
    assert (core.author, core.last_modified_by, core.comments) == ("", "", "")
    assert core.title == "云川市第五中学个人廉政风险登记表"


def test_the_same_paper_has_the_same_bytes_at_any_second(settings, monkeypatch):
    settings.QINGQU_TODAY = date(2026, 4, 20)
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    first = render_docx(PAPER)
    monkeypatch.setattr(time, "time", lambda: 1_700_000_100.0)
    assert render_docx(PAPER) == first


def test_hostile_text_is_harmless():
    nasty = "<b>&\x00\x07\ud800 ]]>"
    paper = Paper("题", [Paragraph(nasty), Table([Col("列", 10)], [[nasty]])])
    assert "<b>& ]]>" in paragraph(opened(paper), "<b>").text
    assert "<b>&" not in render_html(paper)
    assert render_xlsx(paper)


def test_an_empty_table_says_so():
    table = opened(Paper("题", [Table([Col("甲", 10), Col("乙", 10)], [])])).tables[0]
    assert table.cell(1, 0).text == "（无）"
    assert 'colspan="2">（无）' in render_html(Paper("题", [Table([Col("甲", 10), Col("乙", 10)], [])]))


def test_the_print_view_says_the_same():
    html = render_html(PAPER, formats={"docx": "?fmt=docx"})
    for text in (
        "王雨桐",
        "化整为零规避招标",
        "一、总体要求",
        "YC5Z-GRDJ-2026-0031",
        "党委办公室",
        "（盖章）",
        "?fmt=docx",
    ):
        assert text in html
    assert "style=" not in html
    assert "https://school.example/v/1" in html


def test_the_workbook_says_the_same():
    sheet = openpyxl.load_workbook(io.BytesIO(render_xlsx(PAPER))).active
    texts = {str(cell.value): cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert {"序号", "一级", "化整为零规避招标", "王雨桐", "现予公示。"} <= texts.keys()
    assert texts["=1+1"].data_type == "s"
    assert sheet.page_setup.paperSize == 9


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_the_head_of_a_form_keeps_its_order(columns):
    meta = Meta([("甲", "1"), ("乙", "2"), ("丙", "3"), ("丁", "4")], columns=columns, wide=["丙"])
    rows = meta_rows(meta)
    assert [pair for row in rows for pair in row] == list(meta.pairs)
    assert [("丙", "3")] in rows
    assert all(len(row) <= columns for row in rows)


def test_columns_never_break_a_short_word():
    table = Table(
        [Col("序号", 1), Col("编号", 1), Col("责任人", 1), Col("措施", 90)],
        [["12", "FXD-2026-0001", "何建平", "很长的话" * 20]],
    )
    widths = layout.column_widths(table, 156, 10.5)
    assert sum(widths) == pytest.approx(156)
    assert widths[1] > layout.ems("FXD-2026-0001") * 10.5 * layout.MM_A_POINT
    assert widths[2] > 3 * 10.5 * layout.MM_A_POINT
    assert layout.balanced("岗位工作", 15, 10.5) == "岗位\n工作"
    assert layout.balanced("岗位工作", 30, 10.5) == "岗位工作"


@pytest.mark.parametrize("fmt", ["docx", "xlsx"])
def test_a_download(rf, fmt):
    response = paper_response(rf.get("/"), PAPER, fmt)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response.content.startswith(b"PK")


def test_the_page(rf):
    request = rf.get("/")
    request.user, request.session = AnonymousUser(), {}
    assert "王雨桐" in paper_response(request, PAPER, "print").content.decode()
    with pytest.raises(Http404):
        paper_response(rf.get("/"), PAPER, "exe")


@pytest.mark.parametrize("name", ['a"b\r\nX: 1', "../../etc/passwd", "表\u202egpj.exe", "", "..."])
def test_file_names_are_safe(name):
    header = disposition(name, "docx")
    assert "\r" not in header
    assert "/" not in header
    assert header.count('"') == 2
    assert header.endswith(".docx")


def test_small_words():
    assert chinese_date(date(2026, 4, 3)) == "2026 年 4 月 3 日"
    assert chinese_date(None).count("年") == 1
    assert short_digest("sm3:abcdef0123456789ff") == "abcd ef01 2345 6789"


def test_the_rows_of_a_paper_as_a_workbook_are_as_high_as_their_words_need() -> None:
    rows = [["1", "粉笔"], ["2", "白板笔（黑、红、蓝三色），另有粉笔若干"]]
    paper = Paper(title="领用表", blocks=[Table([Col("序号", 12), Col("物品", 42)], rows)])
    sheet = openpyxl.load_workbook(io.BytesIO(render_xlsx(paper))).active
    found = {sheet.cell(row, 1).value: sheet.row_dimensions[row].height for row in range(1, 6)}
    assert (found["1"], found["2"]) == (None, 30)
