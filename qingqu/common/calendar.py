"""Days as numbers, and working days by the Chinese holiday calendar with its made-up working weekends (调休)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from chinese_calendar import constants

EPOCH = date(1970, 1, 1)


class HolidayYear(NamedTuple):
    """The official days off of a year, and the weekend days worked for them."""

    year: int
    off: frozenset[date]
    worked: frozenset[date]


def _nothing() -> tuple[HolidayYear, ...]:
    return ()


_entered: Callable[[], tuple[HolidayYear, ...]] = _nothing


def ask_for_years(entered: Callable[[], tuple[HolidayYear, ...]]) -> None:
    """Let `entered` say what is known of years that the calendar does not know yet; called when the product starts."""
    global _entered
    _entered = entered


@cache
def last_known_year() -> int:
    """The last year whose official days off come with the product."""
    return max(constants.holidays).year


def shipped_days(year: int) -> tuple[list[date], list[date]]:
    """The days off of a year that comes with the product, and the weekend days worked for them, in order."""
    return tuple(sorted(day for day in some if day.year == year) for some in (constants.holidays, constants.workdays))  # type: ignore[return-value]


def day_of(when: date) -> int:
    """A day as the records keep it: days since 1970-01-01."""
    return (when - EPOCH).days


def date_of(day: int) -> date:
    """The day that so many days since 1970-01-01 are."""
    return EPOCH + timedelta(days=day)


def is_working_day(day: date) -> bool:
    """Whether offices work on `day`. A year of which nothing is known falls back to Monday–Friday."""
    if day.year <= last_known_year():
        return day in constants.workdays or (day.weekday() < 5 and day not in constants.holidays)
    known = next((one for one in _entered() if one.year == day.year), None)
    if known and (day in known.worked or day in known.off):
        return day in known.worked
    return day.weekday() < 5


def add_working_days(start: date, count: int) -> date:
    """The day on which the `count`-th working day after `start` falls; `start` itself does not count."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days lie in (start, end]; negative where `end` is earlier."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))
