"""The secret address of a person's calendar: shown once, kept as a digest, taken back at any time."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import CalendarFeed
from qingqu.common.errors import NotPossible
from qingqu.trace.actions import record


def digest_of(secret: str) -> str:
    """What we keep of the address."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_feed(user: User) -> str:
    """Make oneself a calendar address and return its secret part this once; an earlier address stops working."""
    secret = secrets.token_urlsafe(24)
    feed, _new = CalendarFeed.objects.update_or_create(person=user, defaults={"digest": digest_of(secret)})
    record("campaigns.feed_made", feed, by=user)
    return secret


@transaction.atomic
def revoke_feed(user: User) -> None:
    """Stop one's calendar address."""
    feed = CalendarFeed.objects.filter(person=user).first()
    if feed is None:
        raise NotPossible(_("您没有日历订阅地址"))
    record("campaigns.feed.deleted", feed, by=user)
    feed.delete()
