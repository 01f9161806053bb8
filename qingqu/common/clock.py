"""What day it is: by the wall clock, or as a demonstration pretends."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings


def today() -> date:
    """Today in the school's time zone."""
    return settings.QINGQU_TODAY or datetime.now(_zone(settings.TIME_ZONE)).date()


_zone = cache(ZoneInfo)
