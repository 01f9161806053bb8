"""Runs that a change of indicators asks for, done by the worker; approved versions that begin on a later day."""

from __future__ import annotations

import logging
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from qingqu.alerts import actions as disposing
from qingqu.alerts import tasks
from qingqu.alerts.indicators import rule_actions, rulebook
from qingqu.alerts.models import Alert, Rule, Run
from qingqu.alerts.running import batches, ready, runs
from qingqu.alerts.running.tables import Current
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset, Record
from qingqu.trace.models import Entry
from tests.alerts.buying import plant, unwatched
from tests.people import Cast, client_of

RUNNING = "正在核查本校的全部记录"


def test_the_page_says_that_it_runs_and_then_what_came_of_it(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    unwatched(monkeypatch, purchases, range(3))
    zhao = client_of(cast.zhao)
    assert zhao.post("/alerts/rules/adopt", {"code": ["F08"]}).status_code == 302
    assert not Alert.objects.exists(), "no run in the request"
    page = zhao.get("/alerts/rules").content.decode()
    assert RUNNING in page
    assert 'hx-trigger="every 3s"' in page
    assert Run.objects.count() == 1, "one waiting run serves all who ask"
    assert tasks.judge_waiting() == 3
    assert Alert.objects.count() == 3
    page = zhao.get("/alerts/rules/F15").content.decode()
    assert "新提示 3 条、更新 0 条、消除 0 条" in page
    assert "hx-trigger" not in page
    assert tasks.judge_waiting() == 0


@pytest.mark.parametrize(
    ("address", "typed"), [("F01/limit/limit", {"value": "30000", "basis": "采购管理办法第六条"}), ("F15/on", {})]
)
def test_acts_on_indicators_ask_for_a_run(cast: Cast, purchases: Dataset, address: str, typed: dict[str, str]) -> None:
    rule_actions.switch_off(Rule.objects.get(code="F15"), reason="补录期间", by=cast.zhao)
    tasks.judge_waiting()
    assert client_of(cast.zhao).post(f"/alerts/rules/{address}", typed).status_code == 302
    assert Run.objects.get(ended_at=None).by == cast.zhao


def test_one_that_has_begun_does_not_serve_what_comes_later(cast: Cast, purchases: Dataset) -> None:
    run = Run.objects.get()
    Run.objects.filter(pk=run.pk).update(began_at=timezone.now())
    assert runs.ask(cast.school, by=cast.zhao).pk != run.pk
    tasks.judge_waiting()
    assert not Run.objects.filter(ended_at=None).exists(), "one that was interrupted is done as well"


def test_a_run_that_fails_is_told_and_done_again_at_night(
    cast: Cast, purchases: Dataset, monkeypatch: Any, caplog: Any
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(batches, "run", lambda *_a, **_k: 1 / 0)
        assert tasks.judge_waiting() == 0
    assert "could not be judged" in caplog.text
    assert "核查没有完成，今晚再次核查" in client_of(cast.zhao).get("/alerts/rules").content.decode()
    assert tasks.judge(date(2026, 4, 20)) == 0
    assert "核查没有完成" not in client_of(cast.zhao).get("/alerts/rules").content.decode()


def test_a_check_that_fails_keeps_no_other_from_being_judged(
    cast: Cast, purchases: Dataset, monkeypatch: Any, caplog: Any
) -> None:
    whole, done = batches.judge_check, list[str]()

    def judged(running: Any, *args: Any) -> Any:
        done.append(running.prepared.check.id)
        return 1 / 0 if len(done) == 1 else whole(running, *args)

    monkeypatch.setattr(batches, "judge_check", judged)
    with pytest.raises(ExceptionGroup, match=r"1 of \d+ checks have failed"):
        batches.run(cast.school, by=None)
    assert len(done) > 1
    assert "has failed, the other checks go on" in caplog.text


def test_an_interrupted_night_is_begun_again(cast: Cast, purchases: Dataset) -> None:
    day = date(2026, 4, 20)
    run = runs.of_night(cast.school, day)
    assert run is not None
    assert runs.of_night(cast.school, day) == run
    runs.carry_out(run)
    assert runs.of_night(cast.school, day) is None


def test_the_log_says_what_a_night_changed(
    cast: Cast, purchases: Dataset, monkeypatch: Any, caplog: Any, settings: Any
) -> None:
    caplog.set_level(logging.INFO, "qingqu.alerts")
    unwatched(monkeypatch, purchases, range(2))
    tasks.judge(date(2026, 4, 20))
    assert f"school {cast.school.code} judged by" in caplog.text
    assert "2 raised, 0 updated, 0 withdrawn" in caplog.text
    assert logging.getLogger("qingqu.alerts").isEnabledFor(logging.INFO)
    assert settings.LOGGING["loggers"]["qingqu.alerts"]["level"] == "INFO"


def test_what_is_written_meanwhile_is_not_withdrawn(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    """Somebody enters a row after the tables were read: its warning stays, and the run sees the row as well."""
    plant(purchases, range(1))
    read = Current.read
    times = []

    def read_then_write(self: Current) -> None:
        read(self)
        times.append(1)
        if len(times) == 1:
            plant(Dataset.objects.get(code="DS1"), range(1, 3))

    monkeypatch.setattr(Current, "read", read_then_write)
    result = batches.run(cast.school, by=None)
    assert (result.raised, result.lapsed) == ([], 0)
    assert Alert.objects.filter(state=Alert.State.EXPLAINING).count() == 3
    assert len(times) == 2


def test_a_table_that_never_rests_is_left_to_the_next_run(
    cast: Cast, purchases: Dataset, monkeypatch: Any, caplog: Any
) -> None:
    plant(purchases, range(1))
    monkeypatch.setattr(Current, "still", lambda _self, _codes: False)
    assert batches.run(cast.school, by=None).lapsed == 0
    assert "left to the next run" in caplog.text


@pytest.fixture
def approved(cast: Cast, purchases: Dataset) -> Rule:
    """F15 holds red records from 23 April on; it is the 20th."""
    rule = Rule.objects.get(code="F15")
    draft = rule_actions.propose(rule, values={}, bases={}, reason="试行实时防控", by=cast.zhao, holds_red=True)
    return rule_actions.approve(draft, effective_from=date(2026, 4, 23), by=cast.qian)


def enter(purchases: Dataset, number: int) -> Record:
    cells = {"po_no": f"P{number}", "apply_date": "2026-03-02", "amount": "500"}
    return tables.enter_record(purchases, {**cells, "applicant": "王雨桐", "approver": "王雨桐"}, by=None)


def test_a_later_version_runs_from_its_day_only(cast: Cast, purchases: Dataset, approved: Rule, settings: Any) -> None:
    assert approved.state == Rule.State.APPROVED
    enter(purchases, 1)
    assert Alert.objects.get().rule == Rule.objects.get(code="F15", version=1)
    settings.QINGQU_TODAY = date(2026, 4, 22)
    assert tasks.begin_versions(date(2026, 4, 22)) == 0
    enter(purchases, 2)
    settings.QINGQU_TODAY = date(2026, 4, 23)
    with pytest.raises(NotPossible, match="申请人同时是审批人"):
        enter(purchases, 3)  # from midnight on, before the clock has come round
    assert tasks.begin_versions(date(2026, 4, 23)) == 1
    assert tasks.begin_versions(date(2026, 4, 23)) == 0
    with pytest.raises(NotPossible, match="申请人同时是审批人"):
        enter(purchases, 3)
    states = dict(Rule.objects.filter(code="F15").values_list("version", "state"))
    assert states == {1: "replaced", 2: "on"}
    acts = Entry.objects.filter(act__in=["alerts.rule_approved", "alerts.rule_replaced", "alerts.rule_begun"])
    assert list(acts.order_by("id").values_list("act", flat=True)) == [
        "alerts.rule_approved",
        "alerts.rule_replaced",
        "alerts.rule_begun",
    ]


def test_the_boundary_day_in_batch(cast: Cast, approved: Rule) -> None:
    def versions(day: date) -> dict[str, int]:
        return {rule.code: rule.version for rule in rulebook.in_force(cast.school, day)}

    assert versions(date(2026, 4, 22))["F15"] == 1
    assert versions(date(2026, 4, 23))["F15"] == 2
    assert versions(date(2026, 4, 22))["F07"] == versions(date(2026, 4, 23))["F07"] == 1
    assert ready.checks_of(cast.school.pk).checks


def test_the_pages_say_from_when(cast: Cast, purchases: Dataset, approved: Rule) -> None:
    zhao = client_of(cast.zhao)
    page = zhao.get("/alerts/rules/F15").content.decode()
    assert "4 月 23 日起生效，此前按第 1 版运行" in page
    assert "待生效的新版本" in page
    assert "新版本 4 月 23 日起生效" in zhao.get("/alerts/rules").content.decode()
    assert client_of(cast.qian).post("/alerts/rules/F15/approve").status_code == 422, "approved already"
    assert zhao.post("/alerts/rules/F15/drop").status_code == 422, "another has approved it: not without a reason"
    assert zhao.post("/alerts/rules/F15/drop", {"reason": "等新办法印发"}).status_code == 302
    assert "待生效" not in zhao.get("/alerts/rules/F15").content.decode()


def test_the_day_is_chosen_when_it_is_approved(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F15")
    rule_actions.propose(rule, values={}, bases={}, reason="试行实时防控", by=cast.zhao, holds_red=True)
    qian = client_of(cast.qian)
    assert "从哪一天起运行" in qian.get("/alerts/rules/F15/approve").content.decode()
    for day in ("2026-04-19", "2027-05-01", "soon"):
        refused = qian.post("/alerts/rules/F15/approve", {"effective_from": day})
        assert refused.status_code == 422
        assert f'value="{day}"' in refused.content.decode()
    assert qian.post("/alerts/rules/F15/approve", {"effective_from": "2026-04-21"}).status_code == 302
    assert Rule.objects.get(code="F15", version=2).effective_from == date(2026, 4, 21)
    assert Rule.objects.get(code="F15", version=1).state == Rule.State.ON


def test_while_a_version_waits_nothing_slips_past_it(cast: Cast, purchases: Dataset, approved: Rule) -> None:
    rule = Rule.objects.get(code="F15", version=1)
    with pytest.raises(NotPossible, match="待生效"):
        rule_actions.propose(rule, values={}, bases={}, reason="再改一次", by=cast.zhao, holds_red=False)
    rule_actions.switch_off(rule, reason="数据不全", by=cast.zhao)
    approved.refresh_from_db()
    assert approved.state == Rule.State.REPLACED
    assert rulebook.in_force(cast.school, date(2026, 5, 1))[-1].code != "F15"
    rule_actions.switch_on(rule, by=cast.zhao)
    again = rule_actions.propose(rule, values={}, bases={}, reason="再试一次", by=cast.zhao, holds_red=True)
    assert again.version == 3, "numbers are not used twice"


def test_a_limit_waits_for_the_draft(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F01")
    rule_actions.propose(rule, values={"near": 0.2}, bases={"near": "审计建议"}, reason="从严", by=cast.zhao)
    with pytest.raises(NotPossible, match="待批准"):
        rule_actions.set_limit(rule, "limit", 3_000_000, basis="采购管理办法第六条", by=cast.wang)


def test_many_findings_are_brought_in_line_in_parts(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    unwatched(monkeypatch, purchases, range(7))
    parts, pauses = [], []
    reconcile = batches.reconciling.reconcile

    def noted(findings: Any, **named: Any) -> Any:
        parts.append(sum(len(finding.hits) for finding in findings))
        return reconcile(findings, **named)

    monkeypatch.setattr(batches, "AT_ONCE", 3)
    monkeypatch.setattr(batches.reconciling, "reconcile", noted)
    monkeypatch.setattr(batches, "time", SimpleNamespace(sleep=pauses.append))
    assert len(batches.run(cast.school, by=None).raised) == 7
    assert [count for count in parts if count] == [3, 3, 1], "whoever writes meanwhile waits for three, not for all"
    assert len(pauses) == 2
    assert batches.run(cast.school, by=None) == batches.reconciling.Result(), "nothing is raised twice"
    for entry in list(Record.objects.filter(dataset=purchases))[:5]:
        tables.withdraw_record(entry, reason="重复登记", by=cast.li)
    assert Alert.objects.exclude(state="lapsed").count() == 2


def test_findings_that_are_gone_lapse_in_parts_as_well(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    plant(purchases, range(7))
    monkeypatch.setattr(batches, "AT_ONCE", 3)
    with monkeypatch.context() as patched:
        patched.setattr("qingqu.datasets.watching._watchers", [])
        for entry in list(Record.objects.filter(dataset=purchases))[:5]:
            tables.withdraw_record(entry, reason="重复登记", by=cast.li)
    assert batches.run(cast.school, by=None).lapsed == 5
    assert Alert.objects.exclude(state="lapsed").count() == 2


def test_what_a_table_lacks_is_looked_for_only_where_the_school_keeps_it(cast: Cast, purchases: Dataset) -> None:
    """A school without a log of seals would otherwise be told of each of its contracts that none was sealed."""
    contracts, seals = tables.adopt(cast.school, ["DS3", "DS16"], keeper=cast.office, by=cast.chen)
    paid = {"contract_no": "HT1", "contract_amount": "86000", "pay_date": "2026-04-20", "pay_amount": "43000"}
    tables.put_rows(contracts, [tables.clean(contracts, paid)], batch=None, by=None)
    rule_actions.adopt(cast.school, ["F34"], by=cast.zhao)
    zhao, said = client_of(cast.zhao), "本校的“用印记录”还没有记录"
    tasks.judge_waiting()
    assert not Alert.objects.exists()
    assert said in zhao.get("/alerts/rules/F34").content.decode()
    assert said in zhao.get("/alerts/rules/F34/simulate?check=paid-unsealed").content.decode()
    other = {"date": "2026-03-20", "approval_no": "YY1", "doc": "家具采购合同", "contract_no": "HT2"}
    tables.put_rows(seals, [tables.clean(seals, other)], batch=None, by=None)
    batches.run(cast.school, by=None)
    assert Alert.objects.get().check_id == "paid-unsealed"
    assert said not in zhao.get("/alerts/rules/F34").content.decode()


def let_off(cast: Cast) -> None:
    """A new version of F07 that lets ten days pass begins to run."""
    draft = rule_actions.propose(
        Rule.objects.get(code="F07"),
        values={"grace_days": 10},
        bases={"grace_days": "采购管理办法第八条"},
        reason="补签有十日",
        by=cast.zhao,
    )
    rule_actions.approve(draft, effective_from=today(), by=cast.qian)
    tasks.judge_waiting()


@pytest.mark.parametrize("is_corrected", [True, False])
def test_a_prompt_that_a_new_version_no_longer_gives_says_so(
    cast: Cast, purchases: Dataset, is_corrected: bool
) -> None:
    """Nobody put the record right; who reads the history must not be told that somebody did."""
    cells = {"po_no": "P1", "apply_date": "2026-03-02", "approve_date": "2026-03-12", "contract_date": "2026-03-07"}
    bought = tables.enter_record(purchases, {**cells, "amount": "500"}, by=None)
    alert = Alert.objects.get(check_id="approved-after-contract")
    if is_corrected:
        tables.correct_record(bought, {**cells, "amount": "500", "contract_date": "2026-03-13"}, by=cast.wang)
    let_off(cast)
    alert.refresh_from_db()
    assert alert.state == Alert.State.LAPSED
    said = "记录已更正，不再符合提示条件" if is_corrected else "指标已修改，按现行版本不再符合提示条件"
    assert alert.disposals.get().text == said
    assert said in client_of(cast.zhao).get(f"/alerts/{alert.pk}").content.decode()
    english = client_of(cast.zhao).get(f"/alerts/{alert.pk}", headers={"Accept-Language": "en"}).content.decode()
    assert ("The indicator has been changed" in english) is not is_corrected


def test_what_somebody_has_explained_is_not_ended_by_a_new_version(cast: Cast, purchases: Dataset) -> None:
    """Two people who change an indicator do not take what is being looked into off the table."""
    cells = {"po_no": "P1", "apply_date": "2026-03-02", "approve_date": "2026-03-12", "contract_date": "2026-03-07"}
    bought = tables.enter_record(purchases, {**cells, "amount": "500"}, by=None)
    alert = Alert.objects.get(check_id="approved-after-contract")
    disposing.explain(alert, text="先签后批，审批人出差", by=cast.wu)
    let_off(cast)
    alert.refresh_from_db()
    assert alert.state == Alert.State.CONFIRMING
    tables.correct_record(bought, {**cells, "amount": "500", "contract_date": "2026-03-13"}, by=cast.wang)
    tasks.judge_waiting()
    alert.refresh_from_db()
    assert alert.state == Alert.State.LAPSED
    assert alert.disposals.latest("pk").text == "记录已更正，不再符合提示条件"
