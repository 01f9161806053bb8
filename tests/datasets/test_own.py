"""Tables of the school's own: defined out of headings, filled in every way, changed and retired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qingqu.common.errors import NotPossible
from qingqu.datasets import actions, defining, folder, rules
from qingqu.datasets.defining import ColumnSaid
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.trace.models import Entry
from tests.calling import Caller
from tests.datasets.uploading import mapped, upload
from tests.people import Cast, client_of

HEADS = "钥匙编号\t领用人\t联系电话\t领用日期\t押金（元）\t数量\t是否归还\t用途"


@pytest.fixture
def keys(cast: Cast) -> Dataset:
    return defining.define(
        cast.school, name="钥匙领用", headings=rules.headings(HEADS), keeper=cast.office, by=cast.chen
    )


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("采购日期", "date"),
        ("办理时间", "moment"),
        ("押金（元）", "money"),
        ("报名人数", "count"),
        ("面积", "number"),
        ("是否归还", "flag"),
        ("领用人", "person"),
        ("借用人", "person"),
        ("值班人员", "person"),
        ("投标人", "text"),
        ("家长电话", "phone"),
        ("学号", "card"),
        ("用途", "text"),
        ("人数", "count"),
    ],
)
def test_what_a_heading_means(heading: str, kind: str) -> None:
    assert rules.kind_of_heading(heading) == kind


def form_of(dataset: Dataset, **changes: Any) -> dict[str, Any]:
    """The page of columns as it would be sent, with changes as `c-0-name`."""
    said = defining.said_of(dataset)
    data: dict[str, Any] = {"c-TOTAL_FORMS": len(said) + 4, "c-INITIAL_FORMS": len(said), "name": dataset.name}
    for n, one in enumerate(said):
        data |= {f"c-{n}-{part}": getattr(one, part) for part in ("id", "name", "role", "kind", "note")}
        data |= {f"c-{n}-{box}": "on" for box in ("key", "required", "sensitive") if getattr(one, box)}
    for n in range(len(said), len(said) + 4):
        data[f"c-{n}-kind"] = "text"
    return data | {name.replace("_", "-"): value for name, value in changes.items()}


def test_from_a_line_of_headings_to_rows(cast: Cast) -> None:
    chen, wang = client_of(cast.chen), client_of(cast.wang)
    said = {"name": "钥匙领用", "kind": "table", "headings": HEADS, "keeper": cast.office.pk}
    assert chen.post("/datasets/define", said | {"headings": "编号\n编号"}).status_code == 422
    went = chen.post("/datasets/define", said)
    table = Dataset.objects.get()
    assert went.url == f"/datasets/{table.pk}/columns"
    assert [c["type"] for c in table.columns] == [
        *("text", "hashed", "hashed", "date", "money", "number", "flag", "text")
    ]
    assert chen.post("/datasets/define", said).status_code == 422
    page = chen.get(went.url).content.decode()
    assert "人名（只存摘要）" in page
    changed = form_of(table, c_5_kind="count", c_7_note="领去做什么", c_7_sensitive="on", c_8_name="备注")
    assert chen.post(went.url, changed).status_code == 302
    table.refresh_from_db()
    assert (table.columns[5]["type"], table.columns[7]["note"]) == ("count", "领去做什么")
    assert table.columns[8]["name"] == "备注"
    csv = HEADS.replace("\t", ",") + "\nK1,王雨桐,13800000001,2026.3.2,20,2,是,开门\nK2,,,三月,20,1,否,\n"
    upload(wang, table, csv.encode())
    batch = Batch.objects.get()
    assert batch.mapping == {f"c{n}": n - 1 for n in range(1, 9)}
    assert "领去做什么" in wang.get(f"/datasets/batches/{batch.pk}/columns").content.decode()
    mapped(wang, batch)
    assert "K1" in wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    row = Record.objects.get()
    assert row.values["c5"] == 2000
    assert "王雨桐" not in str(row.values)
    assert "K1" in wang.get(f"/datasets/{table.pk}").content.decode()
    assert wang.get(f"/datasets/{table.pk}/export.xlsx").status_code == 200
    assert wang.post(f"/datasets/batches/{batch.pk}/withdraw", {"reason": "误导"}).status_code == 302
    assert not Record.objects.filter(withdrawn=False).exists()
    acts = set(Entry.objects.values_list("act", flat=True))
    assert {"datasets.defined", "datasets.columns_set", "datasets.batch_withdrawn"} <= acts


def test_other_systems_fill_it_too(cast: Cast, keys: Dataset, tmp_path: Path) -> None:
    wang = Caller(cast.wang)
    pushed = wang.post(
        f"datasets/{keys.code}/rows", {"rows": [{"钥匙编号": "K1", "数量": "2", "领用日期": "2026-3-2"}]}
    )
    assert pushed.json()["added"] == 1
    assert wang.get(f"datasets/{keys.code}").json()["columns"][0]["key"]
    file = tmp_path / "keys.csv"
    file.write_text("钥匙编号,数量\nK2,5\n", encoding="utf-8")
    found = folder.take_in(folder.table_named(keys.code), file, source=Batch.Source.FOLDER, by=None)
    assert (found.state, found.added) == (Batch.State.APPLIED, 1)


def test_with_rows_in_it_columns_keep_their_meaning(cast: Cast, keys: Dataset) -> None:
    actions.enter_record(keys, {"c1": "K1", "c6": "2"}, by=cast.wang)
    chen = client_of(cast.chen)
    at = f"/datasets/{keys.pk}/columns"
    tried = form_of(keys, c_0_name="编号", c_5_kind="money", c_8_name="归还日期", c_8_kind="date", c_8_required="on")
    assert chen.post(at, tried).status_code == 302
    keys.refresh_from_db()
    assert (keys.columns[0]["name"], keys.columns[0]["also"]) == ("编号", ["钥匙编号"])
    assert keys.columns[5]["type"] == "number"
    assert (keys.columns[8]["type"], keys.columns[8]["required"]) == ("date", False)
    assert chen.post(at, form_of(keys, c_1_name="")).status_code == 422
    said = defining.said_of(keys)
    for wrong in (said[1:], [ColumnSaid("编号", "date", "c1", key=True, required=True), *said[1:]]):
        with pytest.raises(NotPossible, match="不能删除"):
            defining.set_columns(keys, wrong, by=cast.chen)
    with pytest.raises(NotPossible, match="不能必填"):
        defining.set_columns(keys, [*said, ColumnSaid("经手人", "person", required=True)], by=cast.chen)
    with pytest.raises(NotPossible, match="没有这一列"):
        defining.set_columns(keys, [*said, ColumnSaid("经手人", "person", "c1")], by=cast.chen)


def test_a_retired_table_takes_nothing_in(cast: Cast, keys: Dataset) -> None:
    chen, wang = client_of(cast.chen), client_of(cast.wang)
    entry = actions.enter_record(keys, {"c1": "K1"}, by=cast.wang)
    assert chen.post(f"/datasets/{keys.pk}/retire", {"reason": "改用门禁"}).status_code == 302
    assert "已停用" in wang.get("/datasets/").content.decode()
    assert "K1" in wang.get(f"/datasets/{keys.pk}").content.decode()
    assert wang.get(f"/datasets/{keys.pk}/enter").status_code == 403
    assert Caller(cast.wang).post(f"datasets/{keys.code}/rows", {"rows": [{"c1": "K2"}]}).status_code == 403
    with pytest.raises(NotPossible, match="停用"):
        folder.table_named(keys.code)
    for late in (
        lambda: actions.enter_record(keys, {"c1": "K2"}, by=cast.wang),
        lambda: actions.correct_record(entry, {"c1": "K1"}, by=cast.wang),
        lambda: actions.put_rows(keys, [{"c1": "K2"}], batch=None, by=cast.wang),
        lambda: actions.load_part(keys, {"k": "{}"}, batch=actions.open_batch(keys, "api", by=cast.wang)),
    ):
        with pytest.raises(NotPossible, match="停用"):
            late()
    assert chen.post(f"/datasets/{keys.pk}/resume").status_code == 302
    assert wang.get(f"/datasets/{keys.pk}/enter").status_code == 200


def test_the_products_tables_stay_as_they_are(cast: Cast) -> None:
    (table,) = actions.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    assert client_of(cast.chen).get(f"/datasets/{table.pk}/columns").status_code == 403
    with pytest.raises(NotPossible, match="产品自带"):
        defining.retire(table, reason="不用", by=cast.chen)


def test_readers_of_english_read_the_names_that_the_school_gave(cast: Cast, keys: Dataset) -> None:
    chen, wang = client_of(cast.chen), client_of(cast.wang)
    at = f"/datasets/{keys.pk}/columns"
    named = form_of(keys, c_0_en="Key no.") | {"name": "钥匙登记", "name_en": "Keys"}
    assert chen.post(at, named).status_code == 302
    actions.enter_record(keys, {"c1": "K1"}, by=cast.wang)
    assert "钥匙登记" in wang.get(f"/datasets/{keys.pk}").content.decode()
    wang.cookies["django_language"] = chen.cookies["django_language"] = "en"
    page = wang.get(f"/datasets/{keys.pk}").content.decode()
    assert "<h1>Keys</h1>" in page
    assert "Key no." in page
    assert "钥匙登记" not in page
    assert ">Keys<" in wang.get("/datasets/").content.decode()
    defining.define(cast.school, name="另一张", headings=["编号"], keeper=cast.office, by=cast.chen)
    taken = chen.post(at, form_of(keys) | {"name": "另一张", "name_en": ""})
    assert taken.status_code == 422
    keys.refresh_from_db()
    assert (keys.name, keys.name_en) == ("钥匙登记", "Keys")


EVENT_HEADS = "项目编号\t流程节点\t处理人\t完成时间\t合同金额（元）\t备注"


@pytest.mark.parametrize(
    ("headings", "roles"),
    [
        (EVENT_HEADS, ["case", "step", "operator", "time", "amount", ""]),
        ("流程编号,环节,操作人,委托人,办理时间,退回至,附件,操作", [
            "case", "step", "operator", "on_behalf", "time", "to", "evidence", "op"]),
        ("开始时间,办理时间,单号,节点", ["", "time", "case", "step"]),
        ("甲,乙,丙,经办人", ["case", "step", "time", "operator"]),
        ("case_id,activity,resource,timestamp", ["case", "step", "operator", "time"]),
    ],
)  # fmt: skip
def test_what_the_columns_of_a_log_are(cast: Cast, headings: str, roles: list[str]) -> None:
    log = defining.define(
        cast.school, name="日志", kind="events", headings=rules.headings(headings), keeper=cast.office, by=cast.chen
    )
    assert [one.role for one in defining.said_of(log)] == roles
    assert log.key == [one.role for one in defining.said_of(log) if one.role in ("case", "step", "operator", "time")]


def test_a_log_of_the_schools_own(cast: Cast) -> None:
    chen, wang = client_of(cast.chen), client_of(cast.wang)
    said = {"name": "基建流程", "kind": "events", "headings": "项目编号\t流程节点", "keeper": cast.office.pk}
    short = chen.post("/datasets/define", said)
    assert short.status_code == 422
    assert "请指明哪一列是：办理时间" in short.content.decode()
    at = chen.post("/datasets/define", said | {"headings": EVENT_HEADS}).url
    log = Dataset.objects.get()
    page = chen.get(at).content.decode()
    assert "在日志中是" in page
    twice = chen.post(at, form_of(log, c_5_role="step"))
    assert twice.status_code == 422
    assert "只能有一列是：环节" in twice.content.decode()
    assert chen.post(at, form_of(log, c_1_role="")).status_code == 422
    assert chen.post(at, form_of(log, c_4_role="", c_5_role="evidence")).status_code == 302
    log.refresh_from_db()
    assert [c["id"] for c in log.columns] == ["case", "step", "operator", "time", "c2", "evidence"]
    assert [c["type"] for c in log.columns] == ["text", "text", "hashed", "moment", "money", "text"]
    lines = ["J1,立项,王雨桐,2026-03-02 09:00,5000,", "J1,审批,李建国,2026-03-03 09:00,,", "J1,走账,,2026-03-04,,"]
    upload(wang, log, "\n".join([EVENT_HEADS.replace("\t", ","), *lines, "J2,,,2026-03-04,,"]).encode())
    mapped(wang, batch := Batch.objects.get())
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    batch.refresh_from_db()
    assert (batch.added, batch.faulty) == (3, 1)
    page = wang.get(f"/datasets/{log.pk}").content.decode()
    assert "未识别的环节：立项（1）、走账（1）" in page
    form = wang.get(f"/datasets/{log.pk}/steps").context["form"]
    assert [field.label for field in form] == ["立项", "走账", "审批"]
    wang.post(f"/datasets/{log.pk}/steps", {"step0": "申请", "step1": "付款", "step2": "审批"})
    log.refresh_from_db()
    assert log.steps == {"立项": "申请", "走账": "付款", "审批": "审批"}
    assert chen.post(at, form_of(log, c_1_role="", c_6_name="退回环节", c_6_role="to")).status_code == 302
    log.refresh_from_db()
    assert [c["id"] for c in log.columns][1::5] == ["step", "to"], "what is used stays, what is new may have a role"
    pushed = Caller(cast.wang).post(
        f"datasets/{log.code}/rows", {"rows": [{"case": "J3", "节点": "签约", "time": "2026-03-05"}]}
    )
    assert pushed.status_code == 409, "only the log's own headings"
    pushed = Caller(cast.wang).post(
        f"datasets/{log.code}/rows", {"rows": [{"case": "J3", "流程节点": "签约", "time": "2026-03-05"}]}
    )
    assert pushed.json()["added"] == 1
    log.refresh_from_db()
    assert log.steps["签约"] == "签约"


def test_amounts_of_an_own_table_are_in_yuan_and_say_so(cast: Cast) -> None:
    heads = ["编号", "合同金额（万元）", "单价（元）"]
    table = defining.define(cast.school, name="合同", headings=heads, keeper=cast.office, by=cast.chen)
    assert [c["name"] for c in table.columns] == ["编号", "合同金额（元）", "单价（元）"]
    wang = client_of(cast.wang)
    upload(wang, table, "编号,合同金额（万元）,单价（元）\nH1,1.5,3\n".encode())
    mapped(wang, batch := Batch.objects.get())
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    assert Record.objects.get().values == {"c1": "H1", "c2": 1_500_000, "c3": 300}
    out = b"".join(wang.get(f"/datasets/{table.pk}/export.csv").streaming_content)
    upload(wang, table, out, "导出.csv")
    mapped(wang, again := Batch.objects.latest("pk"))
    wang.post(f"/datasets/batches/{again.pk}/begin")
    again.refresh_from_db()
    assert again.unchanged == 1


def test_a_table_that_was_kept_in_ten_thousands_stays_so(cast: Cast, keys: Dataset) -> None:
    keys.columns[4]["name"] = "押金（万元）"
    keys.save()
    wang = client_of(cast.wang)
    upload(wang, keys, "钥匙编号,押金（万元）\nK1,1.5\n".encode())
    mapped(wang, batch := Batch.objects.get())
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    assert Record.objects.get().values["c5"] == 150
    defining.set_columns(keys, defining.said_of(keys), by=cast.chen)
    keys.refresh_from_db()
    assert keys.columns[4]["name"] == "押金（万元）"
