"""What in a file is no record of its table is left out, row by row, and said."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils.translation import override

from qingqu.datasets import checking, importing
from qingqu.datasets.findings import Survey
from qingqu.datasets.models import Batch, Dataset
from qingqu.datasets.notes import EARLIER, Kept, said_notes
from tests.common.books import book
from tests.datasets.uploading import mapped, upload
from tests.people import Cast, client_of

HEADS = ["采购单号", "申请日期", "金额", "供应商"]
RETURNS = ["采购单号", "退货日期", "数量", "退货原因"]
STAFF = ["工号", "岗位", "进校方式", "签到"]
ONE, TWO = ["A1", "2026-03-01", 5, "甲店"], ["A2", "2026-03-02", 6, "乙店"]
BACK = ["A9", "2026-03-09", 1, "破损"]


def looked_at(table: Dataset, *rows: list[Any], merge: list[str] | None = None) -> Survey:
    content = book(("采购", rows), merge={"采购": merge or []})
    batch = importing.upload(table, ContentFile(content, "表.xlsx"), by=None)
    return checking.survey(importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=None))


def numbers(found: Survey) -> list[str]:
    return [one.values["po_no"] for one in found.sample]


def test_another_table_below_is_left_out_from_its_headings_on(purchases: Dataset) -> None:
    found = looked_at(purchases, HEADS, ONE, [], ["退货登记"], RETURNS, BACK, BACK[:2])
    assert (numbers(found), found.faulty) == (["A1"], 0)
    assert said_notes(purchases, found.notes) == [
        "第 4、6、7 行属于另一张表，没有导入",
        "第 5 行起是另一张表，没有导入；需要的请把它另存为一个文件再导入",
    ]
    assert [(one.number, one.text) for one in found.left_out][1:3] == [
        (5, "采购单号　退货日期　数量　退货原因"),
        (6, "A9　2026-03-09　1　破损"),
    ]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([ONE, RETURNS, BACK], ["A1"]),
        ([ONE, [], STAFF, ["007", "门卫", "步行", "已签"]], ["A1"]),
        ([ONE, ["", "", "", ""], RETURNS, BACK, ["采购登记"], HEADS, TWO], ["A1", "A2"]),
        ([ONE, RETURNS, BACK, RETURNS, BACK], ["A1"]),
        ([ONE, [], ["采购单号", "数量", "1月", "2月"], ["A3", 5, 6, 7]], ["A1"]),
        ([ONE, ["总务处", "2026-03-02", 6, "数量"], TWO], ["A1", "总务处", "A2"]),
        ([ONE, [], ["校服", None, None, "部门"], TWO], ["A1", "校服", "A2"]),
        ([ONE, ["备注", None, None, None], TWO], ["A1", "备注", "A2"]),
    ],
)
def test_where_a_table_ends_and_goes_on(purchases: Dataset, rows: list[list[Any]], kept: list[str]) -> None:
    found = looked_at(purchases, HEADS, *rows)
    assert (numbers(found), found.faulty) == (kept, 0)


def test_headings_of_two_lines_are_known_again(purchases: Dataset) -> None:
    heads = [["采购单号", "申请日期", "金额（元）", None], [None, None, "预算", "实际"]]
    pages = [*heads, ["A1", "2026-03-01", 9, 5], ["第一小学采购台账"], *heads, ["A2", "2026-03-02", 9, 6]]
    found = looked_at(purchases, *pages, merge=["A1:A2", "B1:B2", "C1:D1"])
    assert (numbers(found), [one.values["amount"] for one in found.sample]) == (["A1", "A2"], [500, 600])
    assert [(one.number, one.text) for one in found.left_out] == [
        (4, "第一小学采购台账"), (5, "采购单号　申请日期　金额（元）"), (6, "预算　实际")
    ]  # fmt: skip


def test_the_same_headings_in_another_unit_are_another_table(purchases: Dataset) -> None:
    found = looked_at(purchases, ["采购单号", "金额（元）"], ["A1", 5], ["采购单号", "金额（万元）"], ["A2", 6])
    assert numbers(found) == ["A1"], "else the second would be read as so many yuan"
    assert found.left_out_count == 2


def test_what_only_speaks_of_a_sum_is_a_record(purchases: Dataset) -> None:
    bought = ["合计1200元的办公用品", "2026-03-01", 1200, "甲店"]
    found = looked_at(purchases, HEADS, bought, ["", "", "", ""], ["合计", None, 1200, None])
    assert (found.good, found.totals) == (1, 1)
    assert [(one.number, one.text) for one in found.left_out] == [(4, "合计　1200")]


def test_of_many_rows_that_are_left_out_a_note_names_the_first(purchases: Dataset) -> None:
    rows = [row for n in range(60) for row in ([f"A{n}", "2026-03-01", 5, "甲店"], ["小计", None, 5, None])]
    found = looked_at(purchases, HEADS, *rows, [], RETURNS, BACK)
    assert said_notes(purchases, found.notes) == [
        "第 3、5、7、9、11 等 60 行是小计或合计，没有导入",
        "第 123 行起是另一张表，没有导入；需要的请把它另存为一个文件再导入",
        "第 124 行属于另一张表，没有导入",
    ]


def test_the_preview_lists_the_rows_with_what_they_say(purchases: Dataset, cast: Cast) -> None:
    wang = client_of(cast.wang)
    rows = [HEADS, ONE, ["本页合计", None, 1234, None], ["制表人：王雨桐"], [], RETURNS, BACK]
    upload(wang, purchases, book(("采购", rows)), "表.xlsx")
    batch = Batch.objects.get()
    answer = mapped(wang, batch)
    page = wang.get(answer["Location"]).content.decode()
    for said in ("4 行不是记录", "本页合计　1234", "制表人：王雨桐", "采购单号　退货日期", "第 6 行起是另一张表"):
        assert said in page
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert (batch.added, "王雨桐" in str(batch.notes)) == (1, False), "persons are not kept"
    page = wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    assert "第 3 行是小计或合计，没有导入" in page


def test_what_imports_of_earlier_versions_noted_is_said_in_the_readers_language(purchases: Dataset) -> None:
    kept: list[Kept] = [{"message": message, "words": {"row": 3}} for message in EARLIER]
    with override("en"):
        said = said_notes(purchases, kept)
    assert [note.isascii() and "3" in note for note in said] == [True] * 3
