"""Faulty rows: kept aside, named in the reader's language, mended and brought in again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from qingqu.common.tabular import open_workbook
from qingqu.datasets import tasks
from qingqu.datasets.models import Batch, Dataset, Record
from tests.common.books import book
from tests.datasets.uploading import CSV, mapped, rows_of, upload
from tests.people import Cast, client_of


def test_faulty_rows_are_mended_in_their_own_table(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    upload(wang, purchases, CSV.encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    before = rows_of(wang.get(f"/datasets/batches/{batch.pk}/faults").content)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    content = wang.get(f"/datasets/batches/{batch.pk}/faults").content
    head, row = rows_of(content)
    assert before == [head, row]
    assert head[:5] == ["采购单号", "申请日期", "总价（元）", "供应商", "申请人"]
    assert row[:5] == ["A2", "2026.3.3", "约两百", "通达五金", "王雨桐"]
    assert "金额：“约两百”不是金额" in row[5]
    upload(wang, purchases, book(("更正", [head, [*row[:2], "200", *row[3:]]])), "更正.xlsx")
    mended = Batch.objects.order_by("-id").first()
    assert mended is not None
    mapped(wang, mended)
    preview = wang.get(f"/datasets/batches/{mended.pk}/preview").content.decode()
    assert "怎样更正、原文件行号" not in preview, "we wrote these ourselves"
    wang.post(f"/datasets/batches/{mended.pk}/begin")
    assert Record.objects.get(values__po_no="A2").values["amount"] == 20000
    asked = wang.get(f"/datasets/batches/{batch.pk}/withdraw").content.decode()
    assert "依据这些行的核查提示，不再成立的自行消除" in asked
    wang.post(f"/datasets/batches/{batch.pk}/withdraw", {"reason": "整列错位"})
    tasks.load_waiting()
    assert "下载需要更正的行" not in wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    Batch.objects.update(applied_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert tasks.discard_stale(date(2026, 4, 1)) == 1
    batch.refresh_from_db()
    assert not batch.rejects


def test_the_sheet_of_rejects_is_in_the_language_of_who_downloads_it(cast: Cast, purchases: Dataset) -> None:
    clients = {"zh-hans": client_of(cast.wang), "en": client_of(cast.wu)}
    clients["en"].cookies["django_language"] = "en"
    dated = book(
        ("采购", [["采购单号", "申请日期", "总价（元）"], ["A2", date(2026, 3, 3), "约两百"], ["A1", None, 7]])
    )
    upload(clients["zh-hans"], purchases, dated, "采购.xlsx")
    mapped(clients["zh-hans"], batch := Batch.objects.get())
    clients["zh-hans"].post(f"/datasets/batches/{batch.pk}/begin")
    sheets = {}
    for language, client in clients.items():
        content = client.get(f"/datasets/batches/{batch.pk}/faults").content
        sheets[language] = [list(row) for row in open_workbook(content, "r.xlsx")[0].rows]
    head, row = sheets["en"]
    assert head == ["采购单号", "申请日期", "总价（元）", "How to correct it", "Row in the file"]
    assert row[:3] == sheets["zh-hans"][1][:3] == ["A2", date(2026, 3, 3), "约两百"]
    assert (row[3], row[4]) == ("Amount: “约两百” is no amount; write digits only, like 1234.50", 2)
    assert sheets["zh-hans"][1][3] == "金额：“约两百”不是金额，请只填数字，如 1234.50"
    kept = book(("需要更正", [["采购单号", "怎样更正", "原文件行号"], ["A2", "金额：“约两百”不是金额", 2]]))
    batch.refresh_from_db()
    batch.rejects.save("r.xlsx", ContentFile(kept))
    content = clients["en"].get(f"/datasets/batches/{batch.pk}/faults").content
    assert rows_of(content)[1] == ["A2", "金额：“约两百”不是金额", 2], "kept by an earlier version"


ODD = "单子编码,申请日期,金额,供应商,签字人\nB1,2026.3.2,100,通达五金,李明远\nB2,2026.3.3,约两百,通达五金,李明远\n"


def test_the_sheet_of_rejects_comes_back_under_the_columns_as_they_were_named(
    purchases: Dataset, cast: Cast, tmp_path: Path
) -> None:
    wang = client_of(cast.wang)
    batch = Batch.objects.get(pk=int(upload(wang, purchases, ODD.encode())["Location"].split("/")[3]))
    assert (
        "文件中没有用到的列，不会导入：单子编码、签字人"
        in wang.get(f"/datasets/batches/{batch.pk}/columns").content.decode()
    )
    batch.mapping |= {"po_no": 0, "approver": 4}
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    sheet = wang.get(f"/datasets/batches/{batch.pk}/faults").content
    rows = [list(row) for row in open_workbook(sheet, "r.xlsx")[0].rows]
    assert rows[1][0] == "B2"
    rows[1][2] = 200
    mended = Batch.objects.get(
        pk=int(upload(wang, purchases, book(("需要更正", rows)), "更正.xlsx")["Location"].split("/")[3])
    )
    assert mended.mapping == batch.mapping, "nobody is asked twice, and who approved is not lost"
    mapped(wang, mended)
    wang.post(f"/datasets/batches/{mended.pk}/begin")
    assert Record.objects.get(values__po_no="B2").values["approver"]


def test_faults_name_columns_in_the_readers_language(purchases: Dataset, cast: Cast, settings: Any) -> None:
    wang = client_of(cast.wang)
    wang.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    upload(wang, purchases, "采购单号,金额\nA1,约两百\n,3\nA2,4\n".encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert ">Amount<" in page
    assert "Fill in: Purchase no." in page
    assert ">金额<" not in page


TWINS = [
    ("A1,约两百\nA1,300\n", [(2, "amount"), (3, "po_no")]),
    ("A1,300\nA1,约两百\n", [(3, "amount"), (3, "po_no")]),
    ("A1,约两百\nA1,约两百\n", [(2, "amount"), (3, "amount")]),
    (",约两百\n,300\n", [(2, "po_no"), (2, "amount"), (3, "po_no")]),
]


@pytest.mark.parametrize(("lines", "faults"), TWINS)
def test_of_twins_one_of_which_is_faulty_none_passes_for_the_other(
    purchases: Dataset, cast: Cast, lines: str, faults: list[tuple[int, str]]
) -> None:
    """Else the faulty one, mended, would replace the other without a word."""
    wang = client_of(cast.wang)
    upload(wang, purchases, f"采购单号,金额\n{lines}A2,1\n".encode())
    mapped(wang, batch := Batch.objects.get())
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert [(fault["row"], fault["column"]) for fault in batch.faults] == faults
    assert {r.values["po_no"] for r in Record.objects.all()} == {"A2"} | ({"A1"} if "A1,300\nA1" in lines else set())


def test_everybody_reads_about_an_import_in_his_own_language(purchases: Dataset, cast: Cast) -> None:
    wang = client_of(cast.wang)
    upload(wang, purchases, f"{CSV}\nA1,2026.3.2,7,通达五金,王雨桐\n".encode())
    mapped(wang, batch := Batch.objects.get())
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    said = {}
    for language in ("zh-hans", "en"):
        wang.cookies["django_language"] = language
        said[language] = wang.get(f"/datasets/batches/{batch.pk}").content.decode()
        answer = wang.get(f"/api/v1/batches/{batch.pk}").json()
        said[language] += str(answer["notes"]) + str(answer["faults"])
    for zh, en in (
        ("第 6 行与第 4 行相同，只导入一次", "Row 6 repeats row 4"),
        ("与第 2 行的采购单号相同，内容不同", "Same Purchase no. as row 2"),
        ("“约两百”不是金额", "“约两百” is no amount"),
        ("'column': '金额'", "'column': 'Amount'"),
    ):
        assert zh in said["zh-hans"]
        assert en in said["en"]
    Batch.objects.update(notes=["第 9 行"], faults=[{"row": 9, "column": "金额", "value": "", "message": "不对"}])
    answer = wang.get(f"/api/v1/batches/{batch.pk}").json()
    assert (answer["notes"], answer["faults"]) == (["第 9 行"], [{"row": 9, "column": "金额", "message": "不对"}])
    Batch.objects.update(state="failed", reason="文件已不在服务器上，或者不能读取，请重新上传。")
    assert "The file is" in wang.get(f"/datasets/batches/{batch.pk}").content.decode()
