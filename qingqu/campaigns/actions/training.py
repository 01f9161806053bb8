"""The mobilisation meeting and the study sessions of the units, on record (S57, S58)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Mobilisation
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit
from qingqu.trace.actions import record

FIELDS = ("title", "held_on", "place", "host", "attendance", "minutes")


@transaction.atomic
def record_mobilisation(
    campaign: Campaign, *, kind: str, unit: Unit | None = None, by: User, **facts: Any
) -> Mobilisation:
    """Enter a meeting of the school or a study session of a unit: title, day, place, host, attendance, minutes."""
    _check(facts)
    if kind == Mobilisation.Kind.STUDY and unit is None:
        raise NotPossible(_("请选择是哪个部门或支部的学习"))
    held = Mobilisation.objects.create(campaign=campaign, kind=kind, unit=unit, by=by, **_known(facts))
    record("campaigns.mobilisation_recorded", held, by=by, after=kind)
    return held


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in FIELDS if name in facts}


def _check(facts: dict[str, Any]) -> None:
    if facts["held_on"] > today():
        raise NotPossible(_("日期还没有到，请在会后登记"))


@transaction.atomic
def edit_mobilisation(held: Mobilisation, *, by: User, **facts: Any) -> Mobilisation:
    """Correct a record of a meeting or study session."""
    held = Mobilisation.objects.select_for_update().get(pk=held.pk)
    _check(facts)
    known = _known(facts)
    for name, value in known.items():
        setattr(held, name, value)
    held.save(update_fields=list(known))
    record("campaigns.mobilisation_edited", held, by=by)
    return held
