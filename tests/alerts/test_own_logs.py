"""The product's checks of procedures over an event log of the school's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from qingqu.accounts.models import User
from qingqu.alerts import tasks
from qingqu.alerts.indicators import log_rules, rule_actions, rulebook
from qingqu.alerts.models import Alert, OwnIndicator, Rule
from qingqu.alerts.running import batches, ready, replaying
from qingqu.alerts.trying import trials
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets import defining, rules
from qingqu.datasets.models import Dataset, Record
from qingqu.trace.models import Entry
from tests.people import Cast, client_of

HEADS = "项目编号\t流程节点\t处理人\t完成时间\t备注"
"""case, step, operator, time, c1"""


@pytest.fixture
def log(cast: Cast, settings: Any, tmp_path: Any) -> Dataset:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    made = defining.define(
        cast.school, name="基建流程", name_en="Works", kind="events", headings=rules.headings(HEADS),
        keeper=cast.office, by=cast.chen,
    )  # fmt: skip
    put(made, "J1", ("立项", "甲", "03-02 09:00"), ("签合同", "甲", "03-03 09:00"), ("批准", "乙", "03-04 09:00"))
    put(made, "J2", ("立项", "甲", "03-02 09:00"), ("批准", "甲", "03-03 09:00"), ("签合同", "丙", "03-04 09:00"))
    put(made, "J3", ("立项", "甲", "03-02 09:00"), ("批准", "乙", "03-03 09:00"), ("签合同", "丙", "03-04 09:00"))
    return tables.map_steps(made, {"立项": "申请", "批准": "审批", "签合同": "签约"}, by=cast.wang)


def put(log: Dataset, case: str, *steps: tuple[str, str, str]) -> None:
    rows = [{"case": case, "step": step, "operator": who, "time": f"2026-{at}"} for step, who, at in steps]
    tables.put_rows(log, [tables.clean(log, row) for row in rows], batch=None, by=None)


def withdraw(case: str, step: str, *, by: User) -> None:
    event = Record.objects.get(values__case=case, values__step=step, withdrawn=False)
    tables.withdraw_record(event, reason="时间登记有误", by=by)


def found() -> set[tuple[str, str]]:
    alerts = Alert.objects.exclude(state=Alert.State.LAPSED).select_related("rule")
    return {(OwnIndicator.objects.get(pk=a.rule.code[1:]).pattern, a.key[0]) for a in alerts if a.rule}


def test_procedures_are_held_against_the_log(cast: Cast, log: Dataset) -> None:
    made = log_rules.adopt_for(log, ["E01", "E04"], by=cast.zhao)
    tasks.judge_waiting()
    assert found() == {("E01", "J1"), ("E04", "J2")}
    for alert in Alert.objects.all():
        assert replaying.replay(alert).same
        page = client_of(cast.wang).get(f"/alerts/{alert.pk}").content.decode()
        assert "流程节点" in page
        assert "基建流程" in page
    english = Client(headers={"Accept-Language": "en"})
    english.force_login(cast.wang)
    page = english.get(f"/alerts/{alert.pk}").content.decode()
    assert "流程节点" not in page
    assert ">Step<" in page
    put(log, "J4", ("签合同", "甲", "03-06 09:00"))
    assert ("E01", "J4") in found(), "an event is judged when it is written"
    tables.map_steps(log, {"立项": "审批", "批准": "上会", "签合同": "签约"}, by=cast.wang)
    tasks.judge_waiting()
    assert ("E01", "J1") not in found(), "steps that mean something else are judged anew"
    assert not trials.plain_parameters(made[0], "approve-before-contract")
    assert Entry.objects.filter(act="alerts.indicator_made").count() == 2


def differences(cast: Cast) -> tuple[int, int, int]:
    """What the batch has to put right."""
    result = batches.run(cast.school, by=None)
    return len(result.raised), result.refreshed, result.lapsed


def test_on_writing_as_in_the_night(cast: Cast, log: Dataset) -> None:
    log_rules.adopt_for(log, ["E01", "E04"], by=cast.zhao)
    put(log, "J5", ("立项", "丁", "03-04 09:00"), ("批准", "丁", "03-05 09:00"), ("签合同", "丙", "03-06 09:00"))
    assert found() == {("E04", "J5")}, "what stood there before is left to the run that was asked for"
    tasks.judge_waiting()
    assert found() == {("E01", "J1"), ("E04", "J2"), ("E04", "J5")}
    ready.forget_all()  # another process
    withdraw("J1", "签合同", by=cast.wang)
    put(log, "J1", ("签合同", "甲", "03-09 09:00"))
    assert found() == {("E04", "J2"), ("E04", "J5")}, "signed after the approval, as it turns out"
    withdraw("J5", "批准", by=cast.wang)
    assert found() == {("E01", "J5"), ("E04", "J2")}, "no approval any more"
    put(log, "J5", ("批准", "丁", "03-05 09:00"))
    assert found() == {("E04", "J2"), ("E04", "J5")}
    assert differences(cast) == (0, 0, 0)


def test_what_was_written_while_an_indicator_was_off_is_seen_when_it_is_on_again(cast: Cast, log: Dataset) -> None:
    (rule,) = log_rules.adopt_for(log, ["E04"], by=cast.zhao)
    tasks.judge_waiting()
    rule = rule_actions.switch_off(rule, reason="换用新系统", by=cast.zhao)
    put(log, "J6", ("批准", "甲", "03-05 09:00"))
    rule_actions.switch_on(rule, by=cast.zhao)
    put(log, "J6", ("立项", "甲", "03-02 09:00"))
    assert ("E04", "J6") in found()
    tasks.judge_waiting()
    assert differences(cast) == (0, 0, 0)


def test_without_a_mapping_standard_names_mean_themselves(cast: Cast, log: Dataset) -> None:
    plain = defining.define(
        cast.school, name="采购流程", kind="events", headings=rules.headings(HEADS), keeper=cast.office, by=cast.chen
    )
    put(plain, "P1", ("签约", "甲", "03-02 09:00"), ("审批", "乙", "03-03 09:00"))
    log_rules.adopt_for(plain, ["E01"], by=cast.zhao)
    batches.run(cast.school, by=None)
    assert found() == {("E01", "P1")}


def test_limits_of_the_school_wait_as_elsewhere(cast: Cast, log: Dataset) -> None:
    columns = [*defining.said_of(log), defining.ColumnSaid("合同金额", "money", role="amount")]
    defining.set_columns(log, columns, by=cast.chen)
    log.refresh_from_db()
    (rule,) = log_rules.adopt_for(log, ["E03"], by=cast.zhao)
    assert rulebook.waiting(rule) == ["limit"]
    row = {"case": "J9", "step": "签合同", "operator": "甲", "time": "2026-03-09", "amount": "50000"}
    tables.enter_record(log, row, by=cast.wang)
    tables.map_steps(log, {**log.steps, "上会": "上会"}, by=cast.wang)
    batches.run(cast.school, by=None)
    assert found() == set()
    rule_actions.set_limit(rule, "limit", 3_000_000, basis="三重一大实施办法第五条", by=cast.zhao)
    batches.run(cast.school, by=None)
    assert found() == {("E03", "J9")}


def test_the_way_through_the_pages(cast: Cast, log: Dataset) -> None:
    zhao = client_of(cast.zhao)
    at = f"/alerts/rules/own/{log.pk}/procedures"
    assert at in zhao.get("/alerts/rules/own").content.decode()
    page = zhao.get(at).content.decode()
    assert 'value="E01"' in page
    assert 'value="E09"' not in page
    assert "日志中没有这些列：凭证" in page
    assert "日志中没有这些列：金额" in page
    assert zhao.post(at, {}).status_code == 422
    assert zhao.post(at, {"codes": ["E09"]}).status_code == 422
    assert zhao.post(at, {"codes": ["E01", "E10"]}).status_code == 302
    own = OwnIndicator.objects.get(pattern="E01")
    page = zhao.get(at).content.decode()
    assert f"/alerts/rules/{own.code}" in page
    assert 'value="E01"' not in page
    assert Rule.objects.get(code=own.code).state == Rule.State.ON
    page = zhao.get(f"/alerts/rules/{own.code}").content.decode()
    assert "未批先办（基建流程）" in page
    assert "每晚核算" not in page
    english = Client(headers={"Accept-Language": "en"})
    english.force_login(cast.zhao)
    page = english.get(f"/alerts/rules/{own.code}").content.decode()
    assert "(Works)" in page
    assert "基建流程" not in page.partition("<main")[2]
    assert client_of(cast.wang).get(at).status_code == 403
    assert client_of(cast.zhou).get(at).status_code in (403, 404)


def test_what_cannot_be_is_refused(cast: Cast, log: Dataset) -> None:
    log_rules.adopt_for(log, ["E01"], by=cast.zhao)
    for codes in (["E01"], ["E03"], ["F01"]):
        with pytest.raises(NotPossible, match="不能按"):
            log_rules.adopt_for(log, codes, by=cast.zhao)
    keys = defining.define(cast.school, name="钥匙", headings=["编号"], keeper=cast.office, by=cast.chen)
    with pytest.raises(NotPossible, match="办件日志"):
        log_rules.adopt_for(keys, ["E01"], by=cast.zhao)
    empty = defining.define(
        cast.school, name="空", kind="events", headings=rules.headings(HEADS), keeper=cast.office, by=cast.chen
    )
    with pytest.raises(NotPossible, match="没有记录"):
        log_rules.adopt_for(empty, ["E01"], by=cast.zhao)
    assert OwnIndicator.objects.count() == 1
