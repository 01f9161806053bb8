"""Tables as files: opened again, read again, nothing lost and nothing run."""

import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qingqu.common.papers.sheets import SheetColumn, write_csv, write_xlsx
from qingqu.common.papers.template import write_template
from qingqu.common.tabular import Column, find_header, open_workbook, read_rows
from qingqu.common.tabular.clean import Choice
from tests.common.harmful import RUNS

COLUMNS = [SheetColumn("姓名", 12), SheetColumn("数", 8, "right"), SheetColumn("日期", 12, "center")]
ROWS = [["王雨桐", 3, date(2026, 4, 30)], ["00123", 2.5, None]]


def test_a_workbook_is_ready_to_print():
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(COLUMNS, iter(ROWS), title="名册", subtitle="2026 年"))).active
    assert [cell.value for cell in sheet[3]] == ["姓名", "数", "日期"]
    assert sheet["C4"].value.date() == date(2026, 4, 30)
    assert sheet["A5"].value == "00123"
    assert sheet.freeze_panes == "A4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.auto_filter.ref == "A3:C5"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToHeight == 0
    assert "&P" in sheet.oddFooter.center.text
    assert sheet.column_dimensions["A"].width == pytest.approx(12, abs=1)


def test_rows_are_as_high_as_their_words_need_and_amounts_have_their_cents():
    columns = [SheetColumn("名称", 12), SheetColumn("金额", 14, is_money=True)]
    rows = [
        ["粉笔", 1200.5],
        ["白板笔（黑、红、蓝三色）", 3],
        ["一\n二\n三", None],
        ["A" * 23, "三百"],
        ["长" * 9999, 1],
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(columns, rows))).active
    assert [sheet.row_dimensions[row].height for row in range(2, 7)] == [None, 30, 45, 30, 405]
    assert [cell.number_format for cell in sheet["B"][1:]] == ["#,##0.00", "#,##0.00", "General", "General", "#,##0.00"]


@pytest.mark.parametrize("text", RUNS)
def test_no_cell_runs(text):
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx([SheetColumn("列")], [[text]]))).active
    assert sheet["A2"].data_type == "s"
    line = b"".join(write_csv(["列"], [[text]])).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.lstrip('"').startswith("'")


@settings(max_examples=25, deadline=None)
@example(texts=["\t\n\t\n\t"])
@example(texts=["\t\n", "\t\n", "\t"])
@example(texts=["'\t", "''\t", "'\r"])
@given(
    texts=st.lists(
        st.one_of(st.sampled_from(RUNS), st.text("王=+-@＝'\"，,\n\t一 ", min_size=1)), min_size=1, max_size=5
    )
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_comes_back_the_same(encoding, texts):
    rows = [["王", text] for text in texts]
    read = open_workbook(b"".join(write_csv(["名", "列"], rows, encoding)), "a.csv")[0].rows
    assert [row[1] for row in read[1:]] == texts


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from([r for r in RUNS if "\r" not in r]), st.text("王=+-@＝'\"，,一", min_size=1)),
        min_size=1,
    )
)
def test_xlsx_comes_back_the_same(texts):
    rows = [["王", text] for text in texts]
    read = open_workbook(write_xlsx([SheetColumn("名"), SheetColumn("列")], rows), "a.xlsx")[0].rows
    assert [row[1] for row in read[1:]] == texts


def test_values_of_a_csv():
    moment = datetime(2026, 4, 30, 8, 5, tzinfo=UTC)
    lines = b"".join(write_csv(["甲"], [[None], [True], [-5], [date(2026, 4, 30)], [moment]])).decode("utf-8-sig")
    assert lines.split("\r\n")[1:-1] == ['""', "是", "-5", "2026-04-30", "2026-04-30 08:05"]


TEMPLATE = [
    Column("unit", "部门", required=True, kind="label", example="总务处"),
    Column("name", "姓名", required=True, kind="name", example="张三", help="与身份证一致"),
    Column(
        "tier",
        "岗位类别",
        kind="choice",
        choices=[Choice("leader", "领导岗位"), Choice("staff", "教职工岗位")],
        example="教职工岗位",
    ),
    Column("since", "任职日期", kind="date", example="2024-09-01"),
    Column("phone", "手机", kind="phone"),
]


def template(**options):
    return write_template(
        TEMPLATE, sheet_name="教职工名册", guide=["带 * 的必填。"], lists={"unit": ["总务处", "教务处"]}, **options
    )


def test_a_template_explains_itself():
    book = openpyxl.load_workbook(io.BytesIO(template()))
    assert book.sheetnames == ["教职工名册", "选项", "填写说明"]
    assert book["选项"].sheet_state == "hidden"
    sheet = book["教职工名册"]
    assert [cell.value for cell in sheet[1]] == ["序号", "部门*", "姓名*", "岗位类别", "任职日期", "手机"]
    assert sheet["A2"].value == "示例"
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert rules["D2:D3001"].formula1 == "选项!$D$1:$D$2"
    assert rules["B2:B3001"].formula1 == "选项!$B$1:$B$2"
    guide = [cell.value for row in book["填写说明"].iter_rows() for cell in row if cell.value]
    assert "与身份证一致" in guide


def test_the_template_can_be_filled_and_read():
    sheet = open_workbook(template(), "a.xlsx")[0]
    header = find_header(sheet, TEMPLATE)
    assert header
    assert list(header.mapping.values()) == ["unit", "name", "tier", "since", "phone"]
    assert read_rows(sheet, header, header.mapping, TEMPLATE) == []


def test_an_export_in_the_shape_of_the_template_comes_back_the_same():
    values = {
        "unit": "总务处",
        "name": "王雨桐",
        "tier": "教职工岗位",
        "since": date(2024, 9, 1),
        "phone": "13800000000",
    }
    sheet = open_workbook(template(rows=[values]), "a.xlsx")[0]
    header = find_header(sheet, TEMPLATE)
    assert header
    row = read_rows(sheet, header, header.mapping, TEMPLATE)[0]
    assert row.values == {**values, "tier": "staff"}
    assert not row.mended
