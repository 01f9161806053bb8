"""Days as integers since 1970-01-01, and the school calendar; the same arithmetic on every engine."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from chinese_calendar import constants

from qingqu.common.calendar import HolidayYear, day_of

MINUTES = 1440


def month(day: int) -> int:
    """Year × 12 + month − 1, counting 1,461 days in four years: correct from March 1900 to February 2100."""
    quarters = 4 * (day + 25508) + 3
    in_year = quarters % 1461 // 4
    return (1900 + quarters // 1461) * 12 + (5 * in_year + 2) // 153 + 2


def year(day: int) -> int:
    """The year by the same rule in one step; correct to the end of 2100."""
    return 1901 + (4 * (day + 25202) + 3) // 1461


def term(day: int) -> int:
    """School terms begin on 1 February and 1 August: year × 2, and 1 more from August to January."""
    return (month(day) - 1) // 6


_SCHOOL_YEAR = "([0-9]{4})(?:[ 　]*[-—–~至/][ 　]*(?:[0-9]{4}|[0-9]{2})(?:学年度?)?|学年度?)[ 　,，.·（(—–-]*"
NAMED_TERMS = (
    (_SCHOOL_YEAR + "(?:第?[一1](?:学期|[)）]|$)|上学期|秋)", 1),
    (_SCHOOL_YEAR + "(?:第?[二2](?:学期|[)）]|$)|下学期|春)", 2),
    ("([0-9]{4})年?[ 　]*秋", 1),
    ("([0-9]{4})年?[ 　]*春", 0),
)
"""How a term is written, 2025秋, 2025-2026学年第一学期, 2025-2026-1, and what more it is than twice its first year."""


def named_term(text: str) -> int | None:
    """The term that a text names, as `term` counts; None where it names none, or one that may be either."""
    for written, more in NAMED_TERMS:
        if found := re.search(written, text):
            return 2 * int(found[1]) + more
    return None


def first_of_month(number: int) -> int:
    """The first day of a month as `month` counts them."""
    return day_of(date(number // 12, number % 12 + 1, 1))


@dataclass(frozen=True)
class Calendar:
    """Legal days off, and the weekend days worked in lieu (调休)."""

    holidays: frozenset[int]
    workdays: frozenset[int]

    def is_holiday(self, day: int) -> bool:
        return day in self.holidays

    def working_days(self, earlier: int, later: int) -> int:
        """How many working days lie in (earlier, later]."""
        if later <= earlier:
            return 0
        weekdays = _weekdays(later) - _weekdays(earlier)
        return weekdays - _between(self._free, earlier, later) + _between(self._worked, earlier, later)

    @cached_property
    def _free(self) -> list[int]:
        """The days from Monday to Friday that are off, in order."""
        return sorted(day for day in self.holidays - self.workdays if (day + 3) % 7 < 5)

    @cached_property
    def _worked(self) -> list[int]:
        """The weekend days that are worked, in order."""
        return sorted(day for day in self.workdays if (day + 3) % 7 >= 5)

    def is_weekend(self, day: int) -> bool:
        """A Saturday or Sunday on which nobody was told to work."""
        return (day + 3) % 7 >= 5 and day not in self.workdays


def _weekdays(day: int) -> int:
    """How many days from Monday to Friday lie between 29 December 1969, a Monday, and a day, this included."""
    weeks, rest = divmod(day + 4, 7)
    return weeks * 5 + min(rest, 5)


def _between(days: list[int], earlier: int, later: int) -> int:
    """How many of the sorted `days` lie in (earlier, later]."""
    return bisect_right(days, later) - bisect_right(days, earlier)


@lru_cache(8)
def chinese_calendar(entered: tuple[HolidayYear, ...] = ()) -> Calendar:
    """The State Council's arrangements, as far as they come with the product or were entered."""
    off = constants.holidays.keys() | {day for one in entered for day in one.off}
    worked = constants.workdays.keys() | {day for one in entered for day in one.worked}
    return Calendar(frozenset(map(day_of, off)), frozenset(map(day_of, worked)))
