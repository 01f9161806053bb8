"""Due days, lateness and words of a risk point are what its rows say, after every act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db.models import Exists, OuterRef

from qingqu.common.clock import today
from qingqu.risks import actions, keeping, measures, queries, words
from qingqu.risks.entering import EnteredItem, EnteredMeasure, enter
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import ControlMeasure, RiskPoint, RiskWords
from tests.make import make_measure, make_power, make_risk_point
from tests.people import Cast


def plainly(risk: RiskPoint) -> tuple[date | None, date | None, bool]:
    going = [m for m in ControlMeasure.objects.filter(risk=risk, stopped_at=None) if m.next_due_on]
    runs = [run.done_on for m in risk.measures.all() for run in m.runs.filter(undone_at=None)]
    due = min((m.next_due_on for m in going if m.next_due_on), default=None)
    return due, max(runs, default=None), any(m.next_due_on < today() for m in going if m.next_due_on)


def agrees() -> None:
    for risk in RiskPoint.objects.all():
        assert (risk.next_due_on, risk.last_done_on, risk.late) == plainly(risk)
        kept = RiskWords.objects.get(risk=risk)
        assert (kept.key, kept.tokens) == (words.key_of(risk.rank, risk.pk), words.tokens(risk))


def a_life(cast: Cast) -> Iterator[str]:
    said = actions.Description("duty", "验收走过场", "一人签字", power=make_power(cast.office))
    graded = {"likelihood": 2, "impact": 2, "answers": "00000"}
    risk = actions.create(cast.office, said, **graded, owner=cast.li, by=cast.li)  # type: ignore[arg-type]
    yield "created"
    plan = MeasurePlan("pre", "两人验收", cast.li, frequency="month", evidence_kind="验收单")
    first = measures.add_measure(risk, plan, by=cast.li)
    second = measures.add_measure(risk, MeasurePlan("mid", "抽查", cast.li, evidence_kind="记录"), by=cast.li)
    yield "measures added"
    ControlMeasure.objects.filter(pk=first.pk).update(next_due_on=today() - timedelta(days=40))
    keeping.keep([risk.pk])
    yield "late"
    run = measures.do(first, by=cast.li, note="已验收")
    yield "done"
    measures.undo(run, by=cast.li)
    yield "undone"
    measures.do(first, by=cast.li, note="已验收", done_on=today() - timedelta(days=2))
    measures.change_measure(
        second, MeasurePlan("mid", "抽查", cast.li, frequency="event", evidence_kind="记录"), by=cast.li
    )
    yield "changed"
    measures.stop_measure(second, reason="并入第一项", by=cast.li)
    yield "stopped"
    actions.change(risk, {"title": "到货无人清点", "category": "system"}, by=cast.li)
    yield "described"
    actions.rate(risk, likelihood=5, impact=5, answers="00000", reason="", by=cast.li)
    yield "rated"
    rating = actions.rate(risk, likelihood=2, impact=2, answers="00000", level=1, reason="数额大", by=cast.li)
    actions.agree(rating, by=cast.zhao)
    yield "agreed"
    measures.judge_effect(risk, {first.pk: "good"}, residual_level=2, note="有效", by=cast.zhao)
    yield "judged"
    item = EnteredItem(
        "duty", "采购一人决定", "口头比价", 3, 3, "00000", measures=[EnteredMeasure("pre", "两人询价")], source_id=1
    )
    enter(
        school=cast.school,
        unit=cast.office,
        person=None,
        is_leader=False,
        items=[item],
        year=2026,
        source="x",
        by=cast.li,
    )
    yield "entered, the first one closed"
    actions.close(RiskPoint.objects.get(state="held"), reason="不再采购", by=cast.zhao)
    yield "closed"


def test_after_every_act(cast: Cast) -> None:
    for _act in a_life(cast):
        agrees()
    assert RiskPoint.objects.count() == 2


def test_a_day_that_has_passed_turns_a_risk_point_late(cast: Cast) -> None:
    risks = [make_risk_point(cast.office, cast.li) for _ in range(3)]
    for n, risk in enumerate(risks):
        make_measure(risk, next_due_on=today() + timedelta(days=n))
    assert keeping.turn_late(today()) == 0
    tomorrow = today() + timedelta(days=1)
    assert keeping.turn_late(tomorrow) == 1
    assert [risk.pk for risk in RiskPoint.objects.filter(late=True)] == [risks[0].pk]
    assert keeping.turn_late(tomorrow) == 0
    assert keeping.turn_late(today()) == 1
    agrees()


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_late_is_what_amber_is(cast: Cast, days: int) -> None:
    risk = make_risk_point(cast.office, cast.li)
    make_measure(risk, next_due_on=today() + timedelta(days=days))
    amber = RiskPoint.objects.filter(Exists(queries.overdue().filter(risk=OuterRef("pk"))))
    assert set(RiskPoint.objects.filter(late=True)) == set(amber)
