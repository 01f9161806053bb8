"""Indicators of a school's own over its own tables: made out of a pattern, tried, approved, judged, disposed of."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from qingqu.alerts import tasks
from qingqu.alerts.indicators import own_actions, patterns, rule_actions, rulebook
from qingqu.alerts.models import Alert, OwnIndicator, Rule
from qingqu.alerts.running import batches, replaying
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets import defining, rules
from qingqu.datasets.models import Dataset
from qingqu.trace.models import Entry
from tests.people import Cast, client_of

HEADS = "登记号\t承租单位\t申请人\t审批人\t申请日期\t审批日期\t押金（元）\t天数\t审批号"
"""c1 … c9"""
GOOD = {
    "c1": "D1", "c2": "通达五金", "c3": "王雨桐", "c4": "李建国", "c5": "2026-03-02", "c6": "2026-03-03",
    "c7": "500", "c8": "3", "c9": "S1",
}  # fmt: skip
WORDS = {
    "title": "场地出借", "title_en": "", "colour": "orange", "basis": "场地管理办法第三条", "why": "防止擅自出借",
    "blind": "补录日期会误提示",
}  # fmt: skip


@pytest.fixture
def lent(cast: Cast, settings: Any, tmp_path: Any) -> Dataset:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    table = defining.define(
        cast.school, name="场地出借", headings=rules.headings(HEADS), keeper=cast.office, by=cast.chen
    )
    put(table, {})
    return table


def put(table: Dataset, *rows: dict[str, str]) -> None:
    tables.put_rows(table, [tables.clean(table, GOOD | row) for row in rows], batch=None, by=None)


CASES: dict[str, tuple[dict[str, Any], list[dict[str, str]], list[dict[str, str]], str]] = {
    "above": ({"column": "c7", "limit": 100_000}, [{"c7": "1000.01"}], [{"c7": "1000"}],
              "登记号 P0：押金为 1,000.01 元，超过 1,000 元。"),
    "missing": ({"column": "c9", "amount": "c7", "limit": 50_000}, [{"c9": ""}], [{"c9": "", "c7": "499"}],
                "登记号 P0：押金 500 元，达到 500 元，“审批号”没有填写。"),
    "order": ({"first": "c5", "then": "c6", "days": 0}, [{"c5": "2026-03-09"}], [],
              "登记号 P0：审批日期 2026 年 3 月 3 日，申请日期却到 2026 年 3 月 9 日，晚 6 日。"),
    "same": ({"first": "c3", "then": "c4"}, [{"c4": "王雨桐"}], [{"c4": ""}], "登记号 P0：“申请人”与“审批人”相同。"),
    "twice": ({"first": "c9", "then": "c3", "third": "", "times": 2},
              [{"c1": "D8", "c9": "S8"}, {"c1": "D9", "c9": "S8"}], [{"c1": "D7", "c9": "S8", "c3": "孙某"}],
              "审批号 S8、申请人 •••：相同的有 2 行。"),
    "total": ({"by": "c2", "amount": "c7", "day": "c5", "days": 30, "limit": 100_000, "times": 2},
              [{"c1": "D8", "c2": "东湖", "c7": "600"}, {"c1": "D9", "c2": "东湖", "c7": "400", "c5": "2026-03-31"}],
              [{"c1": "D7", "c2": "南岭", "c7": "600"}, {"c1": "D6", "c2": "南岭", "c7": "400", "c5": "2026-04-01"}],
              "承租单位 东湖：2026 年 3 月 2 日至 2026 年 3 月 31 日，2 行合计 1,000 元，达到 1,000 元。"),
}  # fmt: skip


def made(cast: Cast, lent: Dataset, name: str) -> Rule:
    draft = own_actions.make_own(lent, name, CASES[name][0], by=cast.zhao, **WORDS)
    return rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.qian)


def numbered(rows: list[dict[str, str]], first: str) -> list[dict[str, str]]:
    return [{"c1": f"{first}{n}", **row} for n, row in enumerate(rows)]


@pytest.mark.parametrize("name", patterns.PATTERNS)
def test_a_pattern_finds_what_it_says_and_nothing_else(cast: Cast, lent: Dataset, name: str) -> None:
    _said, planted, clean, sentence = CASES[name]
    rule = made(cast, lent, name)
    put(lent, *numbered(planted, "P"), *numbered(clean, "C"))
    on_write = rulebook.known(rule.code).checks[0].on_write
    written = list(Alert.objects.filter(rule__code=rule.code).values_list("identity", flat=True))
    assert bool(written) is on_write
    batches.run(cast.school, by=None)
    (alert,) = Alert.objects.filter(rule__code=rule.code)
    page = client_of(cast.wang).get(f"/alerts/{alert.pk}").content.decode()
    assert sentence in page.replace("<b>", "").replace("</b>", "")
    assert "场地出借" in page
    assert "王雨桐" not in page.partition("<main")[2].partition("</main>")[0]
    assert alert.colour == "orange"
    assert replaying.replay(alert).same


def test_times_in_the_wrong_order_count_by_the_minute(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR, settings.QINGQU_TODAY = tmp_path, date(2026, 4, 20)
    heads = "登记号\t用印时间\t审批时间\t登记日期"
    table = defining.define(
        cast.school, name="用印登记", headings=rules.headings(heads), keeper=cast.office, by=cast.chen
    )
    row = {"c1": "Y0", "c2": "2026-03-02 15:00", "c3": "2026-03-02 14:00", "c4": "2026-03-02"}
    tables.put_rows(table, [tables.clean(table, row)], batch=None, by=None)
    said = {"first": "c3", "then": "c2", "days": 0}
    rule = own_actions.make_own(table, "order", said, by=cast.zhao, **WORDS)
    rule_actions.approve(rule, effective_from=date(2026, 4, 20), by=cast.qian)
    late = row | {"c1": "Y1", "c3": "2026-03-02 15:01"}
    tables.put_rows(table, [tables.clean(table, late)], batch=None, by=None)
    alert = Alert.objects.get()
    page = client_of(cast.wang).get(f"/alerts/{alert.pk}").content.decode().replace("<b>", "").replace("</b>", "")
    assert "登记号 Y1：用印时间 2026 年 3 月 2 日 15:00，审批时间却到 2026 年 3 月 2 日 15:01。" in page
    answer = client_of(cast.zhao).post(
        f"/alerts/rules/own/{table.pk}/order", WORDS | {"first": "c4", "then": "c2", "days": "0"}
    )
    assert "这两列不是同一类内容，不能比较" in answer.content.decode()
    with pytest.raises(NotPossible):
        own_actions.make_own(table, "order", said | {"first": "c4"}, by=cast.zhao, **WORDS)


def test_a_sum_over_times_counts_whole_days(cast: Cast, settings: Any, tmp_path: Any) -> None:
    """From the morning of the first day to the evening of the third are three days, not two and a half."""
    settings.VAR_DIR, settings.QINGQU_TODAY = tmp_path, date(2026, 4, 20)
    table = defining.define(
        cast.school,
        name="充值记录",
        headings=rules.headings("流水号\t账户\t充值时间\t金额"),
        keeper=cast.office,
        by=cast.chen,
    )
    first = {"c1": "Z1", "c2": "甲窗口", "c3": "2026-03-02 09:00", "c4": "600"}
    tables.put_rows(table, [tables.clean(table, first)], batch=None, by=None)
    said = {"by": "c2", "amount": "c4", "day": "c3", "days": 3, "limit": 100_000, "times": 2}
    rule = own_actions.make_own(table, "total", said, by=cast.zhao, **WORDS)
    rule_actions.approve(rule, effective_from=date(2026, 4, 20), by=cast.qian)
    late = first | {"c1": "Z2", "c3": "2026-03-05 00:00"}
    tables.put_rows(table, [tables.clean(table, late)], batch=None, by=None)
    assert not Alert.objects.exists()
    near = first | {"c1": "Z3", "c3": "2026-03-04 23:30"}
    tables.put_rows(table, [tables.clean(table, near)], batch=None, by=None)
    alert = Alert.objects.get()
    page = client_of(cast.wang).get(f"/alerts/{alert.pk}").content.decode().replace("<b>", "").replace("</b>", "")
    assert "甲窗口：2026 年 3 月 2 日 09:00 至 2026 年 3 月 5 日 00:00，3 行合计 1,800 元，达到 1,000 元。" in page
    batches.run(cast.school, by=None)
    assert Alert.objects.get().state == alert.state
    assert replaying.replay(alert).same


def test_the_way_of_one_through_the_pages(cast: Cast, lent: Dataset) -> None:
    put(lent, {"c1": "D2", "c7": "900"})
    zhao, qian = client_of(cast.zhao), client_of(cast.qian)
    assert f"/alerts/rules/own/{lent.pk}/above" in zhao.get("/alerts/rules/own").content.decode()
    at = f"/alerts/rules/own/{lent.pk}/above"
    assert "哪一列" in zhao.get(at).content.decode()
    bad = zhao.post(at, WORDS | {"column": "c2", "limit": "800"})
    assert bad.status_code == 422, "a text is no figure"
    sent = zhao.post(at, WORDS | {"column": "c7", "limit": "800", "title": "押金过高", "title_en": "Large deposit"})
    own = OwnIndicator.objects.get()
    assert sent.headers["Location"] == f"/alerts/rules/{own.code}"
    page = zhao.get(f"/alerts/rules/{own.code}").content.decode()
    assert "不能批准自己拟定的版本" in page
    assert "800 元" in page
    at = zhao.post(f"/alerts/rules/{own.code}/simulate").headers["Location"]
    assert tasks.try_waiting() == 1
    tried = zhao.get(at).content.decode()
    assert "登记号 D2：押金为 900 元" in tried.replace("<b>", "").replace("</b>", "")
    assert not Alert.objects.exists()
    listed = zhao.get("/alerts/rules").content.decode()
    assert listed.index("待批准") < listed.index(f'/alerts/rules/{own.code}"') < listed.index("可以启用的指标"), (
        "not below fifty others"
    )
    assert qian.post(f"/alerts/rules/{own.code}/approve", {"effective_from": ""}).status_code == 302
    assert tasks.judge_waiting() == 1
    assert "押金过高" in zhao.get("/alerts/rules").content.decode()
    assert "押金过高" in zhao.get("/alerts/?area=本校自设").content.decode()
    assert "本校自设" in zhao.get("/alerts/board").content.decode()
    change = {"value:limit": "1000", "basis:limit": "场地管理办法第四条", "reason": "标准提高"}
    assert zhao.post(f"/alerts/rules/{own.code}/change", change).status_code == 302
    assert Rule.objects.get(code=own.code, version=2).values == {"limit": 100_000}
    english = Client(headers={"Accept-Language": "en"})
    english.force_login(cast.zhao)
    assert "Large deposit" in english.get(f"/alerts/rules/{own.code}").content.decode()
    assert Entry.objects.filter(act="alerts.indicator_made").count() == 1


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("same", {"first": "c3", "then": "c3"}, "请选择两个不同的列"),
        ("missing", {"column": "c9", "limit": "500"}, "请选择看哪一列，或者清空下面的数值"),
        ("missing", {"column": "c9", "amount": "c7"}, "请填写限额"),
        ("twice", {"first": "c9", "times": "1"}, "不能小于 2。"),
        ("order", {"first": "c5", "then": "c6", "days": "1.5"}, "请填写整数。"),
        ("above", {"column": "c7", "limit": "1" * 20}, "数值太大，最多 14 位数字。"),
        ("total", {"by": "c2", "amount": "c7", "day": "c5", "days": "0", "limit": "9", "times": "2"}, "不能小于 1。"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    cast: Cast, lent: Dataset, name: str, said: dict[str, str], words: str
) -> None:
    answer = client_of(cast.zhao).post(f"/alerts/rules/own/{lent.pk}/{name}", WORDS | said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not OwnIndicator.objects.exists()


def test_what_has_no_figure_is_tried_out_as_it_is(cast: Cast, lent: Dataset) -> None:
    put(lent, {"c1": "D2", "c3": "王雨桐", "c4": "王雨桐"})
    zhao = client_of(cast.zhao)
    zhao.post(f"/alerts/rules/own/{lent.pk}/same", WORDS | {"first": "c3", "then": "c4"})
    code = Rule.objects.get().code
    at = zhao.post(f"/alerts/rules/{code}/simulate").headers["Location"]
    assert tasks.try_waiting() == 1
    tried = zhao.get(at).content.decode()
    assert "在已有的记录里会作出 1 条提示" in tried
    assert "登记号 D2：“申请人”与“审批人”相同" in tried.replace("<b>", "").replace("</b>", "")
    assert not Alert.objects.exists()
    rule = rule_actions.approve(Rule.objects.get(), effective_from=date(2026, 4, 20), by=cast.qian)
    changed = zhao.post(f"/alerts/rules/{rule.code}/change", {"level:same": "red", "reason": "从严"})
    assert changed.status_code == 302, "what the page promises: its colour may still change"


def test_one_that_is_given_up_is_gone(cast: Cast, lent: Dataset) -> None:
    draft = own_actions.make_own(lent, "same", CASES["same"][0], by=cast.zhao, **WORDS)
    gone = client_of(cast.zhao).post(f"/alerts/rules/{draft.code}/drop")
    assert gone.headers["Location"] == "/alerts/rules"
    assert client_of(cast.zhao).get(f"/alerts/rules/{draft.code}").status_code == 404


def test_another_school_sees_nothing_of_it(cast: Cast, lent: Dataset) -> None:
    rule = made(cast, lent, "same")
    zhou = client_of(cast.zhou)
    assert zhou.get(f"/alerts/rules/{rule.code}").status_code == 404
    assert rule.code not in rulebook.at_school(cast.other_school)
    assert client_of(cast.li).get(f"/alerts/rules/own/{lent.pk}/same").status_code == 403


@pytest.mark.parametrize(
    ("name", "said"),
    [("same", {"first": "c3", "then": "c99"}), ("above", {"column": "c2", "limit": 1}), ("order", {})],
)
def test_what_does_not_fit_is_refused_and_nothing_stays(
    cast: Cast, lent: Dataset, name: str, said: dict[str, Any]
) -> None:
    with pytest.raises(NotPossible):
        own_actions.make_own(lent, name, said, by=cast.zhao, **WORDS)
    assert not OwnIndicator.objects.exists()


def test_a_table_of_the_product_or_without_rows_is_refused(cast: Cast, lent: Dataset) -> None:
    (shipped,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    empty = defining.define(cast.school, name="空表", headings=["编号", "甲人"], keeper=cast.office, by=cast.chen)
    for table in (shipped, empty):
        with pytest.raises(NotPossible):
            own_actions.make_own(table, "same", CASES["same"][0], by=cast.zhao, **WORDS)


def test_headings_with_braces_and_quotes_are_only_words(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR, settings.QINGQU_TODAY = tmp_path, date(2026, 4, 20)
    table = defining.define(
        cast.school, name="怪表", headings=["编号", "押金（元）{limit}'"], keeper=cast.office, by=cast.chen
    )
    tables.put_rows(table, [tables.clean(table, {"c1": "K1", "c2": "900"})], batch=None, by=None)
    draft = own_actions.make_own(table, "above", {"column": "c2", "limit": 1}, by=cast.zhao, **WORDS)
    rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.qian)
    tasks.judge_waiting()
    page = client_of(cast.wang).get(f"/alerts/{Alert.objects.get().pk}").content.decode()
    assert "押金（元）{limit}&#x27;" in page
    assert "900 元" in page
