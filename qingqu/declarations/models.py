"""What a person or a unit says of its risks in a year: registration form, then control form (S24–S29, S34, S63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qingqu.campaigns.models import Campaign
from qingqu.organisation.models import Post, Unit
from qingqu.organisation.queries import standing
from qingqu.powers.models import Power, Step
from qingqu.reviews.models import Review
from qingqu.risks.models import Category, Cause, Frequency, Level, Phase, RiskPoint

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def visible_to(self, user: User) -> DeclarationQuerySet:
        """Own forms, those of units that one heads or leads, and those that one reviews.

        Party office, discipline commission, secretary and principal see those of the whole school.
        """
        who = standing(user)
        if who.school is None:
            return self.none()
        in_school = self.filter(unit__school=who.school)
        if who.has("discipline", "secretary", "party_office", "principal"):
            return in_school
        reviewing = Review.objects.filter(subject_label="declarations.declaration", reviewer=user).values("subject_id")
        return in_school.filter(Q(person=user) | Q(unit_id__in=who.heads | who.leads) | Q(pk__in=reviewing))


YEARS_FORM = Q(occasion=0)
"""Forms that the year asks for; the others follow a change of post."""


class Declaration(models.Model):
    """A registration form (登记表), personal or of a unit, of one year."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("个人廉政风险登记表")
        UNIT = "unit", _("单位廉政风险登记表")

    class State(models.TextChoices):
        DRAFT = "draft", _("填写中")
        IN_REVIEW = "in_review", _("审核中")
        RETURNED = "returned", _("已退回")
        APPROVED = "approved", _("已通过")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="declarations")
    kind = models.CharField(max_length=8, choices=Kind)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="declarations", verbose_name=_("填报人")
    )
    """Whose form it is; for a unit's form its first responsible person at the time."""
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="declarations", verbose_name=_("部门"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("新任岗位"))
    """The new post that the form examines, where it follows a change of post (G8); empty: the year's form."""
    occasion = models.PositiveBigIntegerField(default=0)
    """The id of the re-assessment task that asked for it, 0 for the year's form: each is filled in once."""
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    """Counts every save: a page that was opened at an older version cannot overwrite a newer one."""
    number = models.CharField(_("编号"), max_length=40, blank=True)
    """The party office's receipt number, given at the first handing in."""
    duties = models.TextField(_("岗位职责"), blank=True)
    political_status = models.CharField(_("政治面貌"), max_length=20, blank=True)
    pledged = models.BooleanField(_("本人承诺"), default=False)
    sent_round = models.PositiveSmallIntegerField(default=0)
    minutes = models.PositiveIntegerField(_("填写用时"), default=0)
    """Minutes that the page was really open and being filled in (the burden meter)."""
    busy_seconds = models.PositiveIntegerField(default=0)
    """The same in seconds, summed up from save to save."""
    saved_from = models.CharField(max_length=24, blank=True)
    """Which opened page saved last: one whose answer was lost on the way may go on without being asked."""
    prefilled = models.PositiveSmallIntegerField(default=0)
    """How many items were filled in beforehand from template and last year."""
    started_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(_("报送时间"), null=True, blank=True)
    approved_at = models.DateTimeField(_("通过时间"), null=True, blank=True)

    objects = DeclarationQuerySet.as_manager()
    TRACED = True
    TRACE_CHILDREN = ("categories", "items", "items__measures", "judgements")
    TRACE_LABEL = "called"

    class Meta:
        verbose_name = _("登记表")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind", "person", "unit", "occasion"], name="declaration_once"),
        ]
        indexes = [models.Index(fields=["campaign", "kind", "state"], name="declaration_state")]

    def __str__(self) -> str:
        return f"{self.person if self.kind == self.Kind.PERSONAL else self.unit} {self.get_kind_display()}"

    @property
    def called(self) -> str:
        """Whose form of which year, as the trace says it; nothing of what it contains (S26)."""
        year = self.campaign.year
        if self.kind == self.Kind.UNIT:
            return f"{year} 年{self.unit.name}（单位）"
        what = f"个人，{self.post.name}" if self.post else "个人"
        return f"{year} 年{self.person.name}（{what}）"


class CategoryAnswer(models.Model):
    """One of the four categories: has items, or «无» with a reason (S25)."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="categories")
    category = models.CharField(max_length=8, choices=Category)
    none_reason = models.CharField(_("无风险的理由"), max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["declaration", "category"], name="category_answer_once")]


class Item(models.Model):
    """One risk as the form says it."""

    class Origin(models.TextChoices):
        TEMPLATE = "template", _("来自岗位模板")
        LIBRARY = "library", _("来自权力事项")
        LAST_YEAR = "last_year", _("来自去年")
        OWN = "own", _("本人填写")

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="items")
    order = models.PositiveSmallIntegerField(default=0, db_column="item_order")
    category = models.CharField(_("风险类别"), max_length=8, choices=Category)
    title = models.CharField(_("风险点"), max_length=120)
    manifestation = models.TextField(_("表现形式"), blank=True)
    cause = models.CharField(_("成因"), max_length=14, choices=Cause, blank=True)
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    power = models.ForeignKey(Power, models.PROTECT, null=True, blank=True, related_name="+")
    step = models.ForeignKey(Step, models.SET_NULL, null=True, blank=True, related_name="+")
    likelihood = models.PositiveSmallIntegerField(_("发生机率"), null=True, blank=True)
    impact = models.PositiveSmallIntegerField(_("危害程度"), null=True, blank=True)
    answers = models.CharField(_("五问"), max_length=5, default="00000")
    level = models.PositiveSmallIntegerField(_("自定等级"), choices=Level, null=True, blank=True)
    """Only where it differs from what the rule says; then with a reason and a second person."""
    level_reason = models.CharField(_("定级理由"), max_length=300, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.OWN)
    origin_text = models.TextField(blank=True)
    """The text that it was prefilled with: what the anti-copy check compares against."""
    confirmed = models.BooleanField(_("已确认"), default=False)
    """The person has looked at this prefilled item and kept it or changed it."""
    risk = models.ForeignKey(RiskPoint, models.SET_NULL, null=True, blank=True, related_name="+")
    """The risk point that this item continues or has become."""

    class Meta:
        verbose_name = _("风险项")
        ordering = ["order", "id"]


class ItemMeasure(models.Model):
    """A measure as the form says it."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="measures")
    phase = models.CharField(_("阶段"), max_length=4, choices=Phase)
    text = models.CharField(_("措施"), max_length=300)
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    frequency = models.CharField(_("频次"), max_length=8, choices=Frequency, default=Frequency.TERM)
    frequency_note = models.CharField(max_length=40, blank=True)
    evidence_kind = models.CharField(_("执行凭证"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("拟采取措施")
        ordering = ["id"]


class StepJudgement(models.Model):
    """The unit's answer for one step of one of its powers: risk or none, with a note (S24)."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="judgements")
    step = models.ForeignKey(Step, models.CASCADE, related_name="judgements")
    has_risk = models.BooleanField(_("有无风险"))
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["declaration", "step"], name="judgement_once")]


class Handing(models.Model):
    """A form as it was handed in, kept whole: what a reviewer compares the next round with (S34). Never changed."""

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="handings")
    sent_round = models.PositiveSmallIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    TRACED = True
    TRACE_LABEL = "called"

    class Meta:
        verbose_name = _("报送记录")
        ordering = ["sent_round"]
        constraints = [models.UniqueConstraint(fields=["declaration", "sent_round"], name="handing_once")]

    @property
    def called(self) -> str:
        """Of which form, and the how many-th handing."""
        return f"{self.declaration.called}第 {self.sent_round} 次"
