"""What the clock starts in a year's work."""

from __future__ import annotations

from datetime import date

from qingqu.campaigns import actions, queries


def open_reassessments(day: date) -> int:
    """Open a task for every post taken over since the year was opened; returns how many (S15)."""
    first = queries.first_day_of_open_years()
    return actions.open_reassessments(first) if first else 0


def run_due(day: date) -> int:
    """Everything of this app that is due on `day`; may run twice without harm."""
    return open_reassessments(day)
