"""All rules over all records of a school: nightly, after a large import, and on command. DuckDB over Parquet."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingqu.accounts.models import User
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.counting import Folded, fold
from qingqu.alerts.engine.batch.peers import compute
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.indicators.rulebook import Running
from qingqu.alerts.models import Rule, Snapshot
from qingqu.alerts.running import conformity, ready, reconciling, tallies
from qingqu.alerts.running.reconciling import Finding, Result
from qingqu.alerts.running.tables import Current, Tables
from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.datasets import postings
from qingqu.datasets.actions import GAP
from qingqu.datasets.models import Dataset
from qingqu.organisation.models import Unit

log = logging.getLogger("qingqu.alerts")
TRIES = 3
"""So often a check is judged anew where somebody writes into its tables meanwhile."""
AT_ONCE = 200
"""Keys whose findings are brought in line in one transaction, about a second: others who write wait no longer."""
Say = Callable[[int, int, str], object]
"""How many checks are done, of how many, and what the last one brought."""


def silent(_done: int, _of: int, _line: str) -> None:
    """Say nothing."""


def refresh_snapshots(school: Unit, rules: list[Rule], tables: Tables, day: int) -> int:
    """Compute the medians of peers anew and keep those that changed; returns how many."""
    made = 0
    for rule in rules:
        whole = rulebook.effective(rule)
        for one in whole.checks:
            if one.primitive != "peer":
                continue
            prepared = prepare(whole, one, rulebook.schemas_of(whole), Context(day, rulebook.calendar(day)))
            if prepared.awaits:
                continue
            fresh = compute(prepared, tables)
            newest = Snapshot.objects.filter(school=school, code=rule.code, check_id=one.id).order_by("-id").first()
            if newest is None or newest.digest != fresh.digest:
                Snapshot.objects.create(
                    school=school, code=rule.code, check_id=one.id, rows=fresh.as_rows(), digest=fresh.digest
                )
                made += 1
    return made


def run(school: Unit, *, by: User | None, day: date | None = None, backend: Any = None, say: Say = silent) -> Result:
    """Judge all records of a school by all its rules, and bring the warnings in line.

    Whatever differs from the judgement on writing is corrected and logged, which checks both against each other.
    `day` is today for the rules; `backend` an Ibis engine other than DuckDB. A check that fails keeps no
    other from being judged; what went wrong is raised at the end.
    """
    failed = list[Exception]()
    total, number = Result(), day_of(day or today())
    rules = rulebook.in_force(school, day)
    if not rules:
        return total
    current = Current(school, backend)
    if refresh_snapshots(school, rules, current.tables, number):
        ready.forget(school.pk)
    datasets = {d.code: d for d in Dataset.objects.filter(school=school).select_related("keeper")}
    for dataset in datasets.values():  # what a new indicator looks up should be there before somebody writes
        postings.ensure(dataset, pause=GAP)
    checks = rulebook.running(rules, number, rulebook.snapshots_of(school))
    for done, running in enumerate(checks, 1):
        table = datasets.get(running.prepared.dataset)
        line = f"{running.rule.code}/{running.prepared.check.id}"
        if table is not None:
            try:
                found, result = judge_check(running, table, current, by)
            except Exception as error:
                log.exception("school %s: %s has failed, the other checks go on", school.code, line)
                failed.append(error)
                line += ": failed"
            else:
                line += f": {found} · +{len(result.raised)} ~{result.refreshed} −{result.lapsed}"
                total += result
        say(done, len(checks), line)
    log.info(
        "school %s judged by %d checks: %d raised, %d updated, %d withdrawn, %d closed before, %d suppressed",
        school.code, len(checks), len(total.raised), total.refreshed, total.lapsed, total.quiet, total.suppressed,
    )  # fmt: skip
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {len(checks)} checks have failed", failed)
    return total


def _folded(running: Running, current: Current) -> Folded | None:
    """A check's count lines made from the tables; None if those kept are up to date."""
    counting = running.judge.counting if tallies.wanted(running, current.changes) else None
    return fold(counting, current.tables) if counting else None


def judge_check(running: Running, dataset: Dataset, current: Current, by: User | None) -> tuple[int, Result]:
    """Judge whole tables and reconcile; anew where one was written into meanwhile: its writer has judged on his own."""
    total = Result()
    for _ in range(TRIES):
        total.quiet = total.suppressed = 0  # what was raised stays, the rest is found anew
        hits = run_check(running.prepared, current.tables, current.logs)
        folded = _folded(running, current)
        if _brought_in_line(running, dataset, current, hits, folded, total, by):
            return len(hits), total
        current.read()
    log.warning("%s is being written into all the time; its check is left to the next run", dataset.code)
    return 0, total


def _brought_in_line(
    running: Running,
    dataset: Dataset,
    current: Current,
    hits: Sequence[Hit],
    folded: Folded | None,
    total: Result,
    by: User | None,
) -> bool:
    """Reconcile the findings of a check, some keys to a transaction: a year that comes in at once brings thousands.

    False where the tables were written into meanwhile; what was raised till then stays and counts.
    """
    by_key: dict[str, list[Hit]] = {identity: [] for identity in reconciling.standing(running, dataset.school_id)}
    for hit in conformity.beyond_doubt(running, dataset, hits, by_key):
        by_key.setdefault(hit.identity, []).append(hit)
    keys = list(by_key)
    for start in range(0, len(keys) or 1, AT_ONCE):
        part = keys[start : start + AT_ONCE]
        if start:
            time.sleep(GAP)
        with transaction.atomic():
            if not current.still(running.prepared.watches):
                return False
            if folded and not start:
                tallies.replace(running, folded, current.changes)
            found = [hit for key in part for hit in by_key[key]]
            known = reconciling.known_by(part)
            total += reconciling.reconcile([Finding(running, dataset, found, lambda _hit: True, known)], by=by)
    return True
