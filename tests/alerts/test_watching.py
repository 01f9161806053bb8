"""From a row typed in to a warning disposed of: the chain without its pages."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from qingqu.alerts import access, actions
from qingqu.alerts.indicators import quiet_actions, rule_actions
from qingqu.alerts.models import Alert, AlertRow, Disposal, Rule, Suppression
from qingqu.alerts.running import batches
from qingqu.alerts.running.replaying import replay
from qingqu.alerts.wording import arithmetic, sentence, title
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset, Record
from qingqu.organisation.models import Duty
from qingqu.trace.models import Entry
from tests.alerts.buying import enter, limit
from tests.people import Cast, client_of


def test_a_split_purchase_grows_into_one_warning(cast: Cast, purchases: Dataset) -> None:
    enter(purchases, 1)
    enter(purchases, 2)
    assert not Alert.objects.exists(), "the limit is still to be entered"
    limit(cast)
    enter(purchases, 3)
    first = Alert.objects.get()
    assert (first.colour, first.rows.count(), first.unit) == ("orange", 3, cast.office)
    enter(purchases, 4)
    alert = Alert.objects.get()
    assert alert.pk == first.pk
    assert alert.colour == "red"
    assert alert.number == "YC5Z-HC-2026-0001"
    assert sentence(alert) == (
        "通达五金经营部：2026 年 3 月 2 日至 2026 年 3 月 5 日，4 笔合计 117,600 元，单笔均低于 30,000 元限额。"
    )
    assert title(alert) == "拆分采购 · 同一供应商"
    assert ("合计", "117,600 元") in [(f.label, f.value) for f in arithmetic(alert)]
    acts = list(Entry.objects.filter(act__startswith="alerts.").order_by("id").values_list("act", flat=True))
    assert acts[-2:] == ["alerts.raised", "alerts.refreshed"]


def test_two_warnings_that_become_one_finding_go_on_as_the_one_that_is_furthest(cast: Cast, purchases: Dataset) -> None:
    limit(cast)
    for number, day in enumerate(("06-01", "06-02", "06-03", "11-01", "11-02", "11-03"), start=1):
        enter(purchases, number, apply_date=f"2025-{day}")
    first, second = Alert.objects.filter(check_id="by-supplier").order_by("id")
    actions.explain(first, text="分三批到货，合同一次签订", by=cast.wang)
    enter(purchases, 7, apply_date="2025-08-20")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.rows.count(), second.state) == ("confirming", 7, "lapsed")
    said = second.disposals.get()
    assert (said.step, said.reference) == ("lapsed", first.number)
    page = client_of(cast.zhao).get(reverse("alerts:show", args=[second.pk])).content.decode()
    assert "请在该条提示中办理" in page
    assert f'href="{reverse("alerts:show", args=[first.pk])}">{first.number}</a>' in page
    result = batches.run(cast.school, by=None)
    assert (result.raised, result.refreshed, result.lapsed) == ([], 0, 0)


def test_batch_finds_what_was_found_on_writing(cast: Cast, purchases: Dataset) -> None:
    limit(cast)
    for number in range(1, 5):
        enter(purchases, number)
    enter(purchases, 9, supplier="东湖文印", approver="王雨桐", contract_date="2026-03-23", amount="500")
    before = list(Alert.objects.order_by("id").values_list("identity", "numbers", "colour", "state"))
    assert len(before) == 3
    result = batches.run(cast.school, by=None)
    assert (result.raised, result.refreshed, result.lapsed) == ([], 0, 0)
    assert list(Alert.objects.order_by("id").values_list("identity", "numbers", "colour", "state")) == before
    late = Alert.objects.get(check_id="approved-after-contract")
    assert "批准晚于签约 9 日" in sentence(late)
    assert late.colour == "orange"


def test_what_is_corrected_lapses_and_says_why(cast: Cast, purchases: Dataset) -> None:
    entry = enter(purchases, 1, approver="王雨桐")
    alert = Alert.objects.get()
    values = {"po_no": "CG1", "apply_date": "2026-03-02", "applicant": "王雨桐", "approver": "李明远"}
    tables.correct_record(entry, values, by=None)
    alert.refresh_from_db()
    assert alert.state == Alert.State.LAPSED
    assert alert.disposals.get().step == Disposal.Step.LAPSED
    tables.correct_record(Record.objects.get(), values | {"approver": "王雨桐"}, by=None)
    assert Alert.objects.filter(state=Alert.State.EXPLAINING).count() == 1


def test_the_way_of_a_warning(cast: Cast, purchases: Dataset) -> None:
    entry = enter(purchases, 1, approver="王雨桐")
    alert = Alert.objects.get()
    with pytest.raises(NotPossible, match="请刷新"):
        actions.close(alert, result="dispelled", text="没有问题", by=cast.zhao)
    with pytest.raises(NotPossible, match="请写明"):
        actions.explain(alert, text="嗯", by=cast.wang)
    actions.explain(alert, text="名字录错了，批准人是李明远", by=cast.wang)
    with pytest.raises(NotPossible, match="选择一项"):
        actions.confirm(alert, opinion="handed_over", text="属实，请办结", by=cast.li)
    actions.confirm(alert, opinion="dispelled", text="与单据核对一致", by=cast.li)
    closed = actions.close(alert, result="dispelled", text="误报，签字页已核", by=cast.zhao)
    assert (closed.state, closed.result) == ("closed", "dispelled")
    batches.run(cast.school, by=None)
    assert Alert.objects.count() == 1, "the same finding does not come back"
    tables.correct_record(entry, {"po_no": "CG1", "apply_date": "2026-03-02", "amount": "30000"}, by=None)
    assert Alert.objects.count() == 1


def test_nobody_confirms_his_own_explanation(cast: Cast, purchases: Dataset) -> None:
    enter(purchases, 1, approver="王雨桐")
    alert = actions.explain(Alert.objects.get(), text="我自己办理的", by=cast.li)
    with pytest.raises(NotPossible, match="另一人"):
        actions.confirm(alert, opinion="dispelled", text="没有问题", by=cast.li)
    actions.confirm(alert, opinion="flaw", text="应由他人审批", by=cast.he)


def test_a_closed_finding_that_grows_comes_back_and_names_the_earlier(cast: Cast, purchases: Dataset) -> None:
    limit(cast)
    for number in range(1, 4):
        enter(purchases, number)
    alert = Alert.objects.get()
    actions.explain(alert, text="三次都是急用", by=cast.wang)
    actions.confirm(alert, opinion="flaw", text="年初没有计划", by=cast.li)
    actions.close(alert, result="flaw", text="补编年度计划", by=cast.zhao)
    enter(purchases, 4)
    later = Alert.objects.exclude(pk=alert.pk).get()
    assert later.earlier == alert
    assert later.colour == "red"


def test_suppressed_findings_are_not_raised(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F15")
    quiet_actions.suppress(rule, until=date(2026, 5, 1), reason="补录期间", by=cast.zhao, check_id="applicant-approver")
    enter(purchases, 1, approver="王雨桐")
    assert not Alert.objects.exists()
    assert Suppression.objects.count() == 1


def test_a_red_finding_may_hold_the_record(cast: Cast, purchases: Dataset) -> None:
    draft = rule_actions.propose(
        Rule.objects.get(code="F15"), values={}, bases={}, reason="试行实时防控", by=cast.zhao, holds_red=True
    )
    with pytest.raises(NotPossible, match="另一人"):
        rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.zhao)
    rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.qian)
    with pytest.raises(NotPossible, match=r"没有保存：.*申请人同时是审批人。这样的记录.*请核对更正"):
        enter(purchases, 1, approver="王雨桐")
    assert not Record.objects.exists()
    assert not Alert.objects.exists()
    facts = client_of(cast.wang).get("/alerts/rules/F15").content.decode().partition('id="facts"')[2]
    assert "作出红色提示时不予保存记录" in facts.partition("</section>")[0]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"near": 2.0}, "应在"),
        ({"window_days": 1}, "应在"),
        ({"nothing": 1}, "没有参数"),
        ({"near": 0.3}, "没有修改"),
    ],
)
def test_values_out_of_range_are_refused(cast: Cast, purchases: Dataset, values: Any, says: str) -> None:
    with pytest.raises(NotPossible, match=says):
        rule_actions.propose(Rule.objects.get(code="F01"), values=values, bases={}, reason="调整", by=cast.zhao)


def test_a_withdrawn_batch_takes_its_warnings_with_it(cast: Cast, purchases: Dataset) -> None:
    limit(cast)
    batch = tables.open_batch(purchases, "api", by=None)
    cells = {
        "dept": "总务处",
        "category": "家具",
        "supplier": "东湖家具",
        "amount": "28000",
        "apply_date": "2026-03-02",
    }
    rows = [tables.clean(purchases, {"po_no": f"X{n}", **cells}) for n in range(4)]
    done = tables.put_rows(purchases, rows, batch=batch, by=None)
    batch = tables.close_batch(batch, done, sha256="", judged=True, by=None)
    alert = Alert.objects.get()
    assert AlertRow.objects.filter(alert=alert).count() == 4
    tables.withdraw_batch(batch, reason="上年的表", by=None)
    alert.refresh_from_db()
    assert alert.state == Alert.State.LAPSED


def test_steps_of_cases_are_judged_when_an_event_arrives(cast: Cast, purchases: Dataset) -> None:
    rule_actions.adopt(cast.school, ["E01", "E04"], by=cast.zhao)
    log = Dataset.objects.get(code="EV1")
    Dataset.objects.filter(pk=log.pk).update(steps={"部门审批": "审批", "支付": "付款", "填单": "申请"})

    def event(step: str, day: int, who: str) -> None:
        cells = {"case": "BX-1", "step": step, "operator": who, "time": f"2026-03-{day:02d} 10:00"}
        tables.enter_record(Dataset.objects.get(code="EV1"), cells, by=None)

    event("填单", 1, "王雨桐")
    event("支付", 3, "吴晓")
    alert = Alert.objects.get()
    assert sentence(alert) == "办件 BX-1 在审批之前已经付款。"
    event("部门审批", 2, "王雨桐")
    alert.refresh_from_db()
    assert alert.state == Alert.State.LAPSED, "the approval arrived late but was given in time"
    assert "申请与审批有同一人" in sentence(Alert.objects.exclude(pk=alert.pk).get())
    assert batches.run(cast.school, by=None).raised == []


def test_who_cannot_be_told_is_compared_with_nobody_and_shown_so(cast: Cast, purchases: Dataset) -> None:
    rule_actions.adopt(cast.school, ["E01", "E04"], by=cast.zhao)
    log = Dataset.objects.get(code="EV1")
    for step, day, who in (("申请", 1, "STAFF MEMBER"), ("付款", 2, "吴晓"), ("审批", 3, "staff member")):
        cells = {"case": "BX-1", "step": step, "operator": who, "time": f"2026-03-{day:02d} 10:00"}
        tables.enter_record(log, cells, by=None)
    assert [alert.check_id for alert in Alert.objects.all()] == ["approve-before-payment"]
    zhao = client_of(cast.zhao)
    page = zhao.get(f"/alerts/{Alert.objects.get().pk}").content.decode()
    assert "不可辨" in page
    assert "•••" in page
    assert "2 行的办理人不可辨" in client_of(cast.wang).get(f"/datasets/{log.pk}").content.decode()


def test_a_warning_is_computed_anew_bit_for_bit(cast: Cast, purchases: Dataset) -> None:
    limit(cast)
    for number in range(1, 5):
        enter(purchases, number)
    alert = Alert.objects.get()
    told = replay(alert)
    assert told.same, told.label
    assert "逐位相同" in told.label
    entry = Record.objects.order_by("id").first()
    assert entry is not None
    Record.objects.filter(pk=entry.pk).update(values=entry.values | {"amount": 1})
    assert not replay(alert).same


def test_without_a_commission_the_secretary_reopens(cast: Cast, purchases: Dataset) -> None:
    enter(purchases, 1, approver="王雨桐")
    alert = Alert.objects.get()
    alert.state = Alert.State.CLOSED
    assert not access.can_reopen(cast.qian, alert), "as long as there is a commission"
    Duty.objects.filter(school=cast.school, kind=Duty.Kind.DISCIPLINE).delete()
    assert access.can_reopen(cast.qian, alert)
    assert not access.can_reopen(cast.wang, alert)
    alert.unit.leader = cast.qian
    assert not access.can_reopen(cast.qian, alert), "he answers for the department himself"


GROWING = {"alerts_alert", "alerts_alertrow", "alerts_tally", "datasets_record", "datasets_posting", "risks_riskpoint"}
WIDE = re.compile(r"\((school_id=\?|dataset_id=\?|state=\?|person_id=\?)( AND state=\?)?\)")
"""What very many rows of one school have in common."""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite how it would look")
def test_what_a_record_asks_the_database_does_not_grow_with_its_school(cast: Cast, purchases: Dataset) -> None:
    """Without statistics, as on a new site: no statement reads all of a school's warnings, records or risk points."""
    limit(cast)
    asked: dict[str, Any] = {}

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
            asked[sql] = params[0] if many else params
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        for number in range(1, 5):
            enter(purchases, number)
    plans = []
    with connection.cursor() as cursor:
        for sql, params in asked.items():
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            tables = {
                alias or table: table for table, alias in re.findall(r'(?:FROM|JOIN) "?(\w+)"?(?: ([a-z])\b)?', sql)
            }
            plans += [(detail, tables.get(detail.split()[1], detail.split()[1])) for *_, detail in cursor.fetchall()]
    assert {table for _, table in plans} >= GROWING - {"alerts_tally"}
    assert [
        detail for detail, table in plans if table in GROWING and (detail.startswith("SCAN") or WIDE.search(detail))
    ] == []
