"""People and their tokens. A person is a user: the roster makes one, a sign-in code wakes him up."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class UserManager(DjangoUserManager["User"]):
    """Makes users from a sign-in name and a password, as Django's manager does."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:  # type: ignore[override]
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff, with as few personal data as the work needs (PIPL): no identity number, phone optional."""

    username = models.CharField(_("登录名"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=40)
    number = models.CharField(_("工号"), max_length=30, blank=True, db_index=True)
    phone = models.CharField(_("手机"), max_length=20, blank=True)
    is_active = models.BooleanField(_("在用"), default=True)
    must_change_password = models.BooleanField(_("须改密码"), default=True)
    language = models.CharField(_("语言"), max_length=10, blank=True)
    large_text = models.BooleanField(_("大字"), default=False)
    joined_on = models.DateField(_("到校日期"), null=True, blank=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    TRACED = True
    TRACE_LABEL = "name"
    TRACE_EXCLUDE = ("last_login", "language", "large_text")

    class Meta:
        verbose_name = _("人员")

    def __str__(self) -> str:
        return self.name

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is his password. Unlike Django's it writes nothing: a stronger hash is an act of its own."""
        return check_password(raw_password, self.password)

    def get_short_name(self) -> str:
        return self.name


class Token(models.Model):
    """A personal key to the API, kept only as its digest."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("用途"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    TRACE_LABEL = "name"
    TRACE_EXCLUDE = ("last_used_on",)

    class Meta:
        verbose_name = _("接口密钥")


class ActivationCode(models.Model):
    """A one-time code, printed on a slip, with which a person sets his first or a forgotten password."""

    user = models.ForeignKey(User, models.CASCADE, related_name="activation_codes")
    digest = models.CharField(max_length=64, unique=True)
    expires_on = models.DateField(_("有效期至"))
    used_at = models.DateTimeField(null=True, blank=True)

    TRACE_EXCLUDE = ("digest",)

    class Meta:
        verbose_name = _("启用码")
