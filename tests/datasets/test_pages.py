"""The pages of the tables: rows typed in, files brought in, what is refused and what is masked."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qingqu.common import middleware
from qingqu.common.tabular import open_workbook
from qingqu.common.tabular.files import OLE
from qingqu.datasets import actions, checking, importing, tasks
from qingqu.datasets.models import Batch, Dataset, Record, RecordVersion
from qingqu.datasets.views import imports, tables
from qingqu.trace.models import Entry
from tests.common.books import book
from tests.make import make_appointment, make_post, make_user
from tests.people import Cast


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def purchases(cast: Cast) -> Dataset:
    return actions.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)[0]


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


CSV = "采购单号,申请日期,总价（元）,供应商,申请人\n" + "\n".join(
    [
        "A1,2026.3.2,100.00,通达五金,王雨桐",
        "A2,2026.3.3,两百,通达五金,王雨桐",
        "A3,2026.3.4,300,东湖文印,",
        "合计,,400,,",
        "A3,2026.3.4,300,东湖文印,",
        "制表人：张三,,,,",
    ]
)


def upload(client: Client, dataset: Dataset, data: bytes, name: str = "采购.csv") -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(f"/datasets/{dataset.pk}/upload", {"file": file})


def mapped(client: Client, batch: Batch) -> Any:
    fields = {f"map:{column}": position for column, position in batch.mapping.items()}
    return client.post(f"/datasets/batches/{batch.pk}/columns", {"sheet": batch.sheet, **fields})


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_in_any_encoding(cast: Cast, purchases: Dataset, encoding: str) -> None:
    wang = client_of(cast.wang)
    assert upload(wang, purchases, CSV.encode(encoding)).status_code == 302
    batch = Batch.objects.get()
    assert batch.mapping == {"po_no": 0, "apply_date": 1, "amount": 2, "supplier": 3, "applicant": 4}
    assert mapped(wang, batch).status_code == 302
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert "“两百”不是金额" in page
    assert "小计或合计" in page
    assert "是签名或说明，没有导入" in page
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
        (OLE + bytes(600), "采购.txt", "请把后缀改为 .xlsx（旧版 Excel 为 .xls）"),
        (b"%PDF-1.7 ", "采购.csv", "这是 PDF 文件，不是表格"),
        (b"%PDF-1.7 ", "采购.xlsx", "这是 PDF 文件，不是表格"),
        (bytes(600), "采购.csv", "不是文字表格"),
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


def test_text_that_a_system_exports_as_xls_is_read(cast: Cast, purchases: Dataset) -> None:
    """Everybody opens such a file in Excel every day."""
    wang = client_of(cast.wang)
    assert upload(wang, purchases, CSV.replace(",", "\t").encode("gb18030"), "导出.xls").status_code == 302
    batch = Batch.objects.get()
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    assert Record.objects.count() == 2


def test_a_large_file_goes_in_behind_the_page(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    monkeypatch.setattr(actions, "FEW", 1)
    wang = client_of(cast.wang)
    upload(wang, purchases, CSV.encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert batch.state == "running"
    assert "可以离开本页" in wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    assert tasks.load_waiting() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.added) == ("applied", 2)
    assert tasks.load_waiting() == 0


def test_required_columns_have_to_be_named(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    upload(wang, purchases, book(("采购", [["甲", "乙"], ["1", "2"]])), "表.xlsx")
    batch = Batch.objects.get()
    answer = wang.post(f"/datasets/batches/{batch.pk}/columns", {"sheet": batch.sheet})
    assert answer.status_code == 422
    assert "请指明哪一列是：采购单号" in answer.content.decode()


def test_a_row_typed_in_corrected_and_withdrawn(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    at = f"/datasets/{purchases.pk}/enter"
    bad = wang.post(at, {"po_no": "B1", "amount": "很多"})
    assert bad.status_code == 422
    assert 'value="很多"' in bad.content.decode()
    assert wang.post(at, {"po_no": "B1", "amount": "10", "applicant": "王雨桐"}).status_code == 302
    entry = Record.objects.get()
    hashed = entry.values["applicant"]
    form = wang.get(f"/datasets/records/{entry.pk}/correct").content.decode()
    assert hashed not in form
    assert wang.post(f"/datasets/records/{entry.pk}/correct", {"po_no": "B1", "amount": "11"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.values["amount"], entry.values["applicant"], entry.version) == (1100, hashed, 2)
    assert "第 2 版" in wang.get(f"/datasets/records/{entry.pk}").content.decode()
    assert wang.post(f"/datasets/records/{entry.pk}/withdraw", {"reason": "重复"}).status_code == 302


@pytest.mark.parametrize(
    ("name", "table", "enter"),
    [
        ("wang", 200, 200),
        ("li", 200, 200),
        ("he", 200, 403),
        ("zhao", 200, 403),
        ("chen", 200, 403),
        ("feng", 404, 404),
    ],
)
def test_who_reads_and_who_enters(cast: Cast, purchases: Dataset, name: str, table: int, enter: int) -> None:
    actions.enter_record(purchases, {"po_no": "B1", "supplier": "通达五金"}, by=cast.wang)
    client = client_of(cast.everyone[name])
    page = client.get(f"/datasets/{purchases.pk}")
    assert page.status_code == table
    assert ("通达五金" in page.content.decode()) is (table == 200 and name != "chen")
    assert client.get(f"/datasets/{purchases.pk}/enter").status_code == enter
    assert client_of(cast.zhou).get(f"/datasets/{purchases.pk}").status_code == 404


def test_an_event_log_with_unknown_steps(cast: Cast) -> None:
    (log,) = actions.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)
    events = "".join(
        f'<event><string key="concept:name" value="{step}"/><string key="org:resource" value="甲"/>'
        f'<date key="time:timestamp" value="2026-03-0{day}T10:00:00+08:00"/></event>'
        for day, step in enumerate(["填单", "部门审批", "支付"], 1)
    )
    case = '<string key="concept:name" value="c1"/>'
    xes = f'<log xmlns="http://www.xes-standard.org/"><trace>{case}{events}</trace></log>'
    wang = client_of(cast.wang)
    upload(wang, log, gzip.compress(xes.encode()), "日志.xes.gz")
    batch = Batch.objects.get()
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    assert Record.objects.count() == 3
    page = wang.get(f"/datasets/{log.pk}").content.decode()
    assert "未识别的环节" in page
    names = ["填单", "支付", "部门审批"]
    typed = {f"step{n}": step for n, step in enumerate(["申请", "付款", "审批"])}
    assert [n for n in names if n in wang.get(f"/datasets/{log.pk}/steps").content.decode()] == names
    assert wang.post(f"/datasets/{log.pk}/steps", typed).status_code == 302
    log.refresh_from_db()
    assert log.steps == {"填单": "申请", "支付": "付款", "部门审批": "审批"}
    assert "未识别的环节" not in wang.get(f"/datasets/{log.pk}").content.decode()


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Every test has tables of the same numbers."""
    cache.clear()


def events(*steps: str, case: str = "c1") -> list[dict[str, Any]]:
    return [
        {"case": case, "step": step, "operator": "甲", "time": f"2026-03-0{day} 10:00"}
        for day, step in enumerate(steps, 1)
    ]


def test_standard_names_of_steps_need_nobody_to_say_what_they_are(cast: Cast) -> None:
    (log,) = actions.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)
    for row in events("申请", "审批", "付款"):
        actions.enter_record(log, row, by=cast.wang)
    wang = client_of(cast.wang)
    log.refresh_from_db()
    assert log.steps == {}, "without a mapping they mean themselves"
    assert "未识别的环节" not in wang.get(f"/datasets/{log.pk}").content.decode()
    for row in events("填单", "申请", case="c2"):
        actions.enter_record(log, row, by=cast.wang)
    page = wang.get(f"/datasets/{log.pk}").content.decode()
    assert "未识别的环节：填单（1）" in page
    names = ["填单", "付款", "审批", "申请"]
    form = wang.get(f"/datasets/{log.pk}/steps").context["form"]
    assert [(field.label, field.initial) for field in form] == [(name, name.replace("填单", "")) for name in names]
    typed = {f"step{n}": step for n, step in enumerate(["申请", "付款", "审批", "申请"])}
    wang.post(f"/datasets/{log.pk}/steps", typed)
    log.refresh_from_db()
    assert log.steps == {"填单": "申请", "付款": "付款", "审批": "审批", "申请": "申请"}
    rows = [actions.clean(log, row) for row in events("验收", "入库", case="c3")]
    actions.put_rows(log, rows, batch=None, by=cast.wang)
    log.refresh_from_db()
    assert log.steps["验收"] == "验收", "one that the log begins to use later as well"
    assert "未识别的环节：入库（1）" in wang.get(f"/datasets/{log.pk}").content.decode()
    assert Entry.objects.filter(act="datasets.steps_mapped").count() == 2


def test_a_standard_name_may_mean_nothing(cast: Cast) -> None:
    (log,) = actions.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)
    actions.enter_record(log, events("归档")[0], by=cast.wang)
    client_of(cast.wang).post(f"/datasets/{log.pk}/steps", {"step0": ""})
    log.refresh_from_db()
    assert log.steps == {"归档": ""}
    actions.enter_record(log, events("归档", case="c2")[0], by=cast.wang)
    log.refresh_from_db()
    assert log.steps == {"归档": ""}


def test_lists_need_as_many_statements_for_many(
    cast: Cast, purchases: Dataset, django_assert_max_num_queries: Any
) -> None:
    wang = client_of(cast.wang)
    for numbers in (range(10), range(10, 100)):
        rows = [actions.clean(purchases, {"po_no": f"N{n}"}) for n in numbers]
        actions.put_rows(purchases, rows, batch=None, by=None)
        with django_assert_max_num_queries(16):
            wang.get(f"/datasets/{purchases.pk}")
        with django_assert_max_num_queries(14):
            wang.get("/datasets/")


def test_the_pages_open_in_english(cast: Cast, purchases: Dataset) -> None:
    client = client_of(cast.wang)
    client.cookies["django_language"] = "en"
    page = client.get(f"/datasets/{purchases.pk}").content.decode()
    assert "Purchases" in page
    assert "Enter a row" in page


def rows_of(content: bytes) -> list[list[Any]]:
    return [list(row) for row in open_workbook(content, "表.xlsx")[0].rows]


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
    assert row[:5] == ["A2", "2026.3.3", "两百", "通达五金", "王雨桐"]
    assert "金额：“两百”不是金额" in row[5]
    upload(wang, purchases, book(("更正", [head, [*row[:2], "200", *row[3:]]])), "更正.xlsx")
    mended = Batch.objects.order_by("-id").first()
    assert mended is not None
    mapped(wang, mended)
    wang.post(f"/datasets/batches/{mended.pk}/begin")
    assert Record.objects.get(values__po_no="A2").values["amount"] == 20000
    Batch.objects.update(applied_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert tasks.discard_stale(date(2026, 4, 1)) == 1
    batch.refresh_from_db()
    assert not batch.rejects


def running(cast: Cast, purchases: Dataset, monkeypatch: Any) -> Batch:
    monkeypatch.setattr(checking, "LOOKED_AT", 2)
    monkeypatch.setattr(importing, "PART", 2)
    lines = [f"L{n},2026.3.2,{'x' if n == 6 else n},通达五金,王雨桐" for n in range(9)]
    wang = client_of(cast.wang)
    upload(wang, purchases, "\n".join([CSV.splitlines()[0], *lines]).encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    assert "先核对了前 2 行" in wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert batch.state == "running"
    return batch


def test_a_long_file_is_interrupted_and_goes_on(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    batch = running(cast, purchases, monkeypatch)
    asked = iter([False, False, True])
    assert tasks.load_waiting(lambda: next(asked, True)) == 0
    batch.refresh_from_db()
    assert (batch.state, batch.done, Record.objects.count()) == ("running", 4, 4)
    assert tasks.load_waiting() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.added, batch.replaced, batch.faulty, batch.judged) == ("applied", 8, 0, 1, True)
    assert rows_of(batch.rejects.read())[1][0] == "L6"
    assert not RecordVersion.objects.exists()


def test_an_import_whose_file_is_gone_ends_and_can_be_withdrawn(
    cast: Cast, purchases: Dataset, monkeypatch: Any
) -> None:
    batch = running(cast, purchases, monkeypatch)
    asked = iter([False, True])
    tasks.load_waiting(lambda: next(asked, True))
    Path(batch.file.path).unlink()
    assert tasks.load_waiting() == 1
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert "请重新上传" in batch.reason
    client_of(cast.wang).post(f"/datasets/batches/{batch.pk}/withdraw", {"reason": "重来"})
    assert not Record.objects.filter(withdrawn=False).exists()


def test_what_was_exported_comes_in_again_with_its_persons(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    actions.enter_record(purchases, {"po_no": "B1", "amount": "-1200.5", "applicant": "王雨桐"}, by=cast.wang)
    entry = Record.objects.get()
    text = b"".join(wang.get(f"/datasets/{purchases.pk}/export.csv").streaming_content).decode("utf-8-sig")
    assert "王雨桐" not in text
    assert "-1200.5" in text
    for content, name in (
        (text.encode(), "表.csv"),
        (wang.get(f"/datasets/{purchases.pk}/export.xlsx").content, "表.xlsx"),
    ):
        upload(wang, purchases, content, name)
        batch = Batch.objects.order_by("-id").first()
        assert batch is not None
        mapped(wang, batch)
        wang.post(f"/datasets/batches/{batch.pk}/begin")
        batch.refresh_from_db()
        assert (batch.added, batch.replaced, batch.unchanged) == (0, 0, 1)
    again = text.replace("-1200.5", "7").replace("B1", "B2") + text.replace("-1200.5", "8").split("\n", 1)[1]
    upload(wang, purchases, again.encode())
    batch = Batch.objects.order_by("-id").first()
    assert batch is not None
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    now = {r.values["po_no"]: (r.values["amount"], r.values["applicant"]) for r in Record.objects.all()}
    assert now == {"B1": (800, entry.values["applicant"]), "B2": (700, None)}
    assert "全部批次" in wang.get(f"/datasets/{purchases.pk}").content.decode()
    assert wang.get(f"/datasets/{purchases.pk}/batches").content.decode().count("表.csv") == 1


def test_too_many_rows_for_a_workbook_are_refused_not_cut(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    monkeypatch.setattr(tables, "EXPORT_AT_MOST", 1)
    actions.put_rows(purchases, [actions.clean(purchases, {"po_no": n}) for n in ("B1", "B2")], batch=None, by=None)
    wang = client_of(cast.wang)
    answer = wang.get(f"/datasets/{purchases.pk}/export.xlsx")
    assert answer.status_code == 409
    assert "导出 CSV" in answer.content.decode()
    assert len(list(wang.get(f"/datasets/{purchases.pk}/export.csv").streaming_content)) == 1


def test_rows_are_looked_for_by_word_and_day(cast: Cast, purchases: Dataset) -> None:
    rows = [("B1", "2026-03-01", "东湖文印"), ("B2", "2026-03-31", "东湖文印"), ("B3", "2026-04-01", "通达五金")]
    for number, day, supplier in rows:
        cells = {"po_no": number, "apply_date": day, "supplier": supplier}
        actions.enter_record(purchases, cells, by=cast.wang)
    actions.withdraw_record(Record.objects.get(values__po_no="B1"), reason="误报", by=cast.wang)
    wang = client_of(cast.wang)

    def found(query: str) -> set[str]:
        page = wang.get(f"/datasets/{purchases.pk}?{query}").content.decode()
        return {number for number, _day, _supplier in rows if f">{number}<" in page}

    assert found("") == {"B2", "B3"}
    assert found("q=东湖") == {"B2"}
    assert found("since=2026-03-31&until=2026-03-31") == {"B2"}
    assert found("until=nonsense") == {"B2", "B3"}
    assert found("withdrawn=on") == {"B1"}


def test_sensitive_columns_are_masked_and_not_searched(cast: Cast) -> None:
    (pay,) = actions.adopt(cast.school, ["DS15"], keeper=cast.office, by=cast.chen)
    cells = {"staff_id": "2001", "relation": "配偶", "supplier_tax_no": "91330000"}
    entry = actions.enter_record(pay, cells, by=cast.wang)
    pages = [f"/datasets/{pay.pk}", f"/datasets/records/{entry.pk}", f"/datasets/{pay.pk}/export.csv"]
    for name, sees in (("wang", True), ("zhao", True), ("he", False), ("qian", False)):
        client = client_of(cast.everyone[name])
        assert client.get(f"/datasets/{pay.pk}?q=9133").content.decode().count("91330000") == 1
        assert ("91330000" in client.get(f"/datasets/{pay.pk}?q=配偶").content.decode()) is sees, name
        for page in pages:
            answer = client.get(page)
            text = b"".join(answer if answer.streaming else [answer.content]).decode()
            assert ("配偶" in text) is sees, (name, page)


def test_who_sees_no_table_learns_which_department_keeps_them(cast: Cast, purchases: Dataset) -> None:
    teacher = make_user(name="周老师")
    make_appointment(teacher, make_post(cast.teaching, "教师"))
    page = client_of(teacher)
    told = page.get("/datasets/").content.decode()
    assert "本校的数据表由总务处保管" in told
    assert "还没有数据表" not in told


def test_a_long_text_may_be_uploaded_by_who_has_signed_in(purchases: Dataset, cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(middleware, "MAX_REQUEST", 1024)
    long = ("采购单号,金额\n" + "".join(f"L{n},{n}\n" for n in range(1000))).encode()
    answer = upload(client_of(cast.wang), purchases, long)
    assert answer.status_code == 302, "a million purchases are some 200 MB"
    assert importing.MOST_BYTES > 200_000_000
    assert upload(Client(), purchases, long).status_code == 413
    monkeypatch.setattr(imports.upload, "most_bytes", 2048)
    answer = upload(client_of(cast.wang), purchases, long)
    assert answer.status_code == 413
    assert "文件过大" in answer.content.decode()


ODD = "单子编码,申请日期,金额,供应商,签字人\nB1,2026.3.2,100,通达五金,李明远\nB2,2026.3.3,两百,通达五金,李明远\n"


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
    assert ("其中 1 行表中已有" in page) is replaces
    assert ("文件中没有这些列：品目、申请人。导入后保留" in page) is replaces
    assert ('name="empties"' in page) is replaces


@pytest.mark.parametrize("few", [1000, 1])
@pytest.mark.parametrize("empties", [False, True])
def test_columns_that_a_file_lacks_stay_unless_somebody_wants_them_empty(
    purchases: Dataset, cast: Cast, monkeypatch: Any, empties: bool, few: int
) -> None:
    monkeypatch.setattr(actions, "FEW", few)
    wang = client_of(cast.wang)
    whole = {"po_no": "A1", "amount": "5", "category": "纸张", "applicant": "王雨桐"}
    before = actions.enter_record(purchases, whole, by=cast.wang).values
    gone = actions.enter_record(purchases, whole | {"po_no": "A2"}, by=cast.wang)
    actions.withdraw_record(gone, reason="误报", by=cast.wang)
    upload(wang, purchases, NARROW.format("A1").encode())
    mapped(wang, batch := Batch.objects.get())
    wang.post(f"/datasets/batches/{batch.pk}/begin", {"empties": "on"} if empties else {})
    tasks.load_waiting()
    now = {record.values["po_no"]: record.values for record in Record.objects.filter(withdrawn=False)}
    assert now["A1"] == before | {"amount": 10000, "supplier": "通达五金"} | (
        {"category": None, "applicant": None} if empties else {}
    )
    assert now["A2"]["category"] is None, "what was taken back does not come back with another row"
    page = wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    assert ("表中原有的内容保留：品目、申请人" in page) is not empties
    wang.cookies["django_language"] = "en"
    page = wang.get(f"/datasets/batches/{batch.pk}").content.decode()
    assert ("were kept as they were: Category, Applicant" in page) is not empties


def test_faults_name_columns_in_the_readers_language(purchases: Dataset, cast: Cast, settings: Any) -> None:
    wang = client_of(cast.wang)
    wang.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    upload(wang, purchases, "采购单号,金额\nA1,两百\n,3\nA2,4\n".encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    page = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    assert ">Amount<" in page
    assert "Fill in: Purchase no." in page
    assert ">金额<" not in page


TWINS = [
    ("A1,两百\nA1,300\n", [(2, "amount"), (3, "po_no")]),
    ("A1,300\nA1,两百\n", [(3, "amount"), (3, "po_no")]),
    ("A1,两百\nA1,两百\n", [(2, "amount"), (3, "amount")]),
    (",两百\n,300\n", [(2, "po_no"), (2, "amount"), (3, "po_no")]),
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
        ("“两百”不是金额", "“两百” is no amount"),
        ("'column': '金额'", "'column': 'Amount'"),
    ):
        assert zh in said["zh-hans"]
        assert en in said["en"]
    Batch.objects.update(notes=["第 9 行"], faults=[{"row": 9, "column": "金额", "value": "", "message": "不对"}])
    answer = wang.get(f"/api/v1/batches/{batch.pk}").json()
    assert (answer["notes"], answer["faults"]) == (["第 9 行"], [{"row": 9, "column": "金额", "message": "不对"}])
    Batch.objects.update(state="failed", reason="文件已不在服务器上，或者不能读取，请重新上传。")
    assert "The file is" in wang.get(f"/datasets/batches/{batch.pk}").content.decode()


def test_what_a_file_lacks_is_looked_for_in_all_rows_that_it_meets(
    purchases: Dataset, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    wang = client_of(cast.wang)
    actions.enter_record(purchases, {"po_no": "A1", "amount": "5"}, by=cast.wang)
    actions.enter_record(purchases, {"po_no": "A2", "amount": "5", "category": "纸张"}, by=cast.wang)
    upload(wang, purchases, NARROW.format("A1").encode())
    mapped(wang, batch := Batch.objects.get())
    assert "文件中没有这些列：品目。导入后保留" in wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
