"""Who has handed in and who has not: always a query, so that a new teacher is in it the day he arrives (S9, S62, S63).

A personal form is due from everybody who holds a post, a unit's form from every department in use. It counts as handed
in while it is in review or approved; one that was returned is asked for again. Exemptions with a reason are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign, Exemption, Urge
from qingqu.common.clock import today
from qingqu.declarations.models import YEARS_FORM, Declaration
from qingqu.organisation.models import Appointment, Post, Tier, Unit
from qingqu.organisation.queries import branches_of, departments_of, staff_of, with_home

HANDED_IN = (Declaration.State.IN_REVIEW, Declaration.State.APPROVED)


def _forms(campaign: Campaign, kind: str) -> QuerySet[Declaration]:
    return Declaration.objects.filter(YEARS_FORM, campaign=campaign, kind=kind)


def _excused(campaign: Campaign, field_name: str) -> Exists:
    named = {field_name: OuterRef("pk")}
    return Exists(Exemption.objects.filter(campaign=campaign, revoked_at=None, **named))


def people_due(campaign: Campaign) -> QuerySet[Any]:
    """Everybody from whom a personal form is due, each with `handed` and `excused`."""
    forms = _forms(campaign, Declaration.Kind.PERSONAL).filter(person=OuterRef("pk"))
    return staff_of(campaign.school).annotate(
        handed=Exists(forms.filter(state__in=HANDED_IN)), excused=_excused(campaign, "person")
    )


def who_has_not_handed_in(campaign: Campaign) -> QuerySet[User]:
    """The people whose personal form is still missing: neither handed in nor exempt."""
    return people_due(campaign).filter(handed=False, excused=False)


def units_due(campaign: Campaign) -> QuerySet[Any]:
    """Every department from which a form is due, each with `handed`, `excused` and `form_state`."""
    forms = _forms(campaign, Declaration.Kind.UNIT).filter(unit=OuterRef("pk"))
    return departments_of(campaign.school).annotate(
        handed=Exists(forms.filter(state__in=HANDED_IN)),
        excused=_excused(campaign, "unit"),
        form_state=Subquery(forms.order_by("-id").values("state")[:1]),
    )


def units_that_have_not_handed_in(campaign: Campaign) -> QuerySet[Unit]:
    """The departments whose form is still missing; their responsible person fills it in (S18)."""
    return units_due(campaign).filter(handed=False, excused=False).select_related("responsible", "leader")


@dataclass(slots=True)
class Tally:
    """How many are due, how many have handed in, how many are exempt."""

    total: int = 0
    handed: int = 0
    excused: int = 0
    """Exempt and not handed in."""
    urged: int = 0
    """Of the missing, how many have been urged today."""

    @property
    def missing(self) -> int:
        """Neither handed in nor exempt."""
        return self.total - self.handed - self.excused

    @property
    def settled(self) -> int:
        """Handed in or exempt: what the ring shows."""
        return self.handed + self.excused

    def add(self, total: int, handed: int, excused: int, urged: int = 0) -> None:
        """Put another group to it."""
        self.total += total
        self.handed += handed
        self.excused += excused
        self.urged += urged


@dataclass(slots=True)
class Row:
    """A department, branch or post tier with its tally."""

    name: str
    tally: Tally = field(default_factory=Tally)
    unit: Any = None

    @property
    def form_missing(self) -> bool:
        """Whether the department's own form is missing."""
        return self.unit is not None and not self.unit.handed and not self.unit.excused

    @property
    def can_urge(self) -> bool:
        """Whether anybody is left whom nobody has urged today."""
        head = self.form_missing and self.unit.responsible_id and not self.unit.head_urged
        return self.tally.missing > self.tally.urged or bool(head)

    @property
    def is_complete(self) -> bool:
        return not self.tally.missing and not self.form_missing


@dataclass(slots=True)
class Progress:
    """The rings and the three tables of the progress page."""

    campaign: Campaign
    people: Tally
    units: Tally
    posts: Tally
    departments: list[Row]
    branches: list[Row]
    tiers: list[Row]

    @property
    def others(self) -> list[tuple[str, list[Row]]]:
        """The two smaller tables with their titles."""
        return [(_("岗位类别"), self.tiers), (_("党支部"), self.branches)]

    @property
    def can_urge(self) -> bool:
        """Whether anybody is left whom nobody has urged today."""
        return any(row.can_urge for row in self.departments) or self.people.missing > self.people.urged


def progress(campaign: Campaign, only: Iterable[int] | None = None) -> Progress:
    """Count the whole school, or the departments in `only`; six SQL statements whatever its size."""
    scope = None if only is None else set(only)
    people, by_unit, by_branch, by_tier = Tally(), _tallies(), _tallies(), _tallies()
    for row in _grouped(campaign, scope):
        counts = (row["n"], row["handed_n"], row["excused_n"], row["urged_n"])
        people.add(*counts)
        by_unit.setdefault(row["home_unit"], Tally()).add(*counts)
        by_tier.setdefault(row["home_tier"], Tally()).add(*counts)
        by_branch.setdefault(row["branch_membership__branch"], Tally()).add(*counts)
    head_urged = Exists(_urged_today(campaign).filter(person=OuterRef("responsible")))
    found = units_due(campaign).select_related("responsible").annotate(head_urged=head_urged)
    units = [unit for unit in found if scope is None or unit.pk in scope]
    return Progress(
        campaign=campaign,
        people=people,
        units=_tally_of(units),
        posts=_posts(campaign, scope),
        departments=[Row(str(unit), by_unit.get(unit.pk, Tally()), unit) for unit in units],
        branches=[
            Row(str(branch), by_branch[branch.pk], branch)
            for branch in branches_of(campaign.school)
            if branch.pk in by_branch
        ],
        tiers=[Row(str(tier.label), by_tier[tier]) for tier in Tier if tier in by_tier],
    )


def _urged_today(campaign: Campaign) -> QuerySet[Urge]:
    return Urge.objects.filter(campaign=campaign, on=today())


def _tallies() -> dict[Any, Tally]:
    return {}


def _grouped(campaign: Campaign, scope: set[int] | None) -> QuerySet[Any]:
    """One row for each department × tier × branch that occurs, counted by the database."""
    people = with_home(people_due(campaign), campaign.school).order_by()
    if scope is not None:
        people = people.filter(home_unit__in=scope)
    people = people.annotate(urged=Exists(_urged_today(campaign).filter(person=OuterRef("pk"))))
    return people.values("home_unit", "home_tier", "branch_membership__branch").annotate(
        n=Count("pk"),
        handed_n=Count("pk", filter=Q(handed=True)),
        excused_n=Count("pk", filter=Q(handed=False, excused=True)),
        urged_n=Count("pk", filter=Q(handed=False, excused=False, urged=True)),
    )


def _tally_of(units: list[Any]) -> Tally:
    return Tally(
        total=len(units),
        handed=sum(unit.handed for unit in units),
        excused=sum(unit.excused and not unit.handed for unit in units),
    )


def _posts(campaign: Campaign, scope: set[int] | None) -> Tally:
    """Posts that somebody holds today; covered where a holder has handed in, excused where one is exempt."""
    held = Appointment.objects.on(today()).filter(post=OuterRef("pk"), person__is_active=True)
    forms = _forms(campaign, Declaration.Kind.PERSONAL).filter(state__in=HANDED_IN).values("person_id")
    free = Exemption.objects.filter(campaign=campaign, revoked_at=None).exclude(person=None).values("person_id")
    posts = Post.objects.filter(unit__school=campaign.school).filter(Exists(held))
    if scope is not None:
        posts = posts.filter(unit_id__in=scope)
    posts = posts.annotate(
        covered=Exists(held.filter(person_id__in=forms)), free=Exists(held.filter(person_id__in=free))
    ).order_by()
    counted = posts.aggregate(
        n=Count("pk"),
        handed_n=Count("pk", filter=Q(covered=True)),
        excused_n=Count("pk", filter=Q(covered=False, free=True)),
    )
    return Tally(counted["n"], counted["handed_n"], counted["excused_n"])


def missing_people(campaign: Campaign, only: Iterable[int] | None = None) -> QuerySet[Any]:
    """Who has not handed in, with department, how far his form is, since when he is here, whether urged today."""
    forms = _forms(campaign, Declaration.Kind.PERSONAL).filter(person=OuterRef("pk")).order_by("-id")
    arrived = (
        Appointment.objects.filter(person=OuterRef("pk"), post__unit__school=campaign.school)
        .order_by()
        .values("person")
        .annotate(first=Min("started_on"))
        .values("first")
    )
    people = with_home(who_has_not_handed_in(campaign), campaign.school).annotate(
        form_state=Subquery(forms.values("state")[:1]),
        first_day=Subquery(arrived[:1]),
        urged_today=Exists(_urged_today(campaign).filter(person=OuterRef("pk"))),
    )
    if only is not None:
        people = people.filter(home_unit__in=list(only))
    home = Unit.objects.filter(pk=OuterRef("home_unit"))
    return people.annotate(
        home_name=Subquery(home.values("name")[:1]),
        home_order=Subquery(home.values("order")[:1]),
        heads_home=Exists(home.filter(responsible=OuterRef("pk"))),
    )


def in_order(people: QuerySet[Any]) -> QuerySet[Any]:
    """By department in the school's order, then by staff number."""
    return people.order_by(F("home_order").asc(nulls_last=True), "home_unit", "number", "id")


def lateness(campaign: Campaign, person: Any, day: date) -> int:
    """By how many days this person's form is late; what was returned for mending is asked for again but not late."""
    if person.form_state == Declaration.State.RETURNED:
        return 0
    return rules.days_late(campaign.due_on, day, person.first_day)


def reached(campaign: Campaign, late: int, *, is_own_head: bool) -> int:
    """How far up the line something that is `late` days late has gone; a head's own goes to his leader at once."""
    level = rules.escalated_to(late, campaign.escalate_days)
    return min(rules.SECRETARY, level + is_own_head) if level else 0


@dataclass(frozen=True, slots=True)
class Missing:
    """A line of the late list."""

    person: User
    unit: str
    form_state: str
    late: int
    level: int
    urged_today: bool


def as_missing(campaign: Campaign, people: Iterable[Any], day: date) -> list[Missing]:
    """Lines of the late list for rows of `missing_people`."""
    lines = []
    for person in people:
        late = lateness(campaign, person, day)
        level = reached(campaign, late, is_own_head=person.heads_home)
        lines.append(
            Missing(person, person.home_name or "", person.form_state or "", late, level, bool(person.urged_today))
        )
    return lines


def exemptions(campaign: Campaign, only: Iterable[int] | None = None) -> QuerySet[Exemption]:
    """The exemptions in force, for the whole school or for departments."""
    found = campaign.exemptions.filter(revoked_at=None).select_related("person", "unit", "by").order_by("id")
    if only is None:
        return found
    there = Appointment.objects.on(today()).filter(post__unit__in=list(only)).values("person_id")
    return found.filter(Q(unit_id__in=list(only)) | Q(person_id__in=there))
