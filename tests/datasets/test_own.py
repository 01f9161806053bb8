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
from tests.datasets.test_api import Caller
from tests.datasets.test_pages import client_of, mapped, own_files, upload
from tests.people import Cast

__all__ = ["own_files"]
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
    data: dict[str, Any] = {"c-TOTAL_FORMS": len(said) + 4, "c-INITIAL_FORMS": len(said)}
    for n, one in enumerate(said):
        data |= {f"c-{n}-id": one.id, f"c-{n}-name": one.name, f"c-{n}-kind": one.kind, f"c-{n}-note": one.note}
        data |= {f"c-{n}-{box}": "on" for box in ("key", "required", "sensitive") if getattr(one, box)}
    for n in range(len(said), len(said) + 4):
        data[f"c-{n}-kind"] = "text"
    return data | {name.replace("_", "-"): value for name, value in changes.items()}


def test_from_a_line_of_headings_to_rows(cast: Cast) -> None:
    chen, wang = client_of(cast.chen), client_of(cast.wang)
    said = {"name": "钥匙领用", "headings": HEADS, "keeper": cast.office.pk}
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
    actions.enter_record(keys, {"c1": "K1"}, by=cast.wang)
    assert chen.post(f"/datasets/{keys.pk}/retire", {"reason": "改用门禁"}).status_code == 302
    assert "已停用" in wang.get("/datasets/").content.decode()
    assert "K1" in wang.get(f"/datasets/{keys.pk}").content.decode()
    assert wang.get(f"/datasets/{keys.pk}/enter").status_code == 403
    assert Caller(cast.wang).post(f"datasets/{keys.code}/rows", {"rows": [{"c1": "K2"}]}).status_code == 403
    with pytest.raises(NotPossible, match="停用"):
        folder.table_named(keys.code)
    assert chen.post(f"/datasets/{keys.pk}/resume").status_code == 302
    assert wang.get(f"/datasets/{keys.pk}/enter").status_code == 200


def test_the_products_tables_stay_as_they_are(cast: Cast) -> None:
    (table,) = actions.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    assert client_of(cast.chen).get(f"/datasets/{table.pk}/columns").status_code == 403
    with pytest.raises(NotPossible, match="产品自带"):
        defining.retire(table, reason="不用", by=cast.chen)
