"""The pages of warnings and of indicators: a happy visit, a forbidden one, statements that do not grow."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from qingqu.alerts import actions, queries, tasks
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Rule
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset, Record
from qingqu.trace.models import Entry
from tests.alerts.buying import plant
from tests.people import Cast, client_of


def test_a_warning_goes_its_way_through_the_pages(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    at = f"/alerts/{alert.pk}"
    wang = client_of(cast.wang)
    assert "轮到您办理" in wang.get("/alerts/").content.decode()
    page = wang.get(at).content.decode()
    assert "申请人与审批人相同" in page
    assert "500 元" in page
    assert "•••" in page
    assert "王雨桐</td>" not in page
    assert Entry.objects.filter(act="alerts.viewed").count() == 1
    assert wang.post(f"{at}/explain", {"text": ""}).status_code == 422
    assert wang.post(f"{at}/explain", {"text": "批准人一栏录错了"}).status_code == 302
    assert wang.get(f"{at}/confirm").status_code == 403
    li = client_of(cast.li)
    assert li.post(f"{at}/confirm", {"opinion": "dispelled", "text": "与单据一致"}).status_code == 302
    assert li.get(f"{at}/close").status_code == 403
    zhao = client_of(cast.zhao)
    assert zhao.post(f"{at}/close", {"result": "dispelled", "text": ""}).status_code == 422
    bad = zhao.post(f"{at}/close", {"result": "handed_over", "text": "移交上级纪委"})
    assert bad.status_code == 422
    assert "移交编号" in bad.content.decode()
    assert zhao.post(f"{at}/close", {"result": "dispelled", "text": "误报，签字页已核"}).status_code == 302
    assert "排除" in zhao.get(at).content.decode()
    assert "0%" in zhao.get("/alerts/rules").content.decode()
    assert "正在重算" in zhao.post(f"{at}/replay", follow=True).content.decode()
    tasks.replay_waiting()
    assert "逐位相同" in zhao.get(at).content.decode()


def test_whoever_comes_too_late_is_told_and_keeps_what_he_typed(cast: Cast, purchases: Dataset) -> None:
    """From an old page, after «back», or after somebody else: no refusal, nothing done twice, nothing lost."""
    plant(purchases, range(1))
    alert = actions.explain(Alert.objects.get(), text="批准人由经办人代签", by=cast.wang)
    at, li, said = f"/alerts/{alert.pk}", client_of(cast.li), {"opinion": "dispelled", "text": "与签字页核对一致"}
    assert li.post(f"{at}/confirm", said).status_code == 302
    again = li.post(f"{at}/confirm", {**said, "text": "第二个窗口里写的意见"})
    page = again.content.decode()
    assert (again.status_code, "第二个窗口里写的意见" in page) == (422, True)
    assert "不在等待确认，现在是“待纪委办结”" in page
    late = li.get(f"{at}/confirm", follow=True)
    assert late.redirect_chain == [(at, 302)]
    assert "不在等待确认，现在是“待纪委办结”" in late.content.decode()
    assert alert.disposals.filter(step="confirmed").count() == 1
    assert not Entry.objects.filter(ok=False).exists()
    assert client_of(cast.zhao).get(f"{at}/confirm").status_code == 403
    assert client_of(cast.wang).post(f"{at}/confirm", said).status_code == 403


def test_who_decides_reads_there_what_was_said(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    papers = [SimpleUploadedFile(f"第{n}页.txt", "合同".encode()) for n in (1, 2)]
    client_of(cast.wang).post(f"/alerts/{alert.pk}/explain", {"text": "批准人由经办人代签", "papers": papers})
    page = client_of(cast.li).get(f"/alerts/{alert.pk}/confirm").content.decode()
    assert all(words in page for words in ("批准人由经办人代签", "第1页.txt", "第2页.txt"))


def test_papers_stand_with_the_explanation_that_they_came_with(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    at, wang = f"/alerts/{alert.pk}", client_of(cast.wang)
    for text, name in (("见审批单", "审批单.txt"), ("补充合同", "合同.txt")):
        wang.post(f"{at}/explain", {"text": text, "papers": [SimpleUploadedFile(name, "甲".encode())]})
        if name == "审批单.txt":
            actions.send_back(alert, text="请附合同", by=cast.li)
    page = client_of(cast.li).get(at).content.decode().partition('id="disposal"')[2]
    places = [page.index(said) for said in ("见审批单", "审批单.txt", "请附合同", "补充合同", "合同.txt", "负责人确认")]
    assert places == sorted(places)
    assert page.count("合同.txt") == page.count("审批单.txt") == 1
    sheet = client_of(cast.li).get(f"{at}/sheet.print").content.decode()
    assert "附：审批单.txt" in sheet
    assert "附：" not in client_of(cast.sun).get(f"{at}/sheet.print").content.decode(), "for who may open them"


def test_a_closed_one_says_when_it_was_closed_beside_its_state(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    Alert.objects.update(state="closed", result="clerical", closed_at=timezone.now())
    Alert.objects.filter(pk=alert.pk).update(due_on=date(2026, 5, 8))
    page = client_of(cast.zhao).get("/alerts/?state=all").content.decode()
    (state,) = re.findall(r'<td class="cell-state">(.*?)</td>', page, re.S)
    assert "数据差错 · " in state
    assert "5 月 8 日" in page.partition('class="nowrap cell-due"')[2].partition("</td>")[0]


def test_an_indicator_without_records_is_not_said_to_run(cast: Cast, purchases: Dataset) -> None:
    def split() -> str:
        return client_of(cast.zhao).get("/alerts/rules").content.decode().partition("/alerts/rules/F15")[2][:600]

    assert "没有数据" in split()
    plant(purchases, range(1))
    assert "没有数据" not in split()
    assert "运行中" in split()


def test_only_the_first_choice_of_indicators_is_made_for_the_school(cast: Cast) -> None:
    def ticked() -> int:
        return client_of(cast.zhao).get("/alerts/rules").content.decode().count("checked>")

    assert ticked() > 5
    rule_actions.adopt(cast.school, ["F07"], by=cast.zhao)
    assert ticked() == 0


@pytest.mark.parametrize(
    ("name", "sees"),
    [("wang", 200), ("li", 200), ("he", 200), ("zhao", 200), ("qian", 200), ("sun", 200), ("feng", 404), ("zhou", 404)],
)
def test_who_sees_a_warning(cast: Cast, purchases: Dataset, name: str, sees: int) -> None:
    plant(purchases, range(1))
    client = client_of(cast.everyone[name])
    assert client.get(f"/alerts/{Alert.objects.get().pk}").status_code == sees
    assert ("东湖家具" in client.get("/alerts/").content.decode()) is (sees == 200)


def test_of_many_whose_turn_it_is_the_list_begins_with_what_is_due_first(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(queries.MINE))
    wang = client_of(cast.wang)
    assert "办完后接着列出" not in wang.get("/alerts/").content.decode()
    plant(purchases, range(queries.MINE, queries.MINE + 1))
    latest = Alert.objects.latest("pk")
    Alert.objects.exclude(pk=latest.pk).update(due_on=latest.due_on - timedelta(days=1))
    page = wang.get("/alerts/").content.decode()
    assert f"先列期限最近的 {queries.MINE} 条，办完后接着列出" in page
    assert page.partition("全部提示")[0].count("todo-title") == queries.MINE
    assert f"/alerts/{latest.pk}" not in page.partition("全部提示")[0]


def test_the_principal_sees_the_warning_but_not_the_rows(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    page = client_of(cast.sun).get(f"/alerts/{Alert.objects.get().pk}").content.decode()
    assert "涉及的 1 行" not in page


def test_the_list_needs_as_many_statements_for_many(
    cast: Cast, purchases: Dataset, django_assert_max_num_queries: Any
) -> None:
    zhao = client_of(cast.zhao)
    plant(purchases, range(10))
    zhao.get("/alerts/")
    for numbers in (range(10), range(10, 60)):
        plant(purchases, numbers)
        with django_assert_max_num_queries(16):
            zhao.get("/alerts/")


def test_indicators_limits_and_versions(cast: Cast, purchases: Dataset) -> None:
    wang, zhao, qian = (client_of(cast.everyone[n]) for n in ("wang", "zhao", "qian"))
    assert "待设定" in wang.get("/alerts/rules").content.decode()
    assert "待设定" in wang.get("/alerts/rules/F01").content.decode()
    assert client_of(cast.feng).get("/alerts/rules/F01/limit/limit").status_code == 403
    assert wang.post("/alerts/rules/F01/limit/limit", {"value": "30000", "basis": ""}).status_code == 422
    assert (
        wang.post("/alerts/rules/F01/limit/limit", {"value": "30000", "basis": "采购管理办法第六条"}).status_code == 302
    )
    assert Rule.objects.get(code="F01", state="on").values == {"limit": 3_000_000}
    assert "30,000 元" in wang.get("/alerts/rules/F01").content.decode()
    assert wang.get("/alerts/rules/F01/change").status_code == 403
    form = zhao.get("/alerts/rules/F01/change").content.decode()
    assert 'value="30000"' in form
    typed = {
        "value:limit": "20000",
        "value:window_days": "90",
        "value:min_count": "2",
        "value:near": "30",
        "value:pair_days": "30",
    }
    typed |= {"value:times": "4", "basis:limit": "采购管理办法第六条", "reason": "从严"}
    assert zhao.post("/alerts/rules/F01/change", typed).status_code == 302
    assert zhao.post("/alerts/rules/F01/approve").status_code == 403
    assert qian.post("/alerts/rules/F01/approve").status_code == 302
    assert Rule.objects.get(code="F01", state="on").values == {"limit": 2_000_000}
    assert zhao.post("/alerts/rules/F01/off", {"reason": "数据不全"}).status_code == 302
    assert zhao.post("/alerts/rules/F01/on").status_code == 302
    assert zhao.post("/alerts/rules/adopt", {"code": ["F08", "nothing"]}).status_code == 302
    assert Rule.objects.filter(code="F08", state="on").exists()
    for code in ("F01", "F03", "E10"):
        assert wang.get(f"/alerts/rules/{code}", headers={"accept-language": "en"}).status_code == 200
    assert wang.get("/alerts/rules/X99").status_code == 404


def test_the_colours_of_a_check_are_changed_in_the_page(cast: Cast, purchases: Dataset) -> None:
    zhao, qian = client_of(cast.zhao), client_of(cast.qian)
    form = zhao.get("/alerts/rules/F15/change").content.decode()
    assert "颜色：申请人与审批人相同" in form
    assert "按指标自带的分级" in form
    typed = {"level:applicant-approver": "yellow", "holds_red": "on", "reason": "本校人少，先看一年"}
    assert zhao.post("/alerts/rules/F15/change", typed).status_code == 302
    assert "“申请人与审批人相同”一律黄色" in qian.get("/alerts/rules/F15").content.decode(), (
        "seen before it is approved"
    )
    assert qian.post("/alerts/rules/F15/approve").status_code == 302
    rule = Rule.objects.get(code="F15", state="on")
    assert rule.levels == {"applicant-approver": {"always": "yellow"}}
    shown = zhao.get("/alerts/rules/F15").content.decode()
    assert f"{cast.qian}批准" in shown
    assert "一律黄色" in shown
    plant(purchases, range(1))
    assert Alert.objects.get(check_id="applicant-approver").colour == "yellow"
    again = zhao.get("/alerts/rules/F15/change").content.decode()
    assert '<option value="yellow" selected>' in again
    assert re.search(r'name="holds_red"[^>]* checked', again), "what holds now stays, unless it is changed"
    assert zhao.post("/alerts/rules/F15/change", {"holds_red": "on", "reason": "恢复"}).status_code == 302
    assert qian.post("/alerts/rules/F15/approve").status_code == 302
    assert Rule.objects.get(code="F15", state="on").levels == {}


def test_lists_and_tables_are_typed_line_by_line(cast: Cast, purchases: Dataset) -> None:
    rule_actions.adopt(cast.school, ["F11", "F24", "F26"], by=cast.zhao)
    zhao, qian = client_of(cast.zhao), client_of(cast.qian)
    basis = {"basis": "招生方案第三条"}
    bad = zhao.post("/alerts/rules/F24/limit/lines", {"value": "统招", **basis})
    assert bad.status_code == 422
    assert "应写成名称、空格、数值" in bad.content.decode()
    assert zhao.post("/alerts/rules/F24/limit/lines", {"value": "统招 五百", **basis}).status_code == 422
    assert (
        zhao.post("/alerts/rules/F24/limit/lines", {"value": "统招 520\n指标到校：500.5", **basis}).status_code == 302
    )
    assert Rule.objects.get(code="F24", state="on").values == {"lines": {"统招": 520_000, "指标到校": 500_500}}
    assert "统招 520、指标到校 500.5" in zhao.get("/alerts/rules/F24").content.decode()
    assert zhao.post("/alerts/rules/F26/limit/exams", {"value": "6月7日", **basis}).status_code == 422
    assert zhao.post("/alerts/rules/F26/limit/exams", {"value": "2027-06-07\n2026/6/7", **basis}).status_code == 302
    assert Rule.objects.get(code="F26", state="on").values == {"exams": [20611, 20976]}
    form = zhao.get("/alerts/rules/F26/change").content.decode()
    assert "2026-06-07\n2027-06-07" in form
    changed = {"value:exams": "2026-06-07", "value:days": "30", "value:least": "4", "reason": "从严"}
    changed |= {"basis:exams": "招生方案第三条", "basis:least": "班主任会议纪要"}
    assert zhao.post("/alerts/rules/F26/change", changed).status_code == 302
    assert qian.post("/alerts/rules/F26/approve").status_code == 302
    assert Rule.objects.get(code="F26", state="on").values == {"exams": [20611], "least": 4}


def test_the_row_leads_to_where_it_is_put_right(cast: Cast, purchases: Dataset) -> None:
    """A clerical error: from the warning to the record, to its correction, and the warning is gone."""
    plant(purchases, range(1))
    alert, record = Alert.objects.get(), Record.objects.get()
    wang = client_of(cast.wang)
    assert f'href="/datasets/records/{record.pk}"' in wang.get(f"/alerts/{alert.pk}").content.decode()
    assert f"/datasets/records/{record.pk}/correct" in wang.get(f"/datasets/records/{record.pk}").content.decode()
    cells = {"po_no": "P0", "apply_date": "2026-03-02", "supplier": "东湖家具", "amount": "500", "dept": "总务处"}
    tables.correct_record(record, {**cells, "applicant": "王雨桐", "approver": "李明远"}, by=cast.wang)
    alert.refresh_from_db()
    assert alert.state == Alert.State.LAPSED


def test_similar_ones_are_those_that_the_reader_may_see(cast: Cast) -> None:
    kept = {"school": cast.school, "source": "internal", "signal": "form", "colour": "yellow"}
    kept |= {"numbers": {"title": "登记表逾期未报", "text": "至今 2 件未报。"}, "due_on": date(2026, 5, 1)}
    Alert.objects.create(unit=cast.teaching, number="HC-1", identity="1", **kept)
    own = Alert.objects.create(unit=cast.office, number="HC-2", identity="2", **kept)
    assert "HC-1" not in client_of(cast.li).get(f"/alerts/{own.pk}").content.decode()
    assert "HC-1" in client_of(cast.he).get(f"/alerts/{own.pk}").content.decode()


def test_the_names_of_papers_are_for_who_may_open_them(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    actions.add_paper(alert, SimpleUploadedFile("合同.pdf", b"%PDF-1.4\n%%EOF\n"), by=cast.wang)
    assert "合同.pdf" in client_of(cast.zhao).get(f"/alerts/{alert.pk}").content.decode()
    assert "合同.pdf" not in client_of(cast.sun).get(f"/alerts/{alert.pk}").content.decode()


def test_who_imports_or_enters_rows_sees_at_once_what_they_bring(cast: Cast, purchases: Dataset) -> None:
    batch = tables.open_batch(purchases, "file", name="台账.xlsx", by=cast.wang)
    cells = {"apply_date": "2026-03-02", "supplier": "东湖家具", "amount": "500", "dept": "总务处"}
    people = {"applicant": "王雨桐", "approver": "王雨桐"}
    rows = [tables.clean(purchases, {"po_no": f"P{n}", **cells, **people}) for n in range(12)]
    done = tables.put_rows(purchases, rows, batch=batch, by=cast.wang)
    tables.close_batch(batch, done, sha256="", judged=True, by=cast.wang)
    plant(purchases, range(20, 21))
    record = Record.objects.get(batch=None)
    sentence = "（东湖家具，500 元）的申请人同时是审批人"
    for person, of_batch, of_record in ((cast.wang, 10, 1), (cast.zhao, 10, 1)):
        page = client_of(person).get(f"/datasets/batches/{batch.pk}").content.decode()
        assert page.count(sentence) == of_batch
        assert "查看全部核查提示" in page
        assert client_of(person).get(f"/datasets/records/{record.pk}").content.decode().count(sentence) == of_record
    tables.withdraw_record(record, reason="重复填写", by=cast.wang)
    assert sentence not in client_of(cast.wang).get(f"/datasets/records/{record.pk}").content.decode()


def test_the_list_offers_the_departments_that_the_reader_sees(cast: Cast, purchases: Dataset) -> None:
    office = f'<option value="{cast.office.pk}">'
    assert office in client_of(cast.zhao).get("/alerts/").content.decode()
    page = client_of(cast.chen).get("/alerts/").content.decode()
    assert office not in page
    assert "这里列出您所在部门" in page


def test_many_rows_do_not_push_the_disposal_out_of_sight(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    rule_actions.set_limit(
        Rule.objects.get(code="F01"), name="limit", value=3_000_000, basis="采购管理办法第六条", by=cast.zhao
    )
    cells = {"apply_date": "2026-03-02", "supplier": "东湖家具", "amount": "29000", "category": "家具"}
    rows = [tables.clean(purchases, {"po_no": f"P{n}", **cells}) for n in range(12)]
    tables.put_rows(purchases, rows, batch=None, by=None)
    monkeypatch.setattr("qingqu.alerts.views.warnings.MOST_ROWS", 10)
    alert = Alert.objects.get(check_id="by-supplier")
    page = client_of(cast.wang).get(f"/alerts/{alert.pk}").content.decode()
    assert 'class="table-scroll is-tall"' in page
    assert page.count('href="/datasets/records/') == 10
    assert "只列出前 10 行" in page
