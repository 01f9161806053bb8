"""Days that are written without their year."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from qingqu.common.calendar import date_of
from qingqu.datasets import checking, importing
from qingqu.datasets.findings import Survey
from qingqu.datasets.models import Dataset
from qingqu.datasets.notes import said_faults, said_notes
from qingqu.datasets.years import Year, completed, said_in
from tests.common.books import book

HEADS = ["采购单号", "申请日期", "金额"]


def looked_at(table: Dataset, rows: list[list[Any]], name: str = "表.xlsx", sheet: str = "采购") -> Survey:
    batch = importing.upload(table, ContentFile(book((sheet, rows)), name), by=None)
    return checking.survey(importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=None))


def dates(found: Survey) -> dict[str, str]:
    return {one.values["po_no"]: str(date_of(one.values["apply_date"])) for one in found.sample}


def year(text: str) -> Year:
    found = said_in([text])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("title", "of"),
    [
        ("2026年第一小学采购台账", dict.fromkeys(range(1, 13), 2026)),
        ("二〇二六年度采购台账", dict.fromkeys(range(1, 13), 2026)),
        ("2025-2026学年第一学期采购台账", {8: 2025, 9: 2025, 12: 2025, 1: 2026, 2: 2026, 3: 0, 7: 0}),
        ("2025—2026 学年度（下）", {1: 0, 2: 2026, 8: 2026, 9: 0}),
        ("2025-26学年", {9: 2025, 12: 2025, 1: 2026, 7: 2026, 8: 0}),
        ("2025年秋季学期", {8: 2025, 1: 2026, 3: 0}),
        ("2026年春", {1: 0, 3: 2026, 9: 0}),
        ("2025年9月至2026年1月采购台账", {8: 0, 9: 2025, 12: 2025, 1: 2026, 2: 0}),
        ("2025年12月采购台账", {12: 2025, 11: 2025, 1: 0}),
        ("2025学年第一学期", {9: 0, 1: 0}),
        ("2024、2026学年", {9: 0}),
        ("2024年、2025年台账", {1: 0, 12: 0}),
    ],
)
def test_what_a_title_says_of_a_month(title: str, of: dict[int, int]) -> None:
    found = year(title)
    assert {month: found.of[month - 1] for month in of} == of


@pytest.mark.parametrize(
    "title", ["采购台账", "填报时间：2026年1月", "2026年1月5日", "2026-01-05 导出", "编号20260105"]
)
def test_titles_that_say_no_year(title: str) -> None:
    assert said_in([title]) is None


@pytest.mark.parametrize(
    ("cell", "whole"),
    [
        ("1月5日", "2026年1月5日"),
        ("01-05", "2026年1月5日"),
        ("1/5", "2026年1月5日"),
        ("1.5", "2026年1月5日"),
        (" 1 月 5 号 ", "2026年1月5日"),
        ("十二月三十一日", "2026年12月31日"),
        ("十月二十日", "2026年10月20日"),
        ("1月5日 8:30", "2026年1月5日 8:30"),
        ("1月5日（周三）", "2026年1月5日（周三）"),
        ("3月", "2026年3月"),
        (3.15, "2026年3月15日"),
        (1.1, ""),
        (5, ""),
        ("1月5日-8日", ""),
        ("26.4.30", ""),
        ("2025-1-5", ""),
        ("13月1日", ""),
        ("1.5元", ""),
        (None, ""),
    ],
)
def test_a_day_is_completed(cell: Any, whole: str) -> None:
    assert completed(cell, year("2026年")) == whole
    assert completed(cell, None) == ""


def test_the_year_of_the_title_is_that_of_its_days_and_is_said(purchases: Dataset) -> None:
    rows = [["2026年第一小学采购台账"], HEADS, ["A1", "1月5日", 5], ["A2", "2025-12-30", 5], ["A3", "2月30日", 5]]
    found = looked_at(purchases, rows)
    assert dates(found) == {"A1": "2026-01-05", "A2": "2025-12-30"}
    assert said_notes(purchases, found.notes) == [
        "“申请日期”有没写年份的（第 3 行“1月5日”），按“2026年第一小学采购台账”取 2026 年，请核对"
    ]
    (fault,) = said_faults(purchases, found.faults)
    assert fault["message"] == "没有“2026年2月30日”这一天，请核对月份和日期"


def test_in_a_school_year_what_is_open_is_asked(purchases: Dataset) -> None:
    days = ["9月5日", "1月5日", "5月5日"]
    rows = [["2025-2026学年第一学期采购台账"], HEADS, *([f"A{n}", day, 5] for n, day in enumerate(days))]
    found = looked_at(purchases, rows)
    assert dates(found) == {"A0": "2025-09-05", "A1": "2026-01-05"}
    assert "取（2025-08 至 2026-02），请核对" in said_notes(purchases, found.notes)[0]
    (fault,) = said_faults(purchases, found.faults)
    assert fault["message"].startswith("“5月5日”没有写年份")


@pytest.mark.parametrize(
    ("title", "sheet", "name", "good"),
    [
        ("采购台账", "2026年", "台账.xlsx", 1),
        ("采购台账", "2026", "台账.xlsx", 1),
        ("采购台账", "Sheet1", "2026年采购台账.xlsx", 1),
        ("2026年采购台账", "2025年", "2024年.xlsx", 1),
        ("2025年、2026年采购台账", "Sheet1", "2026年.xlsx", 0),
        ("采购台账", "Sheet1", "台账.xlsx", 0),
    ],
)
def test_the_nearest_that_says_a_year_counts(purchases: Dataset, title: str, sheet: str, name: str, good: int) -> None:
    found = looked_at(purchases, [[title], HEADS, ["A1", "1月5日", 5]], name, sheet)
    assert (found.good, found.faulty) == (good, 1 - good)
    assert list(dates(found).values()) == ["2026-01-05"] * good


def test_a_title_between_the_rows_says_another_year(purchases: Dataset) -> None:
    rows = [
        ["2025年采购台账"], HEADS, ["A1", "12月5日", 5], ["2026年1月采购"], ["A2", "1月5日", 5], ["注：2024年结转"],
        ["A3", "1月6日", 5], ["2027年采购台账"], HEADS, ["A4", "1月7日", 5],
    ]  # fmt: skip
    found = looked_at(purchases, rows)
    assert dates(found) == {"A1": "2025-12-05", "A2": "2026-01-05", "A3": "2026-01-06", "A4": "2027-01-07"}
    notes = [note for note in said_notes(purchases, found.notes) if "没写年份" in note]
    assert [note.partition("按")[2] for note in notes] == [
        "“2025年采购台账”取 2025 年，请核对",
        "“2026年1月采购”取（2026-01 至 2026-06），请核对",
        "“2027年采购台账”取 2027 年，请核对",
    ]


def test_a_heading_may_say_the_year(purchases: Dataset) -> None:
    found = looked_at(purchases, [["2025年台账"], ["采购单号", "申请日期（2026年）", "金额"], ["A1", "1月5日", 5]])
    assert dates(found) == {"A1": "2026-01-05"}
