"""What the clock starts: the sequencer every second, a checkpoint every minute."""

from __future__ import annotations

import logging

from qingqu.trace import sequencer
from qingqu.trace.signer import Refused

logger = logging.getLogger(__name__)


def sequence() -> int:
    """Bring the outbox into the log; returns how many entries."""
    return sequencer.sequence()


def checkpoint_if_due() -> None:
    """Fix the log's size and root where a minute has passed, and have it signed."""
    try:
        sequencer.checkpoint()
    except Refused as refusal:
        logger.critical("The signer refuses to sign the log: %s", refusal)
