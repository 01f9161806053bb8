"""Suppliers and staff that share something: what is found, who sees it, what stays masked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.alerts import links, queries
from qingqu.alerts.drawing import MOST, draw
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert
from qingqu.datasets import actions as tables
from qingqu.datasets import defining, parties
from qingqu.datasets.catalogue import templates
from qingqu.datasets.models import Dataset
from qingqu.trace.models import Entry
from tests.people import Cast, client_of

Tables = dict[str, Dataset]


@pytest.fixture
def kept(cast: Cast, settings: Any, tmp_path: Any) -> Tables:
    """Purchases and quotes of the office, the declarations of another department, as a school has them."""
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    rule_actions.adopt(cast.school, ["F15", "F32"], by=cast.zhao)
    found = tables.adopt(cast.school, ["DS1", "DS2"], keeper=cast.office, by=cast.chen)
    found += tables.adopt(cast.school, ["DS15"], keeper=cast.teaching, by=cast.chen)
    return {table.code: table for table in found}


def put(table: Dataset, *rows: dict[str, str]) -> None:
    tables.put_rows(table, [tables.clean(table, row) for row in rows], batch=None, by=None)


def declare(kept: Tables, number: str, name: str, **more: str) -> None:
    put(kept["DS15"], {"staff_id": number, "name_hash": name, "relation": "配偶"} | more)


def test_each_field_that_is_the_same(cast: Cast, kept: Tables) -> None:
    declare(kept, "1047", "王雨桐", phone_hash="138 0000 0001", related_name_hash="钱某，赵大伟", supplier_tax_no="91A")
    declare(kept, "1047", "王雨桐", phone_hash="13800000001", related_name_hash="王二", relation="父亲")
    declare(kept, "1023", "李建国", phone_hash="13800000002")
    put(
        kept["DS2"],
        {"po_no": "P1", "bidder": "通达五金", "bidder_phone": "13800000001", "bidder_contact": "孙某、赵大伟"},
        {"po_no": "P2", "bidder": "通达五金", "bidder_phone": "+86 13800000001"},
        {"po_no": "P2", "bidder": "东湖文印", "bidder_contact": "李建国"},
        {"po_no": "P3", "bidder": "无关商行", "bidder_phone": "13900000000", "bidder_contact": "孙某"},
    )
    put(
        kept["DS1"],
        {"po_no": "P9", "supplier": "明德书店", "supplier_tax_no": "91A"},
        {"po_no": "P8", "supplier": "空"},
    )
    found = [(link.supplier, link.field, link.rows) for link in links.of_school(cast.school)]
    assert sorted(found) == [
        ("东湖文印", "name", 1),
        ("明德书店", "declared", 1),
        ("通达五金", "phone", 2),
        ("通达五金", "relative", 1),
    ]
    relations = {link.field: link.relation for link in links.of_school(cast.school)}
    assert relations == {"phone": None, "name": None, "relative": "配偶", "declared": "配偶"}
    people = {link.supplier: link.person for link in links.of_school(cast.school)}
    assert people["通达五金"] == people["明德书店"] != people["东湖文印"]


def test_own_tables_are_compared_by_what_their_columns_are(cast: Cast, kept: Tables) -> None:
    """A list of suppliers and a telephone list of the school's own: nobody has to enter them anywhere."""
    own = defining.define(
        cast.school, name="供应商名录", headings=["供应商名称", "统一社会信用代码", "联系人", "联系电话"],
        keeper=cast.office, by=cast.chen,
    )  # fmt: skip
    phones = defining.define(
        cast.school, name="教职工通讯录", headings=["工号", "姓名", "手机"], keeper=cast.teaching, by=cast.chen
    )
    lost = defining.define(
        cast.school, name="来访登记", headings=["序号", "姓名", "联系电话"], keeper=cast.office, by=cast.chen
    )
    put(lost, {"c1": "1", "c2": "王雨桐", "c3": "13800000001"})
    put(own, {"c1": "通达五金", "c2": "91A", "c3": "赵大伟", "c4": "13800000001"}, {"c1": "东湖文印", "c3": "王雨桐"})
    assert links.of_school(cast.school) == []
    put(phones, {"c1": "1047", "c2": "王雨桐", "c3": "138 0000 0001"})
    declare(kept, "1047", "王雨桐", related_name_hash="赵大伟", supplier_tax_no="91A")
    found = [(link.supplier, link.field, link.table, link.declared_in) for link in links.of_school(cast.school)]
    assert sorted(found) == sorted([
        ("东湖文印", "name", "供应商名录", kept["DS15"].pk),
        ("东湖文印", "name", "供应商名录", phones.pk),
        ("通达五金", "declared", "供应商名录", kept["DS15"].pk),
        ("通达五金", "phone", "供应商名录", phones.pk),
        ("通达五金", "relative", "供应商名录", kept["DS15"].pk),
    ])  # fmt: skip
    assert {link.person for link in links.of_school(cast.school)} == {1}, "the same number in both tables"


def test_a_warning_about_any_table_that_names_suppliers_shows_them(cast: Cast, kept: Tables) -> None:
    rule_actions.adopt(cast.school, ["F10"], by=cast.zhao)
    (claims,) = tables.adopt(cast.school, ["DS4"], keeper=cast.office, by=cast.chen)
    declare(kept, "1047", "王雨桐", supplier_tax_no="91A")
    put(kept["DS1"], {"po_no": "P9", "supplier": "明德书店", "supplier_tax_no": "91A"})
    for voucher in ("V1", "V2"):
        put(
            claims,
            {"voucher_no": voucher, "invoice_no": "88", "seller": "明德书店", "amount": "10", "date": "2026-04-01"},
        )
    alert = Alert.objects.filter(dataset=claims).first()
    assert alert is not None
    assert [(link.supplier, link.field, link.table) for link in links.of_alert(alert)] == [
        ("明德书店", "declared", "采购台账")
    ]


def test_the_rows_of_a_warning_are_those_of_its_own_table(cast: Cast, kept: Tables) -> None:
    """The declarations of another department, with which they were compared, are none of its keeper's business."""
    declare(kept, "1047", "王雨桐", phone_hash="13800000001")
    put(kept["DS2"], {"po_no": "P1", "bidder": "通达五金", "bidder_phone": "13800000001"})
    alert = Alert.objects.get(rule__code="F32")
    assert alert.rows.count() == 2
    (line,) = queries.rows_of(alert).lines
    assert (line.record_id, line.cells[:2]) == (kept["DS2"].records.get().pk, ["P1", "通达五金"])
    declared = kept["DS15"].records.get()
    assert f"/datasets/records/{declared.pk}" not in client_of(cast.wu).get(f"/alerts/{alert.pk}").content.decode()


def test_parts_are_of_the_type_that_they_are_compared_as() -> None:
    wrong = [
        (template.code, column.id)
        for template in templates().values()
        for column in template.columns
        if column.party and (column.type, column.hashed_as) != parties.PARTIES[column.party]
    ]
    assert wrong == []
    assert {p for pair in links.PAIRS for p in (pair.mine, pair.theirs)} <= parties.PARTIES.keys()


def test_withdrawn_rows_and_other_schools_do_not_count(cast: Cast, kept: Tables) -> None:
    declare(kept, "1047", "王雨桐", phone_hash="13800000001")
    put(kept["DS2"], {"po_no": "P1", "bidder": "通达五金", "bidder_phone": "13800000001"})
    assert len(links.of_school(cast.school)) == 1
    assert links.of_school(cast.bureau) == []
    tables.withdraw_record(kept["DS2"].records.get(), reason="误录", by=cast.wang)
    assert links.of_school(cast.school) == []


def test_the_page_of_a_warning_shows_them_to_who_sees_its_rows(cast: Cast, kept: Tables) -> None:
    declare(kept, "1047", "王雨桐", phone_hash="13800000001", related_name_hash="赵大伟")
    put(kept["DS2"], {"po_no": "P1", "bidder": "通达五金", "bidder_phone": "13800000001", "bidder_contact": "赵大伟"})
    put(kept["DS2"], {"po_no": "P7", "bidder": "东湖文印", "bidder_phone": "13800000001"})
    put(kept["DS1"], {"po_no": "P1", "supplier": "通达五金", "applicant": "钱某", "approver": "钱某", "amount": "10"})
    alert = Alert.objects.get(rule__code="F15")
    assert [link.supplier for link in links.of_alert(alert)] == ["通达五金"] * 2
    at = f"/alerts/{alert.pk}"
    page = client_of(cast.wu).get(at).content.decode()
    assert "供应商联系电话与教职工的手机相同" in page
    assert "教职工 1" in page
    assert "<desc" in page
    assert "配偶" not in page
    assert "13800000001" not in page
    assert "配偶" in client_of(cast.zhao).get(at).content.decode()
    assert "供应商联系电话" not in client_of(cast.sun).get(at).content.decode()


@pytest.mark.parametrize(("name", "status"), [("zhao", 200), ("qian", 200), ("li", 403), ("chen", 403), ("sun", 403)])
def test_who_sees_all_of_them(cast: Cast, kept: Tables, name: str, status: int) -> None:
    declare(kept, "1047", "王雨桐", phone_hash="13800000001")
    put(kept["DS2"], {"po_no": "P1", "bidder": "通达五金", "bidder_phone": "13800000001"})
    answer = client_of(cast.everyone[name]).get("/alerts/links")
    assert answer.status_code == status
    assert ("通达五金" in answer.content.decode()) is (status == 200)
    assert Entry.objects.filter(act="alerts.viewed", ok=True).count() == (status == 200)


def test_nothing_to_compare_says_what_is_needed(cast: Cast) -> None:
    assert "DS15" in client_of(cast.zhao).get("/alerts/links").content.decode()


def test_more_rows_take_no_more_statements(cast: Cast, kept: Tables) -> None:
    counts = []
    for numbers in (range(2), range(2, 40)):
        for n in numbers:
            declare(kept, f"10{n}", f"王某{n}", phone_hash=f"138000000{n:02}")
        put(
            kept["DS2"],
            *({"po_no": f"P{n}", "bidder": f"商行{n}", "bidder_phone": f"138000000{n:02}"} for n in numbers),
        )
        with CaptureQueriesContext(connection) as asked:
            found = links.of_school(cast.school)
        counts.append(len(asked))
    assert len(found) == 40
    assert counts == [2, 2]


def test_the_picture_keeps_to_its_sheet() -> None:
    ties = [(f"供应商{n:02}", n, "phone") for n in range(MOST + 3)] + [("供应商00", 0, "name")]
    picture = draw(ties)
    assert (len(picture.suppliers), len(picture.people), picture.is_whole) == (MOST, MOST, False)
    assert len(picture.edges) == MOST + 1
    assert len({edge.path for edge in picture.edges}) == MOST + 1
    assert draw([("一家名称长得放不下的供应商有限责任公司", 1, "phone")]).suppliers[0].text.endswith("…")
    assert draw(ties[:2]).is_whole
