"""Every primitive computes the identical result anew, whatever has become of its records; and why it cannot."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qingqu.alerts import tasks
from qingqu.alerts.indicators import rule_actions, rulebook
from qingqu.alerts.models import Alert, Replay, Rule, Snapshot
from qingqu.alerts.running import batches, replaying
from qingqu.alerts.running.replaying import replay
from qingqu.common.calendar import date_of, day_of
from qingqu.datasets import actions as tables
from qingqu.datasets import storing, watching
from qingqu.datasets.models import Dataset, Record
from qingqu.trace.models import Entry
from tests.alerts.cases import Case, cases, rule_of, today_of
from tests.people import Cast


def one_of_each() -> dict[tuple[str, bool], Case]:
    """A planted case for every primitive, with and without joined tables."""
    found: dict[tuple[str, bool], Case] = {}
    for case in cases():
        one = rulebook.check_of(rulebook.shipped()[case.code], case.check)
        if case.kind == "planted":
            found.setdefault((one.primitive, bool(one.joins)), case)
    return found


ONE_OF_EACH = one_of_each()


def keep(cast: Cast, case: Case) -> Rule:
    """A school that runs the case's indicator and keeps its tables, with the case's rows in them."""
    local = {
        name: parameter.value
        for name, parameter in rule_of(case.code).parameters.items()
        if parameter.value != rulebook.shipped()[case.code].parameters[name].value
    }
    (rule,) = rule_actions.adopt(cast.school, [case.code], by=cast.zhao)
    Rule.objects.filter(pk=rule.pk).update(values=local)
    tables.adopt(cast.school, case.rows, keeper=cast.office, by=cast.chen)
    for code, rows in case.rows.items():
        dataset = Dataset.objects.get(code=code)
        for n, row in enumerate(rows):
            done = storing.put_keyed(dataset, {str(n): row}, None)
            watching.changed(dataset, done.changes, by=None)
    return Rule.objects.get(pk=rule.pk)


def disturb(school: Any) -> None:
    """Withdraw every second record, correct the others, and add one more of each table."""
    for dataset in Dataset.objects.filter(school=school):
        records = list(Record.objects.filter(dataset=dataset, withdrawn=False).order_by("pk"))
        changed = []
        for n, before in enumerate(storing.standing(records)):
            other = {name: v + 1 if isinstance(v, int) else v and f"{v}一" for name, v in before.values.items()}
            changed.append((before, None if n % 2 else other))
        storing.touched(dataset, storing.replace(dataset, changed, None))
        if records:
            tables.put_rows(dataset, [{**records[0].values, "again": 1}], batch=None, by=None)


@pytest.mark.parametrize("case", ONE_OF_EACH.values(), ids=str)
def test_the_identical_result_comes_out(cast: Cast, settings: Any, tmp_path: Any, case: Case) -> None:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date_of(today_of(case.code))
    keep(cast, case)
    batches.run(cast.school, by=None)
    alerts = Alert.objects.filter(rule__code=case.code, check_id=case.check)
    assert alerts.exists()
    assert {replay(alert).same for alert in alerts.all()} == {True}
    disturb(cast.school)
    assert {replay(alert).same for alert in alerts.all()} == {True}
    settings.QINGQU_TODAY = date_of(today_of(case.code) + 3)
    batches.run(cast.school, by=None)
    assert {replay(alert).same for alert in alerts.all()} == {True}


def test_all_primitives_are_there() -> None:
    primitives = {one.primitive for rule in rulebook.shipped().values() for one in rule.checks}
    assert {primitive for primitive, _joins in ONE_OF_EACH} == primitives
    assert ("predicate", True) in ONE_OF_EACH


@pytest.fixture
def steps(cast: Cast, settings: Any, tmp_path: Any) -> Alert:
    """A warning about a case whose log has names of its own."""
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    rule_actions.adopt(cast.school, ["E01"], by=cast.zhao)
    (log,) = tables.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)
    Dataset.objects.filter(pk=log.pk).update(steps={"部门审批": "审批", "支付": "付款", "填单": "申请"})
    log.refresh_from_db()
    for step, day in (("填单", 1), ("支付", 3)):
        cells = {"case": "BX-1", "step": step, "operator": "吴晓", "time": f"2026-03-{day:02d} 10:00"}
        tables.enter_record(log, cells, by=None)
    return Alert.objects.get()


def test_names_of_steps_that_have_changed_are_the_reason_why_not(steps: Alert) -> None:
    assert replay(steps).same
    Dataset.objects.filter(code="EV1").update(steps={"部门审批": "审批", "支付": "验收", "填单": "申请"})
    told = replay(steps)
    assert told.same is None
    assert "环节名称其后改动过" in told.label


def test_a_check_that_the_product_no_longer_has_is_the_reason_why_not(steps: Alert) -> None:
    Alert.objects.filter(pk=steps.pk).update(check_id="no-more")
    assert replay(Alert.objects.get()).same is None


def test_numbers_that_somebody_changed_are_told(steps: Alert) -> None:
    Alert.objects.filter(pk=steps.pk).update(colour="yellow" if steps.colour != "yellow" else "red")
    told = replay(Alert.objects.get())
    assert told.same is False
    assert "重算结果与提示不同" in told.label


def test_medians_that_somebody_changed_are_told(cast: Cast, settings: Any, tmp_path: Any) -> None:
    case = ONE_OF_EACH["peer", False]
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date_of(today_of(case.code))
    keep(cast, case)
    batches.run(cast.school, by=None)
    alert = Alert.objects.filter(check_id=case.check).first()
    assert alert is not None
    assert alert.snapshot
    kept = Snapshot.objects.get(digest=alert.snapshot)
    Snapshot.objects.filter(pk=kept.pk).update(rows=[[*row[:-2], row[-2] + 1, row[-1]] for row in kept.rows])
    told = replay(alert)
    assert told.same is False
    assert "中位数" in told.label


def test_a_warning_from_before_the_moment_was_kept(steps: Alert) -> None:
    late = datetime(2026, 4, 19, 17, 30, tzinfo=UTC)
    Alert.objects.filter(pk=steps.pk).update(judged_at=None, judged_on=None, raised_at=late)
    alert = Alert.objects.get()
    prepared = replaying._prepared(alert, {})
    assert prepared is not None
    assert prepared.context.today == day_of(date(2026, 4, 20)), "half past one at night in the school's time"
    assert "EV1" in prepared.watches
    told = replay(alert)
    assert told.same is None
    assert "还没有记下核算时刻" in told.label


HTMX = {"HX-Request": "true"}


def test_the_page_says_that_it_runs_and_then_what_came_out(
    cast: Cast, steps: Alert, django_assert_max_num_queries: Any
) -> None:
    wang, url = Client(), f"/alerts/{steps.pk}"
    wang.force_login(cast.wang)
    with django_assert_max_num_queries(30):
        assert wang.post(f"{url}/replay").headers["Location"] == f"{url}#replay"
    wang.post(f"{url}/replay")
    asked = Replay.objects.get()
    assert (asked.by, asked.outcome, asked.ended_at) == (cast.wang, "", None), "nothing is computed in the request"
    page = wang.get(url).content.decode()
    assert "正在重算" in page
    assert f'hx-get="{url}/replay"' in page
    seen = Entry.objects.filter(act="alerts.viewed").count()
    assert "正在重算" in wang.get(f"{url}/replay", headers=HTMX).content.decode()
    assert Entry.objects.filter(act="alerts.viewed").count() == seen, (
        "looking whether it is over is no look at the records"
    )
    assert tasks.replay_waiting() == 1
    for address in (url, f"{url}/replay"):
        page = wang.get(address, headers=HTMX).content.decode()
        assert "结果逐位相同" in page
        assert "hx-trigger" not in page.partition('id="replay"')[2].partition("</div>")[0]
    assert tasks.replay_waiting() == 0


def test_one_that_fails_is_told_and_may_be_asked_for_again(
    cast: Cast, steps: Alert, monkeypatch: Any, caplog: Any
) -> None:
    replaying.ask(steps, by=cast.wang)
    with monkeypatch.context() as patched:
        patched.setattr(replaying, "replay", lambda _alert: 1 / 0)
        assert tasks.replay_waiting() == 0
    assert "could not be computed anew" in caplog.text
    wang = Client()
    wang.force_login(cast.wang)
    assert "重算没有完成" in wang.get(f"/alerts/{steps.pk}").content.decode()
    wang.post(f"/alerts/{steps.pk}/replay")
    tasks.replay_waiting()
    assert "结果逐位相同" in wang.get(f"/alerts/{steps.pk}").content.decode()


def test_what_came_out_before_its_numbers_changed_is_not_shown(cast: Cast, steps: Alert) -> None:
    replaying.ask(steps, by=cast.wang)
    tasks.replay_waiting()
    assert replaying.newest(steps) is not None
    Alert.objects.filter(pk=steps.pk).update(judged_at=timezone.now())
    assert replaying.newest(Alert.objects.get()) is None
