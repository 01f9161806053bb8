"""The pages of a table: rows typed in, found, masked, exported."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from qingqu.datasets import actions, defining
from qingqu.datasets.catalogue import templates
from qingqu.datasets.columns import columns_of
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.views import tables
from qingqu.notifications.models import Message
from tests.datasets.uploading import CSV, mapped, upload
from tests.make import make_appointment, make_post, make_user
from tests.people import Cast, client_of


def test_a_row_typed_in_corrected_and_withdrawn(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    at = f"/datasets/{purchases.pk}/enter"
    bad = wang.post(at, {"po_no": "B1", "amount": "很多"})
    assert bad.status_code == 422
    assert 'value="很多"' in bad.content.decode()
    field = bad.content.decode().partition('name="amount"')[2].partition("</div>")[0]
    assert "autofocus" in field.partition(">")[0], "on a phone the field may be far below"
    assert "“很多”不是金额" in field
    assert wang.post(at, {"po_no": "B1", "amount": "10", "applicant": "王雨桐"}).status_code == 302
    entry = Record.objects.get()
    there = f'<a href="/datasets/records/{entry.pk}">表中已有这一行，请打开它更正</a>'
    for amount in ("10", "12"):
        again = wang.post(at, {"po_no": "B1", "amount": amount, "applicant": "王雨桐"})
        assert again.status_code == 422
        assert there in again.content.decode()
    hashed = entry.values["applicant"]
    form = wang.get(f"/datasets/records/{entry.pk}/correct").content.decode()
    assert hashed not in form
    assert wang.post(f"/datasets/records/{entry.pk}/correct", {"po_no": "B1", "amount": "11"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.values["amount"], entry.values["applicant"], entry.version) == (1100, hashed, 2)
    page = wang.get(f"/datasets/records/{entry.pk}").content.decode()
    assert "第 2 版" in page
    assert "已更正，并重新核对" in page
    wang.post(f"/datasets/records/{entry.pk}/correct", {"po_no": "B1", "amount": "11"})
    assert "内容没有改动" in wang.get(f"/datasets/records/{entry.pk}").content.decode()
    assert wang.post(f"/datasets/records/{entry.pk}/withdraw", {"reason": "重复"}).status_code == 302
    assert "重新填写或导入同一行即可恢复" in wang.get(f"/datasets/records/{entry.pk}").content.decode()
    again = {"po_no": "B1", "amount": "11", "applicant": "王雨桐"}
    assert wang.post(at, again)["Location"] == f"/datasets/records/{entry.pk}"
    assert "即可恢复" not in wang.get(f"/datasets/records/{entry.pk}").content.decode()


QUOTE = {"po_no": "B1", "bidder": "通达五金"}


def test_on_a_phone_rows_are_cards_that_say_what_is_what(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    upload(wang, purchases, CSV.encode())
    batch = Batch.objects.get()
    mapped(wang, batch)
    preview = wang.get(f"/datasets/batches/{batch.pk}/preview").content.decode()
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    table = wang.get(f"/datasets/{purchases.pk}").content.decode()
    for page in (preview, table):
        assert "is-stacked" in page
        assert 'data-label="申请日期">2026-03-02<' in page
    assert 'is-empty" data-label="采购方式">—<' in table
    assert 'data-label="新增行数">2<' in wang.get(f"/datasets/{purchases.pk}/batches").content.decode()


def test_yes_and_no_are_chosen_in_either_language(cast: Cast) -> None:
    (quotes,) = actions.adopt(cast.school, ["DS2"], keeper=cast.office, by=cast.chen)
    entry = actions.enter_record(quotes, QUOTE | {"is_winner": "是"}, by=cast.wang)
    for language, no in (("zh-hans", "否"), ("en", "No")):
        wang = client_of(cast.wang)
        wang.cookies["django_language"] = language
        at = f"/datasets/records/{entry.pk}/correct"
        actions.correct_record(entry, QUOTE | {"is_winner": "是"}, by=cast.wang)
        chosen = wang.get(at).content.decode().partition('name="is_winner"')[2].partition("</select>")[0]
        assert f'<option value="{no}">' in chosen
        assert chosen.count("selected") == 1
        assert "—</option>" in chosen.partition("selected")[0], "what is kept is chosen, not the empty line"
        assert wang.post(at, QUOTE | {"is_winner": no}).status_code == 302
        entry.refresh_from_db()
        assert entry.values["is_winner"] == 0


def test_forms_name_the_pages_above_them(cast: Cast, purchases: Dataset) -> None:
    entry = actions.enter_record(purchases, {"po_no": "B1"}, by=cast.wang)
    home, table = '<a href="/datasets/">业务数据</a>', f'<a href="/datasets/{purchases.pk}">采购台账</a>'
    row = f'<a href="/datasets/records/{entry.pk}">B1</a>'
    wang = client_of(cast.wang)
    for address, trail in {
        f"/datasets/{purchases.pk}/enter": [home, table, "<span>填写一行“采购台账”</span>"],
        f"/datasets/records/{entry.pk}/withdraw": [home, table, row, "<span>撤回“B1”？</span>"],
    }.items():
        assert f"{'<span>/</span>'.join(trail)}</div>" in wang.get(address).content.decode()
    assert f'href="/datasets/records/{entry.pk}">返回，不保存' in wang.get(address).content.decode()


def test_the_heads_of_the_new_keeper_and_the_former_are_told_in_their_language(cast: Cast) -> None:
    told = Message.objects.order_by("pk").values_list("person__name", "text", "url")
    table, _quotes = actions.adopt(cast.school, ["DS1", "DS2"], keeper=cast.office, by=cast.chen)
    wanted = "数据表交由总务处保管，请安排人员填报和导入：采购台账、报价记录"
    assert list(told) == [(cast.li.name, wanted, "/datasets/")]
    cast.feng.language = "en"
    cast.feng.save()
    answer = client_of(cast.chen).post(f"/datasets/{table.pk}/keeper", {"keeper": cast.teaching.pk})
    assert answer.status_code == 302
    actions.set_keeper(table, cast.teaching, by=cast.chen)
    assert list(told.all())[1:] == [
        (
            cast.feng.name,
            "教务处 keeps these records from now on; please see that they are entered or imported: Purchases",
            f"/datasets/{table.pk}",
        ),
        (cast.li.name, "“采购台账”改由教务处保管，总务处不再填报和导入，请做好交接", "/datasets/"),
    ]
    defining.define(cast.school, name="钥匙领用", headings=["编号"], keeper=cast.office, by=cast.chen)
    assert told.last()[1] == "数据表交由总务处保管，请安排人员填报和导入：钥匙领用"
    cast.office.responsible = cast.feng
    cast.office.save()
    actions.set_keeper(table, cast.office, by=cast.chen)
    assert told.all().count() == 5, "who heads both is told once"


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
    again = {"po_no": "B2", "apply_date": "2026-03-31", "supplier": '东湖"文印\\社"'}
    actions.correct_record(Record.objects.get(values__po_no="B2"), again, by=cast.wang)
    assert found(urlencode({"q": '湖"文印\\'})) == {"B2"}, "also where the database keeps it escaped"
    assert found("q=supplier") == found("q=%25") == set(), "neither names of columns nor patterns"


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


def title_of(page: str) -> str:
    return page.partition("<title>")[2].partition("</title>")[0]


def heading_of(page: str) -> str:
    return page.partition("<h1>")[2].partition("</h1>")[0]


def test_the_page_of_a_row_is_headed_by_what_identifies_it(cast: Cast, purchases: Dataset) -> None:
    quotes, fees = actions.adopt(cast.school, ["DS2", "DS9"], keeper=cast.office, by=cast.chen)
    wang = client_of(cast.wang)
    for table, cells, called in (
        (purchases, {"po_no": "B1", "supplier": "通达五金"}, "B1"),
        (quotes, {"po_no": "B1", "bidder": "通达五金"}, "B1 · 通达五金"),
        (fees, {"month": "2026-04"}, "2026-04"),
    ):
        at = f"/datasets/records/{actions.enter_record(table, cells, by=cast.wang).pk}"
        page = wang.get(at).content.decode()
        assert heading_of(page) == called
        assert title_of(page) == f"{called} · {table.name} · 清渠"
        assert heading_of(wang.get(f"{at}/correct").content.decode()) == f"更正“{called}”"
        assert heading_of(wang.get(f"{at}/withdraw").content.decode()) == f"撤回“{called}”？"


def test_a_row_whose_key_is_masked_is_called_by_other_cells_or_by_none(cast: Cast) -> None:
    (ties,) = actions.adopt(cast.school, ["DS15"], keeper=cast.office, by=cast.chen)
    entry = actions.enter_record(ties, {"staff_id": "2001", "relation": "配偶"}, by=cast.wang)
    named = {who: client_of(cast.everyone[who]).get(f"/datasets/records/{entry.pk}") for who in ("wang", "he")}
    assert heading_of(named["wang"].content.decode()) == "关系 配偶"
    assert heading_of(named["he"].content.decode()) == "一行记录"


def test_one_is_told_what_follows_from_identifying_a_row_anew(cast: Cast, purchases: Dataset) -> None:
    wang = client_of(cast.wang)
    entry = actions.enter_record(purchases, {"po_no": "B1", "amount": "10"}, by=cast.wang)
    address = f"/datasets/records/{entry.pk}/correct"
    page = wang.post(address, {"po_no": "B2", "amount": "10"}, follow=True).content.decode()
    assert "以后导入的文件请按更正后的内容填写，否则会另成一行" in page
    assert "采购单号 B1 → B2" in page
    actions.enter_record(purchases, {"po_no": "B1", "amount": "10"}, by=cast.wang)
    refused = wang.post(address, {"po_no": "B1", "amount": "10"})
    assert refused.status_code == 422
    assert "表中已有这一行，请打开它更正" in refused.content.decode()


def test_versions_say_what_became_what_and_the_history_who_did_it(cast: Cast, purchases: Dataset) -> None:
    cells = {"po_no": "B1", "amount": "10", "applicant": "王雨桐", "item": "纸"}
    entry = actions.enter_record(purchases, cells, by=cast.wang)
    actions.correct_record(entry, {**cells, "amount": "12", "applicant": "李明远", "item": ""}, by=cast.li)
    actions.withdraw_record(entry, reason="重复登记", by=cast.wang)
    client = client_of(cast.zhao)
    page = client.get(f"/datasets/records/{entry.pk}").content.decode()
    for said in ("金额 10.00 → 12.00", "申请人已改", "名称规格 纸 → —", "理由：重复登记", cast.li.name):
        assert said in page, said
    client.cookies["django_language"] = "en"
    assert "Applicant changed" in client.get(f"/datasets/records/{entry.pk}").content.decode()


def test_an_empty_table_says_what_its_reader_can_do_next(cast: Cast, purchases: Dataset) -> None:
    pages = {who: client_of(cast.everyone[who]).get(f"/datasets/{purchases.pk}") for who in ("wang", "zhao", "chen")}
    ways = {who: f"/datasets/{purchases.pk}/upload" in page.content.decode() for who, page in pages.items()}
    assert ways == {"wang": True, "zhao": False, "chen": False}
    keeper = pages["wang"].content.decode()
    assert "下载空表" in keeper
    assert 'role="search"' not in keeper
    for who in ("zhao", "chen"):
        assert "由保管部门的人员填报" in pages[who].content.decode()
    entry = actions.enter_record(purchases, {"po_no": "B1"}, by=cast.wang)
    actions.withdraw_record(entry, reason="误报", by=cast.wang)
    assert 'role="search"' in client_of(cast.wang).get(f"/datasets/{purchases.pk}").content.decode(), "to find it by"


def test_a_page_says_what_every_column_means(cast: Cast, purchases: Dataset) -> None:
    """Heading, content, meaning, who reads it and what else it may be called, before anybody fills it in (part 1)."""
    reader = client_of(cast.wang)
    page = reader.get(f"/datasets/{purchases.pk}/about").content.decode()
    assert "实际到货的日期；约定到货的不填" in page
    assert "只存摘要，谁也看不到原文" in page
    assert "供货商、供应单位" in page
    assert f"/datasets/{purchases.pk}/about" in reader.get(f"/datasets/{purchases.pk}").content.decode()
    assert "实际到货的日期" in reader.get(f"/datasets/{purchases.pk}/enter").content.decode(), "where it is typed in"
    english = reader.get(f"/datasets/{purchases.pk}/about", headers={"accept-language": "en"}).content.decode()
    assert "not the agreed one" in english
    assert client_of(cast.zhou).get(f"/datasets/{purchases.pk}/about").status_code == 404
    (aid,) = actions.adopt(cast.school, ["DS11"], keeper=cast.office, by=cast.chen)
    assert "只有保管部门和纪委看得到" in reader.get(f"/datasets/{aid.pk}/about").content.decode()


def test_every_column_that_comes_with_the_product_has_a_meaning() -> None:
    lacking = [
        f"{code}.{column.id}"
        for code, table in templates().items()
        for column in table.columns
        if not all(words.strip() and words not in (column.zh, column.en) for words in column.means)
    ]
    assert lacking == []


def test_what_a_school_says_of_its_own_column_counts(cast: Cast, purchases: Dataset) -> None:
    purchases.columns[0]["note"] = "本校的编号"
    assert columns_of(purchases)[0].note == "本校的编号"
    assert columns_of(purchases)[1].note == "提出采购申请的日期"
