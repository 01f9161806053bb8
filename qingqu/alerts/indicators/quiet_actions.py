"""Let findings of some scope be quiet for some time, and let them be raised again."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.alerts.models import Alert, Rule, Suppression
from qingqu.campaigns.rules import a_year_later
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import said_day
from qingqu.trace.actions import record


@transaction.atomic
def suppress(rule: Rule, *, until: date, reason: str, by: User, check_id: str = "") -> Suppression:
    """Let findings of a check, or of the whole indicator, be quiet until a day, at most a year ahead, for a reason.

    Raises NotPossible where they are quiet as long already.
    """
    first, last = span()
    if not first <= until <= last:
        raise NotPossible(out_of_span())
    if len(reason.strip()) < 2:
        raise NotPossible(_("请说明为什么暂不提示"))
    there = Suppression.objects.in_force().filter(
        school=rule.school_id, code=rule.code, check_id__in=["", check_id], identity="", until__gte=until
    )
    if longest := there.order_by("-until").first():
        raise NotPossible(_("这一范围已经暂不提示，到 %(day)s") % {"day": said_day(longest.until)})
    return _keep(
        Suppression(school=rule.school, code=rule.code, check_id=check_id, until=until, reason=reason.strip(), by=by)
    )


def suppress_same(alert: Alert, *, days: int, reason: str, by: User) -> Suppression:
    """Let the finding of a warning that is dispelled be quiet for some days, whatever further records it gets."""
    assert alert.rule is not None, "the work of prevention itself is never kept quiet"
    return _keep(
        Suppression(
            school=alert.school,
            code=alert.rule.code,
            check_id=alert.check_id,
            identity=alert.identity,
            until=min(today() + timedelta(days=days), span()[1]),
            reason=reason[:300],
            alert=alert,
            by=by,
        )
    )


def _keep(made: Suppression) -> Suppression:
    made.save()
    record("alerts.suppressed", made, by=made.by, reason=made.reason, details={"code": made.code})
    return made


def span() -> tuple[date, date]:
    """The first and the last day until which something may be kept quiet."""
    return today() + timedelta(days=1), a_year_later(today())


def out_of_span() -> str:
    """What a day outside it is answered with."""
    first, last = span()
    return _("截止日期应在 %(first)s到 %(last)s之间") % {"first": said_day(first), "last": said_day(last)}


@transaction.atomic
def lift(quiet: Suppression, *, reason: str, by: User) -> Suppression:
    """Let findings be raised again before the day; the next night raises what has been quiet."""
    quiet = Suppression.objects.select_for_update(of=("self",)).get(pk=quiet.pk)
    if quiet.lifted_at is not None or quiet.until < today():
        raise NotPossible(_("已经恢复提示"))
    if len(reason.strip()) < 2:
        raise NotPossible(_("请说明为什么恢复提示"))
    quiet.lifted_at, quiet.lifted_by, quiet.lift_reason = timezone.now(), by, reason.strip()[:300]
    quiet.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    record("alerts.suppression_lifted", quiet, by=by, reason=reason.strip(), details={"code": quiet.code})
    return quiet


def lift_same(alert: Alert, *, reason: str, by: User) -> None:
    """A warning is looked into again: what was kept quiet when it was closed is raised again."""
    for one in Suppression.objects.in_force().filter(alert=alert):
        lift(one, reason=reason, by=by)
