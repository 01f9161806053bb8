"""From what prevention itself calls attention to, to warnings: raised once, followed, lapsed when it is put right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from qingqu.alerts import rules
from qingqu.alerts.acts import GONE, MEASURES_MERGED
from qingqu.alerts.models import Alert
from qingqu.alerts.running import reconciling, signals
from qingqu.alerts.running.signals import Part, Signal
from qingqu.common.calendar import add_working_days
from qingqu.organisation.models import Unit
from qingqu.organisation.numbering import next_number
from qingqu.trace.actions import record


@transaction.atomic
def bring_in_line(school: Unit, day: date) -> int:
    """Raise what is new, follow what is open, lapse what has been put right; returns how many were raised.

    What was closed by people stays closed as long as it is the same finding and no graver. Several open ones that have
    become one finding go on as the one that is furthest.
    """
    raised = 0
    Unit.objects.select_for_update().get(pk=school.pk)
    known: dict[str, list[Alert]] = defaultdict(list)
    kept = Alert.objects.filter(school=school, source=Alert.Source.INTERNAL).exclude(state=Alert.State.LAPSED)
    for alert in kept.order_by("id"):
        known[alert.identity].append(alert)
    merged: dict[Alert, Alert] = {}
    for finding in signals.found(school, day, _closed_measures(known)):
        there = [alert for identity in (finding.identity, *finding.former) for alert in known.pop(identity, [])]
        open_ = sorted((a for a in there if a.state in rules.OPEN), key=reconciling.how_far)
        if open_:
            _follow(open_[-1], finding, day)
            merged |= dict.fromkeys(open_[:-1], open_[-1])
            continue
        before = max(there, key=lambda alert: alert.pk, default=None)
        if before is None or finding.parts or rules.is_graver(finding.colour, before.colour):
            _raise(school, finding, day, before)
            raised += 1
    gone = [alert for alerts in known.values() for alert in alerts if alert.state in rules.OPEN]
    reconciling.lapse(list(merged), MEASURES_MERGED, by=None, into=merged)
    reconciling.lapse(gone, GONE, by=None)
    return raised


def _closed_measures(known: Mapping[str, Sequence[Alert]]) -> dict[Part, str]:
    """The overdue measures about which people have closed a prompt, each with the gravest colour of these."""
    closed: dict[Part, str] = {}
    for alert in (alert for alerts in known.values() for alert in alerts):
        if alert.signal != signals.MEASURE or alert.state != Alert.State.CLOSED:
            continue
        # A prompt of its own for every measure, as they were raised formerly, has its measure and day as its key.
        for pk, due in alert.numbers.get("parts") or [alert.key]:
            before = closed.get((pk, due))
            if before is None or rules.is_graver(alert.colour, before):
                closed[pk, due] = alert.colour
    return closed


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
    if (alert.identity, alert.numbers, alert.colour) == (finding.identity, numbers, finding.colour):
        return
    before = alert.colour
    if rules.is_graver(finding.colour, before):
        term = add_working_days(timezone.localtime(alert.raised_at).date(), rules.WORKING_DAYS[finding.colour])
        alert.due_on = min(alert.due_on, max(day, term))
    alert.identity, alert.key, alert.anchor = finding.identity, list(finding.key), finding.anchor
    alert.numbers, alert.colour = numbers, finding.colour
    alert.save(update_fields=["identity", "key", "anchor", "numbers", "colour", "due_on"])
    record("alerts.refreshed", alert, by=None, before=before, after=alert.colour)


def _said(finding: Signal) -> dict[str, object]:
    said: dict[str, object] = {"title": finding.title, "text": finding.text, "words": finding.words}
    return said | {"parts": [list(part) for part in finding.parts]} if finding.parts else said
