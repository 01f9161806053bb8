"""What lists read of a risk point and nobody writes by hand: its due days, whether it is late, its words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from qingqu.common.clock import today
from qingqu.risks import search, words
from qingqu.risks.models import ControlMeasure, MeasureRun, RiskPoint

BATCH = 500


def keep(risks: Iterable[int], day: date | None = None) -> None:
    """Bring the kept columns and the words of these risk points up to date; three statements per few hundred.

    Every action that writes a risk point, its measures or their runs calls it in its transaction.
    """
    keys = sorted(set(risks))
    going = ControlMeasure.objects.filter(risk=OuterRef("pk"), stopped_at=None, next_due_on__isnull=False)
    runs = MeasureRun.objects.filter(measure__risk=OuterRef("pk"), undone_at=None)
    for start in range(0, len(keys), BATCH):
        rows = RiskPoint.objects.filter(pk__in=keys[start : start + BATCH])
        rows.update(
            next_due_on=Subquery(going.order_by("next_due_on").values("next_due_on")[:1]),
            last_done_on=Subquery(runs.order_by("-done_on").values("done_on")[:1]),
            late=Exists(going.filter(next_due_on__lt=day or today())),
        )
        search.write(rows.only("rank", "last_done_on", *words.COLUMNS, *words.TEXTS).order_by("pk"))


def turn_late(day: date) -> int:
    """Let risk points be late whose due day has passed, in small transactions; returns how many turned."""
    wrong = Q(late=False, next_due_on__lt=day) | Q(late=True, next_due_on__gte=day)
    turned = 0
    while keys := list(RiskPoint.objects.filter(wrong).order_by().values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            keep(keys, day)
        turned += len(keys)
    return turned
