"""What the background worker does for the tables."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from django.utils import timezone

from qingqu.common.errors import NotPossible
from qingqu.datasets import importing
from qingqu.datasets.models import Batch

log = logging.getLogger("qingqu.datasets")
KEPT_DAYS = 7


def load_waiting() -> int:
    """Take in the large files that are waiting; returns how many."""
    done = 0
    for batch in Batch.objects.filter(state=Batch.State.RUNNING, source=Batch.Source.FILE).select_related("dataset"):
        try:
            importing.load(batch)
            done += 1
        except NotPossible as refusal:
            importing.fail(batch, refusal.reason)
    return done


def discard_stale(day: date) -> int:
    """Delete files that somebody uploaded and forgot for a week; returns how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    stale = Batch.objects.filter(state__in=[Batch.State.UPLOADED, Batch.State.MAPPED], created_at__lt=before)
    for batch in stale:
        importing.discard(batch, by=None)
    return len(stale)
