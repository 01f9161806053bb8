"""核查提示: what was found, on which records, and what was said of it (S55)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.alerts.models.indicators import Rule
from qingqu.common.clock import today
from qingqu.organisation.models import Unit, schools_of

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class Colour(models.TextChoices):
    """How urgent: to be disposed of within 5, 10 or 15 working days."""

    RED = "red", _("红色")
    ORANGE = "orange", _("橙色")
    YELLOW = "yellow", _("黄色")


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> AlertQuerySet:
        """Completed in `access`: the keeper's department, its leader, discipline, secretary; here the school's door."""
        return self.filter(school_id__in=schools_of(user))


class Alert(models.Model):
    """A 核查提示: «look here, because …». It accuses nobody."""

    class Source(models.TextChoices):
        RECORDS = "records", _("业务数据")
        INTERNAL = "internal", _("防控工作")

    class State(models.TextChoices):
        EXPLAINING = "explaining", _("待说明")
        CONFIRMING = "confirming", _("待确认")
        CLOSING = "closing", _("待办结")
        CLOSED = "closed", _("已办结")
        LAPSED = "lapsed", _("已自行消除")

    class Result(models.TextChoices):
        DISPELLED = "dispelled", _("排除")
        CLERICAL = "clerical", _("数据差错")
        FLAW = "flaw", _("程序瑕疵")
        TENDENCY = "tendency", _("苗头性问题")
        HANDED_OVER = "handed_over", _("移交")

    GRAVE = (Result.FLAW, Result.TENDENCY, Result.HANDED_OVER)
    """After these the risk point is rated anew."""
    RECTIFIED = (Result.FLAW, Result.TENDENCY)
    """After these something is to be put right."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    number = models.CharField(_("编号"), max_length=40)
    source = models.CharField(max_length=8, choices=Source, default=Source.RECORDS)
    rule = models.ForeignKey(Rule, models.PROTECT, null=True, blank=True, related_name="alerts")
    """Of the version that found it; None for an internal signal."""
    signal = models.CharField(max_length=40, blank=True)
    """Which internal signal."""
    check_id = models.CharField(max_length=40, blank=True)
    dataset = models.ForeignKey("datasets.Dataset", models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("部门"))
    """The department that keeps the records: its clerk explains, its head confirms."""
    colour = models.CharField(_("颜色"), max_length=8, choices=Colour)
    identity = models.CharField(max_length=64, db_index=True)
    key = models.JSONField(default=list)
    numbers = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    """The values with which it was found: with rule, version and evidence enough to compute it anew."""
    snapshot = models.CharField(max_length=64, blank=True)
    """Digest of the peers' medians that it was compared with."""
    anchor = models.DateField(_("发生日期"), null=True, blank=True)
    judged_on = models.DateField(null=True, blank=True)
    """The day that was «today» for the rule."""
    judged_at = models.DateTimeField(null=True, blank=True)
    """The records as they stood at this moment bring these numbers."""
    rows_digest = models.CharField(max_length=64, blank=True)
    """Of all records that are its evidence, each in its version: a chain, so that one more of a thousand costs one."""
    definition = models.CharField(max_length=64, blank=True)
    """Digest of what else it was computed with: the check, the calendar, the names of steps (`Running.definition`)."""
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.EXPLAINING)
    """Whose turn it is is computed: `turns` says it in words."""
    due_on = models.DateField(_("期限"))
    risk_point = models.ForeignKey("risks.RiskPoint", models.SET_NULL, null=True, blank=True, related_name="+")
    result = models.CharField(_("结果"), max_length=12, choices=Result, blank=True)
    rectification = models.ForeignKey("risks.ControlMeasure", models.SET_NULL, null=True, blank=True, related_name="+")
    """What was ordered when it closed (整改): a measure of its risk point, done once, with evidence, by its day."""
    earlier = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="later")
    """The closed one that this one has outgrown: the same matter with more rows or a graver colour."""
    raised_at = models.DateTimeField(_("提示时间"), auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()
    TRACED = True
    TRACE_LABEL = "number"
    TRACE_CHILDREN = ("disposals",)
    TRACE_CHAINED: ClassVar = {"rows": ("rows_digest", ("record_id", "version", "digest"))}

    class Meta:
        verbose_name = pgettext_lazy("one", "核查提示")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["school", "number"], name="alert_number_in_school")]
        indexes = [
            models.Index(fields=["school", "state", "due_on"], name="alert_open"),
            models.Index(fields=["rule", "state"], name="alert_of_rule"),
        ]

    def __str__(self) -> str:
        return self.number

    ROTATION = "rotation"

    @property
    def answering(self) -> User | None:
        """Who alone explains what is about the work of prevention itself: the head, else the leader in charge."""
        if self.source != self.Source.INTERNAL:
            return None
        return self.unit.responsible or self.unit.leader

    @property
    def term(self) -> int | None:
        """The appointment that has lasted too long, where that is what it is about."""
        return self.key[0] if self.signal == self.ROTATION else None


class AlertRow(models.Model):
    """A record that is evidence of a warning, as it stood then."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="rows")
    record_id = models.BigIntegerField(db_index=True)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "record_id"], name="alert_row_once")]


class Disposal(models.Model):
    """What one of them said about a warning, in turn; append-only."""

    class Step(models.TextChoices):
        EXPLAINED = "explained", pgettext_lazy("prompt", "说明")
        CONFIRMED = "confirmed", pgettext_lazy("prompt", "确认")
        SENT_BACK = "sent_back", _("退回补充")
        CLOSED = "closed", pgettext_lazy("prompt", "办结")
        REOPENED = "reopened", _("重新核查")
        LAPSED = "lapsed", _("自行消除")

    ANSWERS = (Step.EXPLAINED, Step.CONFIRMED)
    """Who took one of these steps answers for the warning: he does not close it. Who asked for more may."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="disposals")
    step = models.CharField(max_length=10, choices=Step)
    opinion = models.CharField(max_length=12, choices=Alert.Result, blank=True)
    text = models.TextField()
    reference = models.CharField(_("移交编号"), max_length=60, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def in_force(self) -> SuppressionQuerySet:
        """What keeps findings quiet today."""
        return self.filter(lifted_at=None, until__gte=today())


class Suppression(models.Model):
    """Hits of this scope are not raised until it ends; a hit that was dispelled is the usual reason."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    code = models.CharField(max_length=12)
    check_id = models.CharField(max_length=40, blank=True)
    identity = models.CharField(max_length=64, blank=True)
    """Of one hit's key; empty: every hit of the check."""
    until = models.DateField(_("截止日期"))
    reason = models.CharField(_("理由"), max_length=300)
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    lift_reason = models.CharField(max_length=300, blank=True)

    objects = SuppressionQuerySet.as_manager()
    TRACED = True


class Replay(models.Model):
    """A warning computed anew out of what was kept, because somebody asked: noted first, done by the worker."""

    class Outcome(models.TextChoices):
        SAME = "same", _("用提示时的记录和参数重算，结果逐位相同。")
        DIFFERENT = "different", _("重算结果与提示不同，请告知纪委并核验留痕。")
        OTHER_RECORDS = "other_records", _("提示时的记录与现存版本不一致，请告知纪委并核验留痕。")
        OTHER_MEDIANS = "other_medians", _("提示时对照的中位数与现存的不一致，请告知纪委并核验留痕。")
        NO_MOMENT = "no_moment", _("提示时的记录逐条核对无误。作出提示时还没有记下核算时刻，不能重算。")
        REDEFINED = (
            "redefined",
            _("提示时的记录逐条核对无误。指标的定义、法定节假日或环节名称其后改动过，不能再按当时的口径重算。"),
        )
        NOT_OF_RECORDS = "not_of_records", _("工作提示随工作情况计算，不需要重算。")
        FAILED = "failed", _("重算没有完成，请稍后再试。")

        @property
        def same(self) -> bool | None:
            """Whether the same came out; None where it cannot be known."""
            known = {"same": True, "different": False, "other_records": False, "other_medians": False}
            return known.get(self.value)

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="replays")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["ended_at"], name="replay_waiting")]

    @property
    def same(self) -> bool | None:
        """Whether the same came out; None where it is not over, or cannot be known."""
        return self.Outcome(self.outcome).same if self.outcome else None
