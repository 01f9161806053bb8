"""The power list: what the school may do, on what basis, by whom, in which steps, in which bounds (S8, S44, S66)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.organisation.models import Post, Unit, schools_of

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class Regulation(models.Model):
    """A rule of the school or above it that powers and risks refer to (制度, S6)."""

    class State(models.TextChoices):
        TRIAL = "trial", _("试行")
        IN_FORCE = "in_force", _("现行")
        REPEALED = "repealed", _("废止")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="regulations")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("归口部门"))
    name = models.CharField(_("名称"), max_length=160)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.IN_FORCE)
    effective_on = models.DateField(_("施行日期"), null=True, blank=True)
    review_on = models.DateField(_("应修订"), null=True, blank=True)

    TRACED = True
    TRACE_LABEL = "name"

    class Meta:
        verbose_name = pgettext_lazy("one", "制度")
        constraints = [models.UniqueConstraint(fields=["school", "name", "number"], name="regulation_once")]

    def __str__(self) -> str:
        return self.name


class PowerQuerySet(models.QuerySet["Power"]):
    def visible_to(self, user: User) -> PowerQuerySet:
        return self.filter(school_id__in=schools_of(user))

    def in_force(self) -> PowerQuerySet:
        return self.filter(state=Power.State.IN_FORCE)


class Power(models.Model):
    """One power of the school (权力事项): content, basis, procedure and identity (S44)."""

    class Kind(models.TextChoices):
        DECIDE = "decide", _("决策权")
        APPROVE = "approve", _("审批权")
        EXECUTE = "execute", _("执行权")
        RECOMMEND = "recommend", _("推荐评审权")
        SUPERVISE = "supervise", _("监督权")
        SERVE = "serve", _("服务事项")

    class ThreeMajor(models.TextChoices):
        DECISION = "decision", _("重大决策")
        CADRE = "cadre", _("重要干部任免")
        PROJECT = "project", _("重大项目安排")
        FUND = "fund", _("大额度资金使用")
        NONE = "none", _("不属于")

    class Scope(models.TextChoices):
        SOCIETY = "society", _("向社会公开")
        SCHOOL = "school", _("校内公开")
        UNIT = "unit", _("部门内公开")

    class State(models.TextChoices):
        DRAFT = "draft", _("草拟")
        IN_FORCE = "in_force", _("现行")
        RETIRED = "retired", _("已停用")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="powers")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="own_powers", verbose_name=_("行使部门"))
    code = models.CharField(_("编码"), max_length=20)
    name = models.CharField(_("权力事项"), max_length=80)
    domain = models.CharField(_("领域"), max_length=40, blank=True)
    content = models.TextField(_("权力内容"), blank=True)
    kind = models.CharField(_("权力类型"), max_length=10, choices=Kind, default=Kind.EXECUTE)
    lead = models.CharField(_("分管"), max_length=60, blank=True)
    decider = models.CharField(_("决定机构"), max_length=80, blank=True)
    supervisor = models.CharField(_("监督主体"), max_length=80, blank=True)
    hotline = models.CharField(_("监督电话"), max_length=40, blank=True)
    boundary = models.TextField(_("权力边界"), blank=True)
    forbidden = models.TextField(_("禁止事项"), blank=True)
    three_major = models.CharField(_("三重一大"), max_length=10, choices=ThreeMajor, default=ThreeMajor.NONE)
    scope = models.CharField(_("公开范围"), max_length=8, choices=Scope, default=Scope.SCHOOL)
    is_key = models.BooleanField(_("重点领域"), default=False)
    time_limit = models.CharField(_("办理时限"), max_length=60, blank=True)
    fee = models.CharField(_("收费"), max_length=120, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.IN_FORCE)
    origin = models.CharField(_("来源"), max_length=40, blank=True)
    """«library:2026.1:P01» where it was adopted from the starter library."""

    objects = PowerQuerySet.as_manager()
    TRACED = True
    TRACE_LABEL = "name"
    TRACE_CHILDREN = ("bases", "steps", "holders")

    class Meta:
        verbose_name = pgettext_lazy("one", "权力事项")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["school", "code"], name="power_code_in_school")]

    def __str__(self) -> str:
        return self.name


class Basis(models.Model):
    """A document on which a power rests; unsure numbers show «文号待核» until a person confirms."""

    power = models.ForeignKey(Power, models.CASCADE, related_name="bases")
    name = models.CharField(_("依据"), max_length=160)
    number = models.CharField(_("文号"), max_length=80, blank=True)
    needs_check = models.BooleanField(_("文号待核"), default=False)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_document = models.CharField(_("核对所据文件"), max_length=160, blank=True)
    """The document that the person had before him when he confirmed the number."""
    regulation = models.ForeignKey(Regulation, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("权力依据")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name}（{self.number}）" if self.number else self.name


class Holder(models.Model):
    """A post that exercises the power; kept by name too, since the school may not have filled it."""

    power = models.ForeignKey(Power, models.CASCADE, related_name="holders")
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="held_powers")
    name = models.CharField(_("岗位"), max_length=60)

    class Meta:
        verbose_name = _("行使岗位")
        ordering = ["id"]


class Step(models.Model):
    """A step of the procedure, in order (环节, S66–S67)."""

    power = models.ForeignKey(Power, models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField(_("序号"), db_column="step_order")
    name = models.CharField(_("环节"), max_length=80)
    actor = models.CharField(_("责任岗位"), max_length=60, blank=True)
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="steps")
    output = models.CharField(_("输出"), max_length=80, blank=True)
    days = models.PositiveSmallIntegerField(_("时限"), null=True, blank=True)
    is_public = models.BooleanField(_("公开"), default=False)
    is_key = models.BooleanField(_("关键环节"), default=False)

    class Meta:
        verbose_name = _("环节")
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["power", "order"], name="step_order_in_power")]

    def __str__(self) -> str:
        return self.name
