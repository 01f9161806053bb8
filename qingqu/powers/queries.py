"""What the pages of the power list read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qingqu.accounts.models import User
from qingqu.organisation.models import Post, Unit, schools_of
from qingqu.powers import rules
from qingqu.powers.drawing import Drawing, LaneStep, lay_out
from qingqu.powers.models import Basis, Holder, Power, Regulation, Step


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader filters the list by; empty means all."""

    text: str = ""
    unit: int | None = None
    domain: str = ""
    kind: str = ""
    three_major: str = ""
    state: str = Power.State.IN_FORCE
    unsure: bool = False
    """Only powers with a document whose number is still to be checked."""
    key: bool = False


def powers(user: User, asked: Asked | None = None) -> QuerySet[Power]:
    """The powers that `user` may see, filtered, with unit, number of steps and documents still to be checked."""
    asked = asked or Asked()
    found = Power.objects.visible_to(user).select_related("unit")
    simple = {
        "unit_id": asked.unit,
        "domain": asked.domain,
        "kind": asked.kind,
        "three_major": asked.three_major,
        "state": asked.state,
    }
    found = found.filter(**{name: value for name, value in simple.items() if value})
    if asked.key:
        found = found.filter(is_key=True)
    if asked.unsure:
        found = found.filter(pk__in=Basis.objects.filter(needs_check=True).values("power_id"))
    for word in asked.text.split():
        found = found.filter(_contains(word))
    return found.annotate(step_count=_count_of(Step), unsure_count=_count_of(Basis, needs_check=True))


def _contains(word: str) -> Q:
    """Found in any words of a power, its steps and holders too; two Chinese characters are enough."""
    own = Q(name__icontains=word) | Q(code__iexact=word) | Q(content__icontains=word) | Q(domain__icontains=word)
    steps = Step.objects.filter(name__icontains=word).values("power_id")
    holders = Holder.objects.filter(name__icontains=word).values("power_id")
    return own | Q(pk__in=steps) | Q(pk__in=holders)


def _count_of(model: type[Step] | type[Basis], **only: bool) -> Subquery:
    rows = model._default_manager.filter(power=OuterRef("pk"), **only).order_by().values("power")
    return Subquery(rows.annotate(n=Count("pk")).values("n"))


def domains(user: User) -> list[str]:
    """The domains that occur in the list, for its filter."""
    names = Power.objects.visible_to(user).exclude(domain="").order_by("domain").values_list("domain", flat=True)
    return list(names.distinct())


def units_with_powers(user: User) -> QuerySet[Unit]:
    """The departments that have powers, for the list's filter."""
    return Unit.objects.filter(pk__in=Power.objects.visible_to(user).values("unit_id"))


def states(user: User) -> dict[str, int]:
    """How many powers are in force, drafted, retired."""
    counted = Power.objects.visible_to(user).order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in counted}


@dataclass(frozen=True, slots=True)
class PowerPage:
    """A power whole, as its page shows it."""

    power: Power
    bases: list[Basis]
    steps: list[Step]
    holders: list[Holder]
    drawing: Drawing
    missing: list[str]
    days: int
    public_steps: int
    forbidden: list[str] = field(default_factory=list)


def power_page(power: Power) -> PowerPage:
    """Read a power whole: three statements."""
    bases = list(power.bases.select_related("checked_by", "regulation"))
    steps = list(power.steps.select_related("post"))
    holders = list(power.holders.select_related("post__unit"))
    return PowerPage(
        power=power,
        bases=bases,
        steps=steps,
        holders=holders,
        drawing=drawing_of(steps),
        missing=rules.missing_blocks(
            content=power.content,
            bases=len(bases),
            steps=len(steps),
            holders=len(holders),
            decider=power.decider,
            supervisor=power.supervisor,
        ),
        days=rules.total_days(step.days for step in steps),
        public_steps=sum(step.is_public for step in steps),
        forbidden=[line.strip() for line in power.forbidden.splitlines() if line.strip()],
    )


def drawing_of(steps: Sequence[Step], marks: Mapping[int, tuple[int, str]] | None = None) -> Drawing:
    """The swim-lane picture of these steps; an upper app may give a step's gravest level and letter by its id."""
    marks = marks or {}
    lanes = []
    for step in steps:
        level, letter = marks.get(step.pk, (None, ""))
        lanes.append(
            LaneStep(
                number=step.order,
                name=step.name,
                actor=step.actor,
                note=days_note(step.days),
                is_public=step.is_public,
                is_key=step.is_key,
                mark=level,
                letter=letter,
                output=step.output,
            )
        )
    return lay_out(lanes, nobody=_("未定"))


def days_note(days: int | None) -> str:
    """«10 个工作日»."""
    if days is None:
        return _("未定时限")
    return ngettext("%(days)s 个工作日", "%(days)s 个工作日", days) % {"days": days}


def posts_of(school_id: int | None) -> QuerySet[Post]:
    """The posts of a school from which holders and actors are chosen."""
    return Post.objects.filter(unit__school_id=school_id, is_active=True).select_related("unit").order_by("unit__order")


def regulations(user: User, *, text: str = "", overdue_on: date | None = None) -> QuerySet[Regulation]:
    """The regulations of the user's school; with `overdue_on` only those whose review was due before that day."""
    found = Regulation.objects.filter(school_id__in=schools_of(user)).select_related("unit")
    for word in text.split():
        found = found.filter(Q(name__icontains=word) | Q(number__icontains=word))
    if overdue_on is not None:
        found = overdue(found, overdue_on)
    return found.order_by("review_on", "name", "pk")


def overdue(found: QuerySet[Regulation], day: date) -> QuerySet[Regulation]:
    """Those whose review was due before `day` and which are still in use (S6)."""
    return found.filter(review_on__lt=day).exclude(state=Regulation.State.REPEALED)
