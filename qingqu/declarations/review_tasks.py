"""What the clock does about late reviews of forms: after some days one level up, as with late forms (S21)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign
from qingqu.common.language import listed
from qingqu.declarations.models import Declaration
from qingqu.declarations.progress_tasks import NAMES_SHOWN, counted, open_campaigns
from qingqu.declarations.review_queries import LABEL
from qingqu.declarations.rules import late
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.notifications.queries import last_told
from qingqu.organisation.models import Duty
from qingqu.organisation.queries import duties_in_force
from qingqu.reviews.models import FOLLOWERS, Review
from qingqu.reviews.queries import reviewer_names

LATE = gettext_lazy("%(name)s逾期未审 %(count)s 件：%(titles)s")
LATE_OF_MANY = gettext_lazy("逾期未审 %(count)s 件：%(names)s")
TOP = (Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL, Duty.Kind.DISCIPLINE)


@dataclass(slots=True)
class Pile:
    """What is late and has gone up to one person."""

    reviews: list[Review] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    """How far up each has gone."""

    def has_new(self, campaign: Campaign, last: date | None) -> bool:
        """Whether something has got here since the day on which he was told last."""
        reached = zip(self.reviews, self.levels, strict=True)
        return last is None or any(_level(campaign, review, last) != level for review, level in reached)


def escalate(day: date) -> int:
    """After every `escalate_days` days beyond its day a review goes one level up from its reviewer.

    Whoever stands there is told once of what has reached him, in one line, and again only when something further does;
    the clock may have stood still in between. Returns how many were told.
    """
    return sum(_escalate(campaign, day) for campaign in open_campaigns())


def _escalate(campaign: Campaign, day: date) -> int:
    waiting = _late(campaign, day)
    if not waiting:
        return 0
    held = _held(campaign)
    piles, names = _piles(campaign, waiting, held, day), reviewer_names(waiting)
    people, key = User.objects.in_bulk(piles.keys()), f"late-review:{campaign.pk}:"
    last = last_told(key, people)
    sent = 0
    for pk, pile in piles.items():
        if not pile.has_new(campaign, last.get(pk)):
            continue
        said, words = _said(pile, names)
        follows = any(pk in held[kind] for kind in FOLLOWERS) and len(pile.reviews) > 1
        url = f"{reverse('reviews:list')}?tab=all" if follows else pile.reviews[0].url
        sent += tell(people[pk], said, url, Message.Kind.REMINDER, key=f"{key}{pk}", on=day, words=words)
    return sent


def _said(pile: Pile, names: dict[int, str]) -> tuple[Promise, dict[str, object]]:
    """Of one reviewer the titles, of several how many lie with each."""
    lying = Counter(names[review.pk] for review in pile.reviews)
    count = len(pile.reviews)
    if len(lying) > 1:
        return LATE_OF_MANY, {"count": count, "names": counted(tuple(lying.items()))}
    (name,) = lying
    return LATE, {"name": name, "count": count, "titles": _titled(tuple(review.title for review in pile.reviews))}


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


def _piles(campaign: Campaign, waiting: Iterable[Review], held: dict[str, list[int]], day: date) -> dict[int, Pile]:
    """What is late, by who is to be told of it."""
    found: dict[int, Pile] = defaultdict(Pile)
    for review in waiting:
        if (level := _level(campaign, review, day)) is None:
            continue
        reviewers = [review.reviewer_id] if review.reviewer_id else held[review.duty]
        for person in late.told_of(level, _line(review, held), {*reviewers, review.owner_id}):
            found[person].reviews.append(review)
            found[person].levels.append(level)
    return found


def _level(campaign: Campaign, review: Review, day: date) -> int | None:
    """How far up a review has gone by `day`; None where it is not."""
    assert review.due_on is not None
    steps = late.steps_up(rules.days_late(review.due_on, day), campaign.escalate_days)
    return late.level_of(review.stage, steps) if steps else None


def _line(review: Review, held: dict[str, list[int]]) -> late.Line:
    unit = review.unit
    near = (unit.responsible_id, unit.leader_id) if unit else (None, None)
    return [*([pk] if pk else [] for pk in near), *(held[kind] for kind in TOP)]


def _titled_now(titles: tuple[str, ...]) -> str:
    """The first few of the late reviews, in the reader's language."""
    shown = listed(titles[:NAMES_SHOWN])
    return _("%(names)s等") % {"names": shown} if len(titles) > NAMES_SHOWN else shown


_titled = lazy(_titled_now, str)
