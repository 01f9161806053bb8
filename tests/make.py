"""Plain functions with defaults that make rows for tests: `make_risk_point(level=1)`."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Stage
from qingqu.declarations.models import Declaration, Item
from qingqu.organisation.models import Appointment, Duty, Post, Unit
from qingqu.powers.models import Power, Step
from qingqu.risks.keeping import keep
from qingqu.risks.models import ControlMeasure, RiskPoint

serial = count(1)


def make_user(username: str = "", name: str = "某某", **fields: Any) -> User:
    username = username or f"user{next(serial)}"
    return User.objects.create(username=username, name=name, must_change_password=False, password="!", **fields)


def make_unit(name: str = "某处", kind: str = "department", parent: Unit | None = None, **fields: Any) -> Unit:
    unit = Unit.objects.create(name=name, kind=kind, parent=parent, path="", order=next(serial), **fields)
    unit.path = f"{parent.path if parent else ''}{unit.pk:08d}."
    unit.school = unit if kind in ("school", "bureau") else (parent.school if parent else None)
    unit.save(update_fields=["path", "school"])
    return unit


def make_post(unit: Unit, name: str = "任课教师", **fields: Any) -> Post:
    return Post.objects.create(unit=unit, name=name, **fields)


def make_appointment(person: User, post: Post, started_on: date = date(2023, 9, 1), **fields: Any) -> Appointment:
    return Appointment.objects.create(person=person, post=post, started_on=started_on, **fields)


def make_duty(school: Unit, person: User, kind: str, started_on: date = date(2023, 9, 1)) -> Duty:
    return Duty.objects.create(school=school, person=person, kind=kind, started_on=started_on)


def make_power(unit: Unit, code: str = "", steps: int = 3, **fields: Any) -> Power:
    power = Power.objects.create(
        school=unit.school,
        unit=unit,
        code=code or f"T{next(serial):03d}",
        name=fields.pop("name", "限额以下物资与服务采购"),
        **fields,
    )
    for n in range(1, steps + 1):
        Step.objects.create(power=power, order=n, name=f"环节{n}", actor="经办人", days=5)
    return power


def make_campaign(school: Unit, year: int = 2026, **fields: Any) -> Campaign:
    campaign = Campaign.objects.create(
        school=school,
        year=year,
        title=f"{year} 年廉政风险防控工作",
        state=fields.pop("state", Campaign.State.OPEN),
        due_on=fields.pop("due_on", date(year, 4, 30)),
        **fields,
    )
    spans = {"mobilise": (3, 1, 5, 1), "find": (4, 1, 5, 1), "build": (5, 1, 12, 1), "inspect": (12, 1, 12, 20)}
    for order, (kind, (m1, d1, m2, d2)) in enumerate(spans.items(), 1):
        Stage.objects.create(
            campaign=campaign, kind=kind, order=order, starts_on=date(year, m1, d1), ends_on=date(year, m2, d2)
        )
    return campaign


def make_declaration(
    campaign: Campaign, person: User, unit: Unit, kind: str = "personal", **fields: Any
) -> Declaration:
    return Declaration.objects.create(campaign=campaign, person=person, unit=unit, kind=kind, **fields)


def make_item(declaration: Declaration, category: str = "duty", **fields: Any) -> Item:
    defaults = {
        "title": "座位调整照顾关系户",
        "manifestation": "月考后班主任一人调整座位，个别家长事先请托，轮换表未张贴",
        "likelihood": 3,
        "impact": 3,
        "answers": "01010",
    }
    return Item.objects.create(declaration=declaration, category=category, **{**defaults, **fields})


def make_risk_point(unit: Unit, owner: User, level: int = 2, **fields: Any) -> RiskPoint:
    number = next(serial)
    likelihood, impact = fields.pop("likelihood", 6 - level), fields.pop("impact", 6 - level)
    score = likelihood * impact
    defaults = {
        "code": f"FXD-2026-{number:04d}",
        "category": "duty",
        "title": f"风险点{number}",
        "manifestation": "验收时只看单据不看实物",
        "year": 2026,
        "rank": level * 1000 - score * 10,
    }
    risk = RiskPoint.objects.create(
        school=unit.school,
        unit=unit,
        owner=owner,
        level=level,
        likelihood=likelihood,
        impact=impact,
        score=score,
        **{**defaults, **fields},
    )
    keep([risk.pk])
    return risk


def make_measure(risk: RiskPoint, phase: str = "pre", **fields: Any) -> ControlMeasure:
    defaults = {"text": "验收两人同到现场并签字", "evidence_kind": "验收单", "frequency": "month", "owner": risk.owner}
    measure = ControlMeasure.objects.create(risk=risk, phase=phase, **{**defaults, **fields})
    keep([risk.pk])
    return measure
