"""What has been frozen: documents, their publication, objections, filings; and files (S35, S36, S41, S42)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import rfc8785
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class Attachment(models.Model):
    """A file of something, named by label and id as the trace does; never changed, served through a door."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    subject_label = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    name = models.CharField(_("文件名"), max_length=200)
    file = models.FileField(upload_to="attachments/%Y/%m/")
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    TRACED = True

    class Meta:
        verbose_name = pgettext_lazy("one", "附件")
        ordering = ["id"]
        indexes = [models.Index(fields=["subject_label", "subject_id"], name="attachment_subject")]


def readable(user: User, prefix: str = "") -> Q:
    """Which documents `user` may read (S20, S35, S42); `prefix` leads to the document from another model.

    Everybody: leaders' lists, plans, and what is on show to the school just now (names expire with the notice).
    Those who answer for the unit, belong to it, or keep the records: the rest, personal forms excepted.
    """
    who = standing(user)
    if who.school is None:
        return Q(pk__in=[])

    def at(**conditions: Any) -> Q:
        return Q(**{prefix + name: value for name, value in conditions.items()})

    in_school = at(school=who.school)
    answers_for = who.heads | who.leads
    if who.has("discipline", "secretary"):
        return in_school
    own = at(unit_id__in=who.heads)
    impersonal = ~at(kind=Document.Kind.PERSONAL_LIST)
    if who.has("party_office", "principal"):
        return in_school & (own | impersonal)
    shown = at(kind__in=[Document.Kind.LEADERS_LIST, Document.Kind.PLAN]) | at(
        notice__state=Notice.State.OPEN, notice__scope=Notice.Scope.SCHOOL
    )
    return in_school & (own | (impersonal & (shown | at(unit_id__in=who.units | answers_for))))


class FrozenError(TypeError):
    """Something tried to change or remove a frozen document."""


def digest_of(number: str, title: str, content: Any) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of what a document says, in hexadecimal digits."""
    return hashlib.sha256(rfc8785.dumps({"number": number, "title": title, "content": content})).hexdigest()


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User) -> DocumentQuerySet:
        return self.filter(readable(user))

    def update(self, **kwargs: Any) -> int:
        """What is frozen never changes (S36): a guard against our own mistakes; against others there is the trace."""
        raise FrozenError("a frozen document never changes")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise FrozenError("a frozen document is never removed")


class Document(models.Model):
    """A paper at one moment, with number and digest. It never changes; a later one points back to it (S36)."""

    class Kind(models.TextChoices):
        UNIT_LIST = "unit_list", _("部门廉政风险清单")
        PERSONAL_LIST = "personal_list", _("个人廉政风险识别防控表")
        LEADERS_LIST = "leaders_list", _("领导岗位廉政风险清单")
        PLAN = "plan", _("实施方案")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="documents", verbose_name=_("单位"))
    kind = models.CharField(_("文种"), max_length=16, choices=Kind)
    year = models.PositiveSmallIntegerField(_("年度"))
    number = models.CharField(_("编号"), max_length=40, unique=True)
    title = models.CharField(_("标题"), max_length=120)
    content = models.JSONField()
    """Everything the paper says, in the order in which it says it."""
    digest = models.CharField(_("摘要值"), max_length=64)
    """SHA-256 of the canonical JSON (RFC 8785) of number, title and content."""
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    frozen_at = models.DateTimeField(_("定稿时间"))
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = DocumentQuerySet.as_manager()
    TRACED = True
    TRACE_CHILDREN = ("notice", "notice__objections", "filings")
    TRACE_LABEL = "number"

    class Meta:
        verbose_name = pgettext_lazy("one", "文书")
        ordering = ["-id"]
        indexes = [models.Index(fields=["unit", "kind", "year"], name="document_of_unit")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Once, when it is frozen."""
        if not self._state.adding:
            raise FrozenError("a frozen document never changes")
        super().save(*args, **kwargs)

    @property
    def digest_now(self) -> str:
        """The digest of what the database holds now."""
        return digest_of(self.number, self.title, self.content)

    @property
    def is_intact(self) -> bool:
        """Whether it still says what was frozen."""
        return self.digest_now == self.digest


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> NoticeQuerySet:
        return self.filter(readable(user, "document__"))


class Notice(models.Model):
    """A document shown inside the school for some working days (公示, S35)."""

    class Scope(models.TextChoices):
        SCHOOL = "school", _("全校")
        UNIT = "unit", _("本部门")

    class State(models.TextChoices):
        OPEN = "open", _("公示中")
        ENDED = "ended", _("公示结束")
        WITHDRAWN = "withdrawn", _("已撤回")

    document = models.OneToOneField(Document, models.PROTECT, related_name="notice")
    scope = models.CharField(_("范围"), max_length=8, choices=Scope, default=Scope.SCHOOL)
    working_days = models.PositiveSmallIntegerField(_("工作日"), default=5)
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"))
    """Last day of publication; filing is possible from the next day on."""
    contact = models.CharField(_("监督电话"), max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.CharField(_("公示结论"), max_length=200, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("公示")
        ordering = ["-id"]


class Objection(models.Model):
    """An objection during publication, answered and settled (异议)."""

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        ANSWERED = "answered", _("已答复")
        SETTLED = "settled", _("已办结")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections")
    item = models.CharField(_("针对"), max_length=120, blank=True)
    text = models.TextField(_("异议"))
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    answer = models.TextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    changes_needed = models.BooleanField(_("须修改"), default=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)

    class Meta:
        verbose_name = _("异议")
        ordering = ["id"]


class FilingQuerySet(models.QuerySet["Filing"]):
    def visible_to(self, user: User) -> FilingQuerySet:
        return self.filter(readable(user, "document__"))


class Filing(models.Model):
    """A document handed to the discipline commission for the record (备案, S36)."""

    class Kind(models.TextChoices):
        FIRST = "first", _("首次备案")
        CHANGE = "change", _("变更备案")

    class State(models.TextChoices):
        FILED = "filed", _("已报送")
        ACCEPTED = "accepted", _("已备案")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    document = models.ForeignKey(Document, models.PROTECT, related_name="filings")
    kind = models.CharField(_("类型"), max_length=8, choices=Kind, default=Kind.FIRST)
    number = models.CharField(_("备案号"), max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.FILED)
    reason = models.CharField(_("变更事由"), max_length=200, blank=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(null=True, blank=True)
    receipt_number = models.CharField(_("回执号"), max_length=40, blank=True)
    opinion = models.CharField(_("备案意见"), max_length=300, blank=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("备案")
        ordering = ["-id"]
