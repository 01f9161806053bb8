"""What may become of a warning, by when, and who may not: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Collection

WORKING_DAYS = {"red": 5, "orange": 10, "yellow": 15}
"""To dispose of a warning, by its colour (领域说明 §4)."""
GRAVITY = {"yellow": 1, "orange": 2, "red": 3}
OPEN = ("explaining", "confirming", "closing")
NEXT = {"explaining": "confirming", "confirming": "closing", "closing": "closed"}
NEEDS_TEXT = 4
"""Fewer signs explain nothing."""


def is_graver(one: str, other: str) -> bool:
    """Whether colour `one` is graver than `other`."""
    return GRAVITY[one] > GRAVITY[other]


def stays_quiet(rows: Collection[int], colour: str, closed_rows: Collection[int], closed_colour: str) -> bool:
    """Whether what is found now is only what was closed before: no new record and no graver colour."""
    return set(rows) <= set(closed_rows) and not is_graver(colour, closed_colour)


def precision(dispelled: int, judged: int) -> float | None:
    """The share of closed warnings that were right to be raised; clerical errors count as right: something was wrong.

    None while none has been closed.
    """
    return None if not judged else (judged - dispelled) / judged
