"""From findings to warnings: what is new is raised, what is known follows, what is gone lapses with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from django.db import connection, transaction
from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.alerts import rules
from qingqu.alerts.acts import CHANGED, CORRECTED, MERGED
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.indicators.rulebook import Running
from qingqu.alerts.models import Alert, Disposal, Suppression
from qingqu.alerts.running import raising
from qingqu.alerts.running.raising import Grown, New
from qingqu.common import statements
from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.datasets.models import Dataset
from qingqu.trace.actions import record_many

Known = tuple[Alert, set[int]]
"""A warning with its records."""


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check finds now in what was judged anew, and the warnings that there are about it (`known_by`)."""

    running: Running
    dataset: Dataset
    hits: Sequence[Hit]
    covers: Callable[[Hit], bool]
    """Which former findings were judged anew: those of them that are not among `hits` any more lapse."""
    known: Sequence[Known]


@transaction.atomic(savepoint=False)
def reconcile(findings: Sequence[Finding], *, by: User | None, changed: Collection[int] | None = None) -> Result:
    """Bring the warnings of some checks of one school in line with what they find now.

    `changed` are the only records that may say something else than when they were judged; None: any.
    Raising the same finding twice is impossible: it is known by check, school, key and a shared record. Several open
    warnings that have become one finding go on as the one that is furthest. What somebody has explained is not ended
    by a change of the indicator: it goes on until it is closed.
    """
    result, new, grown, merged = Result(), list[New](), list[Grown](), dict[Alert, Alert]()
    gone: dict[Alert, Running] = {}
    for finding in findings:
        left = _follow(finding, result, new, grown, merged)
        code = finding.running.rule.code
        gone |= {alert: finding.running for alert, rows in left if finding.covers(_as_hit(code, alert, rows))}
    if new and (quiet := _suppressed(new[0].dataset.school_id)):
        heard = [one for one in new if not quiet(one.hit)]
        result.suppressed, new = len(new) - len(heard), heard
    for why, ended in _by_reason(gone).items():
        lapse(ended, why, by=by)
        result.lapsed += len(ended)
    lapse(list(merged), MERGED, by=by, into=merged)
    result.lapsed += len(merged)
    result.raised, result.refreshed = raising.write(new, grown, changed)
    return result


def _by_reason(gone: Mapping[Alert, Running]) -> dict[str, list[Alert]]:
    """Which of these end because their records were put right, and which because their indicator was changed."""
    otherwise = _judged_otherwise(gone)
    return {CORRECTED: [alert for alert in gone if alert not in otherwise], CHANGED: _unexplained(otherwise)}


def _judged_otherwise(gone: Mapping[Alert, Running]) -> set[Alert]:
    """Which of these are gone because their indicator has changed: their records say what they said."""
    if not gone:
        return set()
    ids = [alert.pk for alert in gone]
    corrected = raising.changed_since(ids)
    computed = {
        pk: (rule_id, definition)
        for pk, rule_id, definition in statements.fetch(
            f"SELECT id, rule_id, definition FROM alerts_alert WHERE id IN ({', '.join(['%s'] * len(ids))})", ids
        )
    }
    return {
        alert
        for alert, now in gone.items()
        if alert.pk not in corrected and computed[alert.pk] != (now.rule.pk, now.definition)
    }


def _unexplained(alerts: Collection[Alert]) -> list[Alert]:
    """Those of which nobody has said anything yet."""
    if not alerts:
        return []
    said = Disposal.objects.filter(alert__in=alerts, step=Disposal.Step.EXPLAINED)
    explained = set(said.values_list("alert_id", flat=True))
    return [alert for alert in alerts if alert.pk not in explained]


def _follow(
    finding: Finding, result: Result, new: list[New], grown: list[Grown], merged: dict[Alert, Alert]
) -> list[Known]:
    """Which hits are new, which are those of open warnings; the open warnings that are left have none."""
    left = {alert.pk: (alert, rows) for alert, rows in finding.known if alert.state in rules.OPEN}
    about: dict[str, list[Known]] = defaultdict(list)
    for alert, rows in finding.known:
        about[alert.identity].append((alert, rows))
    for hit in dict.fromkeys(finding.hits):
        same = [(a, rows) for a, rows in about[hit.identity] if not rows.isdisjoint(hit.rows)]
        open_ = sorted((known for known in same if known[0].pk in left), key=lambda known: how_far(known[0]))
        if open_:
            for alert, _ in open_:
                del left[alert.pk]
            *others, (kept, rows) = open_
            merged |= {alert: kept for alert, _ in others}
            grown.append(Grown(kept, rows, hit, finding.running))
            continue
        closed = next(((a, rows) for a, rows in same if a.state == Alert.State.CLOSED), None)
        if closed and rules.stays_quiet(hit.rows, hit.colour, closed[1], closed[0].colour):
            result.quiet += 1
        else:
            new.append(New(finding.running, finding.dataset, hit, closed[0] if closed else None))
    return list(left.values())


def how_far(alert: Alert) -> tuple[int, int]:
    """Of several open ones which goes on: the furthest, of these the oldest; it comes last in this order."""
    return rules.OPEN.index(alert.state), -alert.pk


def standing(running: Running, school_id: int) -> list[str]:
    """The keys of a check that have warnings which have not lapsed."""
    found = Alert.objects.filter(school_id=school_id, rule__code=running.rule.code, check_id=running.prepared.check.id)
    return list(found.exclude(state=Alert.State.LAPSED).values_list("identity", flat=True).distinct())


def known_by(identities: Collection[str]) -> list[Known]:
    """The warnings about these, newest first, with their records; the lapsed ones aside. Two statements at most.

    They are locked: whoever takes a step with one meanwhile does so before or after. What they were computed with is
    not read: of those that say something else now it is written anew.
    """
    if not identities:
        return []
    where = f"state <> %s AND identity IN ({', '.join(['%s'] * len(identities))})"
    lock = "ORDER BY id FOR UPDATE" if connection.features.has_select_for_update else ""
    alerts = statements.read(Alert, where, [Alert.State.LAPSED, *identities], lock, without=raising.COMPUTED)
    alerts.sort(key=lambda alert: -alert.pk)  # asked for by school or in order, SQLite would read the whole school's
    rows = _rows_of([alert.pk for alert in alerts])
    return [(alert, rows.get(alert.pk, set())) for alert in alerts]


def _rows_of(alerts: Collection[int]) -> dict[int, set[int]]:
    """The records of warnings: some have thousands, which come as one value each."""
    if not alerts:
        return {}
    together = "json_group_array" if connection.vendor == "sqlite" else "json_agg"
    marks = ", ".join(["%s"] * len(alerts))
    found = statements.fetch(
        f"SELECT alert_id, CAST({together}(record_id) AS text) FROM alerts_alertrow"
        f" WHERE alert_id IN ({marks}) GROUP BY alert_id",
        list(alerts),
    )
    return {alert_id: set(orjson.loads(records)) for alert_id, records in found}


def _as_hit(code: str, alert: Alert, rows: set[int]) -> Hit:
    anchor = day_of(alert.anchor) if alert.anchor else 0
    key, numbers = tuple(alert.key), tuple(alert.numbers.items())
    return Hit(code, alert.check_id, alert.school_id, key, tuple(sorted(rows)), numbers, alert.colour, anchor)


def lapse(alerts: Sequence[Alert], why: str, *, by: User | None, into: Mapping[Alert, Alert] | None = None) -> None:
    """Warnings whose reason is gone close themselves, and say why; four statements at most, in a transaction.

    `into` are those in which they go on: they name them.
    """
    now = timezone.now()
    for alert in alerts:
        alert.state, alert.closed_at = Alert.State.LAPSED, now
    statements.update(alerts, ("state", "closed_at"))
    goes_on = {alert: other.number for alert, other in (into or {}).items()}
    statements.insert(
        [
            Disposal(alert=alert, step=Disposal.Step.LAPSED, text=why, reference=goes_on.get(alert, ""), by=None)
            for alert in alerts
        ]
    )
    record_many("alerts.lapsed", alerts, by=by, reason=why)


def _suppressed(school_id: int) -> Callable[[Hit], bool] | None:
    """Whether a finding is among what the school does not want to hear of now; None where it wants all."""
    day = connection.ops.adapt_datefield_value(today())
    found = statements.read(Suppression, "school_id = %s AND lifted_at IS NULL AND until >= %s", [school_id, day])
    quiet = {(one.code, one.check_id, one.identity) for one in found}

    def is_quiet(hit: Hit) -> bool:
        return any((hit.rule, check, key) in quiet for check in ("", hit.check) for key in ("", hit.identity))

    return is_quiet if quiet else None


def worst(alerts: Sequence[Alert]) -> Alert | None:
    """The gravest of warnings."""
    return max(alerts, key=lambda alert: rules.GRAVITY[alert.colour], default=None)


def holding(raised: Sequence[Alert]) -> Alert | None:
    """The red warning for which its school lets a record not be kept (实时防控), if it wants that."""
    return next((alert for alert in raised if alert.colour == "red" and alert.rule and alert.rule.holds_red), None)
