"""From what prevention itself calls attention to, to warnings: raised once, followed, lapsed when it is put right."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from qingqu.alerts import rules
from qingqu.alerts.models import Alert
from qingqu.alerts.running import reconciling, signals
from qingqu.alerts.running.signals import Signal
from qingqu.common.calendar import add_working_days
from qingqu.organisation.models import Unit
from qingqu.organisation.numbering import next_number
from qingqu.trace.actions import record

GONE = gettext_noop("所提示的情况已经办理，不再存在")


@transaction.atomic
def bring_in_line(school: Unit, day: date) -> int:
    """Raise what is new, follow what is open, lapse what has been put right; returns how many were raised.

    What was closed by people stays closed as long as it is the same finding and no graver.
    """
    raised = 0
    Unit.objects.select_for_update().get(pk=school.pk)
    known: dict[str, Alert] = {}
    kept = Alert.objects.filter(school=school, source=Alert.Source.INTERNAL).exclude(state=Alert.State.LAPSED)
    for alert in kept.order_by("id"):
        known[alert.identity] = alert
    left = {identity: alert for identity, alert in known.items() if alert.state in rules.OPEN}
    for finding in signals.found(school, day):
        there = known.get(finding.identity)
        left.pop(finding.identity, None)
        if there is None:
            _raise(school, finding, day, None)
            raised += 1
        elif there.state in rules.OPEN:
            _follow(there, finding, day)
        elif rules.is_graver(finding.colour, there.colour):
            _raise(school, finding, day, there)
            raised += 1
    reconciling.lapse(list(left.values()), GONE, by=None)
    return raised


def _raise(school: Unit, finding: Signal, day: date, earlier: Alert | None) -> Alert:
    alert = Alert.objects.create(
        school=school,
        number=next_number(school, "HC", day.year),
        source=Alert.Source.INTERNAL,
        signal=finding.name,
        unit_id=finding.unit_id,
        colour=finding.colour,
        identity=finding.identity,
        key=list(finding.key),
        numbers=_said(finding),
        anchor=finding.anchor,
        due_on=add_working_days(day, rules.WORKING_DAYS[finding.colour]),
        risk_point_id=finding.risk_id,
        earlier=earlier,
    )
    record("alerts.raised", alert, by=None, details={"colour": finding.colour, "signal": finding.name})
    return alert


def _follow(alert: Alert, finding: Signal, day: date) -> None:
    """Bring an open one up to date; its term gets shorter with a graver colour, never longer."""
    numbers = _said(finding)
    if (alert.numbers, alert.colour) == (numbers, finding.colour):
        return
    before = alert.colour
    if rules.is_graver(finding.colour, before):
        term = add_working_days(timezone.localtime(alert.raised_at).date(), rules.WORKING_DAYS[finding.colour])
        alert.due_on = min(alert.due_on, max(day, term))
    alert.numbers, alert.colour = numbers, finding.colour
    alert.save(update_fields=["numbers", "colour", "due_on"])
    record("alerts.refreshed", alert, by=None, before=before, after=alert.colour)


def _said(finding: Signal) -> dict[str, object]:
    return {"title": finding.title, "text": finding.text, "words": finding.words}
