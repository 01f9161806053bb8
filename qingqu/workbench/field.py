"""A leader's field (一岗双责, S19): which units, where trouble is likely, what is done, what has no effect yet."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.risks.models import ControlMeasure, Level, RiskPoint

SHOWN = 50


@dataclass(slots=True)
class UnitLine:
    """One unit of the field with its figures."""

    unit: Unit
    levels: dict[int, int]
    late: int = 0
    without_effect: int = 0

    @property
    def total(self) -> int:
        return sum(self.levels.values())


@dataclass(slots=True)
class Field:
    """The page's whole content; a fixed number of statements at any size."""

    units: list[UnitLine]
    gravest: list[RiskPoint]
    late: list[ControlMeasure]
    without_effect: list[ControlMeasure]


def units_in_charge(user: User) -> QuerySet[Unit]:
    """The units that `user` is in charge of; secretary, principal and discipline commission: every department."""
    who = standing(user)
    departments = Unit.objects.active().filter(school=who.school, kind=Unit.Kind.DEPARTMENT)
    if who.is_top_leader or who.is_discipline:
        return departments
    return departments.filter(Q(pk__in=who.leads) | Q(pk__in=who.heads))


def field_of(user: User) -> Field:
    """What a leader has to know about his field, in five statements."""
    units = list(units_in_charge(user).select_related("responsible"))
    held = RiskPoint.objects.visible_to(user).filter(unit__in=units, state=RiskPoint.State.HELD)
    measures = ControlMeasure.objects.filter(risk__in=held, stopped_at=None).select_related("risk__unit", "owner")
    is_late = Q(next_due_on__lt=today())
    no_effect = Q(effect=ControlMeasure.Effect.NONE) | Q(effect=ControlMeasure.Effect.UNKNOWN)
    lines = {unit.pk: UnitLine(unit, dict.fromkeys(Level.values, 0)) for unit in units}
    for unit, level, count in held.order_by().values_list("unit", "level").annotate(n=Count("pk")):
        lines[unit].levels[level] = count
    counts = (
        measures.order_by()
        .values_list("risk__unit")
        .annotate(late=Count("pk", filter=is_late), none=Count("pk", filter=no_effect))
    )
    for unit, late, none in counts:
        lines[unit].late, lines[unit].without_effect = late, none
    return Field(
        units=sorted(lines.values(), key=lambda line: (-line.levels[1], -line.late, line.unit.order)),
        gravest=list(held.filter(level=Level.ONE).select_related("unit", "owner", "power").order_by("rank")[:SHOWN]),
        late=list(measures.filter(is_late).order_by("next_due_on", "id")[:SHOWN]),
        without_effect=list(
            measures.filter(no_effect, risk__level=Level.ONE).order_by(F("effect").desc(), "risk__rank", "id")[:SHOWN]
        ),
    )
