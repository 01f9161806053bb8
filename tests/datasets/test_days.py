"""Dates that account books keep in two or three columns."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from qingqu.common.calendar import date_of
from qingqu.datasets import checking, importing, rejects
from qingqu.datasets.days import parted
from qingqu.datasets.findings import Survey
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.notes import said_faults, said_notes
from tests.common.books import book
from tests.datasets.uploading import mapped, rows_of, upload
from tests.people import Cast, client_of

REST = ["采购单号", "金额"]


def looked_at(table: Dataset, rows: list[list[Any]], merge: list[str] | None = None) -> tuple[Batch, Survey]:
    content = book(("台账", rows), merge={"台账": merge or []})
    batch = importing.upload(table, ContentFile(content, "台账.xlsx"), by=None)
    day = next((one.day for one in checking.table_of(batch, checking.tables(batch)).dates), -1)
    mapping = batch.mapping | ({"apply_date": day} if day >= 0 else {})
    batch = importing.map_columns(batch, sheet=batch.sheet, mapping=mapping, by=None)
    return batch, checking.survey(batch)


def dates(found: Survey) -> list[str]:
    return [str(date_of(day)) if (day := one.values["apply_date"]) is not None else "" for one in found.sample]


ROW = ["A1", 5]
IN_HEADINGS = "“申请日期”由月、日两列合成，年份按表头取 2025 年，请核对"


@pytest.mark.parametrize(
    ("rows", "merge", "is_noted"),
    [
        ([["年", "月", "日", *REST], [2025, 3, 4, *ROW]], [], False),
        ([["年份", "月份", "日", *REST], ["２０２５年", "03月", "4日", *ROW]], [], False),
        ([["采购日期", None, None, *REST], ["年", "月", "日", None, None], [25, "3", 4.0, *ROW]],
         ["A1:C1", "D1:D2", "E1:E2"], False),
        ([["2025年", None, *REST], ["月", "日", None, None], [3, 4, *ROW]], ["A1:B1", "C1:C2", "D1:D2"], True),
        ([["2025年", None, *REST], ["月", "日", None, None], [3, 4, *ROW]], [], True),
        ([["第一小学2025年度采购台账"], ["填报时间：2026年1月", "2026年1月5日"], ["月", "日", *REST], [3, 4, *ROW]],
         [], True),
    ],
)  # fmt: skip
def test_a_date_in_columns_of_its_own(
    purchases: Dataset, rows: list[list[Any]], merge: list[str], is_noted: bool
) -> None:
    _batch, found = looked_at(purchases, rows, merge)
    assert (found.good, found.faulty, dates(found)) == (1, 0, ["2025-03-04"])
    assert found.unused == []
    assert said_notes(purchases, found.notes) == ([IN_HEADINGS] if is_noted else [])


@pytest.mark.parametrize("title", ["采购台账", "2025学年第一学期", "2024年、2025年", "制表日期：2026年1月"])
def test_without_one_year_there_is_no_date(purchases: Dataset, title: str) -> None:
    _batch, found = looked_at(purchases, [[title], ["月", "日", *REST], [3, 4, *ROW]])
    assert (found.good, dates(found), found.unused) == (1, [""], ["月", "日"])


def test_what_is_left_out_in_an_account_book_is_that_above(purchases: Dataset) -> None:
    rows = [[2025, 3, 4], [None, None, 5], ["", "〃", "同上"], [None, 4, 1], [None, 5, None], [None, None, None]]
    _batch, found = looked_at(
        purchases, [["年", "月", "日", *REST], *([*row, f"A{n}", n + 1] for n, row in enumerate(rows))]
    )
    assert dates(found) == ["2025-03-04", "2025-03-05", "2025-03-05", "2025-04-01", "2025-05-01", ""]
    (note,) = said_notes(purchases, found.notes)
    assert note == "“申请日期”有只写到月的（第 6 行“2025年5月”），按当月 1 日导入，请核对"


def test_sums_and_feet_below_the_months_are_no_dates(purchases: Dataset) -> None:
    rows = [[3, 4, "A1", 5], ["第二批"], ["3月小计", None, None, 5], [None, 9, "A2", 6], ["以下空白"]]
    feet = ["校长签字", None, None, "财务签字"]
    _batch, found = looked_at(purchases, [["2025年台账"], ["月", "日", *REST], *rows, feet])
    assert {fault["row"] for fault in found.faults} == {4}, "only what may be a record is asked about"
    assert dates(found) == ["2025-03-04", "2025-03-09"]


def test_a_day_that_is_none_is_asked_and_mended_where_it_stands(purchases: Dataset, cast: Cast) -> None:
    heads = ["年", "月", "日", *REST]
    batch, found = looked_at(purchases, [heads, [2025, 2, 30, *ROW], [None, None, "十五", "A2", 6], heads])
    assert [fault["message"] for fault in said_faults(purchases, found.faults)] == [
        "没有“2025年2月30日”这一天，请核对月份和日期"
    ]
    assert dates(found) == ["2025-02-15"]
    importing.begin(batch, by=None)
    batch.refresh_from_db()
    sheet = rows_of(rejects.sheet(purchases, batch.rejects.read()))
    assert sheet[0][:3] == ["年", "月", "日期（年、月、日）"]
    sheet[1][2] = "2025年2月28日"
    wang = client_of(cast.wang)
    answer = upload(wang, purchases, book(("更正", sheet)), "更正.xlsx")
    assert answer["Location"].endswith("/preview"), "nobody is asked twice"
    wang.post(answer["Location"].replace("preview", "begin"))
    assert str(date_of(Record.objects.get(values__po_no="A1").values["apply_date"])) == "2025-02-28"


def test_it_is_offered_shown_and_remembered(purchases: Dataset, cast: Cast) -> None:
    wang = client_of(cast.wang)
    for year in (2025, 2026):
        rows = [[f"{year}年采购台账"], ["月", "日", *REST], [3, 4, f"A{year}", 5]]
        answer = upload(wang, purchases, book(("台账", rows)), "台账.xlsx")
        batch = Batch.objects.latest("pk")
        if year == 2025:
            page = wang.get(answer["Location"]).content.decode()
            assert "日期（2025 年，月、日）（2025年3月4日）" in page
            batch.mapping["apply_date"] = 1
            answer = mapped(wang, batch)
        assert f"{year}-03-04" in wang.get(answer["Location"]).content.decode()
        wang.post(f"/datasets/batches/{batch.pk}/begin")
    assert Record.objects.count() == 2


def test_a_table_may_have_months_and_days_of_its_own(purchases: Dataset) -> None:
    purchases.columns = [*purchases.columns, {"id": "day", "name": "日", "type": "count"}]
    purchases.save()
    batch = importing.upload(
        purchases, ContentFile(book(("台账", [["年", "月", "日", *REST], [2025, 3, 4, *ROW]])), "台账.xlsx"), by=None
    )
    assert batch.mapping["day"] == 2
    assert not checking.tables(batch)[0].dates


@pytest.mark.parametrize(
    ("heads", "found"),
    [
        (["付款时间年", "付款时间月", "付款时间日"], [(2, "付款时间", "")]),
        (["年", "月", "日", "到货日期月", "到货日期日"], [(2, "日期", "")]),
        (["月", "年", "日"], []),
        (["每月", "每日"], []),
        (["2025年月", "号"], [(1, "日期", "2025")]),
    ],
)
def test_headings_of_months_and_days(heads: list[str], found: list[tuple[int, str, str]]) -> None:
    said = [(one.day, one.label, one.year.words["year"] if one.year else "") for one in parted(heads, heads, None)]
    assert said == found


@pytest.mark.parametrize(
    ("heads", "title", "column"),
    [
        (["年", "月", "日", *REST], "台账", "apply_date"),
        (["日期", *REST], "台账", "apply_date"),
        (["日期", *REST], "合同台账", "contract_date"),
        (["申请时间", "日期", *REST], "台账", "approve_date"),
        (["申请时间", *REST], "台账", ""),
    ],
)
def test_which_date_is_meant_is_proposed_and_said_to_be_so(
    purchases: Dataset, cast: Cast, heads: list[str], title: str, column: str
) -> None:
    wang = client_of(cast.wang)
    row = [2025, 3, 4, *ROW] if "年" in heads else [*["2025-03-04"] * (len(heads) - 2), *ROW]
    answer = upload(wang, purchases, book(("表", [[title], heads, row])), "表.xlsx")
    batch = Batch.objects.get()
    assert column not in batch.mapping, "where nobody can be asked, nothing is guessed"
    page = wang.get(answer["Location"]).content.decode()
    assert page.count("文件中没有写明是哪个日期") == bool(column)
    if column:
        select = page.partition(f'name="map:{column}"')[2].partition("</select>")[0]
        assert " selected>日期" in select
        batch.mapping[column] = next(n for n, head in enumerate(heads) if head in ("日", "日期"))
        page = wang.get(mapped(wang, batch)["Location"]).content.decode()
        assert "2025-03-04" in page
        assert "文件中：日期" in page
