"""A school with as many risk points as asked for: people through the actions, risk points and measures in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from django.db import transaction

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.organisation import actions
from qingqu.organisation.models import Duty, Post, Unit
from qingqu.powers.models import Power, Step
from qingqu.risks import rules
from qingqu.risks.keeping import keep
from qingqu.risks.models import Category, ControlMeasure, Frequency, Phase, RiskPoint

UNITS, STAFF, POWERS = 20, 180, 40
BATCH = 5000
SINCE = date(2023, 9, 1)


@dataclass
class School:
    """What is measured upon. All of it is fictional."""

    unit: Unit
    units: list[Unit]
    posts: list[Post]
    people: list[User]
    office: User
    """The party office: reads and writes."""
    powers: list[Power]


@transaction.atomic
def build(size: int) -> School:
    """One school of 180 people in 20 departments with `size` risk points, each with a measure."""
    unit = actions.create_unit(None, kind="school", name="测速学校（虚构）", code="BENCH", by=None)
    school = School(unit, *_staff(unit), powers=[])
    school.powers = _powers(school)
    rows = _risks(school, size)
    while risks := RiskPoint.objects.bulk_create(islice(rows, BATCH), batch_size=500):
        ControlMeasure.objects.bulk_create(_measures(risks), batch_size=500)
        keep(risk.pk for risk in risks)
    return school


def find() -> School:
    """The school that `build` made, read again by another process."""
    unit = Unit.objects.get(code="BENCH")
    units = list(Unit.objects.filter(parent=unit).order_by("id"))
    people = list(User.objects.filter(username__startswith="bench").order_by("id"))
    posts = list(Post.objects.filter(unit__in=units).order_by("id"))
    return School(unit, units, posts, people, people[0], list(Power.objects.filter(school=unit)))


def _staff(unit: Unit) -> tuple[list[Unit], list[Post], list[User], User]:
    units = [actions.create_unit(unit, kind="department", name=f"第{n + 1}处", by=None, order=n) for n in range(UNITS)]
    posts = [actions.create_post(one, name="干事", tier="staff", by=None, duties="承担日常工作。") for one in units]
    people = []
    for n in range(STAFF):
        person = actions.add_person(name=f"测速{n + 1}号", username=f"bench{n + 1}", by=None)
        actions.appoint(person, posts[n % UNITS], started_on=SINCE, by=None)
        people.append(person)
    User.objects.filter(pk__in=[p.pk for p in people]).update(must_change_password=False)
    kinds = (Duty.Kind.PARTY_OFFICE, Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL, Duty.Kind.TEAM)
    for kind, person in zip(kinds, people, strict=False):
        actions.give_duty(unit, person, kind, started_on=SINCE, by=None)
    actions.set_responsible(unit, people[2], by=None)
    for n, one in enumerate(units):
        actions.put_in_charge(one, responsible=people[UNITS + n], leader=people[4], by=None)
    return units, posts, people, people[0]


def _powers(school: School) -> list[Power]:
    powers = []
    for n in range(POWERS):
        power = Power.objects.create(
            school=school.unit, unit=school.units[n % UNITS], code=f"B{n + 1:02d}", name=f"事项{n + 1}"
        )
        Step.objects.bulk_create(
            Step(power=power, order=m, name=f"环节{m}", actor="经办人", days=5) for m in range(1, 6)
        )
        powers.append(power)
    return powers


def _risks(school: School, size: int) -> Iterator[RiskPoint]:
    """Two in three are a department's own, the others a person's; the four categories in turn."""
    steps = {power.pk: list(power.steps.all()) for power in school.powers}
    year = today().year
    for n in range(size):
        person = school.people[n % STAFF] if n % 3 == 2 else None
        power = school.powers[n % POWERS]
        said = rules.suggest(n % 5 + 1, n // 5 % 5 + 1, f"{n % 32:05b}")
        risk = RiskPoint(
            school=school.unit,
            unit=school.units[n % UNITS],
            post=school.posts[n % UNITS],
            person=person,
            owner=person or school.people[UNITS + n % UNITS],
            power=power,
            step=steps[power.pk][n % 5],
            code=f"BENCH-FX-{n + 1:07d}",
            category=Category.values[n // 3 % 4] if person else Category.values[1 + n % 3],
            title=f"第{n + 1}号风险点：验收时一人签字",
            manifestation=f"第{n + 1}批物资到货时由一人清点签字，只看单据不看实物，少送的没有登记",
            year=year,
        )
        risk.regrade(said, said.level)
        yield risk


def _measures(risks: list[RiskPoint]) -> Iterator[ControlMeasure]:
    day = today()
    for n, risk in enumerate(risks):
        yield ControlMeasure(
            risk=risk,
            phase=Phase.values[n % 3],
            text="两人同到现场清点，双签验收单",
            owner_id=risk.owner_id,
            frequency=Frequency.MONTH,
            evidence_kind="双签验收单",
            next_due_on=day + timedelta(days=n % 40 - 4),
        )
