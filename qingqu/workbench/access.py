"""Who may see which page of the workbench."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.queries import standing


def can_see_field(user: User) -> Access:
    """The page of one's own field is for leaders, heads and the discipline commission."""
    who = standing(user)
    if who.is_team or who.is_discipline or who.heads or who.leads:
        return ALLOWED
    return denied(_("“一岗双责”页供分管领导、部门负责人和纪委查看"))
