"""What the clock starts: measures that were not done."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.risks import queries
from qingqu.risks.models import ControlMeasure
from qingqu.trace.actions import record_many


@transaction.atomic
def remind_overdue(day: date) -> int:
    """Tell the owner of a measure once that its day has passed; returns how many measures. Amber says the rest (G4)."""
    untold = Q(told_for=None) | Q(told_for__lt=F("next_due_on"))
    late = list(queries.overdue(day).filter(untold).select_related("owner", "risk").order_by("id"))
    if not late:
        return 0
    by_count = defaultdict(list)
    counts: dict[int, int] = defaultdict(int)
    owners = {measure.owner_id: measure.owner for measure in late}
    for measure in late:
        counts[measure.owner_id] += 1
        measure.told_for = measure.next_due_on
    for pk, owner in owners.items():
        by_count[counts[pk]].append(owner)
    said = gettext_lazy("您有 %(count)s 项防控措施已逾期，请登记执行情况")
    for count, people in by_count.items():
        tell(people, said, reverse("risks:tasks"), Message.Kind.REMINDER, on=day, words={"count": count})
    ControlMeasure.objects.bulk_update(late, ["told_for"], batch_size=200)
    risks = {measure.risk_id: measure.risk for measure in late}
    record_many("risks.measure_overdue", risks.values(), by=None)
    return len(late)
