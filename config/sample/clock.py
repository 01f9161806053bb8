"""The sample is built as if its days had passed: every act at its own hour, so that histories read like a school's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from django.conf import settings
from django.utils import timezone


class Hours:
    """The clock of the sample: `at(day)` pretends that day, each act a few minutes after the one before."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def tick(self) -> datetime:
        self.now += timedelta(seconds=47)
        return self.now

    @contextmanager
    def at(self, day: date, hour: int = 8) -> Iterator[None]:
        """Everything inside happens on `day`, from `hour` on, never later than now."""
        begins = datetime.combine(day, time(hour), tzinfo=timezone.get_current_timezone())
        self.now = begins
        before = settings.QINGQU_TODAY
        settings.QINGQU_TODAY = day
        try:
            with patch("django.utils.timezone.now", self.tick):
                yield
        finally:
            settings.QINGQU_TODAY = before


def working_day(draw_from: date, days_later: int, last: date) -> date:
    """A day within the stage, never after `last`."""
    return min(draw_from + timedelta(days=days_later), last)
