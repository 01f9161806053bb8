"""A review names its subject by label and id, so that it can stand below what it reviews (S34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.common.clock import today
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import standing

if TYPE_CHECKING:
    from qingqu.accounts.models import User


FOLLOWERS = ("party_office", "discipline", "secretary", "principal")
"""Duties whose holders see who holds which paper, since when and until when."""


class ReviewQuerySet(models.QuerySet["Review"]):
    def of(self, label: str, pk: int) -> ReviewQuerySet:
        return self.filter(subject_label=label, subject_id=pk)

    def waiting_for(self, user: User) -> ReviewQuerySet:
        """The reviews whose turn has come and that `user` may decide: his own, or those of a duty that he holds."""
        day = today()
        held = Duty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day), person=user, started_on__lte=day)
        mine = Q(reviewer=user)
        for school, kind in held.values_list("school_id", "kind"):
            mine |= Q(reviewer=None, school_id=school, duty=kind)
        return self.filter(mine, state=Review.State.WAITING).exclude(owner=user)

    def decided_by(self, user: User) -> ReviewQuerySet:
        """What `user` has approved or returned."""
        return self.filter(decided_by=user, state__in=[Review.State.APPROVED, Review.State.RETURNED])

    def visible_to(self, user: User) -> ReviewQuerySet:
        """His own turns, those on his own papers, and all of the school for those who follow the year's work."""
        who = standing(user)
        if who.school is None:
            return self.none()
        in_school = self.filter(school=who.school)
        if who.has(*FOLLOWERS):
            return in_school
        return in_school.filter(
            Q(reviewer=user) | Q(decided_by=user) | Q(owner=user) | Q(reviewer=None, duty__in=who.duties)
        )


class Review(models.Model):
    """One reviewer's turn on one subject. Turns with the same `turn` number stand side by side; all must approve."""

    class Stage(models.TextChoices):
        PEER = "peer", _("同级互评")
        HEAD = "head", _("部门审核")
        LEADER = "leader", _("分管领导审核")
        TEAM = "team", _("班子互评")
        DISCIPLINE = "discipline", _("纪委审核")
        PARTY_OFFICE = "party_office", _("党办收件")
        GROUP = "group", _("领导小组审定")

    class State(models.TextChoices):
        COMING = "coming", _("未到")
        WAITING = "waiting", _("待审核")
        APPROVED = "approved", _("通过")
        RETURNED = "returned", _("退回")
        VOID = "void", _("作废")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    subject_label = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=20, blank=True)
    """What sort of paper it is, e.g. personal or unit: for the filter of the list."""
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("部门"))
    title = models.CharField(_("事项"), max_length=120)
    url = models.CharField(max_length=200)
    """Where the subject is reviewed: stored, since a lower app cannot link up."""
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    """Whose paper it is: he never reviews it himself."""
    sent_round = models.PositiveSmallIntegerField(default=1)
    """How often the subject has been handed in: returned papers come again with the next round."""
    turn = models.PositiveSmallIntegerField()
    stage = models.CharField(_("环节"), max_length=12, choices=Stage)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="reviews"
    )
    duty = models.CharField(max_length=14, choices=Duty.Kind, blank=True)
    """Without a named reviewer: any holder of this duty may decide."""
    state = models.CharField(max_length=10, choices=State, default=State.COMING)
    due_on = models.DateField(_("应审"), null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    opinion = models.TextField(_("意见"), blank=True)
    marked = models.JSONField(default=list, blank=True)
    """What has to be changed, as labels that the subject's page understands."""
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()
    TRACED = True
    TRACE_LABEL = "title"

    class Meta:
        verbose_name = pgettext_lazy("one", "审核")
        ordering = ["sent_round", "turn", "id"]
        indexes = [
            models.Index(fields=["subject_label", "subject_id", "state"], name="review_subject"),
            models.Index(fields=["reviewer", "state", "due_on"], name="review_waiting"),
            models.Index(fields=["school", "duty", "state"], name="review_duty"),
        ]

    def __str__(self) -> str:
        return f"{self.title}：{self.get_stage_display()}"
