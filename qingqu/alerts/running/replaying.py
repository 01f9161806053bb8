"""Computing a warning anew out of what was kept: the versions of the records, the values, the medians, the day."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.alerts import queries
from qingqu.alerts.engine import catalogue
from qingqu.alerts.engine.expressions import ExpressionError
from qingqu.alerts.engine.prepared import Context, Prepared, prepare
from qingqu.alerts.engine.snapshots import Snapshot
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Alert, AlertRow, Replay
from qingqu.alerts.models import Snapshot as KeptSnapshot
from qingqu.common.calendar import day_of
from qingqu.common.errors import NotPossible


def ask(alert: Alert, *, by: User) -> Replay:
    """Have a warning computed anew soon; one that is waiting serves everybody who asks.

    Raises NotPossible where it is not computed out of records.
    """
    if alert.rule is None:
        raise NotPossible(Replay.Outcome.NOT_OF_RECORDS.label)
    waiting = Replay.objects.filter(alert=alert, ended_at=None).first()
    return waiting or Replay.objects.create(alert=alert, by=by)


def carry_out(asked: Replay) -> Replay:
    """Compute it and note what came out. Whatever it raises is noted as a failure and raised again."""
    try:
        asked.outcome = replay(asked.alert)
    except BaseException:
        asked.outcome = Replay.Outcome.FAILED
        raise
    finally:
        asked.ended_at = timezone.now()
        asked.save(update_fields=["outcome", "ended_at"])
    return asked


def newest(alert: Alert) -> Replay | None:
    """The one that is under way, otherwise the last one since its present numbers were found; one statement."""
    since = alert.judged_at or alert.raised_at
    return Replay.objects.filter(alert=alert, asked_at__gte=since).select_related("by").first()


def replay(alert: Alert, backend: Any = None) -> Replay.Outcome:
    """Judge whole tables as they stood when the warning was made, with the values, medians and day of then.

    Every primitive alike, joined tables included: former versions of records are kept for ever. What is not kept are
    former definitions of the product (check, legal days off) and a log's former names of steps; where these have
    changed and another result comes out, nothing is known. `backend`: what computes it, DuckDB where none is given.
    """
    if alert.rule is None:
        return Replay.Outcome.NOT_OF_RECORDS
    if not queries.is_sealed(alert):
        return Replay.Outcome.OTHER_RECORDS
    snapshots = _snapshots(alert)
    if snapshots is None:
        return Replay.Outcome.OTHER_MEDIANS
    prepared = _prepared(alert, snapshots)
    if prepared and _comes_out(alert, prepared, backend):
        return Replay.Outcome.SAME
    if alert.judged_at is None:
        return Replay.Outcome.NO_MOMENT
    if prepared is None or rulebook.definition_of(prepared) != alert.definition:
        return Replay.Outcome.REDEFINED
    return Replay.Outcome.DIFFERENT


def _snapshots(alert: Alert) -> dict[tuple[str, str], Snapshot] | None:
    """The medians that it was compared with; None where those that are kept are not they."""
    assert alert.rule is not None
    if not alert.snapshot:
        return {}
    of_check = KeptSnapshot.objects.filter(school=alert.school_id, code=alert.rule.code, check_id=alert.check_id)
    kept = of_check.filter(digest=alert.snapshot).first()
    snapshot = Snapshot.of_rows(kept.rows) if kept else None
    if snapshot is None or snapshot.digest != alert.snapshot:
        return None
    return {(alert.rule.code, alert.check_id): snapshot}


def _prepared(alert: Alert, snapshots: dict[tuple[str, str], Snapshot]) -> Prepared | None:
    """Its check as of then; None where the product does not know it any more."""
    assert alert.rule is not None
    shipped = rulebook.find(alert.rule.code)
    if shipped is None or alert.check_id not in {one.id for one in shipped.checks}:
        return None
    try:
        rule = alert.rule
        whole = catalogue.effective(shipped, alert.parameters, rule.levels, rule.where, rule.peers)
        one = rulebook.check_of(whole, alert.check_id)
        steps = rulebook.steps_of(alert.school_id, one.dataset or whole.dataset)
        day = day_of(alert.judged_on or timezone.localtime(alert.raised_at).date())
        context = Context(day, rulebook.calendar(day), snapshots, steps)
        return prepare(whole, one, rulebook.schemas_of(whole), context)
    except ExpressionError:
        return None


def _comes_out(alert: Alert, prepared: Prepared, backend: Any) -> bool:
    """Whether the same finding comes out: its records, every number, its colour, its day."""
    from qingqu.alerts.engine.batch import run_check
    from qingqu.alerts.running import tables  # only here: a web worker does without Ibis and what it brings

    moment = alert.judged_at or alert.raised_at
    rows = tuple(AlertRow.objects.filter(alert=alert).order_by("record_id").values_list("record_id", flat=True))
    same = (rows, dict(alert.numbers), alert.colour, day_of(alert.anchor) if alert.anchor else 0)
    return any(
        hit.identity == alert.identity and same == (hit.rows, dict(hit.numbers), hit.colour, hit.anchor)
        for hit in run_check(prepared, tables.as_of(alert.school, prepared.watches, moment, backend))
    )
