"""What a person has been told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Count, F, Max, Q, QuerySet

from qingqu.accounts.models import User
from qingqu.notifications.models import Message

BUNDLED = Q(kind__in=Message.BUNDLED)


def unread_count(user: User) -> int:
    """How many messages `user` has not read, the reminders of a day as one: one statement on an index."""
    unread = Message.objects.filter(person=user, read_at=None).order_by()
    counted = unread.aggregate(single=Count("pk", filter=~BUNDLED), days=Count("on", filter=BUNDLED, distinct=True))
    return int(counted["single"] + counted["days"])


def messages_of(user: User) -> QuerySet[Message]:
    """All of `user`, unread ones first, newest first; of the reminders of a day the last, which stands for them all."""
    rows = Message.objects.filter(person=user).select_related("sender")
    last = Message.objects.filter(BUNDLED, person=user).order_by().values("on").annotate(last=Max("pk")).values("last")
    return rows.filter(~BUNDLED | Q(pk__in=last)).order_by(F("read_at").desc(nulls_first=True), "-id")


def together(message: Message) -> QuerySet[Message]:
    """What stands in the same message: the reminders of its day, or itself alone."""
    if not message.is_bundled:
        return Message.objects.filter(pk=message.pk)
    return Message.objects.filter(BUNDLED, person=message.person_id, on=message.on)


def lines_of(user: User, messages: Iterable[Message]) -> list[tuple[Message, list[Message]]]:
    """Each of `messages` with the lines that it consists of, in the order in which they came; one statement."""
    messages = list(messages)
    days = {message.on for message in messages if message.is_bundled}
    found: dict[date, list[Message]] = defaultdict(list)
    for line in Message.objects.filter(BUNDLED, person=user, on__in=days).select_related("sender").order_by("id"):
        found[line.on].append(line)
    return [(message, found[message.on] if message.is_bundled else [message]) for message in messages]


def last_told(prefix: str, people: Iterable[int]) -> dict[int, date]:
    """The day on which each of these was last sent a message whose key begins so; one statement."""
    rows = Message.objects.filter(key__startswith=prefix, person__in=people).order_by().values("person")
    return dict(rows.annotate(last=Max("on")).values_list("person", "last"))
