"""What the account pages read."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from qingqu.accounts import rules
from qingqu.accounts.models import ActivationCode, Token, User
from qingqu.common.clock import today


def sign_in_name(typed: str) -> str:
    """The sign-in name that belongs to a typed sign-in name, staff number or phone; what was typed where none does."""
    typed = typed.strip()
    if not typed:
        return typed
    users = User.objects.filter(Q(username=typed) | Q(number=typed) | Q(phone=typed))[:3]
    found = {user.username: user for user in users}
    return typed if typed in found or len(found) != 1 else next(iter(found))


def tokens_of(user: User) -> QuerySet[Token]:
    """A person's own API keys, newest first."""
    return user.tokens.order_by("-id")


def token_for(secret: str) -> Token | None:
    """The key that `secret` is, if it still opens and its owner is in office."""
    token = Token.objects.select_related("user").filter(digest=rules.digest(secret)).first()
    if token is None or not token.user.is_active:
        return None
    ended = token.revoked_at is not None
    return token if rules.is_usable(expires_on=token.expires_on, ended=ended, today=today()) else None


def code_for(username: str, typed: str) -> ActivationCode | None:
    """The activation code that was typed, if it is this person's and still good."""
    code = (
        ActivationCode.objects.select_related("user")
        .filter(digest=rules.digest(rules.plain_code(typed)), user__username=username, user__is_active=True)
        .first()
    )
    if code is None:
        return None
    return code if rules.is_usable(expires_on=code.expires_on, ended=code.used_at is not None, today=today()) else None


def newest_code() -> int:
    """The number of the newest activation code; numbers are never used twice."""
    return ActivationCode.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def minutes_locked(username: str, address: str) -> int:
    """For how many minutes more this sign-in name stays locked from this address; at least one."""
    tried = AccessAttempt.objects.filter(username=username, ip_address=address or None)
    last = tried.order_by("-attempt_time").first()
    span = get_cool_off() or timedelta(0)
    until = (last.attempt_time if last else timezone.now()) + span
    return max(1, -int((timezone.now() - until).total_seconds() // 60))


def sample_accounts() -> list[dict[str, Any]]:
    """The sign-in names of the sample school, from var/sample_accounts.json; never in production."""
    file = settings.VAR_DIR / "sample_accounts.json"
    if settings.PRODUCTION or not file.is_file():
        return []
    accounts = json.loads(file.read_text(encoding="utf-8"))
    return [a for a in accounts if {"role", "username", "password"} <= a.keys()]
