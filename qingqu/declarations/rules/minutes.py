"""The burden meter (G12): how long a form was really being filled in."""

from __future__ import annotations

from datetime import timedelta

LONGEST_GAP = timedelta(minutes=5)
MOST = 600
"""No form counts more than ten hours."""


def busy_seconds(so_far: int, gap: timedelta | None) -> int:
    """Seconds of work after a save that came `gap` after the one before; longer gaps were spent elsewhere."""
    if gap is None or gap > LONGEST_GAP or gap < timedelta(0):
        return so_far
    return min(so_far + int(gap.total_seconds()), MOST * 60)


def minutes(seconds: int) -> int:
    """Whole minutes, rounded up: what was begun counts."""
    return -(-seconds // 60)
