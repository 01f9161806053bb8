"""After a restored backup: the log is shorter than what was signed, and that must be said, not hidden."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from qingqu.trace import sequencer
from qingqu.trace.actions import By, write
from qingqu.trace.models import Entry
from qingqu.trace.signer import Signer


def recover(folder: Path, *, by: By, reason: str) -> Entry:
    """Retire the signer's key and begin with a new one; an entry names what the old one had signed last."""
    last = Signer(folder).renew()
    with transaction.atomic():
        details: dict[str, str | int] = {"signed": last.size, "root": last.root.hex()}
        entry = write("trace.restored", "trace.log:1", by=by, reason=reason, details=details)
    sequencer.sequence()
    return entry
