"""Who reads a form that is under review."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.declarations.access import can_see_thought
from qingqu.declarations.models import Declaration
from qingqu.declarations.rules.states import OPEN

__all__ = ["can_read", "can_see_thought"]


def can_read(user: User, declaration: Declaration) -> Access:
    """Whether `user` may read the form now: others only while it is handed in, its writer always."""
    if declaration.person_id == user.pk:
        return ALLOWED
    if declaration.kind == Declaration.Kind.UNIT and declaration.unit.responsible_id == user.pk:
        return ALLOWED
    if declaration.state in OPEN:
        return denied(_("填报人正在填写或修改，报送后可以查看"))
    return ALLOWED


def can_print_control(declaration: Declaration) -> Access:
    """Whether there is a control form: once the form is approved."""
    if declaration.state != Declaration.State.APPROVED:
        return denied(_("登记表审核通过后，才有识别防控表"))
    return ALLOWED
