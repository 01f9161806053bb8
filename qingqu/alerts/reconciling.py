"""From findings to warnings: what is new is raised, what is known follows, what is gone lapses with its reason."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from qingqu.accounts.models import User
from qingqu.alerts import rules
from qingqu.alerts.chain import risk_of
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.models import Alert, AlertRow, Disposal, Rule, Suppression
from qingqu.alerts.rulebook import Running
from qingqu.common.calendar import add_working_days, date_of, day_of
from qingqu.common.clock import today
from qingqu.datasets.models import Dataset, Record
from qingqu.organisation.numbering import next_number
from qingqu.trace.actions import record
from qingqu.trace.states import chained, chains_of

CORRECTED = gettext_noop("记录已更正，不再符合提示条件")


@dataclass(slots=True)
class Result:
    """What came of findings."""

    raised: list[Alert] = field(default_factory=list)
    refreshed: int = 0
    lapsed: int = 0
    quiet: int = 0
    suppressed: int = 0

    def __iadd__(self, other: Result) -> Result:
        self.raised += other.raised
        self.refreshed += other.refreshed
        self.lapsed += other.lapsed
        self.quiet += other.quiet
        self.suppressed += other.suppressed
        return self


Evidence = tuple[int, int, str]
"""A record, its version, the digest of what it says."""
Known = tuple[Alert, set[int]]
"""A warning with its records."""


@transaction.atomic(savepoint=False)
def reconcile(
    running: Running,
    dataset: Dataset,
    hits: Iterable[Hit],
    covers: Callable[[Hit], bool],
    *,
    by: User | None,
    known: Sequence[Known] | None = None,
) -> Result:
    """Bring the warnings of one check at one school in line with what it finds now.

    `covers` says which former findings were judged anew: those of them that are not among `hits` any more lapse.
    `known` are the warnings of both, where somebody has them (`known_by`); otherwise all of the check's are read.
    Raising the same finding twice is impossible: it is known by check, school, key and a shared record.
    """
    result = Result()
    if known is None:
        known = _known(Q(rule__code=running.rule.code, check_id=running.prepared.check.id), dataset.school_id)
    left = {alert.pk: (alert, rows) for alert, rows in known if alert.state in rules.OPEN}
    about: dict[str, list[Known]] = defaultdict(list)
    for alert, rows in known:
        about[alert.identity].append((alert, rows))
    for hit in dict.fromkeys(hits):
        same = [(a, rows) for a, rows in about[hit.identity] if not rows.isdisjoint(hit.rows)]
        open_ = next(((a, rows) for a, rows in same if a.pk in left), None)
        if open_:
            del left[open_[0].pk]
            result.refreshed += _refresh(*open_, hit, running, by)
            continue
        closed = next(((a, rows) for a, rows in same if a.state == Alert.State.CLOSED), None)
        if closed and rules.stays_quiet(hit.rows, hit.colour, closed[1], closed[0].colour):
            result.quiet += 1
        elif _is_suppressed(running, dataset.school_id, hit):
            result.suppressed += 1
        else:
            result.raised.append(_raise(running, dataset, hit, closed[0] if closed else None, by))
    for alert, rows in left.values():
        if covers(_as_hit(running.rule.code, alert, rows)):
            lapse(alert, CORRECTED, by=by)
            result.lapsed += 1
    return result


def standing(running: Running, school_id: int) -> list[str]:
    """The keys of a check that have warnings which have not lapsed."""
    found = Alert.objects.filter(school_id=school_id, rule__code=running.rule.code, check_id=running.prepared.check.id)
    return list(found.exclude(state=Alert.State.LAPSED).values_list("identity", flat=True).distinct())


def known_by(identities: Collection[str], school_id: int) -> list[Known]:
    """The warnings about these, newest first, with their records; the lapsed ones aside. Two statements."""
    return _known(Q(identity__in=identities), school_id)


def _known(which: Q, school_id: int) -> list[Known]:
    found = Alert.objects.filter(which, school_id=school_id).exclude(state=Alert.State.LAPSED)
    alerts = list(found.order_by("-id"))
    rows: dict[int, set[int]] = {alert.pk: set() for alert in alerts}
    for alert_id, record_id in AlertRow.objects.filter(alert__in=rows).values_list("alert_id", "record_id"):
        rows[alert_id].add(record_id)
    return [(alert, rows[alert.pk]) for alert in alerts]


def _as_hit(code: str, alert: Alert, rows: set[int]) -> Hit:
    anchor = day_of(alert.anchor) if alert.anchor else 0
    key, numbers = tuple(alert.key), tuple(alert.numbers.items())
    return Hit(code, alert.check_id, alert.school_id, key, tuple(sorted(rows)), numbers, alert.colour, anchor)


def digest_of(values: dict[str, Any]) -> str:
    """Of a record as it stood."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _as_they_stand(records: Iterable[int]) -> list[Evidence]:
    found = Record.objects.filter(pk__in=records).order_by("pk").values_list("pk", "version", "values")
    return [(pk, version, digest_of(values)) for pk, version, values in found]


def _add_rows(alert: Alert, some: Iterable[Evidence]) -> None:
    """Keep more records as evidence; the chain of them is continued by who saves the warning."""
    AlertRow.objects.bulk_create(AlertRow(alert=alert, record_id=pk, version=v, digest=d) for pk, v, d in some)


def _remove_rows(alert: Alert, records: Collection[int]) -> None:
    """Keep these no more: the chain is made anew of the others."""
    if records:
        AlertRow.objects.filter(alert=alert, record_id__in=records).delete()
        alert.rows_digest = chains_of(Alert, [alert.pk])[alert.pk]["rows_digest"]


def _raise(running: Running, dataset: Dataset, hit: Hit, earlier: Alert | None, by: User | None) -> Alert:
    school, some = dataset.school, _as_they_stand(hit.rows)
    alert = Alert.objects.create(
        school=school,
        number=next_number(school, "HC", today().year),
        check_id=hit.check,
        dataset=dataset,
        unit=dataset.keeper or school,
        colour=hit.colour,
        identity=hit.identity,
        key=list(hit.key),
        numbers=dict(hit.numbers),
        anchor=date_of(hit.anchor) if hit.anchor else None,
        **_computed_with(running),
        due_on=add_working_days(today(), rules.WORKING_DAYS[hit.colour]),
        risk_point_id=risk_of(school, running.prepared.rule, running.prepared.check),
        earlier=earlier,
        rows_digest=chained("", some),
    )
    _add_rows(alert, some)
    record("alerts.raised", alert, by=None, details={"colour": hit.colour, "rows": len(hit.rows)})
    return alert


def _computed_with(running: Running) -> dict[str, Any]:
    """All that is needed to compute a finding anew, besides the versions of the records (see `replaying`)."""
    p = running.prepared
    snapshot = p.context.snapshots.get((running.rule.code, p.check.id))
    return {
        "rule": running.rule,
        "parameters": {name: value for name, value in p.values.items() if name in p.parameters},
        "snapshot": snapshot.digest if snapshot else "",
        "definition": running.definition,
        "judged_on": date_of(p.context.today),
        "judged_at": timezone.now(),
    }


def _refresh(alert: Alert, rows: set[int], hit: Hit, running: Running, by: User | None) -> int:
    """Bring an open warning up to date; its term gets shorter with a graver colour, never longer."""
    now, changed = set(hit.rows), _changed_since(alert)
    if now == rows and not changed and alert.numbers == dict(hit.numbers) and alert.colour == hit.colour:
        return 0
    before = alert.colour
    if rules.is_graver(hit.colour, alert.colour):
        raised = timezone.localtime(alert.raised_at).date()
        alert.due_on = min(alert.due_on, max(today(), add_working_days(raised, rules.WORKING_DAYS[hit.colour])))
    alert.colour, alert.numbers = hit.colour, dict(hit.numbers)
    alert.anchor = date_of(hit.anchor) if hit.anchor else None
    computed = _computed_with(running)
    for name, value in computed.items():
        setattr(alert, name, value)
    _remove_rows(alert, rows - now | changed)
    some = _as_they_stand(now - rows | now & changed)
    _add_rows(alert, some)
    alert.rows_digest = chained(alert.rows_digest, some)
    alert.save(update_fields=["colour", "numbers", "anchor", "due_on", "rows_digest", *computed])
    record("alerts.refreshed", alert, by=None, before=before, after=alert.colour, details={"rows": len(hit.rows)})
    return 1


def _changed_since(alert: Alert) -> set[int]:
    """The records of a warning that say something else than when it was judged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.record_id FROM alerts_alertrow a JOIN datasets_record r ON r.id = a.record_id"
            " WHERE a.alert_id = %s AND r.version <> a.version",
            [alert.pk],
        )
        return {record_id for (record_id,) in cursor.fetchall()}


@transaction.atomic
def lapse(alert: Alert, why: str, *, by: User | None) -> Alert:
    """A warning whose reason is gone closes itself, and says why."""
    alert.state, alert.closed_at = Alert.State.LAPSED, timezone.now()
    alert.save(update_fields=["state", "closed_at"])
    Disposal.objects.create(alert=alert, step=Disposal.Step.LAPSED, text=why, by=None)
    record("alerts.lapsed", alert, by=by, reason=why)
    return alert


def _is_suppressed(running: Running, school_id: int, hit: Hit) -> bool:
    found = Suppression.objects.filter(
        school_id=school_id, code=running.rule.code, lifted_at=None, until__gte=today(), check_id__in=["", hit.check]
    )
    return found.filter(identity__in=["", hit.identity]).exists()


def worst(alerts: Sequence[Alert]) -> Alert | None:
    """The gravest of warnings."""
    return max(alerts, key=lambda alert: rules.GRAVITY[alert.colour], default=None)


def holding(rule: Rule, raised: Sequence[Alert]) -> Alert | None:
    """The red warning for which a school lets a record not be kept (实时防控), if it wants that."""
    return next((alert for alert in raised if alert.colour == "red"), None) if rule.holds_red else None
