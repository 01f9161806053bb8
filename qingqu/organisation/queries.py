"""What other parts ask about people, posts and duties."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, QuerySet, Subquery

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.organisation.models import Appointment, Duty, Unit, held_by, schools_of


@dataclass(slots=True)
class Standing:
    """Who somebody is in his school today: asked once a request, in a fixed number of statements."""

    school: Unit | None = None
    duties: frozenset[str] = frozenset()
    heads: frozenset[int] = frozenset()
    """Ids of the units that he answers for (第一责任人)."""
    leads: frozenset[int] = frozenset()
    """Ids of the units in his field (分管)."""
    units: frozenset[int] = field(default_factory=frozenset)
    """Ids of the units in which he holds a post."""

    def has(self, *kinds: str) -> bool:
        """Whether he holds any of these duties."""
        return not self.duties.isdisjoint(kinds)

    @property
    def is_party_office(self) -> bool:
        return Duty.Kind.PARTY_OFFICE in self.duties

    @property
    def is_discipline(self) -> bool:
        return Duty.Kind.DISCIPLINE in self.duties

    @property
    def is_team(self) -> bool:
        """A member of the leadership team (班子)."""
        return self.has(Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL, Duty.Kind.TEAM)

    @property
    def is_top_leader(self) -> bool:
        """一把手: the secretary or the principal."""
        return self.has(Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL)


def standing(user: User | AnonymousUser) -> Standing:
    """Who `user` is today, kept on the user object for the request."""
    if not isinstance(user, User):
        return Standing()
    found: Standing | None = getattr(user, "_standing", None)
    if found is None:
        schools, held = schools_of(user), held_by(user)
        school = Unit.objects.filter(pk__in=schools).first() if schools else None
        here = None if school is None else school.pk
        found = Standing(
            school=school,
            duties=frozenset(kind for pk, kind in held.duties if pk == here),
            heads=frozenset(unit for pk, unit in held.heads if pk == here),
            leads=frozenset(unit for pk, unit in held.leads if pk == here),
            units=frozenset(unit for _, unit in held.posts),
        )
        user._standing = found  # type: ignore[attr-defined]
    return found


def duties_in_force() -> QuerySet[Duty]:
    """Duties held today."""
    day = today()
    return Duty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day)


def duty_schools(people: Iterable[User]) -> dict[int, set[int]]:
    """Person id → ids of the schools in which he holds a duty today; one SQL statement."""
    found: dict[int, set[int]] = {}
    held = duties_in_force().filter(person__in=[person.pk for person in people]).order_by()
    for person_id, school_id in held.values_list("person_id", "school_id"):
        found.setdefault(person_id, set()).add(school_id)
    return found


def holders(school: Unit, *kinds: str) -> QuerySet[User]:
    """The people who hold any of these duties in `school` today, each once."""
    held = duties_in_force().filter(school=school, kind__in=kinds).values("person_id")
    return User.objects.filter(pk__in=held, is_active=True).order_by("id")


def staff_of(school: Unit) -> QuerySet[User]:
    """Everybody who holds a post in `school` today, each once."""
    held = Appointment.objects.on(today()).filter(post__unit__school=school).values("person_id")
    return User.objects.filter(pk__in=held, is_active=True).order_by("id")


def by_department(school: Unit, first: Unit | None = None) -> list[tuple[str, list[tuple[int, str]]]]:
    """The people of `school`, each once with his post, by department; those of `first` first. One statement."""
    held = Appointment.objects.on(today()).filter(post__unit__school=school, person__is_active=True)
    held = held.select_related("person", "post__unit").order_by("post__unit__order", "post__unit", "post__tier", "id")
    seen: set[int] = set()
    groups: dict[int, tuple[str, list[tuple[int, str]]]] = {}
    for one in sorted(held, key=lambda one: (first is None or one.post.unit_id != first.pk, not one.is_main)):
        if one.person_id not in seen:
            seen.add(one.person_id)
            _name, people = groups.setdefault(one.post.unit_id, (one.post.unit.name, []))
            people.append((one.person_id, f"{one.person.name} · {one.post.name}"))
    return list(groups.values())


def works_under(person: User, superior: User) -> bool:
    """Whether `person` holds a post today in a unit that `superior` heads or leads.

    Members of the leadership team and of the discipline commission answer to the party committee, not to one another.
    """
    if duties_in_force().filter(person=person, kind__in=PEERS).exists():
        return False
    theirs = Unit.objects.active().filter(Q(responsible=superior) | Q(leader=superior))
    return Appointment.objects.on(today()).filter(person=person, post__unit__in=theirs).exists()


PEERS = (Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL, Duty.Kind.TEAM, Duty.Kind.DISCIPLINE)
"""Duties whose holders are nobody's subordinates when leaders' papers are reviewed (S20)."""


def appointments_started_since(day: date) -> QuerySet[Appointment]:
    """The appointments that began on `day` or later and are in force today, with post, unit and person."""
    found = Appointment.objects.on(today()).filter(started_on__gte=day, person__is_active=True)
    return found.select_related("post__unit__school", "person").order_by("started_on", "id")


def departments_of(school: Unit) -> QuerySet[Unit]:
    """The departments of a school that are in use, in the school's order."""
    return Unit.objects.active().filter(school=school, kind=Unit.Kind.DEPARTMENT)


def is_divided(school: Unit) -> bool:
    """Whether a school can review: somebody is the discipline commission and each department has its responsible."""
    if not duties_in_force().filter(school=school, kind=Duty.Kind.DISCIPLINE).exists():
        return False
    return not departments_of(school).filter(responsible=None).exists()


def branches_of(school: Unit) -> QuerySet[Unit]:
    """The party branches of a school that are in use (S17)."""
    return Unit.objects.active().filter(school=school, kind=Unit.Kind.BRANCH)


def people_ever_in(school: Unit) -> frozenset[int]:
    """The ids of everybody who holds or held a post or a duty in `school`."""
    posts = Appointment.objects.filter(post__unit__school=school).order_by()
    duties = Duty.objects.filter(school=school).order_by()
    return frozenset(posts.values_list("person_id", flat=True).union(duties.values_list("person_id", flat=True)))


def with_home(people: QuerySet[Any], school: Unit) -> QuerySet[Any]:
    """Each person with the unit and tier of his main post today as `home_unit` and `home_tier`: he counts there."""
    held = Appointment.objects.on(today()).filter(person=OuterRef("pk"), post__unit__school=school)
    main = held.order_by("-is_main", "started_on", "id")
    return people.annotate(
        home_unit=Subquery(main.values("post__unit_id")[:1]), home_tier=Subquery(main.values("post__tier")[:1])
    )
