"""Who may take lists out of the house, and who may open whose dossier."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing

KEEPERS = ("party_office", "discipline")


def can_export(user: User, kind: str) -> Access:
    """The ledger and the power list: everybody, of what he sees. Lists of people: those who run the year (S42)."""
    who = standing(user)
    if who.school is None:
        return denied(_("还没有学校，不能导出"))
    if kind in ("ledger", "summary", "powers"):
        return ALLOWED
    if who.has(*KEEPERS, "secretary", "principal"):
        return ALLOWED
    return denied(_("人员名册和办理情况由党办、纪委和主要领导导出"))


def can_open_dossiers(user: User) -> Access:
    """The list of dossiers: everybody finds there at least his own."""
    return ALLOWED if standing(user).school else denied(_("还没有学校"))


def can_open_unit(user: User, unit: Unit) -> Access:
    """A unit's dossier: discipline commission, party office, the unit's head and its leader (S41, S42)."""
    who = standing(user)
    if who.school is None or unit.school_id != who.school.pk:
        return denied(_("这一单位属于其他学校"))
    if who.has(*KEEPERS) or unit.pk in who.heads | who.leads:
        return ALLOWED
    return denied(_("单位的信息档案由纪委、党办、部门负责人和分管领导查看"))


def can_open_person(user: User, person: User) -> Access:
    """A person's dossier: himself, and the discipline commission (S41, S42)."""
    if person.pk == user.pk or standing(user).is_discipline:
        return ALLOWED
    return denied(_("个人的信息档案只有本人和纪委可以查看"))
