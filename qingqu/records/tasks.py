"""What the clock starts: publications whose days are over."""

from __future__ import annotations

from datetime import date

from qingqu.records.actions import end_notice
from qingqu.records.models import Notice


def end_notices(day: date) -> int:
    """End every publication whose last day lies before `day`; returns how many."""
    over = list(Notice.objects.filter(state=Notice.State.OPEN, ends_on__lt=day).select_related("document"))
    for notice in over:
        end_notice(notice, day=day)
    return len(over)
