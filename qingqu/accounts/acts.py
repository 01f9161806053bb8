"""What the trace says about accounts, in sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "accounts.signed_in": _("登录了系统"),
    "accounts.sign_in_refused": _("以%(obj)s的登录名登录未成"),
    "accounts.password_changed": _("修改了%(obj)s的密码"),
    "accounts.password_strengthened": _("登录时更新了密码的存储方式，密码未变"),
    "accounts.code_issued": _("发放了%(obj)s的启用码"),
    "accounts.activated": _("用启用码设置了密码"),
    "accounts.profile_changed": _("修改了%(obj)s的联系方式与显示设置"),
    "accounts.token_made": _("新建了%(obj)s"),
    "accounts.token_revoked": _("停用了%(obj)s"),
}
