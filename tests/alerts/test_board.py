"""The board: counts by colour, domain, department, age, week and day; for whom; in a fixed number of statements."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from qingqu.alerts.board import WEEKS, board
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Rule
from qingqu.alerts.rules import AGES
from tests.make import make_unit
from tests.people import Cast

DAY = date(2026, 4, 22)
NOON = datetime(2026, 4, 22, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def make_alert(cast: Cast, days_ago: int = 0, **fields: Any) -> Alert:
    kept = {"colour": "yellow", "unit": cast.office, "source": "internal", "signal": "form", "due_on": DAY}
    number = Alert.objects.count() + 1
    made = Alert.objects.create(school=cast.school, number=f"HC-{number}", identity=str(number), **{**kept, **fields})
    Alert.objects.filter(pk=made.pk).update(raised_at=NOON - timedelta(days=days_ago))
    return made


def test_what_is_open(cast: Cast) -> None:
    (rule,) = rule_actions.adopt(cast.school, ["F01"], by=cast.zhao)
    make_alert(cast, 0, colour="red", rule=rule, source="records")
    make_alert(cast, 6, unit=cast.teaching, due_on=DAY - timedelta(days=1))
    make_alert(cast, 40)
    make_alert(cast, 3, state="closed")
    found = board(Alert.objects.all(), DAY)
    assert found.colours == {"red": 1, "orange": 0, "yellow": 2}
    assert (found.open, found.late) == (3, 1)
    assert [(bar.name, bar.counts) for bar in found.areas] == [("防控工作", [0, 0, 2]), ("采购", [1, 0, 0])]
    assert [(bar.name, bar.counts) for bar in found.units] == [("总务处", [1, 0, 1]), ("教务处", [0, 0, 1])]
    assert [bar.total for bar in found.ages] == [1, 1, 0, 1]
    assert len(found.ages) == len(AGES) + 1


def test_what_was_raised(cast: Cast) -> None:
    for days_ago in (0, 0, 2, 3, 9, 400):
        make_alert(cast, days_ago, state="closed")
    found = board(Alert.objects.all(), DAY)
    assert [bar.total for bar in found.weeks[:3]] == [3, 2, 0], "the latest first"
    april = found.months[0]
    assert (april.day, april.total) == (date(2026, 4, 1), 5)
    assert [day.day.day if day else None for day in april.weeks[0]] == [None, None, 1, 2, 3, 4, 5]
    shown = [(day.count, day.shade, day.is_known) for day in april.weeks[3] if day]
    assert shown[:4] == [(1, 3, True), (0, 0, True), (2, 5, True), (0, 0, False)], "Thursday is ahead"
    assert (found.months[-1].day, len(found.months)) == (date(2025, 10, 1), 7)
    known = [day for month in found.months for week in month.weeks for day in week if day and day.is_known]
    assert len(known) == WEEKS * 7 - 4, "whole weeks, without what is ahead"
    assert min(day.day for day in known).weekday() == 0
    assert found.burden == pytest.approx(2 / 12)


def test_one_day_of_many_leaves_the_others_their_shades(cast: Cast) -> None:
    for days_ago, n in ((1, 1), (2, 2), (3, 3), (4, 4), (5, 60)):
        for _ in range(n):
            make_alert(cast, days_ago, state="closed")
    days = [day for month in board(Alert.objects.all(), DAY).months for week in month.weeks for day in week if day]
    assert {day.count: day.shade for day in days} == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 60: 5}


def test_how_right_the_indicators_were(cast: Cast) -> None:
    rules = {rule.code: rule for rule in rule_actions.adopt(cast.school, ["F01", "F15"], by=cast.zhao)}
    make_alert(cast, rule=rules["F01"], state="closed", result="dispelled")
    make_alert(cast, rule=rules["F01"], state="closed", result="flaw")
    make_alert(cast, rule=rules["F15"], state="closed", result="clerical")
    make_alert(cast, rule=rules["F15"])
    found = board(Alert.objects.all(), DAY).rules
    assert [(row.code, row.closed, row.dispelled, row.precision) for row in found] == [
        ("F01", 2, 1, 0.5), ("F15", 1, 0, 1.0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "status", "departments"),
    [
        ("zhao", 200, {"总务处", "信息中心"}),
        ("qian", 200, {"总务处", "信息中心"}),
        ("sun", 200, {"总务处", "信息中心"}),
        ("he", 200, {"总务处"}),
        ("li", 403, set()),
        ("wang", 403, set()),
        ("zhou", 403, set()),
    ],
)
def test_for_whom(cast: Cast, settings: Any, name: str, status: int, departments: set[str]) -> None:
    settings.QINGQU_TODAY = DAY
    make_alert(cast)
    make_alert(cast, unit=make_unit("信息中心", parent=cast.school))
    client = Client()
    client.force_login(cast.everyone[name], backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/alerts/board")
    assert response.status_code == status
    if status == 200:
        assert {bar.name for bar in response.context["board"].units} == departments


def test_as_many_statements_for_many(cast: Cast, settings: Any, django_assert_num_queries: Any) -> None:
    settings.QINGQU_TODAY = DAY
    rules = [*rule_actions.adopt(cast.school, ["F01", "F15"], by=cast.zhao), None]
    for count in (3, 60):
        for n in range(count):
            state = "closed" if n % 2 else "explaining"
            make_alert(cast, n, rule=rules[n % 3], state=state, unit=(cast.office, cast.teaching)[n % 2])
        with django_assert_num_queries(3):
            board(Alert.objects.all(), DAY)
    assert Rule.objects.count() == 2


def test_the_months_of_the_calendar_in_english(cast: Cast, settings: Any) -> None:
    settings.QINGQU_TODAY = DAY
    client = Client()
    client.force_login(cast.zhao, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    page = client.get("/alerts/board").content.decode()
    assert "March 2026" in page
    assert ">Mon<" in page
