"""Who may change the power list: the head of the department for his own, the party office for all (S44)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import Standing, standing
from qingqu.powers.models import Power, Regulation


def can_create(user: User) -> Access:
    """A new power or regulation: heads of departments and the party office."""
    who = standing(user)
    if who.is_party_office or who.heads:
        return ALLOWED
    return denied(_("权力事项和制度由部门负责人或党办填写"))


def can_create_for(user: User, unit: Unit) -> Access:
    """A new power or regulation of this very unit."""
    return _keeps(standing(user), unit.school_id, unit.pk)


def can_edit(user: User, power: Power) -> Access:
    """Change a power's facts, basis, steps and holders."""
    allowed = _keeps(standing(user), power.school_id, power.unit_id)
    if allowed and power.state == Power.State.RETIRED:
        return denied(_("已停用的权力事项不能修改，请先恢复"))
    return allowed


def can_retire(user: User, power: Power) -> Access:
    """Take a power out of force or bring it back: the party office, for the whole list stays in its hands."""
    who = standing(user)
    if who.is_party_office and _same_school(who, power.school_id):
        return ALLOWED
    return denied(_("停用和恢复权力事项由党办办理"))


def can_confirm_basis(user: User, power: Power) -> Access:
    """Confirm a document's number after looking at the document."""
    who = standing(user)
    if _same_school(who, power.school_id) and (who.is_party_office or who.is_discipline):
        return ALLOWED
    return denied(_("文号由党办或纪委核对"))


def can_mark_key(user: User, power: Power) -> Access:
    """Mark key fields and key steps (S4)."""
    who = standing(user)
    if _same_school(who, power.school_id) and who.is_discipline:
        return ALLOWED
    return denied(_("重点领域和关键环节由纪委标定"))


def can_edit_regulation(user: User, regulation: Regulation) -> Access:
    """Change what is said of a regulation: its unit's head or the party office."""
    return _keeps(standing(user), regulation.school_id, regulation.unit_id)


def _same_school(who: Standing, school_id: int | None) -> bool:
    return who.school is not None and who.school.pk == school_id


def _keeps(who: Standing, school_id: int | None, unit_id: int | None) -> Access:
    if _same_school(who, school_id) and (who.is_party_office or unit_id in who.heads):
        return ALLOWED
    return denied(_("只有本部门负责人或党办可以修改"))
