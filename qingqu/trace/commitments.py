"""Salted commitments: what the log holds instead of the thing itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import rfc8785

SALT_BYTES = 32


def new_salt() -> bytes:
    """A fresh salt. Never reused: with a known salt the possible values could be tried one after the other."""
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, value: Any) -> str:
    """HMAC-SHA256 of the canonical JSON of `value` (RFC 8785), as 64 hexadecimal digits."""
    return hmac.new(salt, rfc8785.dumps(value), hashlib.sha256).hexdigest()
