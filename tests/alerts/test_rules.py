"""What may become of a warning and by when: tables of plain values."""

from __future__ import annotations

from datetime import date

import pytest

from qingqu.alerts import rules

DUE = date(2026, 4, 20)


@pytest.mark.parametrize(
    ("rows", "colour", "is_quiet"),
    [
        ([1, 2], "orange", True),
        ([1], "yellow", True),
        ([1, 2, 3], "orange", False),
        ([1, 2], "red", False),
    ],
)
def test_only_what_was_closed_as_it_is_stays_quiet(rows: list[int], colour: str, is_quiet: bool) -> None:
    assert rules.stays_quiet(rows, colour, [1, 2], "orange") is is_quiet


@pytest.mark.parametrize(
    ("day", "since"),
    [
        (date(2026, 4, 16), None),
        (date(2026, 4, 17), date(2026, 4, 17)),
        (date(2026, 4, 19), date(2026, 4, 17)),
        (DUE, DUE),
        (date(2026, 4, 21), None),
    ],
)
def test_reminders_come_three_days_ahead_and_on_the_day(day: date, since: date | None) -> None:
    assert rules.reminder_since(DUE, day) == since


@pytest.mark.parametrize(
    ("state", "day", "levels"),
    [
        ("explaining", DUE, []),
        ("explaining", date(2026, 4, 21), [0]),
        ("explaining", date(2026, 4, 23), [0]),
        ("explaining", date(2026, 4, 24), [0, 1]),
        ("explaining", date(2026, 4, 27), [0, 1, 2]),
        ("confirming", date(2026, 4, 21), [1]),
        ("closing", date(2026, 4, 30), [2]),
    ],
)
def test_a_late_warning_goes_up_step_by_step(state: str, day: date, levels: list[int]) -> None:
    assert [level for level, _since in rules.escalations(state, DUE, day)] == levels


def test_precision_counts_what_was_not_dispelled() -> None:
    assert rules.precision(0, 0) is None
    assert rules.precision(1, 4) == 0.75
