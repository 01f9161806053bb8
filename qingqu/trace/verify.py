"""`qingqu verify`: the log against itself, its checkpoints and the signer; the business rows against the log (S87)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from qingqu.trace import actions, replay, sequencer
from qingqu.trace.actions import By
from qingqu.trace.models import Entry, VerifyRun
from qingqu.trace.problems import Problem
from qingqu.trace.reconcile import Rows
from qingqu.trace.replay import Replay, words_agree

MOST_PROBLEMS = 1000
PATIENCE = timedelta(minutes=10)
Progress = Callable[[float], None]


@dataclass(slots=True)
class VerifyResult:
    """What a verification found: at most the first thousand problems are kept, all are counted."""

    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    entries: int = 0
    rows: int = 0
    root: str = ""

    @property
    def ok(self) -> bool:
        return self.problem_count == 0

    def note(self, problem: Problem) -> None:
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def run_verify(progress: Progress | None = None, *, by: By = None) -> VerifyResult:
    """Replay the log, reconcile every row, keep the result for the discipline commission's page.

    Streams in bounded memory; `progress` is told the part that is done, from 0 to 1. The product may be in use.
    """
    started, result = timezone.now(), VerifyResult()
    for problem in _walk(result, progress or (lambda part: None)):
        result.note(problem)
    with transaction.atomic():
        run = VerifyRun.objects.create(
            started_at=started,
            finished_at=timezone.now(),
            ok=result.ok,
            entries=result.entries,
            rows=result.rows,
            root=result.root,
            problem_count=result.problem_count,
            problems=[{"kind": problem.kind, "about": problem.about} for problem in result.problems],
        )
        details = {"entries": result.entries, "rows": result.rows, "problems": result.problem_count}
        actions.write("trace.verified", run, by=by, details=details)
    return result


def verify() -> list[Problem]:
    """Everything that does not agree."""
    return run_verify().problems


def _walk(result: VerifyResult, progress: Progress) -> Iterator[Problem]:
    log, rows = sequencer.the_log(), Rows()
    whole, player = log.size + rows.count() + 1, Replay(log)
    for entries in replay.chunks(log.size):
        result.entries = min(result.entries + replay.CHUNK, log.size)
        yield from player.take(entries, result.entries)
        yield from _said(entries, rows)
        progress(result.entries / whole)
    yield from player.finish()
    for entries in replay.outbox(log.size):
        yield from _said(entries, rows)
    yield from _outbox(log.size)
    for count, problems in rows.walk():
        result.rows += count
        yield from problems
        progress((log.size + result.rows) / whole)
    result.root = player.frontier.root().hex()
    progress(1)


def _said(entries: list[Entry], rows: Rows) -> Iterator[Problem]:
    for entry in entries:
        if not words_agree(entry):
            yield Problem("words-changed", {"position": entry.position, "obj": entry.obj})
    yield from rows.gone(entries)


def _outbox(size: int) -> Iterator[Problem]:
    """Whether entries wait too long, or vanished before they had a position.

    SQLite gives numbers without gap, also after a transaction that was undone; PostgreSQL does not, and there a row
    that changed without its leaf is found by reconciliation.
    """
    since = sequencer.waiting_since()
    if since and timezone.now() - since > PATIENCE:
        yield Problem("waiting", {"since": timezone.localtime(since).strftime("%Y-%m-%d %H:%M")})
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            given = cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'trace_entry'").fetchone()
        kept = Entry.objects.aggregate(count=Count("pk"), placed=Count("position"))
        lost = (given[0] if given else 0) - kept["count"] - max(0, size - kept["placed"])
        if lost > 0:
            yield Problem("entries-lost", {"count": lost})
