"""The acts on regulations (制度, S6): kept beside the powers that rest on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit
from qingqu.powers.models import Regulation
from qingqu.trace.actions import record

FIELDS = ("unit", "name", "number", "state", "effective_on", "review_on")


@transaction.atomic
def create_regulation(*, school: Unit, facts: Mapping[str, Any], by: User | None) -> Regulation:
    """Enter a regulation into the school's list."""
    regulation = Regulation(school=school, **_known(facts))
    _refuse_twice(regulation)
    regulation.save()
    record("powers.regulation_created", regulation, by=by, after=regulation.state)
    return regulation


@transaction.atomic
def update_regulation(regulation: Regulation, facts: Mapping[str, Any], *, by: User) -> Regulation:
    """Change what is said of a regulation: its state, when it must be reviewed."""
    regulation = Regulation.objects.select_for_update().get(pk=regulation.pk)
    before = regulation.state
    for name, value in _known(facts).items():
        setattr(regulation, name, value)
    _refuse_twice(regulation)
    regulation.save()
    record("powers.regulation_updated", regulation, by=by, before=before, after=regulation.state)
    return regulation


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in FIELDS if name in facts}


def _refuse_twice(regulation: Regulation) -> None:
    same = Regulation.objects.filter(school=regulation.school, name=regulation.name, number=regulation.number)
    if same.exclude(pk=regulation.pk).exists():
        raise NotPossible(_("本校制度中已有“%(name)s”") % {"name": regulation.name})
