"""What a person has been told."""

from __future__ import annotations

from django.db.models import F, QuerySet

from qingqu.accounts.models import User
from qingqu.notifications.models import Message


def unread_count(user: User) -> int:
    """How many messages `user` has not read: one statement on an index."""
    return Message.objects.filter(person=user, read_at=None).count()


def messages_of(user: User) -> QuerySet[Message]:
    """All of `user`, unread ones first, newest first."""
    rows = Message.objects.filter(person=user).select_related("sender")
    return rows.order_by(F("read_at").desc(nulls_first=True), "-id")
