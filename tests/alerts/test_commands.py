"""`qingqu warn …`: what each says, and its exit code."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.commands import qingqu
from qingqu.alerts import tasks
from qingqu.alerts.engine import spark
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Rule, Run
from qingqu.alerts.running import batches, runs
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from tests.alerts.buying import plant, unwatched
from tests.people import Cast, client_of


def warn(*words: str) -> Result:
    return CliRunner().invoke(qingqu, ["warn", *words])


def refused(*words: str) -> str:
    """The one line on which a command ends."""
    result = warn(*words)
    assert result.exit_code != 0
    if isinstance(result.exception, NotPossible):
        assert "\n" not in result.exception.reason
        return result.exception.reason
    return result.output


def split(purchases: Dataset) -> None:
    """Four purchases of 29,000 yuan from one supplier in March, one in May."""
    cells = {"supplier": "东湖家具", "amount": "29000", "category": "家具"}
    days = [f"2026-03-{2 + 3 * n:02d}" for n in range(4)] + ["2026-08-20"]
    rows = [{"po_no": f"S{n}", "apply_date": day, **cells} for n, day in enumerate(days)]
    tables.put_rows(purchases, [tables.clean(purchases, row) for row in rows], batch=None, by=None)


def test_the_night_s_run_by_hand(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    rule_actions.adopt(cast.other_school, ["F15"], by=None)
    tasks.judge_waiting()
    unwatched(monkeypatch, purchases, range(3))
    done = warn("run", "--school", "YC5Z")
    assert done.exit_code == 0, done.output
    assert "3 raised, 0 updated, 0 withdrawn" in done.stdout
    assert "F15/applicant-approver: 3" in done.stderr, "progress"
    again = warn("run")
    assert again.exit_code == 0
    assert len(again.stdout.splitlines()) == 2, "every school that runs some"
    assert "0 raised" in again.stdout
    runs_ = Run.objects.filter(school=cast.school, night=None).exclude(on=None).order_by("pk")
    assert [(run.raised, run.failed, bool(run.began_at and run.ended_at)) for run in runs_] == [
        (3, False, True),
        (0, False, True),
    ]
    client = client_of(cast.zhao)
    assert "在服务器上手工核查" in client.get("/alerts/rules").content.decode()


def test_a_run_by_hand_is_not_done_again_by_the_worker(cast: Cast, purchases: Dataset) -> None:
    tasks.judge_waiting()
    killed = runs.by_hand(cast.school, date(2026, 4, 18))
    assert runs.ask(cast.school, by=cast.zhao).pk != killed.pk
    tasks.judge_waiting()
    assert Run.objects.get(ended_at=None) == killed
    assert warn("run", "--school", "YC5Z").exit_code == 0
    killed.refresh_from_db()
    assert killed.failed
    assert not Run.objects.filter(ended_at=None).exists()


def test_a_run_as_of_another_day(cast: Cast, purchases: Dataset) -> None:
    assert "以后的日期" in refused("run", "--on", "2026-04-21")
    assert warn("run", "--on", "2026-04-31").exit_code == 2
    plant(purchases, range(1))
    Alert.objects.update(colour="yellow")
    assert warn("run", "--on", "2026-04-18").exit_code == 0
    assert Alert.objects.get().judged_on == date(2026, 4, 18)


def test_a_school_that_fails_is_named_and_the_others_are_judged(
    cast: Cast, purchases: Dataset, monkeypatch: Any
) -> None:
    rule_actions.adopt(cast.other_school, ["F15"], by=None)
    run = batches.run

    def fails_once(school: Any, **how: Any) -> Any:
        if school == cast.school:
            raise OSError("disk full")
        return run(school, **how)

    monkeypatch.setattr(batches, "run", fails_once)
    result = warn("run")
    assert isinstance(result.exception, NotPossible)
    assert "disk full" in result.exception.reason
    assert cast.other_school.name in result.stdout


def test_the_past_by_month_and_nothing_is_raised(cast: Cast, purchases: Dataset) -> None:
    split(purchases)
    plant(purchases, range(2))
    Alert.objects.all().delete()
    done = warn("backtest", "--school", "YC5Z")
    assert done.exit_code == 0, done.output
    assert "F15/applicant-approver 申请人与审批人相同  2  红色 red 2\n  2026-03  2" in done.stdout
    assert "合计（in all） 2" in done.stdout
    assert "F01：待设定（waits for） limit" in done.stderr
    assert "] F15/applicant-approver: 2\n" in done.stderr, "progress"
    assert "没有记录" not in done.stderr
    assert not Alert.objects.exists()
    one = warn("backtest", "F07", "--school", "YC5Z")
    assert "F15" not in one.stdout
    not_adopted = warn("backtest", "F08", "--school", "YC5Z")
    assert not_adopted.exit_code == 0
    assert "F12：没有记录（no records in） 公务接待" in warn("backtest", "F12", "--school", "YC5Z").stderr
    assert not Rule.objects.filter(code="F08").exists()
    assert "没有编号为 F99" in refused("backtest", "F99", "--school", "YC5Z")
    assert "请用 --school" in refused("backtest")


def test_other_values_of_a_parameter(cast: Cast, purchases: Dataset) -> None:
    split(purchases)
    ask = ("simulate", "F01", "--school", "YC5Z", "--parameter")
    done = warn(*ask, "limit", "--values", "20000,30000")
    assert done.exit_code == 0, done.output
    assert "F01/by-supplier 同一供应商\n  20,000 元：合计 0，每周 0.00" in done.stdout
    assert "  30,000 元：合计 1，" in done.stdout
    assert "[1/3] F01/by-supplier\n" in done.stderr, "progress"
    assert warn(*ask, "near", "--values", "30%").stdout == warn(*ask, "near", "--values", "30").stdout != ""
    one = warn(*ask, "limit", "--values", "30000", "--check", "by-category")
    assert "F01/by-supplier" not in one.stdout
    assert "F01/by-category" in one.stdout
    assert "不是数值" in refused(*ask, "limit", "--values", "20000,many")
    assert "太大" in refused(*ask, "limit", "--values", "9" * 14)
    assert "没有这个数值参数" in refused(*ask, "nothing", "--values", "1")
    assert "没有这一项检查" in refused(*ask, "limit", "--values", "1", "--check", "nothing")
    assert "应在" in refused(*ask, "near", "--values", "101"), "in per cent"
    assert "不少于 1,000" in refused(*ask, "limit", "--values", "5"), "in yuan, as it is typed"
    assert not Alert.objects.exists()


def test_a_warning_computed_anew(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    for name in (alert.number, str(alert.pk)):
        done = warn("replay", name)
        assert done.exit_code == 0
        assert "一致（identical）" in done.stdout
        assert "申请人与审批人相同" in done.stderr, "which one, while it is computed"
    Alert.objects.update(colour="yellow")
    changed = warn("replay", alert.number)
    assert changed.exit_code == 1
    assert "不同（different）" in changed.stdout
    Alert.objects.update(judged_at=None)
    assert warn("replay", alert.number).exit_code == 2
    assert "没有核查提示" in refused("replay", "HC-1")


def test_spark_that_is_not_there_is_said(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    monkeypatch.setattr(spark, "missing", lambda: "Java is not installed")
    assert "Java is not installed" in refused("run", "--engine", "spark")
    assert "Java is not installed" in refused("backtest", "--school", "YC5Z", "--engine", "spark")
    ask = ("simulate", "F01", "--school", "YC5Z", "--parameter", "limit", "--values", "30000")
    assert "Java is not installed" in refused(*ask, "--engine", "spark")
    plant(purchases, range(1))
    assert "Java is not installed" in refused("replay", Alert.objects.get().number, "--engine", "spark")


@pytest.mark.spark
@pytest.mark.skipif(bool(spark.missing()), reason=spark.missing() or "")
def test_spark_finds_the_same(cast: Cast, purchases: Dataset, monkeypatch: Any) -> None:
    rule_actions.adopt(cast.school, ["F04", "F08"], by=cast.zhao)
    unwatched(monkeypatch, purchases, range(3))
    here, there = (warn("backtest", "--school", "YC5Z", *engine) for engine in ((), ("--engine", "spark")))
    assert there.exit_code == 0, there.output
    assert here.stdout == there.stdout
    ask = ("simulate", "F08", "--school", "YC5Z", "--parameter", "ratio", "--values", "1.2,1.5")
    here, there = (warn(*ask, *engine) for engine in ((), ("--engine", "spark")))
    assert here.stdout == there.stdout != "", there.output
    assert "3 raised" in warn("run", "--school", "YC5Z", "--engine", "spark").stdout
    tables.put_rows(
        purchases,
        [tables.clean(purchases, {"po_no": "P0", "apply_date": "2026-03-02", "amount": "600"})],
        batch=None,
        by=None,
    )
    for alert in Alert.objects.all():
        assert "一致（identical）" in warn("replay", alert.number, "--engine", "spark").stdout
    assert "0 raised, 0 updated, 0 withdrawn" in warn("run", "--school", "YC5Z").stdout
