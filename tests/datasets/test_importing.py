"""Files brought in: their columns are named, what they replace and lack is said, wrong ones are refused."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection

from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.tabular.files import OLE
from qingqu.datasets import actions, checking, findings, foreseeing, importing, reading, tasks
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.trace.models import Entry
from tests.common.books import book
from tests.datasets.uploading import CSV, mapped, upload
from tests.people import Cast, client_of


def test_columns_are_asked_once(cast: Cast, purchases: Dataset, django_capture_on_commit_callbacks: Any) -> None:
    wang, data = client_of(cast.wang), "单号,付给谁,总价\nA1,通达五金,100\n"
    upload(wang, purchases, data.encode())
    first = Batch.objects.get()
    assert first.mapping == {"po_no": 0, "amount": 2}
    wang.post(
        f"/datasets/batches/{first.pk}/columns",
        {"sheet": first.sheet, "map:po_no": 0, "map:supplier": 1, "map:amount": 2},
    )
    with django_capture_on_commit_callbacks(execute=True):
        wang.post(f"/datasets/batches/{first.pk}/begin")
    again = upload(wang, purchases, data.replace("100", "200").encode(), "更正.csv")
    second = Batch.objects.latest("pk")
    assert again["Location"] == f"/datasets/batches/{second.pk}/preview"
    assert second.mapping == {"po_no": 0, "supplier": 1, "amount": 2}
    other = upload(wang, purchases, "单号,总价,到货日期\nA1,100,2026-04-01\n".encode())
    assert other["Location"].endswith("/columns")


def test_a_column_that_the_table_has_since_is_asked_for(cast: Cast, purchases: Dataset) -> None:
    wang, data = client_of(cast.wang), "单号,总价\nA1,100\n".encode()
    upload(wang, purchases, data)
    first = Batch.objects.get()
    mapped(wang, first)
    wang.post(f"/datasets/batches/{first.pk}/begin")
    assert upload(wang, purchases, data)["Location"].endswith("/preview")
    Batch.objects.filter(pk=first.pk).update(mapping={"po_no": 0})  # as if there had been no amount then
    assert upload(wang, purchases, data)["Location"].endswith("/columns")


def test_a_column_of_the_file_is_one_of_the_table(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    upload(wang, purchases, "单号,总价\nA1,100\n".encode())
    batch = Batch.objects.get()
    at, said = f"/datasets/batches/{batch.pk}/columns", {"sheet": batch.sheet, "map:po_no": 0, "map:amount": 1}
    answer = wang.post(at, said | {"map:unit_price": 1})
    assert (answer.status_code, "同一列不能作为两项" in answer.content.decode()) == (422, True)
    batch.refresh_from_db()
    assert batch.state == Batch.State.UPLOADED
    with pytest.raises(NotPossible, match="先核对各列"):
        importing.begin(batch, by=cast.wang)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_in_any_encoding(cast: Cast, purchases: Dataset, encoding: str) -> None:
    wang = client_of(cast.wang)
    assert upload(wang, purchases, CSV.encode(encoding)).status_code == 302
    batch = Batch.objects.get()
    assert batch.mapping == {"po_no": 0, "apply_date": 1, "amount": 2, "supplier": 3, "applicant": 4}
    assert mapped(wang, batch).status_code == 302
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert "“约两百”不是金额" in page
    assert "小计或合计" in page
    assert "制表人：张三" in page
    assert "小标题、签名或说明" in page
    assert "第 6 行与第 4 行相同" in page
    assert not Record.objects.exists()
    assert wang.post(f"/datasets/batches/{batch.pk}/begin").status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.added, batch.faulty, bool(batch.file)) == ("applied", 2, 1, False)
    page = wang.get(f"/datasets/{purchases.pk}").content.decode()
    assert "通达五金" in page
    assert "王雨桐" not in str(list(Record.objects.values_list("values", flat=True)))
    entry = Record.objects.order_by("id").first()
    assert entry is not None
    assert "•••" in wang.get(f"/datasets/records/{entry.pk}").content.decode()
    assert wang.get(f"/datasets/{purchases.pk}/export.xlsx").status_code == 200
    assert Entry.objects.filter(act="datasets.exported").count() == 1
    again = upload(wang, purchases, CSV.replace("100.00", "120").encode(encoding))
    assert again.status_code == 302
    second = Batch.objects.order_by("-id").first()
    assert second is not None
    mapped(wang, second)
    wang.post(f"/datasets/batches/{second.pk}/begin")
    second.refresh_from_db()
    assert (second.added, second.replaced, second.unchanged) == (0, 1, 1)
    assert wang.post(f"/datasets/batches/{second.pk}/withdraw", {"reason": "误传"}).status_code == 302
    entry.refresh_from_db()
    assert entry.values["amount"] == 10000


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "空.csv", "空"),
        (b"PK\x03\x04garbage", "坏.xlsx", "损坏"),
        (CSV.encode(), "采购.xlsx", "文件名是 .xlsx，内容却是文字"),
        (CSV.encode("gb18030"), "采购.ET", "请把后缀改为 .csv"),
        (book(("采购", [["采购单号"], ["P1"]])), "采购.csv", "文件名是 .csv，内容却是 Excel 工作簿"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "采购.csv", "请把后缀改为 .xls"),
        (b"<html><frameset><frame src='a.files/sheet001.htm'></frameset></html>", "采购.xls", "几个文件组成的网页"),
        (OLE + bytes(600), "采购.txt", "请把后缀改为 .xlsx（旧版 Excel 为 .xls）"),
        (b"%PDF-1.7 ", "采购.csv", "这是 PDF 文件，不是表格"),
        (b"%PDF-1.7 ", "采购.xlsx", "这是 PDF 文件，不是表格"),
        (bytes(600), "采购.csv", "不是文字表格"),
        (CSV.encode("utf-16-le"), "采购.csv", "另存为 .xlsx"),
        (CSV.encode("gb18030") + b"\xff\xff", "采购.csv", "文字编码前后不一致"),
        (b"<log><trace>", "坏.xes", "XES"),
        (b'<!DOCTYPE l [<!ENTITY a "aa">]><log><trace>&a;</trace></log>', "坏.xes", "XES"),
        (b"<html></html>", "坏.xes", "XES"),
        (b"\x1f\x8bbroken", "坏.xes.gz", "XES"),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_stays(
    cast: Cast, purchases: Dataset, settings: Any, tmp_path: Path, data: bytes, name: str, says: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    answer = upload(client_of(cast.wang), purchases, data, name)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Batch.objects.exists()
    assert list(Path(settings.MEDIA_ROOT).rglob("*.*")) == []


def test_a_file_that_breaks_off_far_below_can_be_discarded_from_where_it_is_said(
    cast: Cast, purchases: Dataset
) -> None:
    wang = client_of(cast.wang)
    lines = "".join(f"A{n},通达五金,100\n" for n in range(15_000))
    upload(wang, purchases, ("采购单号,供应商,金额\n" + lines).encode("gb18030") + b"\xff\xff")
    batch = Batch.objects.get()
    mapped(wang, batch)
    answer = wang.get(f"/datasets/batches/{batch.pk}/preview", follow=True)
    assert answer.redirect_chain == [(f"/datasets/batches/{batch.pk}", 302)]
    page = answer.content.decode()
    assert "文字编码前后不一致" in page
    assert "放弃这个文件" in page


def test_text_that_a_system_exports_as_xls_is_read(cast: Cast, purchases: Dataset) -> None:
    """Everybody opens such a file in Excel every day."""
    wang = client_of(cast.wang)
    assert upload(wang, purchases, CSV.replace(",", "\t").encode("gb18030"), "导出.xls").status_code == 302
    batch = Batch.objects.get()
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    assert Record.objects.count() == 2


PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head><body><table border="1">
<tr><td colspan="5" align="center">2026年采购台账（单位：元）</td></tr>
<tr><th>采购单号</th><th>申请日期</th><th>供应商</th><th>总价</th><th>申请人</th></tr>
<tr><td style="mso-number-format:'\\@'">0012</td><td rowspan="2">3月2日</td><td>通达五金&nbsp;</td>
<td x:num="1234.5">1,235</td><td>王雨桐</td></tr>
<tr style="display:none"><td style="mso-number-format:'\\@'">0013</td><td>东湖<br>文印</td>
<td>300.00</td><td>张三</td></tr>
<tr><td colspan="3">合计</td><td>1,534.50</td><td></td></tr></table></body></html>"""


def test_a_page_that_a_system_exports_under_xls(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    assert upload(wang, purchases, PAGE.encode("gb18030"), "采购导出.xls").status_code == 302
    batch = Batch.objects.get()
    assert batch.sheet == "采购导出"
    assert batch.mapping == {"po_no": 0, "apply_date": 1, "supplier": 2, "amount": 3, "applicant": 4}
    mapped(wang, batch)
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert "第 4 行是隐藏的" in page
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert (batch.state, batch.added, batch.faulty) == ("applied", 2, 0)
    rows = {record.values["po_no"]: record.values for record in Record.objects.all()}
    assert {number: (row["apply_date"], row["supplier"], row["amount"]) for number, row in rows.items()} == {
        "0012": (day_of(date(2026, 3, 2)), "通达五金", 123450),
        "0013": (day_of(date(2026, 3, 2)), "东湖文印", 30000),
    }


def test_required_columns_have_to_be_named(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    upload(wang, purchases, book(("采购", [["甲", "乙"], ["1", "2"]])), "表.xlsx")
    batch = Batch.objects.get()
    answer = wang.post(f"/datasets/batches/{batch.pk}/columns", {"sheet": batch.sheet})
    assert answer.status_code == 422
    assert "请指明哪一列是：采购单号" in answer.content.decode()


NARROW = "采购单号,金额,供应商\n{},100,通达五金\nA2,5,通达五金\n"


@pytest.mark.parametrize(("number", "replaces"), [("A1", True), ("A3", False)])
def test_a_file_says_before_it_is_taken_in_what_it_replaces_and_lacks(
    purchases: Dataset, cast: Cast, number: str, replaces: bool
) -> None:
    wang = client_of(cast.wang)
    whole = {"po_no": "A1", "amount": "5", "category": "纸张", "applicant": "王雨桐"}
    actions.enter_record(purchases, whole, by=cast.wang)
    upload(wang, purchases, NARROW.format(number).encode())
    mapped(wang, batch := Batch.objects.get())
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert ("将更正 1 行" in page) is replaces
    assert ("金额 5.00 → 100.00" in page) is replaces
    assert "申请人" not in page.partition("将更正")[2], "of what the file does not speak nothing becomes"
    assert ("文件中没有这些列：品目、申请人。导入后保留" in page) is replaces
    assert ('name="empties"' in page) is replaces


def test_a_file_says_which_withdrawn_rows_it_would_bring_back(purchases: Dataset, cast: Cast) -> None:
    wang = client_of(cast.wang)
    row = actions.enter_record(purchases, {"po_no": "A1", "amount": "100"}, by=cast.wang)
    actions.withdraw_record(row, reason="录重了", by=cast.wang)
    upload(wang, purchases, NARROW.format("A1").encode())
    mapped(wang, batch := Batch.objects.get())
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert "1 行曾从表中撤回，导入后恢复：A1。" in page
    assert "表中已有" not in page


def test_what_the_table_says_already_is_no_correction(purchases: Dataset, cast: Cast) -> None:
    wang = client_of(cast.wang)
    actions.enter_record(purchases, {"po_no": "A1", "amount": "100", "supplier": "通达五金"}, by=cast.wang)
    upload(wang, purchases, NARROW.format("A1").encode())
    mapped(wang, batch := Batch.objects.get())
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert "其中 1 行表中已有，内容相同。" in page
    assert "将更正" not in page


@pytest.mark.parametrize("few", [1000, 1])
@pytest.mark.parametrize("empties", [False, True])
def test_columns_that_a_file_lacks_stay_unless_somebody_wants_them_empty(
    purchases: Dataset, cast: Cast, monkeypatch: Any, empties: bool, few: int
) -> None:
    monkeypatch.setattr(actions, "FEW", few)
    wang = client_of(cast.wang)
    whole = {"po_no": "A1", "amount": "5", "category": "纸张", "applicant": "王雨桐", "qty": "0"}
    before = actions.enter_record(purchases, whole, by=cast.wang).values
    gone = actions.enter_record(purchases, whole | {"po_no": "A2"}, by=cast.wang)
    actions.withdraw_record(gone, reason="误报", by=cast.wang)
    upload(wang, purchases, NARROW.format("A1").encode())
    mapped(wang, batch := Batch.objects.get())
    wang.post(f"/datasets/batches/{batch.pk}/begin", {"empties": "on"} if empties else {})
    tasks.load_waiting()
    now = {record.values["po_no"]: record.values for record in Record.objects.filter(withdrawn=False)}
    assert now["A1"] == before | {"amount": 10000, "supplier": "通达五金"} | (
        {"category": None, "applicant": None, "qty": None} if empties else {}
    )
    assert now["A2"]["category"] is None, "what was taken back does not come back with another row"
    page = wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    assert ("表中原有的内容保留：品目、数量、申请人" in page) is not empties
    wang.cookies["django_language"] = "en"
    page = wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    assert ("were kept as they were: Category, Quantity, Applicant" in page) is not empties


def test_what_a_file_lacks_is_looked_for_in_all_rows_that_it_meets(
    purchases: Dataset, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreseeing, "AT_ONCE", 1)
    wang = client_of(cast.wang)
    actions.enter_record(purchases, {"po_no": "A1", "amount": "5"}, by=cast.wang)
    actions.enter_record(purchases, {"po_no": "A2", "amount": "5", "category": "纸张"}, by=cast.wang)
    upload(wang, purchases, NARROW.format("A1").encode())
    mapped(wang, batch := Batch.objects.get())
    assert "文件中没有这些列：品目。导入后保留" in wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()


def test_a_file_that_was_left_lying_is_gone_on_with_or_discarded(
    cast: Cast, purchases: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_of(cast.wang)
    upload(client, purchases, CSV.encode())
    batch = Batch.objects.get()
    file, page = Path(batch.file.path), f"/datasets/batches/{batch.pk}"
    shown = client.get(page).content.decode()
    assert f"{page}/columns" in shown
    assert "七天" not in shown
    assert "7 天后仍未导入的" in shown
    assert f"{page}/discard" in client.get(f"/datasets/{purchases.pk}/batches").content.decode()
    assert f"{page}/discard" not in client_of(cast.zhao).get(page).content.decode(), "not for who only reads"
    mapped(client, batch)
    assert f"{page}/preview" in client.get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{page}/discard")
    assert not file.exists()
    assert Entry.objects.filter(act="datasets.batch_discarded").count() == 1
    for at in (f"/datasets/{purchases.pk}", f"/datasets/{purchases.pk}/batches"):
        assert f'href="{page}"' not in client.get(at).content.decode(), "what was discarded is no import"
    assert "没有导入" in client.get(page).content.decode()


def test_the_preview_names_columns_that_are_not_used_and_a_sheet_without_rows(cast: Cast, purchases: Dataset) -> None:
    client = client_of(cast.wang)
    heads = ["采购单号", "申请日期", *(f"列{n}" for n in range(24))]
    for rows, said in (([["A1", "2026-03-02"]], "导入 1 行"), ([], "表头下面没有数据")):
        upload(client, purchases, book(("采购", [heads, *rows])), "采购.xlsx")
        batch = Batch.objects.order_by("pk").last()
        assert batch is not None
        mapped(client, batch)
        page = client.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
        assert "不会导入：列0、列1" in page
        assert "，还有 4 列" in page
        assert said in page


def test_two_rows_that_contradict_each_other_are_not_one(cast: Cast, purchases: Dataset) -> None:
    upload(client_of(cast.wang), purchases, "单号,总价\nA1,100\nA1,100\nA1,200\n".encode())
    found = checking.survey(Batch.objects.get())
    assert (found.good, found.doubled, found.faulty) == (1, 1, 1)


def test_others_write_while_a_file_is_read(purchases: Dataset, monkeypatch: Any) -> None:
    """A workbook takes seconds to read, and who writes on SQLite keeps everybody else from writing."""
    depths, look, begun = list[int](), reading.look, len(connection.savepoint_ids)

    def looked(*given: Any) -> list[reading.Found]:
        depths.append(len(connection.savepoint_ids) - begun)
        return look(*given)

    monkeypatch.setattr(reading, "look", looked)
    batch = importing.upload(purchases, ContentFile(book(("表", [["单号", "总价"], ["A1", 100]])), "表.xlsx"), by=None)
    batch = importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=None)
    assert depths == [0], "and once, as long as one has it at hand"
    assert importing.begin(Batch.objects.get(), by=None).state == Batch.State.APPLIED
    assert depths == [0, 0]


def test_columns_named_anew_while_a_file_is_read_are_looked_at_again(purchases: Dataset, monkeypatch: Any) -> None:
    batch = importing.upload(purchases, ContentFile("单号,总价\nA1,100\n".encode(), "表.csv"), by=None)
    batch = importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=None)
    survey = importing.survey

    def named_anew(read: Batch) -> findings.Survey:
        importing.map_columns(batch, sheet=batch.sheet, mapping={"po_no": 0}, by=None)
        return survey(read)

    monkeypatch.setattr(importing, "survey", named_anew)
    with pytest.raises(NotPossible, match="刚刚重新核对过"):
        importing.begin(batch, by=None)
    assert not Record.objects.exists()


def test_a_file_that_cannot_be_read_is_not_kept(purchases: Dataset) -> None:
    with pytest.raises(NotPossible):
        importing.upload(purchases, ContentFile(b"", "空.csv"), by=None)
    assert not Batch.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_files_that_no_import_names_are_deleted_after_a_week(purchases: Dataset) -> None:
    """The machine stopped between the file and the import: nobody sees it, and it may hold names and telephones."""
    batch = importing.upload(purchases, ContentFile("单号,总价\nA1,100\n".encode(), "表.csv"), by=None)
    kept = Path(batch.file.path)
    stray, new = kept.with_name("stray.csv"), kept.with_name("new.csv")
    for path in (stray, new):
        path.write_text("姓名,电话")
    for path in (kept, stray):
        os.utime(path, (time.time() - 8 * 86400,) * 2)
    assert tasks.discard_stale(today()) == 1
    assert (kept.exists(), stray.exists(), new.exists()) == (True, False, True)


@pytest.mark.parametrize("what", ["begin", "withdraw", "withdraw in parts"])
def test_a_table_is_locked_before_its_batch(purchases: Dataset, what: str, django_assert_max_num_queries: Any) -> None:
    """Else two people who let in and take back the same file wait for each other on PostgreSQL."""
    batch = importing.upload(purchases, ContentFile("单号,总价\nA1,100\n".encode(), "表.csv"), by=None)
    batch = importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=None)
    acts = {
        "begin": lambda: importing.begin(batch, by=None),
        "withdraw": lambda: actions.withdraw_batch(batch, reason="重复", by=None),
        "withdraw in parts": lambda: actions.withdraw_part(batch),
    }
    if what != "begin":
        acts["begin"]()
    assert batch.dataset == purchases, "read now, so that whoever reads it again reads it to lock it"
    with django_assert_max_num_queries(100) as asked:
        acts[what]()
    said = [each["sql"] for each in asked.captured_queries]
    del said[: next(n for n, sql in enumerate(said) if sql.startswith("SAVEPOINT"))]
    first = [next(n for n, sql in enumerate(said) if f'FROM "datasets_{name}"' in sql) for name in ("dataset", "batch")]
    assert first == sorted(first)


PAID = "合同编号,付款日期,付款金额\n"
SEALED = "日期,审批编号,文件名称\n"


@pytest.mark.parametrize(
    ("code", "first", "then", "said"),
    [
        (
            "DS3",
            f"{PAID}HT1,2026-03-01,50000\n",
            f"{PAID}HT1,2026-03-01,15000\n",
            "只差“付款金额”：HT1 · 2026-03-01 · 50,000.00",
        ),
        ("DS3", f"{PAID}HT1,2026-03-01,50000\n", f"{PAID}HT1,2026-03-01,50000\nHT1,2026-03-01,15000\n", ""),
        ("DS3", f"{PAID}HT1,2026-03-01,50000\n", f"{PAID}HT2,2026-03-01,15000\n", ""),
        ("DS16", f"{SEALED}2026-03-20,,合同\n", f"{SEALED}2026-03-20,YY1,合同\n", "只差“审批号”：2026-03-20 · 合同"),
        ("DS16", f"{SEALED}2026-03-20,YY1,合同\n", f"{SEALED}2026-03-20,YY2,合同\n", ""),
    ],
)
def test_a_correction_of_what_names_a_row_would_be_a_second_row(
    cast: Cast, code: str, first: str, then: str, said: str
) -> None:
    """A payment with another sum, a seal whose approval was found: the row that was wrong stays, and one is told."""
    (table,) = actions.adopt(cast.school, [code], keeper=cast.office, by=cast.chen)
    wang = client_of(cast.wang)
    for content in (first, then):
        upload(wang, table, content.encode())
        mapped(wang, batch := Batch.objects.latest("pk"))
        page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
        if content == first:
            assert "只差" not in page
            wang.post(f"/datasets/batches/{batch.pk}/begin")
            tasks.load_waiting()
    assert ("只差" in page) is bool(said)
    assert said in page
