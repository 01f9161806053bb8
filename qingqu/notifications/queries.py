"""What a person has been told. The lines of a day are one message: nobody gets more than one a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from qingqu.accounts.models import User
from qingqu.notifications.models import Message


@dataclass(frozen=True, slots=True)
class Day:
    """The message of a day, with its lines in the order in which they came."""

    on: date
    unread: int
    lines: list[Message]


def unread_count(user: User) -> int:
    """In how many messages there is something that `user` has not read: one statement on an index."""
    return Message.objects.filter(person=user, read_at=None).order_by().values("on").distinct().count()


def days_of(user: User) -> QuerySet[Message, Any]:
    """The days on which `user` was told something, and how many lines he has not read; the newest first."""
    rows = Message.objects.filter(person=user).order_by().values("on")
    return rows.annotate(unread=Count("pk", filter=Q(read_at=None))).order_by("-on")


def with_lines(user: User, days: Iterable[dict[str, Any]]) -> list[Day]:
    """Each of these days with its lines; one statement."""
    days = list(days)
    found: dict[date, list[Message]] = defaultdict(list)
    rows = Message.objects.filter(person=user, on__in=[day["on"] for day in days])
    for line in rows.select_related("sender").order_by("id"):
        found[line.on].append(line)
    return [Day(day["on"], day["unread"], found[day["on"]]) for day in days]


def last_told(prefix: str, people: Iterable[int]) -> dict[int, date]:
    """The day on which each of these was last sent a line whose key begins so; one statement."""
    rows = Message.objects.filter(key__startswith=prefix, person__in=people).order_by().values("person")
    return dict(rows.annotate(last=Max("on")).values_list("person", "last"))
