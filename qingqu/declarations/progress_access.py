"""Who sees who has handed in, who may urge, exempt and close."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.campaigns.access import can_manage
from qingqu.campaigns.models import Campaign
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.access import OTHER_SCHOOL, in_own_school
from qingqu.organisation.queries import standing

WHOLE_SCHOOL = ("party_office", "discipline", "secretary", "principal")


def can_see_progress(user: User, campaign: Campaign) -> Access:
    """Party office, discipline commission, secretary and principal; heads and leaders for their own departments."""
    return can_follow_progress(user) if in_own_school(user, campaign.school_id) else OTHER_SCHOOL


def can_follow_progress(user: User) -> Access:
    """The same where no year has been made yet."""
    who = standing(user)
    if who.has(*WHOLE_SCHOOL) or who.heads or who.leads:
        return ALLOWED
    return denied(_("登记进度由党办、纪委、校领导和部门负责人查看"))


def departments_seen(user: User) -> frozenset[int] | None:
    """Ids of the departments whose progress `user` sees; None means the whole school."""
    who = standing(user)
    return None if who.has(*WHOLE_SCHOOL) else who.heads | who.leads


def can_urge(user: User, campaign: Campaign, unit_id: int | None = None) -> Access:
    """The party office urges anybody, a head his own department, a leader those in his field."""
    if not in_own_school(user, campaign.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if who.is_party_office or (unit_id is not None and unit_id in who.heads | who.leads):
        return ALLOWED
    return denied(_("由党办或部门负责人催办"))


def can_settle(user: User, campaign: Campaign) -> Access:
    """Exemptions and the closing of stages: the party office."""
    return can_manage(user, campaign.school)
