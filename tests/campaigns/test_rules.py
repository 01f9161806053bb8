"""The year's dates, reminders, escalation: tables."""

from __future__ import annotations

from datetime import date

import pytest

from qingqu.campaigns import rules
from qingqu.campaigns.defaults import TASKS

D = date
SPANS = rules.regulation_spans(2026)


def test_the_regulation() -> None:
    assert {
        "mobilise": (D(2026, 3, 1), D(2026, 5, 1)),
        "find": (D(2026, 4, 1), D(2026, 5, 1)),
        "build": (D(2026, 5, 1), D(2026, 12, 1)),
        "inspect": (D(2026, 12, 1), D(2026, 12, 20)),
    } == SPANS
    assert rules.regulation_due(2026) == D(2026, 4, 30)
    assert rules.faults_in_dates(SPANS, D(2026, 4, 30), 2026) == []


@pytest.mark.parametrize(
    ("changed", "due", "faults"),
    [
        ({"mobilise": (D(2026, 3, 3), D(2026, 4, 20))}, D(2026, 4, 30), []),
        (
            {"find": (D(2026, 5, 2), D(2026, 5, 1))},
            D(2026, 5, 1),
            [("find", "backwards"), ("find", "due_outside"), ("build", "out_of_order")],
        ),
        ({}, D(2026, 5, 2), [("find", "due_outside")]),
        ({}, D(2026, 3, 31), [("find", "due_outside")]),
        ({"inspect": (D(2026, 12, 1), D(2062, 12, 20))}, D(2026, 4, 30), [("inspect", "other_year")]),
        ({"inspect": (D(2026, 12, 1), D(2027, 1, 20))}, D(2026, 4, 30), []),
        ({"build": (D(2026, 3, 15), D(2026, 12, 1))}, D(2026, 4, 30), [("build", "out_of_order")]),
    ],
)
def test_dates_may_overlap_but_are_sane(changed: dict, due: date, faults: list) -> None:
    assert rules.faults_in_dates({**SPANS, **changed}, due, 2026) == faults


def test_a_year_later() -> None:
    assert rules.a_year_later(D(2026, 4, 30)) == D(2027, 4, 30)
    assert rules.a_year_later(D(2028, 2, 29)) == D(2029, 2, 28)


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (D(2026, 4, 15), 15),
        (D(2026, 4, 16), None),
        (D(2026, 4, 23), 7),
        (D(2026, 4, 27), 3),
        (D(2026, 4, 29), 1),
        (D(2026, 4, 30), None),
    ],
)
def test_reminders_go_out_15_7_3_and_1_days_before(today: date, left: int | None) -> None:
    assert rules.days_left_to_remind(D(2026, 4, 30), today) == left


@pytest.mark.parametrize(
    ("late", "every", "level"),
    [(0, 3, 0), (1, 3, 1), (3, 3, 1), (4, 3, 2), (6, 3, 2), (7, 3, 3), (60, 3, 3), (2, 1, 2), (3, 1, 3)],
)
def test_one_level_up_per_so_many_days(late: int, every: int, level: int) -> None:
    assert rules.escalated_to(late, every) == level


def test_who_arrived_after_the_due_day_is_late_from_then() -> None:
    due = D(2026, 4, 30)
    assert rules.days_late(due, D(2026, 5, 3)) == 3
    assert rules.days_late(due, D(2026, 5, 3), arrived=D(2026, 5, 2)) == 1
    assert rules.days_late(due, D(2026, 4, 30)) == 0


@pytest.mark.parametrize(
    ("closed", "today", "look"),
    [
        (False, D(2026, 3, 31), "later"),
        (False, D(2026, 4, 1), "now"),
        (False, D(2026, 5, 1), "now"),
        (False, D(2026, 5, 2), "over"),
        (True, D(2026, 5, 2), "closed"),
    ],
)
def test_how_a_stage_stands(closed: bool, today: date, look: str) -> None:
    assert rules.stage_look(*SPANS["find"], closed=closed, today=today) == look


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"has_plan": False, "state": "preparing"}, "plan"),
        ({"state": "preparing"}, "open"),
        ({"has_documents": False}, "documents"),
        ({"has_meeting": False}, "meeting"),
        ({}, "collect"),
        ({"looks": {"mobilise": "over", "find": "over"}}, "close:mobilise"),
        ({"looks": {"mobilise": "closed", "find": "closed", "build": "now"}}, "wait"),
        ({"state": "closed"}, "next"),
    ],
)
def test_what_comes_next(facts: dict, step: str) -> None:
    usual = {
        "state": "open",
        "has_plan": True,
        "has_meeting": True,
        "has_documents": True,
        "looks": {"mobilise": "now", "find": "now"},
    }
    assert rules.next_step(**{**usual, **facts}) == step


def test_the_year_in_a_text_moves_on_and_nothing_else() -> None:
    text = "做好 2026 年工作，2026年3月，依据〔2022〕5 号"
    assert rules.with_the_year(text, 2026, 2027) == "做好 2027 年工作，2027年3月，依据〔2022〕5 号"
    reaching = "2026 年 12 月至 2027 年 7 月"
    assert rules.with_the_year(reaching, 2026, 2027) == "2027 年 12 月至 2028 年 7 月"


def test_changes_between_two_years() -> None:
    assert rules.changes({"甲": "1", "乙": "2"}, {"甲": "1", "丙": "3"}) == [
        rules.Change("丙", "", "3"),
        rules.Change("乙", "2", ""),
    ]


def test_every_default_task_lies_in_its_stage() -> None:
    for task in TASKS:
        start, end = SPANS[task.stage]
        assert start <= D(2026, task.month, task.day) <= end, task
