"""Fetching what an address names, through the door."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from qingqu.accounts.models import User
from qingqu.common.access import require
from qingqu.organisation.models import schools_of
from qingqu.risks import access
from qingqu.risks.models import ControlMeasure, RiskPoint, RiskPointQuerySet


def risk_or_404(user: User, pk: int, rows: RiskPointQuerySet | None = None) -> RiskPoint:
    """A risk point of the reader's school: others' are not found, what he may not see is refused with the reason."""
    rows = RiskPoint.objects.all() if rows is None else rows
    related = ("school", "unit", "person", "owner", "power", "step", "post", "regulation")
    risk = get_object_or_404(rows.select_related(*related), pk=pk, school_id__in=schools_of(user))
    require(access.can_see(user, risk))
    return risk


def measure_or_404(user: User, pk: int) -> ControlMeasure:
    """A measure whose risk the reader may see."""
    rows = ControlMeasure.objects.select_related("risk__school", "risk__unit", "risk__owner", "owner", "post")
    measure = get_object_or_404(rows, pk=pk, risk__school_id__in=schools_of(user))
    if measure.owner_id != user.pk:  # who has to do a measure may do it, whatever its risk says
        require(access.can_see(user, measure.risk))
    return measure
