"""Days as integers since 1970-01-01, and what the school calendar says of them. The same arithmetic on every engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from qingqu.common.calendar import day_of

MINUTES = 1440


def month(day: int) -> int:
    """Year × 12 + month − 1. By the rule of 1,461 days in four years: right from March 1900 to February 2100."""
    quarters = 4 * (day + 25508) + 3
    in_year = quarters % 1461 // 4
    return (1900 + quarters // 1461) * 12 + (5 * in_year + 2) // 153 + 2


def year(day: int) -> int:
    """By the same rule, in one step; right to the end of 2100."""
    return 1901 + (4 * (day + 25202) + 3) // 1461


def term(day: int) -> int:
    """School terms begin on 1 February and 1 August: year × 2, and 1 more from August to January."""
    return (month(day) - 1) // 6


def first_of_month(number: int) -> int:
    """The first day of a month as `month` counts them."""
    return day_of(date(number // 12, number % 12 + 1, 1))


@dataclass(frozen=True)
class Calendar:
    """Legal days off, and the weekend days that are worked for them (调休)."""

    holidays: frozenset[int]
    workdays: frozenset[int]

    def is_holiday(self, day: int) -> bool:
        return day in self.holidays

    def working_days(self, earlier: int, later: int) -> int:
        """How many working days lie in (earlier, later]."""
        days = range(earlier + 1, later + 1)
        return sum(((day + 3) % 7 < 5 and day not in self.holidays) or day in self.workdays for day in days)

    def is_weekend(self, day: int) -> bool:
        """A Saturday or Sunday on which nobody was told to work."""
        return (day + 3) % 7 >= 5 and day not in self.workdays


@cache
def chinese_calendar() -> Calendar:
    """The State Council's arrangement, year by year as far as it has been published."""
    from chinese_calendar import constants

    return Calendar(frozenset(map(day_of, constants.holidays)), frozenset(map(day_of, constants.workdays)))
