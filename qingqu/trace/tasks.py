"""What the clock starts: the sequencer every second, a checkpoint every minute."""

from __future__ import annotations

import logging
from threading import Event

from django.db import close_old_connections

from qingqu.trace import sequencer
from qingqu.trace.signer import Refused

logger = logging.getLogger(__name__)


def sequence() -> int:
    """Bring the outbox into the log; returns how many entries."""
    return sequencer.sequence()


def checkpoint() -> None:
    """Fix the log's size and root where a minute has passed, and have it signed."""
    try:
        sequencer.checkpoint()
    except Refused as refusal:
        logger.critical("The signer refuses to sign the log: %s", refusal)


def run(stop: Event, every: float = 1.0) -> None:
    """Sequence and checkpoint until `stop` is set. One of these runs in the background worker."""
    while not stop.wait(every):
        try:
            close_old_connections()
            sequence()
            checkpoint()
        except Exception:
            logger.exception("The sequencer failed and tries again")
    sequence()
