"""Let findings of some scope be quiet for some time, and let them be raised again."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.alerts.models import Rule, Suppression
from qingqu.campaigns.rules import a_year_later
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.trace.actions import record


@transaction.atomic
def suppress(rule: Rule, *, until: date, reason: str, by: User, check_id: str = "", identity: str = "") -> Suppression:
    """Let findings of this scope be quiet until a day, at most a year ahead, for a reason."""
    if not today() < until <= a_year_later(today()):
        raise NotPossible(_("截止日期应在明天到一年之内"))
    if len(reason.strip()) < 2:
        raise NotPossible(_("请说明为什么暂不提示"))
    made = Suppression.objects.create(
        school=rule.school,
        code=rule.code,
        check_id=check_id,
        identity=identity,
        until=until,
        reason=reason.strip(),
        by=by,
    )
    record("alerts.suppressed", made, by=by, reason=reason.strip(), details={"code": rule.code})
    return made


@transaction.atomic
def lift(quiet: Suppression, *, reason: str, by: User) -> Suppression:
    """Let findings be raised again before the day; the next night raises what has been quiet."""
    quiet = Suppression.objects.select_for_update().get(pk=quiet.pk)
    if quiet.lifted_at is not None or quiet.until < today():
        raise NotPossible(_("已经恢复提示"))
    if len(reason.strip()) < 2:
        raise NotPossible(_("请说明为什么恢复提示"))
    quiet.lifted_at = timezone.now()
    quiet.save(update_fields=["lifted_at"])
    record("alerts.suppression_lifted", quiet, by=by, reason=reason.strip(), details={"code": quiet.code})
    return quiet
