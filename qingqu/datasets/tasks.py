"""What the background worker does for the tables."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_noop as _

from qingqu.common.errors import NotPossible
from qingqu.datasets import actions, importing
from qingqu.datasets.models import Batch

log = logging.getLogger("qingqu.datasets")
KEPT_DAYS = 7


def load_waiting(stopped: Callable[[], bool] = lambda: False) -> int:
    """Take in the large files that are waiting, take back large batches, let the rules look at them.

    Everything is found by a query, so that what was acknowledged survives a restart; returns how many.
    """
    done = 0
    for batch in _batches(state=Batch.State.RUNNING):
        done += _load(batch, stopped)
    for batch in _batches(state=Batch.State.WITHDRAWING):
        while not stopped() and actions.withdraw_part(batch):
            time.sleep(actions.GAP)
        done += 1
    for batch in _batches(judged=False):
        if not stopped():
            actions.judge(batch)
    return done


def _batches(**which: Any) -> QuerySet[Batch]:
    return Batch.objects.filter(**which).select_related("dataset__school", "by").order_by("pk")


def _load(batch: Batch, stopped: Callable[[], bool]) -> int:
    try:
        with translation.override(settings.LANGUAGE_CODE):  # why it failed is kept as the message itself
            importing.load(batch, stopped)
    except importing.Stopped:
        return 0
    except NotPossible as refusal:
        importing.fail(batch, refusal.reason)
    except (OSError, ValueError):
        log.exception("the file of batch %d cannot be read", batch.pk)
        importing.fail(batch, _("文件已不在服务器上，或者不能读取，请重新上传。"))
    return 1


def discard_stale(day: date) -> int:
    """Delete files that somebody uploaded and forgot for a week, faulty rows kept that long, and files of that age
    that no import names: the machine stopped before it was written. Returns how many.
    """
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    stale = Batch.objects.filter(state__in=[Batch.State.UPLOADED, Batch.State.MAPPED], created_at__lt=before)
    for batch in stale:
        importing.discard(batch, by=None)
    rejected = Batch.objects.exclude(rejects="").exclude(rejects=None).filter(applied_at__lt=before)
    for batch in rejected:
        batch.rejects.delete(save=False)
        Batch.objects.filter(pk=batch.pk).update(rejects="")
    return len(stale) + len(rejected) + _delete_strays(before.timestamp())


def _delete_strays(before: float) -> int:
    root = Path(settings.MEDIA_ROOT)
    old = {str(path.relative_to(root)): path for path in root.glob("batches/*/*/*") if path.stat().st_mtime < before}
    for names in Batch.objects.values_list("file", "rejects").iterator():
        for name in names:
            old.pop(name or "", None)
    for path in old.values():
        path.unlink(missing_ok=True)
    return len(old)
