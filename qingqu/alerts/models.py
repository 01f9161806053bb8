"""Warnings from the school's own records: rules in force, what they found, and what became of it (S54, S55, S69)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.organisation.models import Unit, schools_of

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class Colour(models.TextChoices):
    """How urgent: to be disposed of within 5, 10 or 15 working days."""

    RED = "red", _("红色")
    ORANGE = "orange", _("橙色")
    YELLOW = "yellow", _("黄色")


class Rule(models.Model):
    """A version of an indicator at a school: its parameters, whether it runs, who approved it, from when."""

    class State(models.TextChoices):
        DRAFT = "draft", _("拟定")
        APPROVED = "approved", _("已批准，待生效")
        ON = "on", _("启用")
        OFF = "off", _("停用")
        REPLACED = "replaced", _("已被新版替代")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    code = models.CharField(_("编号"), max_length=12)
    """Of the indicator in the catalogue (F01 …)."""
    version = models.PositiveIntegerField(_("版本"), default=1)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.DRAFT)
    came_with = models.JSONField(default=dict)
    """Parameter → value as the product had it when the school took the indicator on: an upgrade changes no value."""
    values = models.JSONField(default=dict)
    """Parameter → value of the school's own: where it differs from what came with it, or is a local limit."""
    bases = models.JSONField(default=dict)
    """Parameter → the basis of its value, in words."""
    levels = models.JSONField(default=dict)
    """Check → the level map, where the school has changed it."""
    where = models.JSONField(default=dict)
    """Check → an applicability condition of the school's own."""
    peers = models.JSONField(default=dict)
    """Check → the columns that records share with those with which they are compared, where the school has its own."""
    holds_red = models.BooleanField(_("红色时不予保存"), default=False)
    """A red hit refuses the record on saving (实时防控)."""
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    effective_from = models.DateField(_("生效日期"), null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    PENDING = (State.DRAFT, State.APPROVED)
    """A version that does not run yet; there is one at most beside the one that runs."""
    TRACED = True
    TRACE_LABEL = "code"

    class Meta:
        verbose_name = pgettext_lazy("one", "预警指标")
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(fields=["school", "code", "version"], name="rule_version_once")]

    @property
    def was_given_up(self) -> bool:
        """Dropped, or not approved: it ended without ever having run."""
        if self.state != self.State.REPLACED or self.ended_on is None:
            return False
        return self.effective_from is None or self.ended_on < self.effective_from


class OwnIndicator(models.Model):
    """An indicator that a school has made over a table of its own, out of a pattern; never edited, only replaced.

    Its versions, values and approval are rows of `Rule` as for every other.
    """

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    table = models.ForeignKey("datasets.Dataset", models.PROTECT, related_name="+")
    pattern = models.CharField(max_length=12)
    definition = models.JSONField()
    """As `engine.spec.Rule`, without its code."""
    columns = models.JSONField()
    """The table's columns when it was made: [{"id", "zh", "en", "type"}]."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    PREFIX = "Z"
    TRACED = True
    TRACE_LABEL = "code"

    class Meta:
        verbose_name = _("本校自设的指标")

    @property
    def code(self) -> str:
        """The same in all schools never: what is found is known by it."""
        return f"{self.PREFIX}{self.pk}"


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
        EXPLAINING = "explaining", _("待经办人说明")
        CONFIRMING = "confirming", _("待负责人确认")
        CLOSING = "closing", _("待纪委办结")
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
        EXPLAINED = "explained", _("经办人说明")
        CONFIRMED = "confirmed", _("负责人确认")
        SENT_BACK = "sent_back", _("退回补充")
        CLOSED = "closed", _("纪委办结")
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

    TRACED = True


class Snapshot(models.Model):
    """The medians of peers that rows are compared with, pinned; computed in batch (see `engine.snapshots`)."""

    school = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    code = models.CharField(max_length=12)
    check_id = models.CharField(max_length=40)
    rows = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["school", "code", "check_id", "-id"], name="snapshot_newest")]


class Run(models.Model):
    """All rules over all records of a school, done by the worker: asked for when indicators change, or of a night."""

    school = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    night = models.DateField(null=True, blank=True)
    """The day whose nightly run it is; None: it was asked for."""
    on = models.DateField(null=True, blank=True)
    """The day as of which it judges, where it was started by hand on the server; the worker leaves such a one alone."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)
    raised = models.PositiveIntegerField(default=0)
    refreshed = models.PositiveIntegerField(default=0)
    lapsed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "night"], name="run_once_a_night")]
        indexes = [models.Index(fields=["school", "ended_at"], name="run_newest")]


class Tally(models.Model):
    """What the rows of a large group come to on a day (see `engine.incremental.counting`).

    Holds nothing of its own and may be dropped and rebuilt from the records.
    """

    school = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField()
    """Of the check with its values."""
    key = models.BigIntegerField()
    """Digest of the group."""
    day = models.BigIntegerField()
    line = models.TextField()
    shown = models.TextField(default="[]")
    """The ids of the rows that are evidence: a day may have hundreds, which only a finding needs."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "number", "key", "day"], name="tally_once")]


class Counted(models.Model):
    """Which checks of a school are counted, and up to which changes of its tables: otherwise lines are dropped."""

    school = models.OneToOneField(Unit, models.CASCADE, related_name="+")
    state = models.TextField()


class Conformity(models.Model):
    """How the cases of a log stand to a procedure that they are held against, as last counted (see `conformity`).

    Holds nothing of its own and may be dropped and counted anew.
    """

    dataset = models.ForeignKey("datasets.Dataset", models.CASCADE, related_name="+")
    code = models.CharField(max_length=12)
    check_id = models.CharField(max_length=40)
    state = models.CharField(max_length=64)
    """Digest of what it was counted of: differs when that has changed since."""
    counts = models.JSONField()
    """Verdict, or why nobody can say → how many cases."""
    cases = models.JSONField()
    """The same → the newest of them."""
    seconds = models.FloatField()
    """So long the counting took."""
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "code", "check_id"], name="conformity_once")]


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


class Trial(models.Model):
    """Values of a parameter tried out on the school's records, because somebody asked: noted first, done by the worker.

    Holds nothing that could not be computed again.
    """

    class Step(models.IntegerChoices):
        TABLES = 1, _("整理数据表")
        COUNTING = 2, _("逐个数值计算")
        EXAMPLES = 3, _("查找例子")

    question = models.CharField(max_length=64, unique=True)
    """Digest of what is asked: the same question is one row."""
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="+")
    check_id = models.CharField(max_length=40)
    parameter = models.CharField(max_length=40)
    values = models.JSONField(default=list)
    value = models.CharField(max_length=40)
    """The one of them whose examples are wanted."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(choices=Step, default=Step.TABLES)
    failed = models.BooleanField(default=False)
    state = models.CharField(max_length=64, blank=True)
    """Digest of what it was computed with (`trials.state_of`): as long as that is the same, the result holds."""
    found = models.JSONField(default=list)
    """For each value: it, and its findings in all, a week, in the fullest week."""
    samples = models.JSONField(default=dict)
    """Value → some of its findings, as warnings about them would be kept."""

    class Meta:
        indexes = [models.Index(fields=["ended_at"], name="trial_waiting")]
