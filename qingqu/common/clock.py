"""What day it is: the wall clock, or the day that a demonstration pretends."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """Today in the school's time zone."""
    return settings.QINGQU_TODAY or timezone.localdate()
