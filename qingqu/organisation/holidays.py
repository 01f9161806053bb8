"""Official days off that were entered, remembered for a minute in each process: working days are counted everywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from qingqu.common.calendar import HolidayYear, last_known_year, shipped_days
from qingqu.common.clock import today
from qingqu.organisation import rules
from qingqu.organisation.models import HolidayYear as Kept

PUBLISHED = (11, 15)
"""The State Council usually publishes the next year's days off in the first half of November."""
REMEMBERED = 60.0
"""Seconds."""
_known: tuple[float, tuple[HolidayYear, ...]] = (0.0, ())


def entered() -> tuple[HolidayYear, ...]:
    """The years that were entered, in order."""
    if time.monotonic() >= _known[0]:
        remember(tuple(_days(one) for one in Kept.objects.order_by("year")))
    return _known[1]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A year's days off as a page shows them: runs of days off and the days worked, or nothing where nobody knows."""

    year: int
    is_shipped: bool
    off: list[tuple[date, date]]
    worked: list[date]
    kept: Kept | None = None

    @property
    def is_known(self) -> bool:
        return self.is_shipped or self.kept is not None


def arrangements() -> list[Arrangement]:
    """This year's and next year's; one statement."""
    years = [today().year, today().year + 1]
    there = {one.year: one for one in Kept.objects.filter(year__in=years).select_related("by")}
    return [_shown(year, there.get(year)) for year in years]


def missing() -> int | None:
    """The year that somebody should enter now: this one, or from mid-November on the next."""
    day = today()
    soon = [day.year] + ([day.year + 1] if (day.month, day.day) >= PUBLISHED else [])
    known = {one.year for one in entered()}
    return next((year for year in soon if year > last_known_year() and year not in known), None)


def _shown(year: int, kept: Kept | None) -> Arrangement:
    if year <= last_known_year():
        off, worked = shipped_days(year)
    else:
        days = _days(kept) if kept else HolidayYear(year, frozenset(), frozenset())
        off, worked = sorted(days.off), sorted(days.worked)
    return Arrangement(year, year <= last_known_year(), rules.stretches(off), worked, kept)


def remember(years: tuple[HolidayYear, ...], seconds: float = REMEMBERED) -> None:
    """Take these for what was entered, for so long."""
    global _known
    _known = (time.monotonic() + seconds, years)


def forget() -> None:
    """Something was entered: the next who asks looks it up."""
    remember((), seconds=0)


def _days(kept: Kept) -> HolidayYear:
    off, worked = (frozenset(map(date.fromisoformat, days)) for days in (kept.off, kept.worked))
    return HolidayYear(kept.year, off, worked)
