"""Who may take over entries of the starter library."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing


def can_adopt(user: User) -> Access:
    """The party office for the whole school, the head of a department for his own."""
    who = standing(user)
    if who.school is not None and (who.is_party_office or who.heads):
        return ALLOWED
    return denied(_("起步库由党办或部门负责人采用"))


def can_adopt_into(user: User, unit: Unit) -> Access:
    """Take an entry over into this unit."""
    who = standing(user)
    if who.school is not None and unit.school_id == who.school.pk and (who.is_party_office or unit.pk in who.heads):
        return ALLOWED
    return denied(_("只能采用到本人负责的部门"))
