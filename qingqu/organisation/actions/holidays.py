"""Entering the official days off of a year."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qingqu.accounts.models import User
from qingqu.common.calendar import last_known_year
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation import holidays, rules
from qingqu.organisation.models import HolidayYear
from qingqu.trace.actions import record

WHY = {
    "neither": gettext_noop("“%(part)s”没有写明放假还是上班，请按通知原文填写"),
    "day": gettext_noop("“%(part)s”中的日期不对，请按通知原文填写"),
    "weekday": gettext_noop("“%(part)s”：这一年的这一天不是周末，请核对年份和日期"),
    "both": gettext_noop("%(part)s 既写放假又写上班，请核对"),
}


@transaction.atomic
def enter_holidays(year: int, notice: str, *, by: User | None) -> HolidayYear:
    """Enter or correct the days off of a year, out of the State Council's notice; working days follow it from now on.

    Raises NotPossible for a year that comes with the product or is far ahead, and for a notice that cannot be read.
    """
    if not last_known_year() < year <= today().year + 1:
        raise NotPossible(_("只能录入产品没有自带的年份，最晚到明年"))
    try:
        off, worked = rules.holidays_of(notice, year)
    except rules.Unreadable as problem:
        why, part = problem.args
        raise NotPossible(_(WHY[why]) % {"part": part[:60]}) from problem
    if not set(rules.IN_EVERY_YEAR) <= {(day.month, day.day) for day in off}:
        raise NotPossible(_("没有看到元旦、劳动节和国庆节，请粘贴通知的全部条目"))
    kept = HolidayYear.objects.select_for_update().filter(year=year).first() or HolidayYear(year=year)
    kept.off, kept.worked = [day.isoformat() for day in off], [day.isoformat() for day in worked]
    kept.notice, kept.by = notice.strip(), by
    kept.save()
    record("organisation.holidays_entered", kept, by=by, details={"off": len(off), "worked": len(worked)})
    transaction.on_commit(holidays.forget)
    return kept
