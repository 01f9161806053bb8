"""What a list of risk points says when it is frozen: in words, as papers print it, never of «思想道德» (S20, S26)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import override

from qingqu.organisation.models import Unit
from qingqu.risks import rules
from qingqu.risks.models import Category, ControlMeasure, RiskPoint, RiskPointQuerySet

Row = dict[str, Any]


def published_part(unit: Unit, *, leaders: bool = False) -> RiskPointQuerySet:
    """The held risk points that belong on a unit's list, or on the leaders' list of a school, in the order of lists.

    The unit's own and its people's, without «思想道德» items; members of the leadership team have a list of their own.
    """
    if leaders:
        return _with_measures(RiskPoint.objects.filter(LEADERS, school=unit))
    return _with_measures(RiskPoint.objects.filter(UNITS, unit=unit))


def lines_of_units(units: Iterable[int]) -> dict[int, list[Row]]:
    """What the lists of many units would say now, in three statements."""
    found: dict[int, list[RiskPoint]] = defaultdict(list)
    for risk in _with_measures(RiskPoint.objects.filter(UNITS, unit__in=list(units))):
        found[risk.unit_id].append(risk)
    return {unit: lines(risks) for unit, risks in found.items()}


HELD = Q(state=RiskPoint.State.HELD)
UNITS = HELD & (Q(person=None) | (Q(is_leader=False) & ~Q(category=Category.THOUGHT)))
LEADERS = HELD & Q(is_leader=True) & ~Q(category=Category.THOUGHT)


def _with_measures(rows: RiskPointQuerySet) -> RiskPointQuerySet:
    going = ControlMeasure.objects.filter(stopped_at=None).select_related("owner", "post").order_by("id")
    related = ("power", "step", "post", "person", "owner", "regulation", "unit__leader")
    return rows.select_related(*related).prefetch_related(Prefetch("measures", going)).order_by("rank", "id")


def lines(risks: Iterable[RiskPoint]) -> list[Row]:
    """Risk points as a frozen list says them: Chinese words, no ids of rows, nothing that later changes by itself."""
    with override("zh-hans"):
        return [_line(risk) for risk in risks]


def _line(risk: RiskPoint) -> Row:
    return {
        "code": risk.code,
        "level": risk.level,
        "category": risk.get_category_display(),
        "title": risk.title,
        "manifestation": risk.manifestation,
        "cause": risk.get_cause_display() if risk.cause else "",
        "power": risk.power.name if risk.power else "",
        "step": risk.step.name if risk.step else "",
        "post": risk.post.name if risk.post else "",
        "person": risk.person.name if risk.person else "",
        "owner": risk.owner.name,
        "leader": risk.unit.leader.name if risk.unit.leader else "",
        "regulation": risk.regulation.name if risk.regulation else "",
        "measures": [_measure(m) for m in _in_order(risk.measures.all())],
    }


def _measure(measure: ControlMeasure) -> Row:
    note = f"（{measure.frequency_note}）" if measure.frequency_note else ""
    return {
        "phase": measure.get_phase_display(),
        "text": measure.text,
        "owner": measure.owner.name,
        "frequency": f"{measure.get_frequency_display()}{note}",
        "evidence": measure.evidence_kind,
    }


def _in_order(measures: Iterable[ControlMeasure]) -> list[ControlMeasure]:
    return sorted(measures, key=lambda m: (rules.PHASES.index(m.phase), m.pk))


def lacking(risks: Iterable[RiskPoint]) -> list[tuple[RiskPoint, list[str]]]:
    """The risk points that still lack measures of a phase, which a list must not show (S12)."""
    found = ((risk, rules.missing_phases(risk.level, {m.phase for m in risk.measures.all()})) for risk in risks)
    return [(risk, phases) for risk, phases in found if phases]
