"""An entry as the bytes that are hashed: canonical JSON (RFC 8785) of ids, times and commitments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import rfc8785

from qingqu.trace.merkle import leaf_hash
from qingqu.trace.models import Entry

VERSION = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def leaf_of(entry: Entry, origin: str) -> bytes:
    """The leaf of `entry` in the log of this origin. It says who, what, when and on what, in opaque ids only."""
    return rfc8785.dumps(
        {
            "v": VERSION,
            "log": origin,
            "ts": (entry.at - EPOCH) // timedelta(milliseconds=1),
            "actor": entry.actor,
            "role": entry.role,
            "on_behalf": entry.on_behalf,
            "act": entry.act,
            "obj": entry.obj,
            "req": entry.req,
            "ok": entry.ok,
            "before_c": entry.before_c,
            "after_c": entry.after_c,
            "reason_c": entry.reason_c,
            "prev_obj": entry.prev_obj,
        }
    )


def hash_of(entry: Entry, origin: str) -> bytes:
    """The leaf hash of `entry`."""
    return leaf_hash(leaf_of(entry, origin))
