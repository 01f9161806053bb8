"""Where a warning belongs in the chain: the powers that its indicator watches, and their risk points (S8, S54)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from qingqu.accounts.models import User
from qingqu.alerts import wording
from qingqu.alerts.engine.spec import AnyCheck, Rule
from qingqu.alerts.models import Alert
from qingqu.organisation.models import Unit
from qingqu.powers.models import Power
from qingqu.risks.models import Category, RiskPoint, RiskPointQuerySet


def _ending(codes: Iterable[str], field: str) -> Q:
    """Where a field names one of these powers of the starter library as its origin; with no codes nothing is found."""
    return reduce(or_, (Q(**{f"{field}__endswith": f":{code}"}) for code in codes), Q(pk=None))


def powers_of(school: Unit, rule: Rule, check: AnyCheck) -> list[Power]:
    """The school's powers that a check watches, the one that it is most about first."""
    codes = check.powers or rule.powers
    found = Power.objects.filter(_ending(codes, "origin"), school=school)
    held = {power.origin.rpartition(":")[2]: power for power in found}
    return [held[code] for code in codes if code in held]


def risk_of(school: Unit, rule: Rule, check: AnyCheck) -> int | None:
    """The id of the gravest risk point of the first of these powers that has one; one statement.

    Persons' own risks stay with them (S26).
    """
    codes, held = check.powers or rule.powers, RiskPoint.State.HELD
    risks = RiskPoint.objects.filter(_ending(codes, "power__origin"), school=school, person=None, state=held)
    found = risks.order_by("-rank", "-id").values_list("power__origin", "pk")
    by_code = {origin.rpartition(":")[2]: pk for origin, pk in found}
    return next((by_code[code] for code in codes if code in by_code), None)


def power_of(alert: Alert) -> Power | None:
    """The power that a warning is about: its risk point's, else the first that its indicator watches."""
    if alert.risk_point:
        return alert.risk_point.power
    if alert.rule is None:
        return None
    return next(iter(powers_of(alert.school, *wording.named(alert))), None)


def rater_of(risk: RiskPoint) -> User | None:
    """Who rates a risk point: the head of its department, for his own the leader in charge. None where neither is."""
    able = [p for p in (risk.unit.responsible, risk.unit.leader) if p and p.pk != risk.person_id]
    return able[0] if able else None


def candidates(alert: Alert, user: User) -> RiskPointQuerySet:
    """The department's risk points that `user` may see, those of the powers first: one of them is to be put right.

    What a person has said about his own attitudes (思想道德) stays with him.
    """
    powers = powers_of(alert.school, *wording.named(alert)) if alert.rule else []
    held = RiskPoint.objects.visible_to(user).filter(state=RiskPoint.State.HELD)
    held = held.filter(Q(person=None) | ~Q(category=Category.THOUGHT))
    mine = held.filter(unit=alert.unit) | held.filter(power__in=powers)
    if alert.risk_point_id:
        mine |= held.filter(pk=alert.risk_point_id)
    return mine.order_by("rank", "id")
