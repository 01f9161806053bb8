"""What the clock does about late reviews of forms: after some days one level up, as with late forms (S21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign
from qingqu.common.language import listed
from qingqu.declarations.models import Declaration
from qingqu.declarations.progress_tasks import NAMES_SHOWN, open_campaigns
from qingqu.declarations.review_queries import LABEL
from qingqu.declarations.rules import late
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Duty
from qingqu.organisation.queries import duties_in_force
from qingqu.reviews.models import Review
from qingqu.reviews.queries import reviewer_names

LATE = gettext_lazy("%(name)s逾期未审 %(count)s 件：%(titles)s")
TOP = (Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL, Duty.Kind.DISCIPLINE)


@dataclass(slots=True)
class Pile:
    """What lies with one reviewer and has reached one level."""

    name: str
    reviews: list[Review] = field(default_factory=list)

    @property
    def newest(self) -> date | None:
        """The latest due day in it: where it changes, something has come up since it was last told."""
        return max((review.due_on for review in self.reviews if review.due_on), default=None)


def escalate(day: date) -> int:
    """After every `escalate_days` days beyond its day a review goes one level up from its reviewer.

    Each level is told once of what has reached it, and again only when something further does; the clock may have stood
    still in between. Returns how many were told.
    """
    return sum(_escalate(campaign, day) for campaign in open_campaigns())


def _escalate(campaign: Campaign, day: date) -> int:
    waiting = _late(campaign, day)
    if not waiting:
        return 0
    held = _held(campaign)
    piles = _piles(campaign, waiting, held, day)
    people = User.objects.in_bulk({pk for told, _holder, _level in piles for pk in told})
    prefix = f"late-review:{campaign.pk}:"
    known = set(Message.objects.filter(key__startswith=prefix).values_list("key", flat=True).distinct())
    sent = 0
    for (told, holder, level), pile in piles.items():
        key = f"{prefix}{holder}:{level}:{pile.newest}"
        if key in known:
            continue
        words = {
            "name": pile.name,
            "count": len(pile.reviews),
            "titles": _titled(tuple(review.title for review in pile.reviews)),
        }
        readers = [people[pk] for pk in told]
        sent += tell(readers, LATE, pile.reviews[0].url, Message.Kind.NEWS, key=key, on=day, words=words)
    return sent


def _late(campaign: Campaign, day: date) -> list[Review]:
    forms = Declaration.objects.filter(campaign=campaign, state=Declaration.State.IN_REVIEW).values("pk")
    found = Review.objects.filter(subject_label=LABEL, subject_id__in=forms, state=Review.State.WAITING, due_on__lt=day)
    return list(found.select_related("reviewer", "owner", "unit", "school").order_by("due_on", "id"))


def _held(campaign: Campaign) -> dict[str, list[int]]:
    held: dict[str, list[int]] = defaultdict(list)
    rows = duties_in_force().filter(school=campaign.school, person__is_active=True).order_by("person_id")
    for person, kind in rows.values_list("person_id", "kind"):
        held[kind].append(person)
    return held


def _piles(
    campaign: Campaign, waiting: Iterable[Review], held: dict[str, list[int]], day: date
) -> dict[tuple[tuple[int, ...], str, int], Pile]:
    """What is late, by who is to be told, whose turn it is, and how far up it has gone."""
    waiting = list(waiting)
    names = reviewer_names(waiting)
    found: dict[tuple[tuple[int, ...], str, int], Pile] = {}
    for review in waiting:
        assert review.due_on is not None
        steps = late.steps_up(rules.days_late(review.due_on, day), campaign.escalate_days)
        if not steps:
            continue
        reviewers = [review.reviewer_id] if review.reviewer_id else held[review.duty]
        level = late.level_of(review.stage, steps)
        told = late.told_of(level, _line(review, held), {*reviewers, review.owner_id})
        if told:
            pile = found.setdefault((told, str(review.reviewer_id or review.duty), level), Pile(names[review.pk]))
            pile.reviews.append(review)
    return found


def _line(review: Review, held: dict[str, list[int]]) -> late.Line:
    unit = review.unit
    near = (unit.responsible_id, unit.leader_id) if unit else (None, None)
    return [*([pk] if pk else [] for pk in near), *(held[kind] for kind in TOP)]


def _titled_now(titles: tuple[str, ...]) -> str:
    """The first few of the late reviews, in the reader's language."""
    shown = listed(titles[:NAMES_SHOWN])
    return _("%(names)s等") % {"names": shown} if len(titles) > NAMES_SHOWN else shown


_titled = lazy(_titled_now, str)
