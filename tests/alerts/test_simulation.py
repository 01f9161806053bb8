"""Trying values out on the school's own records."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.html import escape

from qingqu.alerts import tasks
from qingqu.alerts.indicators import rule_actions, rulebook
from qingqu.alerts.indicators.change_form import ChangeForm
from qingqu.alerts.models import Alert, Rule, Trial
from qingqu.alerts.trying import simulating, trials
from qingqu.common.templatetags.ui import cnmoment
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from tests.calling import Caller
from tests.people import Cast, client_of


@pytest.fixture
def rule(cast: Cast, settings: Any, tmp_path: Any) -> Rule:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    (adopted,) = rule_actions.adopt(cast.school, ["F01"], by=cast.zhao)
    (table,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    rows = [
        {"po_no": f"P{n}", "apply_date": f"2026-03-{2 + 3 * n:02d}", "supplier": "东湖家具", "amount": "29000"}
        for n in range(4)
    ]
    tables.put_rows(table, [tables.clean(table, row) for row in rows], batch=None, by=None)
    return adopted


def test_a_limit_is_tried_before_it_is_set(rule: Rule) -> None:
    parameter = trials.plain_parameters(rule, "by-supplier")["limit"]
    assert trials.spread(parameter) == []
    values = trials.spread(parameter, 2_000_000, 4_000_000)
    assert len(values) == 9
    points = {p.value: p.total for p in simulating.simulate(rule, "by-supplier", "limit", values)}
    assert points[2_000_000] == 0
    assert points[3_000_000] == 1
    (hit,) = simulating.examples(rule, "by-supplier", "limit", 3_000_000)
    assert (hit["colour"], hit["parameters"]["limit"]) == ("red", 3_000_000)
    assert not Alert.objects.exists()


def test_values_stay_inside_the_range_of_the_parameter(rule: Rule) -> None:
    parameter = trials.plain_parameters(rule, "by-supplier")["min_count"]
    assert trials.spread(parameter) == [2, 3, 4]
    assert trials.spread(parameter, 30, 40) == []
    ratio = rulebook.known("F08").parameters["ratio"].model_copy(update={"value": 1.3})
    assert trials.spread(ratio) == [1.05, 1.24, 1.3, 1.44, 1.63, 1.83, 2.02, 2.21, 2.41, 2.6], "as one would say them"


AT = "/alerts/rules/F01/simulate"
LIMITS = {"check": "by-supplier", "parameter": "limit", "low": "20000", "high": "40000", "value": "3000000"}


def ask(client: Client, **other: str) -> str:
    """Ask on the page; the address to which it leads."""
    sent = client.post(AT, LIMITS | other)
    assert sent.status_code == 302
    return str(sent.headers["Location"])


def test_the_page_notes_what_is_asked_and_shows_what_the_worker_found(cast: Cast, rule: Rule) -> None:
    zhao, wang = client_of(cast.zhao), client_of(cast.wang)
    assert wang.get(AT).status_code == 403
    assert wang.post(AT, LIMITS).status_code == 403
    assert "请填写要试算的范围" in zhao.get(AT).content.decode()
    at = ask(zhao)
    assert Trial.objects.get().found == [], "nothing is computed in the request"
    page = zhao.get(at).content.decode()
    assert "正在计算，第 1 步，共 3 步：整理数据表" in page
    assert f'hx-get="{escape(at)}"' in page
    assert tasks.try_waiting() == 1
    page = zhao.get(at).content.decode()
    assert "hx-get" not in page.partition('id="trial"')[2].partition(">")[0]
    assert "取 30,000 元 时的例子" in page
    assert "东湖家具" in page
    assert f"按第 1 版和 {cnmoment(Trial.objects.get().ended_at)} 时的记录试算" in page
    assert at.partition("?")[0] in zhao.get("/alerts/rules/F01").content.decode()
    assert not Alert.objects.exists()


def test_numbers_are_read_as_people_type_them(cast: Cast, rule: Rule) -> None:
    zhao = client_of(cast.zhao)
    ask(zhao)
    ask(zhao, low="20,000", high="４０,０００")
    assert Trial.objects.count() == 1
    page = zhao.get(ask(zhao, low="x", high="NaN")).content.decode()
    assert "请填写数字" in page
    assert 'value="x"' in page
    assert Trial.objects.count() == 1
    assert zhao.get(f"{AT}?check=none").status_code == 404


def test_values_are_tried_out_over_the_api(cast: Cast, rule: Rule) -> None:
    zhao, wang, zhou = Caller(cast.zhao), Caller(cast.wang), Caller(cast.zhou)
    at, wish = "indicators/F01/trials", {"check_id": "by-supplier", "parameter": "limit"}
    ends = {"low": 20000, "high": 40000}
    assert [who.post(at, wish | ends).status_code for who in (wang, zhou)] == [403, 403]
    assert zhao.post(at, wish).status_code == 409, "a limit that nobody has entered needs a range"
    for wrong in ({"low": -1}, {"low": "x"}, {"high": 10**13}):
        assert zhao.post(at, wish | wrong).status_code == 422
    for wrong in ({"check_id": "none"}, {"parameter": "none"}):
        assert zhao.post(at, wish | ends | wrong).status_code == 404
    asked = zhao.post(at, wish | ends | {"value": 30000})
    assert (asked.status_code, asked.json()["ended_at"], asked.json()["points"]) == (202, None, [])
    assert zhao.post(at, wish | ends | {"value": 30000}).json()["id"] == asked.json()["id"]
    there = f"{at}/{asked.json()['id']}"
    assert [who.get(there).status_code for who in (wang, zhou)] == [403, 403]
    assert zhao.get("indicators/F02/trials/" + there.rpartition("/")[2]).status_code == 404
    assert tasks.try_waiting() == 1
    found = zhao.get(there).json()
    assert (found["failed"], found["is_stale"], found["version"]) == (False, False, 1)
    totals = {float(point["value"]): point["total"] for point in found["points"]}
    assert (len(totals), totals[20000], totals[30000]) == (9, 0, 1)
    (shown,) = found["examples"]
    assert (float(shown["value"]), shown["findings"][0]["colour"]) == (30000, "red")
    assert "东湖家具" in shown["findings"][0]["sentence"]
    assert not Alert.objects.exists()


def test_an_indicator_is_tried_out_before_the_school_switches_it_on(cast: Cast, rule: Rule) -> None:
    """F15, which nobody has adopted and which has no parameter."""
    zhao = client_of(cast.zhao)
    assert "/alerts/rules/F15/simulate" in zhao.get("/alerts/rules/F15").content.decode()
    table = Dataset.objects.get(code="DS1")
    row = {"po_no": "P9", "apply_date": "2026-03-20", "applicant": "王雨桐", "approver": "王雨桐"}
    tables.enter_record(table, row, by=None)
    page = zhao.post("/alerts/rules/F15/simulate", follow=True).content.decode()
    assert "正在计算" in page
    assert tasks.try_waiting() == 1
    query = "?version=0&check=applicant-approver&parameter=as-it-is"
    found = zhao.get(f"/alerts/rules/F15/simulate{query}").content.decode()
    assert "按产品自带的内容" in found
    assert not Alert.objects.filter(rule__code="F15").exists()
    assert not Rule.objects.filter(code="F15").exists()
    assert "在已有的记录里会作出 1 条提示" in found
    asked = Caller(cast.zhao).post("indicators/F15/trials", {"check_id": "applicant-approver"}).json()
    assert (asked["parameter"], asked["version"]) == (Trial.AS_IT_IS, 0)
    (point,) = asked["points"]
    assert (point["value"], point["total"], asked["examples"][0]["value"]) == (None, 1, None)


def test_whoever_approves_tries_the_drafted_version(cast: Cast, rule: Rule) -> None:
    rule_actions.set_limit(rule, "limit", 3_000_000, basis="校内规定", by=cast.zhao)
    running = Rule.objects.get(state=Rule.State.ON)
    said = {"values": {"limit": 2_000_000}, "bases": {"limit": "校内规定"}, "reason": "从严"}
    draft = rule_actions.propose(running, **said, by=cast.zhao)  # type: ignore[arg-type]
    secretary = client_of(cast.qian)
    page = secretary.get("/alerts/rules/F01").content.decode()
    assert f"/alerts/rules/F01/simulate?version={draft.version}" in page
    for version, found in ((draft.version, 0), (draft.version - 1, 1)):
        said = {"version": str(version), "check": "by-supplier", "parameter": Trial.AS_IT_IS}
        at = secretary.post(AT, said).headers["Location"]
        assert tasks.try_waiting() == 1
        assert f"在已有的记录里会作出 {found} 条提示" in secretary.get(at).content.decode()


def test_the_same_question_is_computed_once_whoever_asks(cast: Cast, rule: Rule) -> None:
    zhao = client_of(cast.zhao)
    at = ask(zhao)
    ask(zhao)
    assert tasks.try_waiting() == 1
    ask(zhao)
    assert tasks.try_waiting() == 0
    asked = Trial.objects.get().asked_at
    other = ask(zhao, value="2000000")
    assert "正在查找" in zhao.get(other).content.decode(), "the chart stays while examples are looked for"
    assert tasks.try_waiting() == 1
    assert "没有提示。" in zhao.get(other).content.decode()
    assert "东湖家具" in zhao.get(at).content.decode()
    assert Trial.objects.get().asked_at == asked


def test_a_result_holds_until_a_record_of_its_table_changes(cast: Cast, rule: Rule) -> None:
    zhao = client_of(cast.zhao)
    at = ask(zhao)
    tasks.try_waiting()
    assert "其后记录已有变化" not in zhao.get(at).content.decode()
    (other,) = tables.adopt(cast.school, ["DS5"], keeper=cast.office, by=cast.chen)
    Dataset.objects.filter(pk=other.pk).update(changes=7)
    assert "其后记录已有变化" not in zhao.get(at).content.decode(), "another table"
    table = Dataset.objects.get(code="DS1")
    row = {"po_no": "P9", "apply_date": "2026-03-30", "supplier": "东湖家具", "amount": "29000"}
    tables.put_rows(table, [tables.clean(table, row)], batch=None, by=None)
    page = zhao.get(at).content.decode()
    assert "其后记录已有变化" in page
    assert "4 笔" in page
    assert "5 笔" not in page
    ask(zhao)
    assert tasks.try_waiting() == 1
    page = zhao.get(at).content.decode()
    assert "其后记录已有变化" not in page
    assert "5 笔" in page


def test_another_version_is_another_question(cast: Cast, rule: Rule) -> None:
    zhao = client_of(cast.zhao)
    at = ask(zhao)
    tasks.try_waiting()
    rule_actions.set_limit(rule, "limit", 3_000_000, basis="采购管理办法第六条", by=cast.zhao)
    assert "点“试算”" in zhao.get(at).content.decode()


def test_one_that_was_interrupted_goes_on_after_the_next_start(cast: Cast, rule: Rule, monkeypatch: Any) -> None:
    """Killed while it looked for examples: the counts are kept and not computed again."""
    ask(client_of(cast.zhao))
    trial = Trial.objects.get()
    with monkeypatch.context() as patched:
        patched.setattr(simulating, "examples", lambda *_: 1 / 0)
        tasks.try_waiting()
    Trial.objects.update(failed=False, ended_at=None)  # a process that is killed notes nothing any more
    trial.refresh_from_db()
    assert (trial.ended_at, trial.step, len(trial.found)) == (None, Trial.Step.EXAMPLES, 9)
    with monkeypatch.context() as patched:
        patched.setattr(simulating, "simulate", lambda *_: pytest.fail("counted again"))
        assert tasks.try_waiting() == 1
    assert Trial.objects.get().samples["3000000"]


def test_one_that_fails_is_told_and_may_be_asked_for_again(
    cast: Cast, rule: Rule, monkeypatch: Any, caplog: Any
) -> None:
    zhao = client_of(cast.zhao)
    at = ask(zhao)
    with monkeypatch.context() as patched:
        patched.setattr(simulating, "simulate", lambda *_: 1 / 0)
        assert tasks.try_waiting() == 0
    assert "values of limit of indicator F01 could not be tried" in caplog.text
    assert "试算没有完成，请再点“试算”" in zhao.get(at).content.decode()
    assert tasks.try_waiting() == 0, "it is not tried again by itself"
    ask(zhao)
    assert tasks.try_waiting() == 1
    assert "东湖家具" in zhao.get(at).content.decode()


def test_old_ones_are_deleted(cast: Cast, rule: Rule) -> None:
    zhao = client_of(cast.zhao)
    ask(zhao)
    ask(zhao, high="50000")
    tasks.try_waiting()
    old = Trial.objects.order_by("pk")[0]
    Trial.objects.filter(pk=old.pk).update(ended_at=timezone.now() - timedelta(days=trials.KEPT_DAYS, minutes=1))
    assert tasks.discard_trials(date(2026, 4, 20)) == 1
    assert not Trial.objects.filter(pk=old.pk).exists()


def test_the_page_takes_as_many_statements_whatever_was_found(
    cast: Cast, rule: Rule, django_assert_num_queries: Any
) -> None:
    zhao = client_of(cast.zhao)
    at = ask(zhao)
    tasks.try_waiting()
    with CaptureQueriesContext(connection) as few:
        zhao.get(at)
        statements = len(few)
    table = Dataset.objects.get(code="DS1")
    rows = [
        {"po_no": f"Q{n}", "apply_date": f"2026-02-{1 + n % 27:02d}", "supplier": f"商行{n % 9}", "amount": "29000"}
        for n in range(60)
    ]
    tables.put_rows(table, [tables.clean(table, row) for row in rows], batch=None, by=None)
    ask(zhao)
    tasks.try_waiting()
    assert len(Trial.objects.get().samples["3000000"]) == simulating.EXAMPLES
    with django_assert_num_queries(statements):
        assert "商行8" in zhao.get(at).content.decode()
    assert statements <= 20


def test_a_shipped_basis_is_shown_in_english_and_kept_as_it_was(rule: Rule) -> None:
    parameters = dict(rulebook.effective(rule).parameters)
    with translation.override("en"):
        shown = ChangeForm(parameters=parameters, bases={})
        assert shown.fields["basis:window_days"].initial == "Usual value"
        typed = {
            "value:window_days": "60",
            "basis:window_days": "Usual value",
            "basis:near": "School rule 7",
            "reason": "x",
        }
        sent = ChangeForm(typed, parameters=parameters, bases={})
        sent.full_clean()
        assert (sent.bases()["window_days"], sent.bases()["near"]) == ("常用值", "School rule 7")


def test_a_rate_is_over_all_weeks_of_the_records(rule: Rule) -> None:
    """Not over those between the first and the last finding: one finding in two years is no finding a week."""
    table = Dataset.objects.get(code="DS1")
    old = {"po_no": "P99", "apply_date": "2024-03-04", "supplier": "西湖文具", "amount": "500"}
    tables.put_rows(table, [tables.clean(table, old)], batch=None, by=None)
    (point,) = simulating.simulate(rule, "by-supplier", "limit", [3_000_000])
    assert (point.total, point.most) == (1, 1)
    weeks = (date(2026, 3, 11) - date(2024, 3, 4)).days // 7 + 1
    assert point.weekly == pytest.approx(1 / weeks)
    assert point.monthly == pytest.approx(52.18 / 12 / weeks, rel=0.001)


def test_without_records_a_trial_says_so(rule: Rule, cast: Cast) -> None:
    """Nothing was found because nothing was there: no promise that an indicator would be quiet."""
    page = client_of(cast.zhao).get("/alerts/rules/F12/simulate").content.decode()
    assert "本校的“公务接待”还没有记录" in page
    assert "没有数据" in client_of(cast.zhao).get("/alerts/rules/F12").content.decode()
    asked = client_of(cast.zhao).post("/alerts/rules/F12/simulate", {"check": "no-letter", "parameter": "as-it-is"})
    assert asked.status_code == 302
    assert not Trial.objects.exists()
    assert "还没有记录" not in client_of(cast.zhao).get("/alerts/rules/F01/simulate").content.decode()
    assert "没有数据" not in client_of(cast.zhao).get("/alerts/rules/F01").content.decode()
