"""Days as numbers, and working days by the Chinese holiday calendar with its made-up working weekends (调休)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

EPOCH = date(1970, 1, 1)


def day_of(when: date) -> int:
    """A day as the records keep it: days since 1970-01-01."""
    return (when - EPOCH).days


def date_of(day: int) -> date:
    """The day that so many days since 1970-01-01 are."""
    return EPOCH + timedelta(days=day)


def is_working_day(day: date) -> bool:
    """Whether offices work on `day`. Years that the calendar does not know yet fall back to Monday–Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


@lru_cache(1024)
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
