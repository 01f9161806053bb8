"""What may become of a warning, by when, and who may not: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

WORKING_DAYS = {"red": 5, "orange": 10, "yellow": 15}
"""To dispose of a warning, by its colour."""
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


AGES = (5, 10, 15)
"""Where the ages of open warnings are cut, in days: the terms of the three colours."""
DAYS_AHEAD = 3
"""So many days before its day is over somebody is reminded of a warning; and once more on the day."""
STEP_DAYS = 3
"""After so many days it goes a further step up."""


def reminder_since(due_on: date, day: date) -> date | None:
    """Since when, up to `day`, a warning due on `due_on` has been worth a reminder; None before or after that."""
    if not due_on - timedelta(days=DAYS_AHEAD) <= day <= due_on:
        return None
    return due_on if day == due_on else due_on - timedelta(days=DAYS_AHEAD)


def escalations(state: str, due_on: date, day: date) -> list[tuple[int, date]]:
    """To whom a late warning has gone by `day`, and when: 0 head, 1 leader in charge, 2 secretary.

    It starts one above whoever's turn it is, the day after its day, and goes a step up every `STEP_DAYS` days.
    """
    first = OPEN.index(state)
    found = []
    for step, level in enumerate(range(first, 3)):
        since = due_on + timedelta(days=1 + STEP_DAYS * step)
        if since <= day:
            found.append((level, since))
    return found


def precision(dispelled: int, judged: int) -> float | None:
    """The share of closed warnings that were right to be raised; clerical errors count as right: something was wrong.

    None while none has been closed.
    """
    return None if not judged else (judged - dispelled) / judged
