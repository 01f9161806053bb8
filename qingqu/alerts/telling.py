"""Who is told of which warnings: whose turn it is, and who is above him when it gets late (S55, S63)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q

from qingqu.accounts.models import User
from qingqu.alerts import rules
from qingqu.alerts.models import Alert
from qingqu.alerts.turns import People, people_around
from qingqu.notifications.models import Message

ORDER = ("late", "due", "new", "risen")
"""As what a warning may concern somebody, what asks most of him first."""
KEY = "alerts:"
"""How the keys of the clock's messages about warnings begin: one of them a day reaches a person."""
DAILY = f"{KEY}daily"
"""The key of the day's line; the week's figures have their own and stand in its stead that day."""


@dataclass(frozen=True, slots=True)
class Told:
    """When the clock last told somebody of warnings, and when of each by itself: the week's figures name none."""

    on: date
    daily_at: datetime | None
    daily_on: date | None

    def knows(self, since: datetime | date) -> bool:
        """Whether he has heard of what has been so since then."""
        if self.daily_at is None or self.daily_on is None:
            return False
        return since <= (self.daily_at if isinstance(since, datetime) else self.daily_on)


@dataclass(slots=True)
class Line:
    """What one person is told today: how many are late, nearly due and new with him, and late with others.

    Each warning counts once, under what asks most of him.
    """

    person: User
    late: int = 0
    due: int = 0
    new: int = 0
    risen: int = 0

    @property
    def words(self) -> tuple[int, int, int, int]:
        return self.late, self.due, self.new, self.risen


def last_told(people: Iterable[int]) -> dict[int, Told]:
    """When the clock last told each of these of warnings; one statement."""
    rows = Message.objects.filter(key__startswith=KEY, person__in=people).order_by().values("person")
    daily = Q(key=DAILY)
    found = rows.annotate(
        day=Max("on"), daily_at=Max("created_at", filter=daily), daily_on=Max("on", filter=daily)
    ).values_list("person", "day", "daily_at", "daily_on")
    return {person: Told(day, daily_at, daily_on) for person, day, daily_at, daily_on in found}


def lines(alerts: Iterable[Alert], day: date) -> list[Line]:
    """What each person is told today: what has come up since he was told last. Nobody is told twice a day."""
    alerts = list(alerts)
    people = people_around(alerts, day)
    reasons = [(alert, *reason) for alert in alerts for reason in _reasons(alert, people, day)]
    told = last_told({person.pk for _alert, person, _what, _since in reasons})
    found: dict[int, Line] = {}
    most: dict[tuple[int, int], tuple[User, str]] = {}
    for alert, person, what, since in reasons:
        last = told.get(person.pk)
        if last and (last.on >= day or last.knows(since)):
            continue
        at = alert.pk, person.pk
        if at not in most or ORDER.index(what) < ORDER.index(most[at][1]):
            most[at] = person, what
    for person, what in most.values():
        line = found.setdefault(person.pk, Line(person))
        setattr(line, what, getattr(line, what) + 1)
    return list(found.values())


def _reasons(alert: Alert, people: People, day: date) -> Iterator[tuple[User, str, datetime | date]]:
    """Whom a warning concerns, as what, and since when."""
    since, turn = rules.reminder_since(alert.due_on, day), people.turn(alert)
    for person in turn:
        if alert.state == Alert.State.EXPLAINING:
            yield person, "new", alert.raised_at
        if since:
            yield person, "due", since
        elif day > alert.due_on:
            yield person, "late", rules.escalations(alert.state, alert.due_on, day)[0][1]
    for level, reached in rules.escalations(alert.state, alert.due_on, day):
        for person in people.at(alert, level):
            yield person, "late" if person in turn else "risen", reached
