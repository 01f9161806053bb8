"""The year's work in four stages: dates, study, mobilisation, tasks, urging, exemptions (S15, S56–S63, S79)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.organisation.models import Post, Unit, schools_of

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user: User) -> CampaignQuerySet:
        return self.filter(school_id__in=schools_of(user))


class Campaign(models.Model):
    """One year's campaign of a school (年度工作)."""

    class State(models.TextChoices):
        PREPARING = "preparing", _("筹备中")
        OPEN = "open", _("进行中")
        CLOSED = "closed", _("已结束")

    class GroupStep(models.TextChoices):
        NONE = "none", _("不设")
        GRAVE = "grave", _("单位表，以及含一级风险的个人表")
        ALL = "all", _("全部登记表")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="campaigns")
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("名称"), max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.PREPARING)
    plan = models.TextField(_("实施方案"), blank=True)
    due_on = models.DateField(_("报送截止"))
    """The day by which registration forms reach the party office (30 April, S63)."""
    escalate_days = models.PositiveSmallIntegerField(_("逾期上提天数"), default=3)
    working_days = models.PositiveSmallIntegerField(_("公示工作日"), default=5)
    peer_review = models.BooleanField(_("同级互评"), default=False)
    """Whether a colleague of the department looks at a personal form first (相互帮, S34)."""
    group_step = models.CharField(_("领导小组审定"), max_length=8, choices=GroupStep, default=GroupStep.GRAVE)
    """Which forms the leading group decides on last (组织定, S34)."""
    rotation_years = models.PositiveSmallIntegerField(_("重要岗位轮岗年限"), default=5)
    """After so many years in a key post the gap finder names it; the number is local."""
    rotation_basis = models.CharField(_("轮岗年限依据"), max_length=200, blank=True)
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    calendar_uid = models.UUIDField(default=uuid4, editable=False)
    """What the events of this year are named by in calendar programmes, which may read several schools' servers."""

    objects = CampaignQuerySet.as_manager()
    TRACED = True
    TRACE_LABEL = "title"
    TRACE_CHILDREN = ("stages",)

    class Meta:
        verbose_name = pgettext_lazy("one", "年度工作")
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["school", "year"], name="campaign_of_year")]

    def __str__(self) -> str:
        return self.title


class Stage(models.Model):
    """One of the four stages; they may overlap, as in the regulation."""

    class Kind(models.TextChoices):
        MOBILISE = "mobilise", _("宣传动员")
        FIND = "find", _("查找风险")
        BUILD = "build", _("机制建设")
        INSPECT = "inspect", _("检查验收")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="stages")
    kind = models.CharField(_("阶段"), max_length=10, choices=Kind)
    order = models.PositiveSmallIntegerField(db_column="stage_order")
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"))
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    exemption = models.TextField(_("未满足条件的说明"), blank=True)

    class Meta:
        verbose_name = _("阶段")
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["campaign", "kind"], name="stage_once")]


class Exemption(models.Model):
    """Somebody who need not hand in this year, with the reason (S9)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="exemptions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("理由"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    TRACED = True

    class Meta:
        verbose_name = pgettext_lazy("one", "豁免")


class Urge(models.Model):
    """A reminder sent by hand (催办): at most once a day and person."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="urges")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on = models.DateField(db_column="urged_on")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("催办")
        constraints = [models.UniqueConstraint(fields=["campaign", "person", "on"], name="urge_once_a_day")]


class Task(models.Model):
    """A piece of work with a day, for a person or a unit; re-assessments after a change of post are such tasks."""

    class Kind(models.TextChoices):
        STAGE = "stage", _("阶段任务")
        REASSESS = "reassess", _("岗位变动重新查找")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="tasks")
    stage = models.ForeignKey(Stage, models.PROTECT, null=True, blank=True, related_name="tasks")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STAGE)
    title = models.CharField(_("任务"), max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任部门"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="campaign_tasks"
    )
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(_("期限"))
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(_("完成情况"), max_length=300, blank=True)

    TRACED = True
    TRACE_LABEL = "title"

    class Meta:
        verbose_name = _("任务")
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["person", "done_at"], name="task_of_person")]


class Mobilisation(models.Model):
    """A mobilisation meeting or a unit's study session on record (S57–S58)."""

    class Kind(models.TextChoices):
        MEETING = "meeting", _("动员会")
        STUDY = "study", _("传达学习")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="mobilisations")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.STUDY)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(_("主题"), max_length=120)
    held_on = models.DateField(_("日期"))
    place = models.CharField(_("地点"), max_length=80, blank=True)
    host = models.CharField(_("主持"), max_length=40, blank=True)
    attendance = models.PositiveSmallIntegerField(_("到会人数"), null=True, blank=True)
    minutes = models.TextField(_("记要"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    TRACED = True
    TRACE_LABEL = "title"

    class Meta:
        verbose_name = _("动员学习记录")
        ordering = ["-held_on", "-id"]


class StudyDocument(models.Model):
    """A document that everybody of the school should read (S59); read or unread, nothing more."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="documents")
    title = models.CharField(_("文件"), max_length=160)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    issuer = models.CharField(_("发文单位"), max_length=80, blank=True)
    text = models.TextField(_("摘要"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    TRACED = True
    TRACE_LABEL = "title"
    TRACE_CHILDREN = ("readings",)

    class Meta:
        verbose_name = pgettext_lazy("one", "学习文件")
        ordering = ["-id"]


class Reading(models.Model):
    """Somebody has opened a document to study."""

    document = models.ForeignKey(StudyDocument, models.CASCADE, related_name="readings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "person"], name="reading_once")]


class CalendarFeed(models.Model):
    """The secret address under which a person's calendar programme reads the year's dates."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
