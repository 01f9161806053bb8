"""The indicators of a school, version by version, and what it makes itself (S54, S69)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.organisation.models import Unit

if TYPE_CHECKING:
    from qingqu.accounts.models import User


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
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    """Who did not approve it, gave it up or switched it off; None where a later version replaced it."""
    ended_reason = models.CharField(max_length=300, blank=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    """Why it was drafted."""
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

    def is_own_draft(self, user: User) -> bool:
        """Whether `user` has drafted it and nobody has approved it: he gives it up without a word."""
        return self.state == self.State.DRAFT and self.by_id == user.pk


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


class Trial(models.Model):
    """Values of a parameter tried out on the school's records, because somebody asked: noted first, done by the worker.

    Holds nothing that could not be computed again.
    """

    AS_IT_IS = "as-it-is"
    """In place of a parameter: the indicator is tried as it is written; its only value is ""."""

    class Step(models.IntegerChoices):
        TABLES = 1, _("整理数据表")
        COUNTING = 2, _("逐个数值计算")
        EXAMPLES = 3, _("查找例子")

    question = models.CharField(max_length=64, unique=True)
    """Digest of what is asked: the same question is one row."""
    school = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    code = models.CharField(max_length=12)
    rule = models.ForeignKey(Rule, models.CASCADE, null=True, blank=True, related_name="+")
    """The version that is tried; none of an indicator that the school has not switched on yet."""
    check_id = models.CharField(max_length=40)
    parameter = models.CharField(max_length=40)
    """Its name, or AS_IT_IS."""
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

    @property
    def tried(self) -> Rule:
        """The version that is tried; as it is shipped, where there is none."""
        return self.rule or Rule(school=self.school, code=self.code, version=0, state=Rule.State.OFF)
