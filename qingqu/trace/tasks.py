"""What the clock starts: the sequencer every second, a checkpoint every minute, a verification every night."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from qingqu.trace import queries, sequencer
from qingqu.trace.signer import Refused, Signer
from qingqu.trace.verify import run_verify

logger = logging.getLogger(__name__)
NIGHT = range(1, 6)
"""Hours in which the daily verification runs."""
OVERDUE = timedelta(hours=36)


def sequence() -> int:
    """Bring the outbox into the log; returns how many entries."""
    return sequencer.sequence()


def checkpoint_if_due() -> None:
    """Fix the log's size and root where a minute has passed, and have it signed."""
    if settings.SIGNER_HERE:
        Signer(sequencer.signer_folder()).create(sequencer.the_log().origin)
    try:
        sequencer.checkpoint()
    except Refused as refusal:
        logger.critical("The signer refuses to sign the log: %s", refusal)


def verify_if_due(day: date) -> int:
    """Verify once a night, or at any hour where that was missed; returns how many problems were found.

    The sequencer goes on meanwhile.
    """
    last, now = queries.last_verification(), timezone.localtime()
    age = now - last.started_at if last else OVERDUE
    if age < OVERDUE and (now.hour not in NIGHT or age < timedelta(hours=12)):
        return 0
    result = run_verify(progress=_meanwhile)
    if not result.ok:
        logger.critical("Verification found %s problems; the first: %s", result.problem_count, result.problems[0])
    return result.problem_count


def _meanwhile(part: float) -> None:
    sequence()
