"""What the pages of the organisation read: the tree, a unit's posts, the people, one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.organisation import rules
from qingqu.organisation.models import Appointment, BranchMembership, Duty, Post, Tier, Unit, schools_of
from qingqu.organisation.queries import duties_in_force


@dataclass(slots=True)
class Node:
    """A unit in the tree: how deep it lies, how many posts and people it has."""

    unit: Unit
    depth: int
    posts: int = 0
    people: int = 0


def tree(school: Unit, *, retired: bool = False) -> list[Node]:
    """All units of a school from the top, each with its counts, in four SQL statements."""
    units = Unit.objects.filter(school=school, is_active=not retired).select_related("responsible", "leader", "parent")
    posts = _counts(Post.objects.filter(unit__school=school, is_active=True), "unit_id")
    held = Appointment.objects.on(today()).filter(post__unit__school=school)
    people = _counts(held, "post__unit_id", distinct="person_id")
    members = _counts(BranchMembership.objects.filter(branch__school=school), "branch_id")
    found = [
        Node(unit, unit.path.count(".") - school.path.count("."), posts.get(unit.pk, 0), people.get(unit.pk, 0))
        for unit in units
    ]
    for node in found:
        if node.unit.kind == Unit.Kind.BRANCH:
            node.people = members.get(node.unit.pk, 0)
    return found if retired else _in_tree_order(found)


def _counts(rows: QuerySet[Any], by: str, distinct: str = "") -> dict[int, int]:
    counted = rows.order_by().values(by).annotate(n=Count(distinct or "pk", distinct=bool(distinct)))
    return {row[by]: row["n"] for row in counted}


def _in_tree_order(nodes: list[Node]) -> list[Node]:
    """Parents before their children, brothers in the school's own order."""
    below: dict[int | None, list[Node]] = {}
    ids = {node.unit.pk for node in nodes}
    for node in nodes:
        parent = node.unit.parent_id if node.unit.parent_id in ids else None
        below.setdefault(parent, []).append(node)
    ordered: list[Node] = []

    def walk(parent: int | None) -> None:
        for node in below.get(parent, []):
            ordered.append(node)
            walk(node.unit.pk)

    walk(None)
    return ordered


def posts_in(unit: Unit) -> list[Post]:
    """The posts of a unit in use, each with those who hold it today as `.holders`; two SQL statements."""
    held = Appointment.objects.on(today()).select_related("person").order_by("started_on", "id")
    posts = unit.posts.filter(is_active=True).prefetch_related(Prefetch("appointments", held, to_attr="holders"))
    return sorted(posts, key=lambda post: (TIERS.index(post.tier), post.pk))


TIERS: list[str] = [Tier.LEADER, Tier.MIDDLE, Tier.STAFF]


def people_of(school: Unit, *, text: str = "", unit: int | None = None, tier: str = "") -> QuerySet[User]:
    """The people who hold a post in `school` today, each with these as `.held`, found by name, number or post."""
    held = Appointment.objects.on(today()).filter(post__unit__school=school)
    matching = held
    if unit:
        matching = matching.filter(post__unit_id=unit)
    if tier:
        matching = matching.filter(post__tier=tier)
    if text:
        matching = matching.filter(
            Q(person__name__icontains=text) | Q(person__number__startswith=text) | Q(post__name__icontains=text)
        )
    people = User.objects.filter(pk__in=matching.values("person_id"), is_active=True)
    shown = held.select_related("post__unit").order_by("-is_main", "started_on", "id")
    return people.prefetch_related(Prefetch("appointments", shown, to_attr="held")).order_by("number", "id")


def people_visible_to(user: User) -> QuerySet[User]:
    """Everybody who holds or held a post or duty in a school of `user`."""
    schools = schools_of(user)
    posts = Appointment.objects.filter(post__unit__school__in=schools).values("person_id")
    duties = Duty.objects.filter(school__in=schools).values("person_id")
    return User.objects.filter(Q(pk__in=posts) | Q(pk__in=duties))


@dataclass(slots=True)
class PersonPage:
    """What the page of a person shows."""

    person: User
    appointments: list[Appointment]
    duties: list[Duty]
    branch: Unit | None
    answers_for: list[Unit]
    leads: list[Unit]

    @property
    def current(self) -> list[Appointment]:
        """What he holds today."""
        day = today()
        return [a for a in self.appointments if a.started_on <= day and (a.ended_on is None or a.ended_on > day)]


def person_page(person: User, school: Unit) -> PersonPage:
    """Posts with their dates, duties, branch, units; a fixed number of SQL statements."""
    appointments = person.appointments.filter(post__unit__school=school).select_related("post__unit")
    branch = Unit.objects.filter(school=school, members__person=person).first()
    units = list(Unit.objects.active().filter(Q(responsible=person) | Q(leader=person), school=school))
    return PersonPage(
        person=person,
        appointments=list(appointments.order_by(F("ended_on").desc(nulls_first=True), "-is_main", "-started_on")),
        duties=list(person.duties.filter(school=school).order_by(F("ended_on").desc(nulls_first=True), "started_on")),
        branch=branch,
        answers_for=[unit for unit in units if unit.responsible_id == person.pk],
        leads=[unit for unit in units if unit.leader_id == person.pk],
    )


def members_of(branch: Unit) -> QuerySet[User]:
    """The members of a party branch."""
    return User.objects.filter(branch_membership__branch=branch, is_active=True).order_by("number", "id")


def holders_ever(post: Post) -> QuerySet[Appointment]:
    """Who held or holds a post, newest first."""
    return post.appointments.select_related("person").order_by(F("ended_on").desc(nulls_first=True), "-started_on")


@dataclass(slots=True)
class Field:
    """A department or branch with those who may answer for it: its own people, and whoever does so now."""

    unit: Unit
    people: list[User]


@dataclass(slots=True)
class Division:
    """Who does what in a school: duties held and probable ones, its units, and who may lead them."""

    held: dict[str, list[User]]
    probable: list[tuple[User, str, Post]]
    fields: list[Field]
    leaders: list[User]


def division(school: Unit) -> Division:
    """Duties, units and people for the page that divides the work; five SQL statements."""
    held: dict[str, list[User]] = {}
    for duty in duties_in_force().filter(school=school).select_related("person").order_by("started_on", "id"):
        held.setdefault(duty.kind, []).append(duty.person)
    appointments = Appointment.objects.on(today()).filter(post__unit__school=school, person__is_active=True)
    rows = list(appointments.select_related("person", "post__unit").order_by("person__number", "id"))
    has = {(person.pk, kind) for kind, people in held.items() for person in people}
    probable = {
        (row.person_id, kind): (row.person, kind, row.post)
        for row in rows
        for kind in rules.duties_of_post(row.post.name)
        if (row.person_id, kind) not in has and not (kind in rules.SINGLE and kind in held)
    }
    leaders = {row.person_id: row.person for row in rows if row.post.tier == Tier.LEADER}
    leaders |= {person.pk: person for kind in ("secretary", "principal", "team") for person in held.get(kind, ())}
    members: dict[int, dict[int, User]] = {}
    for row in rows:
        members.setdefault(row.post.unit_id, {})[row.person_id] = row.person
    for membership in BranchMembership.objects.filter(branch__school=school).select_related("person"):
        members.setdefault(membership.branch_id, {})[membership.person_id] = membership.person
    fields = []
    units = Unit.objects.active().filter(school=school, kind__in=(Unit.Kind.DEPARTMENT, Unit.Kind.BRANCH))
    for unit in units.select_related("responsible", "leader").order_by("-kind", "order", "id"):
        people = members.get(unit.pk, {})
        if unit.responsible is not None:
            people.setdefault(unit.responsible.pk, unit.responsible)
        if unit.leader is not None:
            leaders.setdefault(unit.leader.pk, unit.leader)
        fields.append(Field(unit, list(people.values())))
    return Division(held, list(probable.values()), fields, list(leaders.values()))
