"""Order, persons and times of a case's steps: each kind planted, clean and at its boundary."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from qingqu.alerts.engine.procedures import (
    MINUTES,
    Context,
    Event,
    event_of,
    holes,
    in_force,
    in_order,
    judge,
    verdict,
)
from qingqu.alerts.engine.spec import Events, Levels, ModelStep, Words
from qingqu.common.calendar import working_days_between
from qingqu.datasets.rules import BESIDE

NONE = Words(zh="", en="")
EPOCH = date(1970, 1, 1)
START = (date(2026, 3, 2) - EPOCH).days  # a Monday


def working_days(a: int, b: int) -> int:
    return working_days_between(EPOCH + timedelta(days=a), EPOCH + timedelta(days=b))


CONTEXT = Context(today=START + 60, working_days=working_days)


def make_check(kind: str, first: str = "", then: str = "", **more) -> Events:
    return Events(
        primitive="events",
        id="check",
        name=NONE,
        levels=Levels(always="orange"),
        sentence=NONE,
        evidence=("step",),
        kind=kind,
        first=tuple(first.split()),
        then=tuple(then.split()),
        **more,
    )


def make_case(text: str) -> list[Event]:
    """«申请@0:甲 审批@2:乙 付款@5:丙=90000»: step @ day : person = amount in fen."""
    events = []
    for number, word in enumerate(text.split(), 1):
        step, _, rest = word.partition("@")
        day, _, rest = rest.partition(":")
        person, _, amount = rest.partition("=")
        time = None if day == "-" else int((START + float(day)) * MINUTES)
        people = frozenset(p for p in person.split("+") if p)
        events.append(Event(number, "1", step or None, people, time, int(amount) if amount else None))
    return events


VALUES = {"days": 5, "limit": 3_000_000}


@pytest.mark.parametrize(
    ("check", "case", "rows"),
    [
        # precedence: planted, clean, same minute
        (make_check("precedence", "审批", "付款"), "付款@1:丙 审批@3:乙", (1, 2)),
        (make_check("precedence", "审批", "付款"), "审批@1:乙 付款@3:丙", None),
        (make_check("precedence", "审批", "付款"), "付款@3:丙 审批@3:乙", None),
        (make_check("precedence", "审批", "付款"), "申请@0:甲 付款@3:丙", (2,)),
        # a claim owes no acceptance, a purchase does
        (make_check("precedence", "验收", "付款", about=("签约",)), "申请@0:甲 付款@3:丙", None),
        (make_check("precedence", "验收", "付款", about=("签约",)), "签约@0:甲 付款@3:丙", (2,)),
        # response: overdue, answered, still within its term
        (make_check("response", "公示", "答复", at_most="days"), "公示@1:甲", (1,)),
        (make_check("response", "公示", "答复", at_most="days"), "公示@1:甲 答复@40:甲", None),
        (make_check("response", "公示", "答复", at_most="days"), "公示@55:甲", None),
        (make_check("response", "公示", "答复", at_most="days"), "公示@54:甲", (1,)),
        # deadline: late, on the last day, not yet come
        (make_check("deadline", "申请", "审批", at_most="days"), "申请@0:甲 审批@6:乙", (1, 2)),
        (make_check("deadline", "申请", "审批", at_most="days"), "申请@0:甲 审批@5:乙", None),
        (make_check("deadline", "申请", "审批", at_most="days"), "申请@0:甲", (1,)),
        # gap in working days: Monday to the Monday after is five, to the Friday four
        (make_check("gap", "公示", "任用", at_least="days", unit="working_days"), "公示@0:甲 任用@7:乙", None),
        (make_check("gap", "公示", "任用", at_least="days", unit="working_days"), "公示@0:甲 任用@4:乙", (1, 2)),
        # too fast, in minutes
        (make_check("gap", "送审", "审毕", at_least="days", unit="minutes"), "送审@0:甲 审毕@0.002:乙", (1, 2)),
        # separation: a shared person, an agent, nobody shared
        (make_check("separation", "申请", "验收"), "申请@0:甲 验收@1:乙 验收@2:甲", (1, 3)),
        (make_check("separation", "申请", "验收"), "申请@0:甲 验收@1:乙+甲", (1, 2)),
        (make_check("separation", "申请", "验收"), "申请@0:甲 验收@1:乙", None),
        # either one way or the other
        (make_check("not_together", "招标", "询价"), "招标@0:甲 询价@1:乙", (1, 2)),
        (make_check("not_together", "招标", "询价"), "询价@1:乙", None),
        # the limit itself needs the meeting
        (make_check("amount_requires", "上会", "签约", limit="limit"), "申请@0:甲=3000000 签约@1:乙", (2,)),
        (make_check("amount_requires", "上会", "签约", limit="limit"), "申请@0:甲=2999999 签约@1:乙", None),
        (make_check("amount_requires", "上会", "签约", limit="limit"), "申请@0:甲=3000000 上会@1:丙 签约@2:乙", None),
        (make_check("amount_requires", "上会", "签约", limit="limit"), "申请@0:甲=3000000", None),
    ],
)
def test_kinds(check, case, rows):
    events = make_case(case)
    found = judge(events, check, VALUES, CONTEXT)
    assert [f.rows for f in found] == ([rows] if rows else [])
    random.Random(1).shuffle(events)
    assert judge(events, check, VALUES, CONTEXT) == found


def test_evidence():
    bare = Event(1, "1", "验收", frozenset({"甲"}), START * MINUTES)
    shown = Event(2, "1", "验收", frozenset({"甲"}), START * MINUTES, evidence="ab12")
    check = make_check("evidence_present", then="验收")
    assert [f.rows for f in judge([bare, shown], check, {}, CONTEXT)] == [(1,)]


def test_a_return_voids_what_it_returns_from():
    back = Event(3, "1", "审批", frozenset({"乙"}), (START + 2) * MINUTES, op="退回", to="申请")
    events = [*make_case("申请@0:甲 审批@1:乙"), back, *make_case("")]
    again = [Event(4, "1", "申请", frozenset({"甲"}), (START + 3) * MINUTES)]
    assert [e.id for e in in_force([*events, *again])] == [4]
    withdrawn = Event(3, "1", "申请", frozenset({"甲"}), (START + 2) * MINUTES, op="撤回", to="申请")
    assert [e.id for e in in_force([*events[:2], withdrawn, *again])] == [4], "taken back by who applied"


PROCEDURE = make_check(
    "model",
    steps=(ModelStep(name="申请"), ModelStep(name="审批", after=("申请",)), ModelStep(name="付款", after=("审批",))),
)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("申请@0:甲 审批@1:乙 付款@2:丙", "follows"),
        ("付款@0:丙 审批@0:乙 申请@0:甲", "follows"),  # only the day is known
        ("申请@0:甲 审批@1:乙", "under_way"),
        ("申请@0:甲 付款@2:丙", "leaves"),
        ("申请@0:甲 审批@1:乙 付款@2:", "unknown"),  # nobody knows who paid
        ("申请@0:甲 审批@1:乙 @1:丁 付款@2:丙", "unknown"),  # a step that is not mapped
        ("申请@0:甲 审批@1:乙 付款@-:丙", "unknown"),
    ],
)
def test_a_log_with_holes_never_conforms(case, expected):
    assert verdict(make_case(case), PROCEDURE) == expected


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("申请@0:甲 -@1: 审批@1:乙 -@-:丁 付款@2:丙", "follows"),  # printed, by nobody knows whom and when
        ("申请@0:甲 -@1:乙 付款@2:丙", "leaves"),
        ("申请@0:甲 -@1:乙", "under_way"),
    ],
)
def test_what_is_beside_the_procedure_is_no_step_and_no_hole(case, expected):
    events = make_case(case)
    assert verdict(events, PROCEDURE) == expected
    counting = [event for event in events if event.step != BESIDE]
    for kind in (PROCEDURE, make_check("separation", "申请", "审批"), make_check("precedence", "审批", "付款")):
        assert judge(events, kind, VALUES, CONTEXT) == judge(counting, kind, VALUES, CONTEXT)


def test_a_return_counts_whatever_its_step_is_called():
    back = Event(9, "1", BESIDE, frozenset({"乙"}), (START + 2) * MINUTES, op="退回", to="申请")
    assert verdict([*make_case("申请@0:甲 审批@1:乙"), back], PROCEDURE) == "under_way"
    assert not in_force(in_order([*make_case("申请@0:甲 审批@1:乙"), back]))


def test_a_case_that_lacks_a_row_is_one_that_cannot_be_told():
    assert verdict(make_case("申请@0:甲 审批@1:乙 付款@2:丙"), PROCEDURE, refused=True) == "unknown"


@pytest.mark.parametrize(
    ("case", "refused", "expected"),
    [
        ("申请@0:甲 付款@2:丙", False, "other"),  # a claim
        ("申请@0:甲 付款@2:", False, "other"),  # whoever paid it
        ("申请@0:甲 @1:乙 付款@2:丙", False, "unknown"),  # the step may be one of a purchase
        ("申请@0:甲 付款@2:丙", True, "unknown"),
        ("申请@0:甲 审批@1:乙 付款@2:丙", False, "follows"),
    ],
)
def test_another_matter_is_not_held_against_the_procedure(case, refused, expected):
    about = PROCEDURE.model_copy(update={"about": ("审批",)})
    assert verdict(make_case(case), about, refused=refused) == expected


def test_the_findings_of_a_model():
    (found,) = judge(make_case("申请@0:甲 付款@2:丙"), PROCEDURE, {}, CONTEXT)
    assert found.rows == (2,)
    assert dict(found.numbers) == {"n": 2, "slip": "early", "step": "付款", "missing": "审批"}


def test_from_a_record():
    row = {"id": 7, "case": "C1", "step": "部门审批", "operator": "x", "on_behalf": "y", "time": 5, "amount": None}
    event = event_of(row, {"部门审批": "审批"})
    assert (event.step, event.operators) == ("审批", {"x", "y"})
    unmapped = event_of(row, {})
    assert holes([unmapped]) == [unmapped]
