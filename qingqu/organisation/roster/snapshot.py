"""What the school has now, as an import compares with it: everything in a fixed number of SQL statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.db.models import Q

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.organisation.models import Appointment, BranchMembership, Post, Unit
from qingqu.organisation.queries import duties_in_force, people_ever_in


@dataclass(slots=True)
class Snapshot:
    """Units by name, posts by unit and name, people by number and name, and what they hold or are about to hold."""

    school: Unit
    units: dict[str, Unit] = field(default_factory=dict)
    branches: dict[str, Unit] = field(default_factory=dict)
    posts: dict[tuple[int, str], Post] = field(default_factory=dict)
    people: dict[int, User] = field(default_factory=dict)
    by_number: dict[str, User] = field(default_factory=dict)
    by_name: dict[str, list[User]] = field(default_factory=lambda: defaultdict(list))
    held: dict[int, list[Appointment]] = field(default_factory=lambda: defaultdict(list))
    branch_of: dict[int, BranchMembership] = field(default_factory=dict)
    duties: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def in_unit(self, name: str, unit: Unit | None) -> list[User]:
        """The people of this name who hold a post in the unit today."""
        if unit is None:
            return []
        return [u for u in self.by_name.get(name, ()) if any(a.post.unit_id == unit.pk for a in self.held[u.pk])]

    def holds(self, person: User, unit: Unit, post: str) -> bool:
        """Whether a person holds the post of this name in the unit today."""
        return any(a.post.unit_id == unit.pk and a.post.name == post for a in self.held[person.pk])


def take_snapshot(school: Unit) -> Snapshot:
    """Read the school as it is today."""
    found = Snapshot(school)
    _units(found)
    for post in Post.objects.filter(unit__school=school).select_related("unit"):
        found.posts[(post.unit_id, post.name)] = post
    ids = people_ever_in(school)
    people = User.objects.filter(pk__in=ids) if len(ids) < 30_000 else User.objects.all()
    for person in people.order_by("pk"):
        if person.pk in ids:
            found.people[person.pk] = person
            found.by_name[person.name].append(person)
            if person.number:
                found.by_number[person.number] = person
    still = Q(ended_on=None) | Q(ended_on__gt=today())
    appointments = Appointment.objects.filter(still, post__unit__school=school)
    for appointment in appointments.select_related("post__unit").order_by("-is_main", "started_on", "pk"):
        found.held[appointment.person_id].append(appointment)
    for membership in BranchMembership.objects.filter(branch__school=school).select_related("branch"):
        found.branch_of[membership.person_id] = membership
    for person_id, kind in duties_in_force().filter(school=school).values_list("person_id", "kind"):
        found.duties[person_id].add(kind)
    return found


def _units(found: Snapshot) -> None:
    units = list(Unit.objects.filter(school=found.school).select_related("parent", "responsible", "leader"))
    many = Counter(unit.name for unit in units)
    for unit in sorted(units, key=lambda unit: not unit.is_active):
        if unit.kind == Unit.Kind.BRANCH:
            found.branches.setdefault(unit.name, unit)
            continue
        if many[unit.name] > 1:
            found.units.setdefault(qualified(unit), unit)
        found.units.setdefault(unit.name, unit)
    for unit in units:
        if unit.short_name:
            (found.branches if unit.kind == Unit.Kind.BRANCH else found.units).setdefault(unit.short_name, unit)


def qualified(unit: Unit) -> str:
    """A unit's name with its parent's, for names that occur twice: 教务处/办公室."""
    return f"{unit.parent.name}/{unit.name}" if unit.parent else unit.name


def written_names(units: list[Unit]) -> dict[int, str]:
    """How an export writes each unit, so that an import finds the same one."""
    many = Counter(unit.name for unit in units if unit.kind != Unit.Kind.BRANCH)
    return {unit.pk: qualified(unit) if many[unit.name] > 1 else unit.name for unit in units}
