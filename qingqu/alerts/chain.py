"""Where a warning belongs in the chain: the powers that its indicator watches, and their risk points (S8, S54)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.db.models import Case, Q, When

from qingqu.accounts.models import User
from qingqu.alerts import wording
from qingqu.alerts.engine.spec import AnyCheck, Rule
from qingqu.alerts.models import Alert, Disposal
from qingqu.alerts.wording import FIELD
from qingqu.common import statements
from qingqu.datasets.models import Dataset
from qingqu.organisation.models import Unit
from qingqu.powers.models import Power
from qingqu.risks.models import Category, RiskPoint, RiskPointQuerySet

CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def _ending(codes: Iterable[str], field: str) -> Q:
    """A filter: `field` names one of these powers of the starter library as its origin. No codes match nothing."""
    return reduce(or_, (Q(**{f"{field}__endswith": f":{code}"}) for code in codes), Q(pk=None))


def powers_of(school: Unit, rule: Rule, check: AnyCheck) -> list[Power]:
    """The school's powers that a check watches, the one that it is most about first."""
    codes = check.powers or rule.powers
    found = Power.objects.filter(_ending(codes, "origin"), school=school)
    held = {power.origin.rpartition(":")[2]: power for power in found}
    return [held[code] for code in codes if code in held]


SURE = 4
"""Least score for a guess: two pairs of characters in common with a title, or the same department."""


RISKS = """
SELECT p.origin, r.id, r.sort_rank, r.unit_id, r.title, r.manifestation, s.name
FROM powers_power p CROSS JOIN risks_riskpoint r LEFT JOIN powers_step s ON s.id = r.step_id
WHERE p.school_id = %s AND r.power_id = p.id AND r.person_id IS NULL AND r.state = %s AND ({of})
"""
"""CROSS JOIN: SQLite takes the powers first; on its own it would read every risk point of every school."""


def risk_of(dataset: Dataset, rule: Rule, check: AnyCheck) -> int | None:
    """The id of the risk point that a finding is most likely about, among those of the powers; one plain statement.

    What speaks for one: words that it shares with the indicator, and that it is of the department that keeps the table;
    of equal ones the first power and the gravest. None where nothing does. A guess, until whoever closes the warning
    has said so. Persons' own risks stay with them (S26).
    """
    codes = check.powers or rule.powers
    if not codes:
        return None
    of = " OR ".join(["p.origin LIKE %s"] * len(codes))
    asked: list[Any] = [dataset.school_id, RiskPoint.State.HELD, *(f"%:{code}" for code in codes)]
    found = statements.fetch(RISKS.format(of=of), asked)
    words = pairs(f"{rule.title.zh} {check.name.zh} {rule.why.zh} {FIELD.sub(' ', check.sentence.zh)}")

    def points(row: tuple[Any, ...]) -> tuple[int, int, int, int]:
        origin, pk, rank, unit, title, manifestation, step = row
        told = pairs(title)
        around = (pairs(manifestation) | pairs(step or "")) - told
        likely = 2 * len(words & told) + len(words & around) + SURE * (unit == dataset.keeper_id)
        return likely, -codes.index(origin.rpartition(":")[2]), -rank, pk

    best = max(map(points, found), default=(0, 0, 0, 0))
    return best[-1] if best[0] >= SURE else None


@lru_cache(4096)
def pairs(text: str) -> frozenset[str]:
    """All pairs of adjacent Chinese characters in a text, a stand-in for its words."""
    return frozenset(run[n : n + 2] for run in CHINESE.findall(text) for n in range(len(run) - 1))


def is_guess(alert: Alert) -> bool:
    """Whether the risk point of a warning is only a guess, since nobody has confirmed it by closing."""
    closed = any(step.step == Disposal.Step.CLOSED for step in alert.disposals.all())
    return bool(alert.risk_point_id and alert.rule_id) and not closed


def power_of(alert: Alert) -> Power | None:
    """The power that a warning is about: its risk point's, else the first that its indicator watches."""
    if alert.risk_point and alert.risk_point.power:
        return alert.risk_point.power
    if alert.rule is None:
        return None
    return next(iter(powers_of(alert.school, *wording.named(alert))), None)


def rater_of(risk: RiskPoint) -> User | None:
    """Who rates a risk point: the head of its department, for his own the leader in charge. None where neither is."""
    able = [p for p in (risk.unit.responsible, risk.unit.leader) if p and p.pk != risk.person_id]
    return able[0] if able else None


def candidates(alert: Alert, user: User) -> RiskPointQuerySet:
    """The risk points that `user` may see of the department, then of the powers elsewhere; the gravest of each first.

    One of them is to be put right. What a person has said about his own attitudes (思想道德) stays with him.
    """
    powers = powers_of(alert.school, *wording.named(alert)) if alert.rule else []
    held = RiskPoint.objects.visible_to(user).filter(state=RiskPoint.State.HELD)
    held = held.filter(Q(person=None) | ~Q(category=Category.THOUGHT))
    mine = held.filter(unit=alert.unit) | held.filter(power__in=powers)
    if alert.risk_point_id:
        mine |= held.filter(pk=alert.risk_point_id)
    return mine.order_by(Case(When(unit=alert.unit, then=0), default=1), "rank", "id")
