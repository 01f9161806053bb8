"""What the clock does about reviews: reminders to whoever has to decide."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.queries import holders
from qingqu.reviews.models import Review

SAID = {
    1: gettext_lazy("有待您审核的事项明天到期，请办理"),
    0: gettext_lazy("有待您审核的事项今天到期，请办理"),
    -1: gettext_lazy("有待您审核的事项已逾期，请尽快办理"),
}
"""By how many days are left."""


def remind(day: date) -> int:
    """The day before a review is due, on its day and the day after: a line to whoever has to decide (S34).

    Returns how many were told; at most one reminder a day reaches a person.
    """
    told = 0
    for left, said in SAID.items():
        people = _deciding(day + timedelta(days=left))
        told += tell(people, said, reverse("reviews:list"), Message.Kind.REMINDER, key=f"review-due:{left}", on=day)
    return told


def _deciding(due_on: date) -> list[User]:
    """Who has to decide on what is due on this day."""
    waiting = Review.objects.filter(state=Review.State.WAITING, due_on=due_on).select_related("reviewer", "school")
    owners: dict[int, set[int]] = defaultdict(set)
    people: dict[int, User] = {}
    of_duty: dict[tuple[int, str], list[User]] = {}
    for review in waiting:
        deciding = [review.reviewer] if review.reviewer else None
        if deciding is None:
            key = (review.school_id, review.duty)
            if key not in of_duty:
                of_duty[key] = list(holders(review.school, review.duty))
            deciding = of_duty[key]
        for person in deciding:
            people[person.pk] = person
            owners[person.pk].add(review.owner_id)
    return [person for pk, person in people.items() if owners[pk] - {pk}]
