"""Runs of all rules that were asked for: noted in the act's own transaction, done by the worker, shown on the pages."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.alerts.models import Run
from qingqu.organisation.models import Unit

log = logging.getLogger("qingqu.alerts")


def ask(school: Unit, *, by: User | None) -> Run:
    """Have all records of a school judged soon; call it in the transaction that gives reason to.

    One that has not begun serves everybody who asks: locked, it begins when what they changed is there.
    """
    waiting = Run.objects.select_for_update().filter(school=school, night=None, on=None, began_at=None).first()
    return waiting or Run.objects.create(school=school, by=by)


def carry_out(run: Run, **how: Any) -> Run:
    """Judge all records of the run's school and note what came of it; `how` goes to `batches.run`.

    Whatever it raises is noted as a failure and raised again.
    """
    from qingqu.alerts.running import batches  # only here: a web worker does without Ibis and what it brings

    Run.objects.filter(pk=run.pk).update(began_at=timezone.now())
    try:
        result = batches.run(run.school, by=run.by, **how)
        run.raised, run.refreshed, run.lapsed = len(result.raised), result.refreshed, result.lapsed
        run.suppressed = result.suppressed
    except BaseException:
        run.failed = True
        raise
    finally:
        run.ended_at = timezone.now()
        run.save(update_fields=["raised", "refreshed", "lapsed", "suppressed", "failed", "ended_at"])
    return run


def by_hand(school: Unit, day: date) -> Run:
    """A run that is started on the server's command line, as of a day; carry it out at once.

    One before it that was killed on its way, and so never ended, is noted as a failure.
    """
    now = timezone.now()
    Run.objects.filter(school=school, ended_at=None).exclude(on=None).update(failed=True, ended_at=now)
    return Run.objects.create(school=school, on=day)


def of_night(school: Unit, day: date) -> Run | None:
    """The run of a night, if it is not over: begun again after an interruption."""
    run, _is_new = Run.objects.get_or_create(school=school, night=day)
    return run if run.ended_at is None else None


def newest(school: Unit) -> Run | None:
    """The run that is waiting or under way, otherwise the last one; one statement."""
    return (
        Run.objects.filter(school=school)
        .select_related("by")
        .order_by(F("ended_at").desc(nulls_first=True), "-id")
        .first()
    )
