"""Codes, keys and times of signing in: plain values in, plain values out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Nothing that can be misread on a printed slip: no 0 O 1 I L."""
CODE_LENGTH = 12
CODE_VALID_DAYS = 30
TOKEN_PREFIX = "qq_"
TOKEN_VALID_DAYS = (30, 90, 180, 365)
IDLE_SECONDS = 30 * 60


def new_code() -> str:
    """A fresh activation code in three groups: «7K2M-QX4D-9RPT»."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return "-".join(letters[n : n + 4] for n in range(0, CODE_LENGTH, 4))


def plain_code(typed: str) -> str:
    """What somebody typed off a slip, without its dashes, blanks and small letters."""
    return "".join(letter for letter in typed.upper() if letter in CODE_LETTERS)


def new_token() -> str:
    """A fresh key to the API, 256 bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What we keep of a key: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_usable(*, expires_on: date | None, ended: bool, today: date) -> bool:
    """Whether a code or key still opens: not used or revoked, and its last day not past."""
    return not ended and (expires_on is None or expires_on >= today)


def last_day(today: date, days: int) -> date:
    """The last day on which something made today is good for `days` days."""
    return today + timedelta(days=days)


def has_idled(seen: float, now: float) -> bool:
    """Whether more than half an hour went by since the last request (both in seconds)."""
    return now - seen > IDLE_SECONDS
