"""Files as offices really keep them: what could be read wrongly without a word is asked, or done and said."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from openpyxl import Workbook

from qingqu.common.errors import NotPossible
from qingqu.datasets import actions, checking, importing, rejects, sifting, units
from qingqu.datasets.findings import Survey
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.notes import said_faults, said_notes
from tests.common.books import book
from tests.datasets.uploading import rows_of
from tests.people import Cast, client_of

HEADS = ["采购单号", "申请日期", "金额", "供应商", "申请人"]


def taken(table: Dataset, content: bytes, name: str = "表.xlsx") -> Batch:
    batch = importing.upload(table, ContentFile(content, name), by=None)
    return importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=None)


def looked_at(table: Dataset, *rows: list[Any], heads: list[str] = HEADS, above: list[Any] | None = None) -> Survey:
    return checking.survey(taken(table, book(("采购", [*([above] if above else []), heads, *rows]))))


def amounts(found: Survey) -> list[int]:
    return [one.values["amount"] for one in found.sample]


@pytest.mark.parametrize(
    ("head", "above", "cells", "fen"),
    [
        ("金额（万元）", None, [1.2, "0.35", "1.23456"], [1_200_000, 350_000, 1_234_560]),
        ("金额(万)", None, [1], [1_000_000]),
        ("金额（万元）", None, ["1200元", "1.5万"], [120_000, 1_500_000]),
        ("金额\n（千元）", None, [1.5], [150_000]),
        ("金额", "单位：万元", [1.5], [1_500_000]),
        ("金额（元）", "单位：万元", [1.5], [150]),
        ("金额", "单位：元", [1.5], [150]),
    ],
)
def test_amounts_are_taken_in_the_unit_in_which_they_are_written(
    purchases: Dataset, head: str, above: str | None, cells: list[Any], fen: list[int]
) -> None:
    rows = [[f"A{n}", "2026-03-01", cell] for n, cell in enumerate(cells)]
    found = looked_at(purchases, *rows, heads=["采购单号", "申请日期", head], above=[above] if above else None)
    assert amounts(found) == fen
    assert bool(found.notes) is (fen[0] != 150)


def test_headings_repeated_on_every_page_are_no_rows(purchases: Dataset) -> None:
    heads = [" 采购\n单号", "申请\n日期", "金额\n（元）"]
    found = looked_at(purchases, ["A1", "2026-03-01", 5], heads, ["A2", "2026-03-02", 6], heads=heads)
    assert (found.good, found.faulty) == (2, 0)
    assert said_notes(purchases, found.notes) == ["第 3 行又是表头，没有导入"]
    found = looked_at(purchases, ["采购单号", "2026-03-01", 5], heads=heads)
    assert found.good == 1, "only a row that is nothing but headings"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_commas_in_amounts_and_names_part_no_columns(purchases: Dataset, separator: str) -> None:
    rows = [HEADS, *([f"A{n}", "2026-03-01", "1,234,567.00", "甲,乙,丙商行", "王五"] for n in range(9))]
    batch = taken(purchases, "\n".join(map(separator.join, rows)).encode(), "表.csv")
    found = checking.survey(batch)
    assert (found.good, amounts(found)[0]) == (9, 123_456_700)


def test_of_two_columns_of_one_name_it_is_said_which_is_taken(purchases: Dataset, cast: Cast) -> None:
    batch = taken(purchases, book(("采购", [["采购单号", "金额", "供应商", "金额"], ["A1", 5, "通达", 9]])))
    assert said_notes(purchases, checking.survey(batch).notes) == ["文件中不止一列叫“金额”，金额取的是 B 列，请核对"]
    page = client_of(cast.wang).get(f"/datasets/batches/{batch.pk}/columns").content.decode()
    assert "金额 [B]（5）" in page
    assert "金额 [D]（9）" in page


def test_rows_that_have_nothing_but_their_printed_number_are_empty(purchases: Dataset) -> None:
    found = looked_at(
        purchases, [1, "A1", 5, None], [2, None, None, None], ["3", "", 0, None], [4, None, None, "急"],
        heads=["序号", "采购单号", "金额", "旁注"],
    )  # fmt: skip
    assert (found.good, found.faulty) == (1, 1)


OPEN = "这一行有一个双引号没有成对，分不清各格从哪里起止，请核对整行"


@pytest.mark.parametrize(
    ("lines", "faulty", "good"),
    [
        (['A1,"纸,5', "A2,笔,6", "A3"], [(2, "item")], ["A2", "A3"]),
        (['A1,"纸,5', "A2,笔", 'A3,"墨",7', "A4,砚,8"], [(2, "item")], ["A2", "A3", "A4"]),
        (['A1,"纸,5', 'A2,笔",6', "A3,墨,7"], [(2, "item"), (3, "item")], ["A3"]),
        (['A1,"纸,5', "A2", 'A3,"墨,7', 'A4,"砚"'], [(2, "item"), (4, "item")], ["A2", "A4"]),
        (['"A1","纸,"5"', '"A2","笔","6"'], [(2, "item")], ["A2"]),
        (["A1,纸,5", 'A2,笔,6,"急'], [(3, "po_no")], ["A1"]),
        (['A1,"纸,\n笔",5', 'A2,1/2"螺丝,6', 'A3,"甲"厂,7', 'A4,"说""好"""',
          'A5,"墨\n砚"'], [], ["A1", "A2", "A3", "A4", "A5"]),
    ],
)  # fmt: skip
def test_a_quotation_mark_that_is_never_closed_spoils_its_own_row(
    purchases: Dataset, lines: list[str], faulty: list[tuple[int, str]], good: list[str]
) -> None:
    batch = taken(purchases, "\n".join(["采购单号,名称,金额", *lines]).encode(), "表.csv")
    found = checking.survey(batch)
    assert [(fault["row"], fault["column"]) for fault in found.faults] == faulty
    assert {fault["message"] for fault in said_faults(purchases, found.faults)} <= {OPEN}
    assert [one.values["po_no"] for one in found.sample] == good


def test_a_heading_over_several_columns_is_parted_by_the_row_below(purchases: Dataset) -> None:
    rows = [
        ["采购单号", "采购时间", None, "金额（元）", None, "供应商"],
        [None, "月", "日", "预算", "实际", None],
        ["A1", 9, 3, 100, 90, "通达五金"],
    ]
    merge = {"采购": ["A1:A2", "B1:C1", "D1:E1", "F1:F2"]}
    batch = taken(purchases, book(("采购", rows), merge=merge))
    found = checking.survey(batch)
    assert (batch.mapping["amount"], amounts(found), found.faulty) == (4, [9000], 0), "what was paid, not the budget"
    assert found.unused == ["采购时间月", "采购时间日", "预算金额（元）"]
    batch = taken(purchases, book(("采购", [rows[0], rows[2]]), merge={"采购": ["D1:E1"]}))
    assert checking.survey(batch).good == 1, "no second row of headings"


def test_hidden_rows_are_taken_in_and_said_to_be(purchases: Dataset) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (["采购单号", "金额"], *([f"A{n}", n] for n in range(2, 12))):
        sheet.append(row)
    for number in (1, 3, 5, 12, 13):
        sheet.row_dimensions[number].hidden = True
    out = BytesIO()
    workbook.save(out)
    found = checking.survey(taken(purchases, out.getvalue()))
    assert found.good == 10
    assert said_notes(purchases, found.notes) == ["文件中第 3、5 行是隐藏的，也会导入，不要的请先删去"]


def test_months_without_their_day_are_pointed_out_once(purchases: Dataset) -> None:
    rows = [["A1", "2026-03-01", 5], ["A2", "2026 年 3 月", 5], ["A3", "202604", 5], ["A4", "2026.4", 5]]
    found = looked_at(purchases, *rows)
    assert found.good == 4
    note = "“申请日期”有只写到月的（第 3 行“2026 年 3 月”），按当月 1 日导入，请核对"
    assert said_notes(purchases, found.notes) == [note]


def test_a_day_between_blanks_is_no_month(purchases: Dataset) -> None:
    found = looked_at(purchases, ["A1", "2026 9 2", 5])
    assert (found.good, found.notes) == (1, [])


def test_several_people_that_are_not_parted_are_pointed_out_without_their_names(purchases: Dataset) -> None:
    heads, names = (
        ["采购单号", "申请人"],
        ["王雨桐", "欧阳 娜娜", "吴晓、冯立言", "何建平 李明远", "王雨桐（代）、吴晓"],
    )
    found = looked_at(purchases, *([f"A{n}", name] for n, name in enumerate(names)), heads=heads)
    assert found.good == 5
    (note,) = said_notes(purchases, found.notes)
    assert note.startswith("“申请人”有一格像是写了几个人（第 5 行），合在一起当作一个人")
    assert not any(name in note for name in names)


def test_a_row_of_dittos_is_noted_once(purchases: Dataset) -> None:
    found = looked_at(purchases, ["A1", "2026-03-01", 5, "甲店", "王雨桐"], ["A2", "同上", 6, "同上", "同上"])
    assert said_notes(purchases, found.notes) == ["第 3 行的“同上”按上一行填写"]


def test_a_unit_is_not_taken_for_a_threshold() -> None:
    heads = ["5万元以上项目金额", "十万元以下", "金额（万元）", "单价（元）"]
    assert units.times_of(heads, []) == {2: 10_000}
    assert units.times_of(heads, [["2026年", "单位: 人民币万元"]]) == {0: 10_000, 1: 10_000, 2: 10_000}


@pytest.mark.parametrize(
    ("below", "fen", "good"),
    [
        ([[None, None, "（万元）", None, None]], 1_500_000, 1),
        ([["(1)", "(2)", "(3)", "(4)", "(5)"]], 150, 1),
        ([[None, None, "单位：千元"], [1, 2, 3, 4, 5]], 150_000, 1),
        ([["1", "2026-03-01", "3", "4", "5"]], 300, 2),
    ],
)
def test_rows_below_the_headings_that_belong_to_them(
    purchases: Dataset, below: list[list[Any]], fen: int, good: int
) -> None:
    found = looked_at(purchases, *below, ["A1", "2026-03-01", 1.5, "甲", "王"])
    assert (found.good, found.faulty) == (good, 0)
    assert amounts(found)[0] == fen


@pytest.mark.parametrize(
    ("row", "is_below"),
    [
        ([None, "元", "（元）"], True),
        (["（必填）", "（件）"], True),
        ([None, "(50)"], False),
        ([1, 2, 3], False),
        ([None, 1.0, 2, "3", "4"], True),
        ([], False),
        ([None, ""], False),
    ],
)
def test_what_is_no_row_of_its_own(row: list[Any], is_below: bool) -> None:
    assert units.is_below_heads(row) is is_below


def test_an_amount_that_spans_rows_is_pointed_out(purchases: Dataset) -> None:
    made = Workbook()
    assert made.active is not None
    for row in (
        HEADS,
        ["A1", "2026-03-01", 300, "甲"],
        ["A2", "2026-03-01", None, None],
        ["A3", "2026-03-01", 5, "乙"],
    ):
        made.active.append(row)
    made.active.merge_cells("C2:C3")
    made.active.merge_cells("D2:D3")
    out = BytesIO()
    made.save(out)
    found = checking.survey(taken(purchases, out.getvalue()))
    assert said_notes(purchases, found.notes) == ["第 2 至 3 行的金额是一个合并单元格，每行都按它导入，请核对"]
    assert amounts(found) == [30_000, 30_000, 500]


@pytest.mark.parametrize(
    ("head", "yuan"),
    [
        ("合同金额（万元）", "合同金额（元）"),
        ("合同金额/万元", "合同金额（元）"),
        ("总价万元(含税)", "总价(含税)（元）"),
        ("金额（单位：万元）", "金额（元）"),
        ("下拨单位（万元）", "下拨单位（元）"),
        ("金额", "金额"),
        ("单价（元）", "单价（元）"),
        ("5万元以上金额", "5万元以上金额"),
    ],
)
def test_a_heading_in_yuan(head: str, yuan: str) -> None:
    assert units.in_yuan(head) == yuan
    assert units.times_in(yuan) == 1


def test_the_sheet_of_rejects_keeps_the_unit(purchases: Dataset) -> None:
    heads = [*HEADS[:3], "预算金额", "联系电话"]
    rows = [["采购台账"], ["单位：万元"], heads, ["A1", "2026-03-01", "多", 2, "8123"]]
    batch = taken(purchases, book(("采购", rows)))
    sheet = rows_of(rejects.sheet(batch.dataset, rejects.kept_rows(batch, checking.survey(batch))))
    assert sheet[0][:5] == ["采购单号", "申请日期", "金额（万元）", "预算金额（万元）", "联系电话"]
    sheet[1][2] = 1.5
    assert amounts(checking.survey(taken(purchases, book(("更正", sheet))))) == [1_500_000]


def test_as_above_is_what_stands_above(purchases: Dataset) -> None:
    found = looked_at(
        purchases,
        ["A1", "2026-03-01", 1, "东湖文印", "王雨桐"],
        ["A2", "同上", 2, " 同上 ", "〃"],
        ["小计", None, 3, None, None],
        ["A3", "2026-03-03", 3, "〃", "李建国"],
    )
    assert [one.values["supplier"] for one in found.sample] == ["东湖文印"] * 3
    first, second, third = (one.values for one in found.sample)
    assert second["applicant"] == first["applicant"] != third["applicant"]
    assert second["apply_date"] == first["apply_date"]
    assert "第 3 行的“同上”按上一行填写" in said_notes(purchases, found.notes)
    nothing = looked_at(purchases, ["A1", "2026-03-01", 1, "同上", "〃"])
    assert [(f["column"], f["message"]["words"]) for f in nothing.faults] == [
        ("supplier", {"text": "同上"}),
        ("applicant", {}),
    ]


@pytest.mark.parametrize(
    ("supplier", "applicant", "said"),
    [
        (913302010000012345, "王", "末几位已被 Excel 舍去"),
        ("9.1330E+17", "王", "末几位已被 Excel 舍去"),
        ("#N/A", "王", "公式出错"),
        ("#######", "王", "公式出错"),
        ("甲", "#REF!", "不能识别"),
        ("甲", 33010219900101001, "不能识别"),
    ],
)
def test_what_excel_has_spoilt_is_asked(purchases: Dataset, supplier: Any, applicant: Any, said: str) -> None:
    """Else all suppliers of whom Excel kept the first digits would be one, and #N/A would be a supplier."""
    found = looked_at(purchases, ["A1", "2026-03-01", 1, supplier, applicant], ["A2", "2026-03-01", 1, "甲#1+1", "1E2"])
    assert (found.good, found.faulty) == (1, 1)
    assert said in said_faults(purchases, found.faults)[0]["message"]


def test_a_formula_without_a_result_is_no_empty_cell(purchases: Dataset) -> None:
    made = Workbook()
    assert made.active is not None
    for row in (HEADS, ["A1", "2026-03-01", "=1+1", "甲"], ["=1", "2026-03-01", 1, "甲"], ["A3", None, 5, None, "=A1"]):
        made.active.append(row)
    out = BytesIO()
    made.save(out)
    found = checking.survey(taken(purchases, out.getvalue()))
    assert [(f["row"], f["column"]) for f in found.faults] == [(2, "amount"), (3, "po_no"), (4, "applicant")]
    assert "公式还没有计算结果" in said_faults(purchases, found.faults)[0]["message"]


def test_other_sheets_of_the_file_are_named(purchases: Dataset) -> None:
    row = ["A1", "2026-03-01", 1, "甲", "王"]
    content = book(("一月", [HEADS, row]), ("二月", [HEADS, ["A2", *row[1:]]]), ("说明", [["请按月填写"], ["谢谢"]]))
    found = checking.survey(taken(purchases, content))
    assert said_notes(purchases, found.notes) == ["文件中还有工作表没有导入：二月"]


def test_what_systems_put_around_texts_is_taken_off(purchases: Dataset) -> None:
    lines = '采购单号,申请日期,金额,供应商\n="0012",2026-03-01\t,"1,200.00","=""甲""厂"""\n\'0013,2026-03-01,1,甲\n'
    batch = importing.begin(taken(purchases, lines.encode("gb18030"), "导出.csv"), by=None)
    assert batch.added == 2
    assert {r.values["po_no"]: (r.values["amount"], r.values["supplier"]) for r in Record.objects.all()} == {
        "0012": (120_000, '甲"厂'),
        "0013": (100, "甲"),
    }


def test_a_form_takes_no_dittos(purchases: Dataset) -> None:
    with pytest.raises(NotPossible, match="请写出“同上”所指的内容"):
        actions.enter_record(purchases, {"po_no": "A1", "supplier": "同上"}, by=None)


def test_a_table_knows_the_headings_that_came_with_an_upgrade(purchases: Dataset) -> None:
    purchases.columns = [column | {"also": []} for column in purchases.columns]
    purchases.save()
    heads, row = ["采购单号", "采购项目"], ["A1", "复印纸"]
    assert taken(purchases, book(("采购", [heads, row]))).mapping == {"po_no": 0, "item": 1}


def test_a_row_in_which_hardly_anything_stands_is_pointed_out(purchases: Dataset) -> None:
    found = looked_at(purchases, ["A1", "2026-03-01", 1], ["第二批", None, None], ["CG-2", None, None], *[["", "", ""]])
    assert found.good == 3
    assert said_notes(purchases, found.notes) == [
        f"第 {row} 行只有一格有内容，请核对，不是记录的请先删去" for row in (3, 4)
    ]
    found = looked_at(purchases, *([f"第{n}批", None, None] for n in range(9)))
    assert (found.good, len(found.notes)) == (9, sifting.ROWS_NAMED)


def test_units_below_headings_that_span_them_are_no_row(purchases: Dataset) -> None:
    rows = [[HEADS[0], HEADS[1], "金额", HEADS[3]], [None, "（年月日）", "万元", None], ["A1", "2026-03-01", 1.5, "甲"]]
    batch = taken(purchases, book(("采购", rows), merge={"采购": ["A1:A2", "D1:D2"]}))
    found = checking.survey(batch)
    assert (found.faulty, amounts(found)) == (0, [1_500_000])


def test_what_is_paid_with_the_tax_is_the_amount(purchases: Dataset) -> None:
    batch = taken(purchases, book(("采购", [["采购单号", "不含税金额", "税额", "价税合计"], ["A1", 100, 13, 113]])))
    assert amounts(checking.survey(batch)) == [11_300]


def test_a_comma_that_parts_an_amount_moves_no_cell(purchases: Dataset) -> None:
    lines = ["采购单号,申请日期,金额,供应商", "A1,2026-03-01,1,200,甲", "A2,2026-03-01,200,乙,", "A3,2026-03-01"]
    found = checking.survey(taken(purchases, "\n".join(lines).encode(), "表.csv"))
    (fault,) = said_faults(purchases, found.faults)
    assert (fault["row"], fault["message"].split("，")[0]) == (2, "这一行的格数比表头多")
    assert [one.values["po_no"] for one in found.sample] == ["A2", "A3"]


def test_a_note_beside_the_table_in_a_workbook_spoils_no_row(purchases: Dataset) -> None:
    rows = [HEADS, ["A1", "2026-03-01", 1200, "甲", None, "问过老王"], ["A2", "2026-03-01", 200, "乙"]]
    found = checking.survey(taken(purchases, book(("采购", rows))))
    assert (found.faulty, amounts(found)) == (0, [120_000, 20_000])


def test_lines_that_are_one_cell_are_feet_or_pointed_out(purchases: Dataset) -> None:
    lines = ["采购单号,申请日期,金额", '"A1,2026-03-01,5"', "A2,2026-03-01,5", "制表人：张三", "以下空白"]
    found = checking.survey(taken(purchases, "\n".join(lines).encode(), "表.csv"))
    assert found.good == 2
    assert said_notes(purchases, found.notes)[0] == "第 2 行只有一格有内容，请核对，不是记录的请先删去"


def test_digits_of_an_amount_are_no_amounts_and_a_number_belongs_to_what_stands_above(purchases: Dataset) -> None:
    rows = [
        ["采购单号", "金额", None, None, "采购", None],
        [None, "百", "十", "元", "字", "号"],
        ["A1", 1, 2, 3, "采", "7"],
    ]
    batch = taken(purchases, book(("采购", rows), merge={"采购": ["A1:A2", "B1:D1", "E1:F1"]}))
    assert batch.mapping == {"po_no": 0}
    assert checking.survey(batch).unused == ["金额百", "金额十", "金额元", "采购字", "采购号"]
