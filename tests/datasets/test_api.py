"""Other systems: rows pushed over the API, files put into a folder of the server."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.base import File

from config import schedule
from config.commands import qingqu, records
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions, folder, importing, pushing
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.notifications.models import Message
from qingqu.trace.models import Entry
from tests.calling import Caller
from tests.common.books import book
from tests.datasets.uploading import CSV, rows_of
from tests.people import Cast

GOOD = {"采购单号": "P1", "apply_date": "2026-04-01", "总价（元）": 12.5, "供应商": "通达五金", "applicant": "王雨桐"}


def test_rows_are_pushed_read_back_replaced_and_withdrawn(cast: Cast, purchases: Dataset) -> None:
    wang = Caller(cast.wang)
    (described,) = wang.get("datasets").json()
    assert (described["code"], described["may_push"]) == ("DS1", True)
    assert next(c for c in described["columns"] if c["id"] == "po_no")["key"]
    first = wang.post("datasets/DS1/rows", {"rows": [GOOD], "name": "四月"})
    assert first.status_code == 201, first.content
    assert (first.json()["added"], first.json()["source"]) == (1, "api")
    second = wang.post("datasets/DS1/rows", {"rows": [GOOD | {"总价（元）": "13"}]}).json()
    assert (second["added"], second["replaced"]) == (0, 1)
    page = wang.get("datasets/DS1/rows").json()
    assert page["next"] is None
    assert page["items"][0]["values"]["amount"] == "13.00"
    assert "applicant" not in page["items"][0]["values"]
    assert Entry.objects.filter(act="datasets.exported").count() == 1
    assert wang.post(f"batches/{second['id']}/withdraw", {"reason": ""}).status_code == 422
    assert wang.post(f"batches/{second['id']}/withdraw", {"reason": "误报"}).json()["state"] == "withdrawn"
    assert Record.objects.get().values["amount"] == 1250
    assert wang.post(f"batches/{second['id']}/withdraw", {"reason": "再来"}).status_code == 409
    assert wang.get(f"batches/{first.json()['id']}").json()["sha256"]


def test_pages_of_rows_follow_each_other(cast: Cast, purchases: Dataset) -> None:
    wang = Caller(cast.wang)
    wang.post("datasets/DS1/rows", {"rows": [{"po_no": f"N{n}"} for n in range(5)]})
    seen, after = [], 0
    while after is not None:
        page = wang.get(f"datasets/DS1/rows?limit=2&after={after}").json()
        seen += [row["values"]["po_no"] for row in page["items"]]
        after = page["next"]
    assert seen == [f"N{n}" for n in range(5)]


def test_faulty_rows_are_named_and_nothing_is_written(cast: Cast, purchases: Dataset) -> None:
    wang = Caller(cast.wang)
    rows = [GOOD, {"po_no": "P2", "amount": "很多"}, {"amount": 1}, GOOD, GOOD | {"amount": "1", "总价（元）": "1"}]
    refused = wang.post("datasets/DS1/rows", {"rows": rows})
    assert refused.status_code == 422
    assert [(f["row"], f["column"]) for f in refused.json()["faults"]] == [
        (2, "金额"),
        (3, "采购单号"),
        (5, "采购单号"),
    ]
    assert not Batch.objects.exists()
    partly = wang.post("datasets/DS1/rows", {"rows": rows, "partial": True}).json()
    assert (partly["added"], partly["faulty"]) == (1, 3)
    assert "第 4 行与第 1 行相同" in partly["notes"][0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"rows": []}, 422),
        ({"rows": [{"没有这列": 1}]}, 409),
        ({"rows": [GOOD | {"po_no": "P2"}]}, 409),
        ({"rows": [{"po_no": ["a"]}]}, 422),
        ({"rows": [{"po_no": "x"}] * 5001}, 422),
        ({"rows": [{"po_no": "只有错的", "amount": "？"}], "partial": True}, 422),
    ],
)
def test_what_is_no_push_is_refused(cast: Cast, purchases: Dataset, body: Any, status: int) -> None:
    assert Caller(cast.wang).post("datasets/DS1/rows", body).status_code == status
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("name", "push", "read"),
    [
        ("wang", 201, 200),
        ("li", 201, 200),
        ("zhao", 403, 200),
        ("he", 403, 200),
        ("chen", 403, 403),
        ("zhou", 404, 404),
    ],
)
def test_who_pushes_and_who_reads(cast: Cast, purchases: Dataset, name: str, push: int, read: int) -> None:
    one = Caller(cast.everyone[name])
    assert one.post("datasets/DS1/rows", {"rows": [GOOD]}).status_code == push
    assert one.get("datasets/DS1/rows").status_code == read


def test_sensitive_columns_are_read_by_keeper_and_commission_only(cast: Cast, purchases: Dataset) -> None:
    purchases.columns = [c | {"sensitive": c["id"] == "supplier" or c["sensitive"]} for c in purchases.columns]
    purchases.save()
    Caller(cast.wang).post("datasets/DS1/rows", {"rows": [GOOD]})
    shown = {
        name: "supplier" in Caller(cast.everyone[name]).get("datasets/DS1/rows").json()["items"][0]["values"]
        for name in ("wang", "zhao", "he")
    }
    assert shown == {"wang": True, "zhao": True, "he": False}


def test_columns_that_nobody_sends_stay_and_those_sent_empty_are_emptied(
    cast: Cast, purchases: Dataset, tmp_path: Path
) -> None:
    """The same over the API, from the folder and by the command: nobody can be asked there."""
    whole = {"po_no": "P1", "amount": "5", "category": "纸张", "supplier": "通达五金", "applicant": "王雨桐"}
    before = actions.enter_record(purchases, whole, by=cast.wang).values
    api = Caller(cast.wang)

    def now() -> dict[str, Any]:
        return {k: v for k, v in Record.objects.get(values__po_no="P1").values.items() if v != before[k]}

    rows = [{"po_no": "P1", "amount": 6}, {"po_no": "P2", "category": ""}]
    pushed = api.post("datasets/DS1/rows", {"rows": rows}).json()
    assert (pushed["added"], pushed["replaced"]) == (1, 1)
    assert pushed["notes"] == ["没有报送这些列，表中原有的内容保留：品目、供应商、申请人"]
    assert now() == {"amount": 600}
    pushed = api.post("datasets/DS1/rows", {"rows": [{"po_no": "P1", "category": None, "供应商": ""}]}).json()
    assert pushed["notes"] == ["没有报送这些列，表中原有的内容保留：金额、申请人"]
    assert now() == {"amount": 600, "category": None, "supplier": None}
    again = api.post("datasets/DS1/rows", {"rows": [{"po_no": "P1"}]}).json()
    assert (again["replaced"], again["unchanged"]) == (0, 1)
    put_file(tmp_path / "in", "DS1/更正.csv", "采购单号,品目,金额\nP1,纸张,\n".encode())
    ((done, _line),) = folder.watch(tmp_path / "in")
    assert now() == {"amount": None, "supplier": None}
    assert "没有报送这些列，表中原有的内容保留：申请人" in done.with_name(done.name + ".txt").read_text()
    path = put_file(tmp_path, "再更正.csv", "采购单号,供应商\nP1,通达五金\n".encode())
    said = CliRunner().invoke(qingqu, ["import-records", "DS1", str(path)])
    assert now() == {"amount": None}
    assert "表中原有的内容保留：品目、申请人" in said.output


def test_a_needed_column_has_to_come_with_every_row(cast: Cast) -> None:
    (quotes,) = actions.adopt(cast.school, ["DS2"], keeper=cast.office, by=cast.chen)
    api = Caller(cast.wang)
    assert api.post("datasets/DS2/rows", {"rows": [{"po_no": "P1", "bidder": "甲", "quote": 5}]}).status_code == 201
    refused = api.post("datasets/DS2/rows", {"rows": [{"po_no": "P1", "quote": 6}]})
    assert (refused.status_code, refused.json()["faults"][0]["column"]) == (422, "报价单位")
    assert Record.objects.get(dataset=quotes).values["quote"] == 500


def test_many_pushed_rows_are_judged_in_the_background(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    monkeypatch.setattr(actions, "FEW", 2)
    batch, _found = pushing.push(purchases, [{"po_no": str(n)} for n in range(3)], by=cast.wang)
    assert not batch.judged


def put_file(root: Path, name: str, content: bytes, age: float = 60) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_files_of_the_watched_folder_are_taken_in_and_moved(cast: Cast, purchases: Dataset, tmp_path: Path) -> None:
    root = tmp_path / "in"
    good = put_file(root, "DS1/采购.csv", CSV.encode("gb18030"))
    named = put_file(root, "YC5Z/DS1/更正.xlsx", book(("表", [["采购单号", "金额"], ["A1", 7]])), age=30)
    bad = put_file(root, "DS1/坏.csv", "甲,乙\n1,2\n".encode(), age=20)
    stray = put_file(root, "DS99/表.csv", CSV.encode(), age=15)
    young = put_file(root, "DS1/写到一半.csv", CSV.encode(), age=0)
    hidden = put_file(root, "DS1/.tmp.csv", CSV.encode())
    went = folder.watch(root)
    assert [(target.parent.name, target.name.endswith(path.name)) for (target, _line), path in zip(
        went, (good, named, bad, stray), strict=True
    )] == [("done", True), ("done", True), ("failed", True), ("failed", True)]  # fmt: skip
    assert young.exists()
    assert hidden.exists()
    assert not any(path.exists() for path in (good, named, bad, stray))
    assert {r.values["po_no"]: r.values["amount"] for r in Record.objects.all()} == {"A1": 700, "A3": 30000}
    report = went[0][0].with_name(went[0][0].name + ".txt").read_text()
    assert "新增 2 行，更正 0 行，未变 0 行，没有导入 1 行" in report
    assert "第 3 行 金额：“约两百”不是金额" in report
    mend = went[0][0].with_name(went[0][0].name + "-rejects.xlsx")
    assert rows_of(mend.read_bytes())[1][0] == "A2"
    told = Message.objects.get(person=cast.li, text="定时读取的文件有误，1 行没有导入“采购台账”，请更正：采购.csv")
    assert told.url == f"/datasets/batches/{Batch.objects.order_by('pk').values_list('pk', flat=True)[0]}"
    assert "请指明哪一列是：采购单号" in went[2][1]
    assert "没有编号为 DS99 的数据表" in went[3][1]
    assert folder.watch(root) == []
    put_file(root, "DS1/空.csv", b"")
    assert "文件里没有内容" in folder.watch(root)[0][1]
    refused = set(Message.objects.filter(person=cast.li, text__contains="没有导入“").values_list("text", "url"))
    refused -= {(told.text, told.url)}
    assert {url for _text, url in refused} == {f"/datasets/{purchases.pk}"}
    assert sorted(text.split("：")[0] for text, _url in refused) == [
        "定时读取的文件没有导入“采购台账”，坏.csv",
        "定时读取的文件没有导入“采购台账”，空.csv",
    ]


def test_a_head_is_told_of_another_table_in_a_file_that_nobody_watched(
    cast: Cast, purchases: Dataset, tmp_path: Path
) -> None:
    put_file(tmp_path, "DS1/一张.csv", "采购单号,金额\nA1,7\n".encode())
    put_file(tmp_path, "DS1/两张.csv", "采购单号,金额\nA2,7\n,\n姓名,电话\n甲,乙\n".encode())
    folder.watch(tmp_path)
    assert {record.values["po_no"] for record in Record.objects.all()} == {"A1", "A2"}
    told = Message.objects.get(person=cast.li, text__contains="别的表格")
    assert told.text.endswith("需要的请另存为文件再导入：两张.csv")
    assert told.url == f"/datasets/batches/{Batch.objects.get(name='两张.csv').pk}"


def test_a_head_reads_in_his_language_why_a_file_did_not_come_in(
    cast: Cast, purchases: Dataset, tmp_path: Path
) -> None:
    cast.li.language = "en"
    cast.li.save()
    for name, content in (("甲.csv", "甲,乙\n1,2\n"), ("乙.csv", "采购单号,金额\nA1,约两百\n"), ("丙.csv", "")):
        put_file(tmp_path, f"DS1/{name}", content.encode())
    reports = {line for _target, line in folder.watch(tmp_path)}
    assert "没有可以导入的行。第 2 行 金额：“约两百”不是金额，请只填数字，如 1234.50" in reports
    told = " ".join(Message.objects.filter(person=cast.li).values_list("text", flat=True))
    assert "No row can be taken in. Row 2, Amount: “约两百” is no amount" in told
    assert "Say which column is: Purchase no." in told
    assert "The file has no content." in told


def test_an_interrupted_file_of_the_folder_goes_on(
    cast: Cast, purchases: Dataset, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(importing, "PART", 2)
    monkeypatch.setattr(actions, "FEW", 1)
    lines = [f"L{n},2026.3.2,{n},通达五金,王雨桐" for n in range(6)]
    path = put_file(tmp_path, "DS1/长.csv", "\n".join([CSV.splitlines()[0], *lines]).encode())
    asked = iter([False, False, True])
    assert folder.watch(tmp_path, lambda: next(asked, True)) == []
    assert (path.exists(), Record.objects.count()) == (True, 2)
    assert len(folder.watch(tmp_path)) == 1
    batch = Batch.objects.get()
    assert (batch.state, batch.added, batch.source) == ("applied", 6, "folder")


def test_the_command_takes_a_file_in(cast: Cast, purchases: Dataset, tmp_path: Path) -> None:
    path = put_file(tmp_path, "采购.csv", CSV.encode())
    said = CliRunner().invoke(qingqu, ["import-records", "DS1", str(path), "--school", "YC5Z"])
    assert "新增 2 行" in said.output
    assert path.exists()
    refused = CliRunner().invoke(qingqu, ["import-records", "DS2", str(path)])
    assert isinstance(refused.exception, NotPossible)


def test_the_command_leaves_an_upload_of_the_page_to_whoever_made_it(
    cast: Cast, purchases: Dataset, tmp_path: Path
) -> None:
    path = put_file(tmp_path, "采购.csv", CSV.encode())
    with path.open("rb") as file:
        upload = importing.upload(purchases, File(file, path.name), by=cast.li)
    importing.map_columns(upload, sheet=upload.sheet, mapping=upload.mapping, by=cast.li)
    said = CliRunner().invoke(qingqu, ["import-records", "DS1", str(path), "--school", "YC5Z"])
    assert "新增 2 行" in said.output
    upload.refresh_from_db()
    assert (upload.state, Batch.objects.count()) == ("mapped", 2)


def test_a_folder_is_watched_once_or_until_somebody_stops_it(
    cast: Cast, purchases: Dataset, tmp_path: Path, monkeypatch: Any
) -> None:
    rounds = []

    def sleep(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(records, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(records, "close_old_connections", lambda: None)
    assert CliRunner().invoke(qingqu, ["watch-folder", str(tmp_path), "--once"]).exit_code == 0
    assert rounds == []
    CliRunner().invoke(qingqu, ["watch-folder", str(tmp_path)])
    assert rounds == [records.ROUND, records.ROUND]


def test_the_worker_looks_after_records_in_a_thread_of_its_own(purchases: Dataset, monkeypatch: Any) -> None:
    done = []

    class Once:
        def __init__(self) -> None:
            self.rounds = iter([False, True])

        def wait(self, _seconds: float) -> bool:
            return next(self.rounds)

        def is_set(self) -> bool:
            return False

    monkeypatch.setattr(schedule.datasets, "load_waiting", lambda stopped: done.append(stopped()))
    monkeypatch.setattr(schedule, "close_old_connections", lambda: None)
    monkeypatch.setattr(schedule.connection, "close", lambda: done.append("closed"))
    schedule.work_on_records(Once())  # type: ignore[arg-type]
    assert done == [False, "closed"]
