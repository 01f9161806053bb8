"""Who may do what with an account: one's own only."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import Token, User
from qingqu.common.access import ALLOWED, Access, denied


def can_revoke(user: User, token: Token) -> Access:
    if token.user_id != user.pk:
        return denied(_("只能停用自己的密钥"))
    if token.revoked_at:
        return denied(_("这个密钥已停用"))
    return ALLOWED
