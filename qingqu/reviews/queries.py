"""What pages read of reviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from qingqu.accounts.models import User
from qingqu.common.language import listed
from qingqu.common.text import number_in
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import holders, standing
from qingqu.reviews.models import Review

RELATED = ("owner", "reviewer", "decided_by", "unit")


def waiting_for(user: User) -> QuerySet[Review]:
    """What `user` may decide now, the earliest due first."""
    return Review.objects.waiting_for(user).select_related(*RELATED).order_by("due_on", "id")


def decided_by(user: User) -> QuerySet[Review]:
    """What `user` has decided, newest first."""
    return Review.objects.decided_by(user).select_related(*RELATED).order_by("-decided_at", "-id")


def under_way(user: User) -> QuerySet[Review]:
    """Every paper of the school that waits somewhere, for those who follow the work."""
    waiting = Review.objects.visible_to(user).filter(state=Review.State.WAITING)
    return waiting.select_related(*RELATED).order_by("due_on", "id")


def for_subject(label: str, pk: int) -> QuerySet[Review]:
    """All turns of a paper in their order, those of earlier rounds too."""
    return Review.objects.of(label, pk).select_related(*RELATED)


def now_with(rows: Iterable[Review]) -> list[Review]:
    """Of the turns of a paper those that wait now: who holds it, since when, until when."""
    return [row for row in rows if row.state == Review.State.WAITING]


def reviewer_names(reviews: Sequence[Review]) -> dict[int, str]:
    """Who reviews: the named person, or the holders of the duty. One statement per duty in the list."""
    found: dict[int, str] = {}
    by_duty: dict[tuple[int, str], str] = {}
    for review in reviews:
        if review.reviewer:
            found[review.pk] = review.reviewer.name
            continue
        key = (review.school_id, review.duty)
        if key not in by_duty:
            by_duty[key] = listed(person.name for person in holders(review.school, review.duty))
        found[review.pk] = by_duty[key] or str(review.get_duty_display())
    return found


def next_waiting(user: User, *, after: Review) -> Review | None:
    """The next paper that waits for `user`, once he has decided `after`."""
    return waiting_for(user).exclude(pk=after.pk).first()


def narrowed(reviews: QuerySet[Review], unit: str, kind: str) -> QuerySet[Review]:
    """`reviews` of one department and one sort of paper, where these are chosen."""
    number = number_in(unit)
    if number is not None:
        reviews = reviews.filter(unit_id=number)
    return reviews.filter(kind=kind) if kind else reviews


def units_of(user: User) -> QuerySet[Unit]:
    """The departments of the school, for the filter."""
    school = standing(user).school
    return Unit.objects.active().filter(school=school, kind__in=[Unit.Kind.DEPARTMENT, Unit.Kind.BRANCH])
