"""What the school holds: risk points, how they were rated, what is done against them (S11–S12, S23, S25–S33, S50)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.organisation.models import Post, Unit
from qingqu.organisation.queries import standing
from qingqu.powers.models import Power, Regulation, Step
from qingqu.records.models import Attachment, Document
from qingqu.risks import rules

if TYPE_CHECKING:
    from qingqu.accounts.models import User
    from qingqu.risks.rules import Suggestion


class Category(models.TextChoices):
    """The four layers in which risks are looked for (S25)."""

    THOUGHT = "thought", _("思想道德风险")
    DUTY = "duty", _("岗位工作风险")
    SYSTEM = "system", _("制度机制风险")
    OTHER = "other", _("其他风险")


class Cause(models.TextChoices):
    """Why a risk exists."""

    EDUCATION = "education", _("教育不到位")
    NO_RULE = "no_rule", _("制度缺失")
    WEAK_RULE = "weak_rule", _("制度不完善")
    NOT_FOLLOWED = "not_followed", _("制度执行不严")
    NO_CHECK = "no_check", _("缺乏监督制约")
    CONCENTRATED = "concentrated", _("权力集中")
    DISCRETION = "discretion", _("自由裁量较大")
    OUTSIDE = "outside", _("外部环境影响")


class Level(models.IntegerChoices):
    """Three levels; 1 is gravest (S30)."""

    ONE = 1, _("一级")
    TWO = 2, _("二级")
    THREE = 3, _("三级")


class Phase(models.TextChoices):
    """When a measure acts (S23)."""

    PRE = "pre", _("前期预防")
    MID = "mid", _("中期监控")
    POST = "post", _("后期处置")


class Frequency(models.TextChoices):
    """How often a measure is done; EVENT has no calendar of its own."""

    WEEK = "week", _("每周")
    MONTH = "month", _("每月")
    QUARTER = "quarter", _("每季度")
    TERM = "term", _("每学期")
    YEAR = "year", _("每年")
    ONCE = "once", _("一次")
    EVENT = "event", _("每次发生时")


class LedgerState(models.TextChoices):
    """Where a risk point stands in the ledger (台账): computed by `queries.with_ledger_state`, never stored."""

    CLOSED = "closed", _("已销号")
    LOWERED = "lowered", _("已降级")
    MONITORED = "monitored", _("监控中")
    FILED = "filed", _("已备案")
    SHOWN = "shown", _("已公示")
    PUBLISHED = "published", _("公示中")
    RATED = "rated", _("已评估")


class RiskPointQuerySet(models.QuerySet["RiskPoint"]):
    def of_level(self, level: int) -> RiskPointQuerySet:
        """Those of one level, found by their rank: the index of the lists is in that order."""
        return self.filter(rank__range=rules.ranks_of(level))

    def visible_to(self, user: User) -> RiskPointQuerySet:
        """What `user` may see."""
        seen = visible(user)
        return self.none() if seen is None else self.filter(seen)


def visible(user: User) -> Q | None:
    """Unit risks and leaders' lists: the whole school. Others' personal risks: those who answer for the person.

    A person's own «思想道德» items: himself, his department head, the discipline commission, the secretary (S26). In
    columns of the risk point alone, so that the search can ask the same (`search.expression`). None: nothing at all.
    """
    who = standing(user)
    if who.school is None:
        return None
    in_school = Q(school_id=who.school.pk)
    if who.has("discipline", "secretary"):
        return in_school
    own = Q(person_id=user.pk) | Q(unit_id__in=who.heads) | Q(person_id=None)
    not_thought = ~Q(category=Category.THOUGHT)
    if who.has("party_office", "principal"):
        return in_school & (own | not_thought)
    return in_school & (own | (not_thought & (Q(is_leader=True) | Q(unit_id__in=who.leads))))


def _along(name: str, *equal: str, also: tuple[str, ...] = (), late: bool = False) -> models.Index:
    """An index that has the rows of one filter in the order of lists, with what access and chips ask of them."""
    seen = (column for column in ("category", "unit", "person", "is_leader", "late") if column not in equal)
    columns = ["school", "state", *equal, "rank", "id", *seen, *also]
    return models.Index(fields=columns, name=name, condition=Q(late=True) if late else None)


class RiskPoint(models.Model):
    """A place where something can go wrong, as the school holds it after review (廉政风险点)."""

    class State(models.TextChoices):
        HELD = "held", _("已登记")
        CLOSED = "closed", _("已销号")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="risk_points", verbose_name=_("部门"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="risk_points"
    )
    """Empty: a risk of the unit; otherwise the person's own."""
    is_leader = models.BooleanField(default=False)
    """A personal risk of a member of the leadership team: the whole staff may see it (S20)."""
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="risk_points")
    power = models.ForeignKey(Power, models.PROTECT, null=True, blank=True, related_name="risk_points")
    step = models.ForeignKey(Step, models.SET_NULL, null=True, blank=True, related_name="risk_points")
    regulation = models.ForeignKey(Regulation, models.SET_NULL, null=True, blank=True, related_name="risk_points")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="owned_risks", verbose_name=_("责任人")
    )
    code = models.CharField(_("编号"), max_length=40)
    category = models.CharField(_("风险类别"), max_length=8, choices=Category)
    title = models.CharField(_("风险点"), max_length=120)
    manifestation = models.TextField(_("表现形式"))
    cause = models.CharField(_("成因"), max_length=14, choices=Cause, blank=True)
    likelihood = models.PositiveSmallIntegerField(_("发生机率"))
    impact = models.PositiveSmallIntegerField(_("危害程度"))
    answers = models.CharField(_("五问"), max_length=5, default="00000")
    """The five questions in order, 1 for yes."""
    score = models.PositiveSmallIntegerField(_("分值"))
    level = models.PositiveSmallIntegerField(_("等级"), choices=Level)
    residual_level = models.PositiveSmallIntegerField(_("残余等级"), choices=Level, null=True, blank=True)
    rank = models.IntegerField(editable=False, db_column="sort_rank")
    """Level, then score, then key field, in one number: the order of every list (S11)."""
    state = models.CharField(max_length=8, choices=State, default=State.HELD)
    year = models.PositiveSmallIntegerField(_("年度"))
    source_label = models.CharField(max_length=60, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    """The declaration item from which it came."""
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="risk_points")
    """The last frozen list that contains it: from it come «公示中», «已备案»."""
    entered_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    next_due_on = models.DateField(null=True, blank=True, editable=False)
    """The earliest due day of its measures. `keeping.keep` writes this and the next two: lists are read by them."""
    last_done_on = models.DateField(null=True, blank=True, editable=False)
    """When one of its measures was last done."""
    late = models.BooleanField(default=False, editable=False)
    """Whether a measure is overdue; the clock turns it when a day has passed."""

    objects = RiskPointQuerySet.as_manager()
    TRACED = True
    TRACE_EXCLUDE = ("next_due_on", "last_done_on", "late")
    TRACE_CHILDREN = ("ratings", "measures", "measures__runs")
    TRACE_LABEL = "code"

    class Meta:
        verbose_name = _("风险点")
        ordering = ["rank", "id"]
        constraints = [models.UniqueConstraint(fields=["school", "code"], name="risk_code_in_school")]
        indexes = [  # each in the order of lists, then what access and chips ask: counting reads no row
            _along("risk_ledger", also=("level", "residual_level", "document", "post", "last_done_on")),
            _along("risk_of_unit", "unit"),
            _along("risk_of_category", "category"),
            _along("risk_of_year", "year"),
            _along("risk_of_likelihood", "likelihood"),
            _along("risk_of_impact", "impact"),
            _along("risk_of_cell", "likelihood", "impact"),
            _along("risk_of_power", "power"),
            _along("risk_of_step", "step"),
            _along("risk_late", late=True),
            _along("risk_late_of_unit", "unit", late=True),
            _along("risk_late_of_category", "category", late=True),
            models.Index(fields=["person", "state"], name="risk_of_person"),
            models.Index(fields=["late", "next_due_on"], name="risk_turns_late"),
        ]

    def __str__(self) -> str:
        return self.title

    def regrade(self, said: Suggestion, level: int) -> None:
        """Take over likelihood, impact, answers and `level`, and with them the place in every list (S11, S30).

        The residual level belongs to the grade for which it was judged, and goes with it. Does not save.
        """
        if level != self.level:
            self.residual_level = None
        self.likelihood, self.impact, self.answers = said.likelihood, said.impact, said.answers
        self.score, self.level = said.score, level
        self.rank = rules.rank(level, said.score, self.in_key_field)

    @property
    def in_key_field(self) -> bool:
        """Whether its power, step or post is marked as key (重点领域、关键环节、重要岗位, S4)."""
        return any(marked is not None and marked.is_key for marked in (self.power, self.step, self.post))


class RiskWords(models.Model):
    """How the search knows a risk point: `search.tokens` of it, by a key in the order of every list.

    The database itself keeps the full-text index of it (migration 0003: FTS5 or tsvector).
    """

    risk = models.OneToOneField(RiskPoint, models.CASCADE, primary_key=True, related_name="words")
    key = models.BigIntegerField(unique=True)
    """The rank, then the id: `rank * 2**40 + id`."""
    tokens = models.TextField()


class Rating(models.Model):
    """One rating of a risk point: what the rule said, what was set, why, and who agreed (S30)."""

    class State(models.TextChoices):
        SETTLED = "settled", _("已定")
        PROPOSED = "proposed", _("待第二人同意")
        REFUSED = "refused", _("未同意")

    risk = models.ForeignKey(RiskPoint, models.CASCADE, related_name="ratings")
    likelihood = models.PositiveSmallIntegerField()
    impact = models.PositiveSmallIntegerField()
    answers = models.CharField(max_length=5)
    score = models.PositiveSmallIntegerField()
    computed_level = models.PositiveSmallIntegerField(_("按规则"), choices=Level)
    level = models.PositiveSmallIntegerField(_("评定"), choices=Level)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    rule_version = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.SETTLED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("评级")
        ordering = ["-id"]

    @classmethod
    def of(cls, risk: RiskPoint, said: Suggestion, level: int, **more: Any) -> Rating:
        """A rating at `level` of what the rule said; `more` are its other fields. Does not save."""
        return cls(
            risk=risk,
            likelihood=said.likelihood,
            impact=said.impact,
            answers=said.answers,
            score=said.score,
            computed_level=said.level,
            level=level,
            rule_version=said.version,
            **more,
        )


class ControlMeasure(models.Model):
    """What is done against a risk: by which post, how often, leaving what evidence (S12, S23)."""

    class Effect(models.TextChoices):
        UNKNOWN = "", _("未评价")
        GOOD = "good", _("有效")
        PARTLY = "partly", _("部分有效")
        NONE = "none", _("无效")

    risk = models.ForeignKey(RiskPoint, models.CASCADE, related_name="measures")
    phase = models.CharField(_("阶段"), max_length=4, choices=Phase)
    text = models.CharField(_("措施"), max_length=300)
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任岗位"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="measures_owned", verbose_name=_("责任人")
    )
    frequency = models.CharField(_("频次"), max_length=8, choices=Frequency, default=Frequency.TERM)
    frequency_note = models.CharField(_("频次说明"), max_length=40, blank=True)
    evidence_kind = models.CharField(_("执行凭证"), max_length=80)
    next_due_on = models.DateField(_("下次应执行"), null=True, blank=True)
    effect = models.CharField(_("成效"), max_length=8, choices=Effect, blank=True, default="")
    effect_note = models.CharField(max_length=200, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    told_for = models.DateField(null=True, blank=True, editable=False)
    """The due day for whose passing the owner has been told: told once, not every morning."""

    TRACE_EXCLUDE = ("told_for",)

    class Meta:
        verbose_name = pgettext_lazy("one", "防控措施")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["owner", "next_due_on"], name="measure_due"),
            models.Index(fields=["risk", "next_due_on"], name="measure_of_risk"),
        ]

    def __str__(self) -> str:
        return self.text


class MeasureRun(models.Model):
    """A measure was done once, with its evidence: a note, a file or a link."""

    measure = models.ForeignKey(ControlMeasure, models.PROTECT, related_name="runs")
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(_("执行日期"))
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.CharField(_("说明"), max_length=500, blank=True)
    link = models.URLField(_("链接"), blank=True)
    attachment = models.ForeignKey(Attachment, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    """Taken back on the same day: the row stays, it no longer counts."""

    class Meta:
        verbose_name = pgettext_lazy("one", "执行记录")
        ordering = ["-done_on", "-id"]
