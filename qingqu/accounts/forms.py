"""Shapes of what people type about their account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from qingqu.accounts import queries, rules
from qingqu.accounts.models import User
from qingqu.common.forms import Form, LookMixin

MOBILE = RegexValidator(r"^[0-9+\- ]{5,20}$", _("请填写电话号码，例如 13800000000。"))


POOR_PASSWORD = {
    "password_too_short": _("太短，请至少写 10 个字。"),
    "password_too_similar": _("与您的姓名、工号或手机太相近，容易被猜到，请换一个。"),
    "password_too_common": _("太常见，容易被猜到，请换一个。"),
}


class SignInForm(LookMixin, AuthenticationForm):
    """Sign-in name, staff number or phone, and the password."""

    error_messages = {
        "invalid_login": _("登录名或密码不对。首次登录的，请先用启用码设置密码。"),
        "inactive": _("登录名或密码不对。首次登录的，请先用启用码设置密码。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("登录名、工号或手机号")
        self.fields["password"].label = _("密码")

    def clean_username(self) -> str:
        return queries.sign_in_name(self.cleaned_data["username"])


class NewPasswordMixin(Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label=_("新密码"),
        help_text=_("至少 10 个字，不与姓名、工号相近。几个不相干的词连起来好记又难猜。"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def about(self) -> User | None:
        """Whose password it will be, so that it does not resemble his name."""
        return None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        password, again = data.get("password"), data.get("again")
        if password and again and password != again:
            self.add_error("again", _("两次输入的新密码不一致。"))
        elif password:
            try:
                validate_password(password, self.about())
            except ValidationError as error:
                for fault in error.error_list:
                    self.add_error("password", POOR_PASSWORD.get(fault.code or "", fault))
        return data


class ActivateForm(NewPasswordMixin):
    """First sign-in: the name and the code on the slip, and a password of one's own."""

    username = forms.CharField(
        label=_("登录名、工号或手机号"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    code = forms.CharField(
        label=_("启用码"),
        help_text=_("印在党办发给您的纸条上，共 12 位，不分大小写。"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )
    field_order = ("username", "code", "password", "again")

    def clean_username(self) -> str:
        return queries.sign_in_name(self.cleaned_data["username"])

    def about(self) -> User | None:
        name = self.cleaned_data.get("username", "")
        return User(username=name, name="", number=name)


class ChangePasswordForm(NewPasswordMixin):
    """The password that one has, and the new one."""

    old = forms.CharField(
        label=_("现在的密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password", "again")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def about(self) -> User:
        return self.user

    def clean_old(self) -> str:
        if not self.user.check_password(self.cleaned_data["old"]):
            raise ValidationError(_("现在的密码不对。"))
        return self.cleaned_data["old"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("old") and data.get("old") == data.get("password"):
            self.add_error("password", _("新密码与现在的密码相同。"))
        return data


class PreferencesForm(Form):
    """How one wishes to read, and a phone number if one likes."""

    phone = forms.CharField(
        label=_("手机"),
        required=False,
        max_length=20,
        validators=[MOBILE],
        help_text=_("可以不填。填写后可用手机号登录。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    language = forms.ChoiceField(label=_("语言"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    large_text = forms.BooleanField(label=_("用大字显示"), required=False)


class TokenForm(Form):
    """What a key is for, and for how long."""

    name = forms.CharField(label=_("用途"), max_length=60, help_text=_("例如：每月导出台账的脚本。"))
    days = forms.TypedChoiceField(
        label=_("有效期"),
        coerce=int,
        choices=lambda: [(n, ngettext("%(days)s 天", "%(days)s 天", n) % {"days": n}) for n in rules.TOKEN_VALID_DAYS],
        initial=90,
    )
