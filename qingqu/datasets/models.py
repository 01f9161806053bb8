"""The school's own records: tables of the offices, where they came from, and every version of every row (S54, S69)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.organisation.models import Unit, schools_of

if TYPE_CHECKING:
    from qingqu.accounts.models import User


class ColumnType(models.TextChoices):
    """What a cell means. All but texts are kept as integers, so that every engine counts the same."""

    TEXT = "text", _("文字")
    MONEY = "money", _("金额")
    """In fen."""
    NUMBER = "number", _("数量")
    """In thousandths."""
    COUNT = "count", _("个数")
    DATE = "date", _("日期")
    """In days since 1970-01-01."""
    MOMENT = "moment", _("时间")
    """In minutes since 1970-01-01 00:00, local time."""
    FLAG = "flag", _("是否")
    """0 or 1."""
    HASHED = "hashed", _("摘要")
    """A name, phone, card or pupil's number: the SM3 digest with the school's own salt, never what was typed."""


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, user: User) -> DatasetQuerySet:
        return self.filter(school_id__in=schools_of(user))


class Dataset(models.Model):
    """A table that a school keeps: one of the library's (DS1–DS18) or its own; an event log is one too."""

    class Kind(models.TextChoices):
        TABLE = "table", _("数据表")
        EVENTS = "events", _("办件日志")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    code = models.CharField(_("代码"), max_length=20)
    name = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=80, blank=True)
    """Of an own table: for readers of English; empty: the same."""
    kind = models.CharField(_("类别"), max_length=8, choices=Kind, default=Kind.TABLE)
    columns = models.JSONField(_("列"), default=list)
    """[{"id", "name", "type", "as", "required", "sensitive", "also", "note"}], in the order of the table."""
    key = models.JSONField(_("标识列"), default=list)
    """Ids of the columns that together name a row; empty: all of them."""
    steps = models.JSONField(_("环节对照"), default=dict)
    """Of an event log: the log's own name of a step → ours; what is not in it shows as not recognised."""
    keeper = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("保管部门")
    )
    """The department that keeps the table: its people enter, its head confirms what a warning says."""
    is_active = models.BooleanField(_("在用"), default=True)
    changes = models.PositiveBigIntegerField(default=0)
    """Raised with every change of a record: tells whether what was computed from the table is still of today."""

    objects = DatasetQuerySet.as_manager()
    TRACED = True
    TRACE_LABEL = "name"
    TRACE_EXCLUDE = ("changes",)

    class Meta:
        verbose_name = pgettext_lazy("one", "业务数据表")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["school", "code"], name="dataset_code_in_school")]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """One import: a file, an API call or a watched folder's find; may be withdrawn whole."""

    class Source(models.TextChoices):
        FILE = "file", _("文件导入")
        FOLDER = "folder", _("定时读取")
        API = "api", _("接口报送")
        PAGE = "page", _("页面填写")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("待指明各列")
        MAPPED = "mapped", _("待确认")
        RUNNING = "running", _("正在导入")
        APPLIED = "applied", _("已导入")
        FAILED = "failed", _("没有导入")
        DISCARDED = "discarded", _("已放弃")
        WITHDRAWING = "withdrawing", _("正在撤回")
        WITHDRAWN = "withdrawn", _("已撤回")

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="batches")
    source = models.CharField(_("来源"), max_length=8, choices=Source, default=Source.FILE)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.UPLOADED)
    name = models.CharField(_("文件名"), max_length=200, blank=True)
    file = models.FileField(upload_to="batches/%Y/%m/", null=True, blank=True)
    """Deleted once the batch is applied or discarded: it holds what the table keeps only as digests."""
    sheet = models.CharField(_("工作表"), max_length=100, blank=True)
    mapping = models.JSONField(default=dict)
    """Column of the table → position in the file, from 0."""
    signature = models.CharField(max_length=32, blank=True, db_index=True)
    """Of the headings: under it the mapping is remembered."""
    empties = models.BooleanField(_("清空文件中没有的列"), default=False)
    """Whether rows that are there lose what they say in columns that the file does not have."""
    rows = models.PositiveIntegerField(_("行数"), default=0)
    done = models.PositiveIntegerField(default=0)
    """How many of them have been read: the progress bar."""
    added = models.PositiveIntegerField(_("新增"), default=0)
    replaced = models.PositiveIntegerField(_("更正"), default=0)
    unchanged = models.PositiveIntegerField(_("未变"), default=0)
    faults = models.JSONField(default=list)
    """The first faulty cells: [{"row", "column", "message"}], in no language (`notes.Kept`); persons are not kept."""
    faulty = models.PositiveIntegerField(_("有误行数"), default=0)
    notes = models.JSONField(default=list)
    """What the reader should know: lines left out, columns kept; in no language (`notes.Kept`)."""
    rejects = models.FileField(upload_to="batches/%Y/%m/", null=True, blank=True)
    """The faulty rows as they stood in the file, to be mended and imported; deleted after a week."""
    judged = models.BooleanField(default=True)
    """False while the rules have still to look at a large batch."""
    sha256 = models.CharField(_("摘要"), max_length=64, blank=True)
    """Over the file, or over the rows as they were pushed: the seal of the batch."""
    reason = models.CharField(_("撤回原因"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("报送时间"), auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    in_file: Any = None
    """What `checking.tables` has found in the file, as long as this object lives: a workbook takes seconds to read."""

    TRACED = True
    TRACE_LABEL = "name"
    TRACE_EXCLUDE = ("done", "judged", "rejects")

    class Meta:
        verbose_name = pgettext_lazy("one", "导入批次")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name or str(_("第 %d 批")) % self.pk

    @property
    def is_waiting(self) -> bool:
        """Uploaded, and neither let in nor discarded."""
        return self.state in (self.State.UPLOADED, self.State.MAPPED)


class Record(models.Model):
    """A row of a table as it stands now. Its id stays the same through corrections; `version` counts them."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="records")
    school = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    """The digest of what names the row; one row per key."""
    version = models.PositiveIntegerField(default=1)
    values = models.JSONField()
    """Column id → integer, text or None, as ColumnType says."""
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="records")
    """The batch that wrote this version."""
    withdrawn = models.BooleanField(default=False)
    received_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("记录")
        constraints = [models.UniqueConstraint(fields=["dataset", "key"], name="record_key_in_dataset")]
        indexes = [models.Index(fields=["dataset", "id"], condition=models.Q(withdrawn=False), name="record_in_force")]


class RecordVersion(models.Model):
    """What a record said before it was corrected or withdrawn; append-only."""

    record = models.ForeignKey(Record, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    values = models.JSONField()
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn = models.BooleanField(default=False)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "version"], name="record_version_once")]


class MissingEvent(models.Model):
    """An event that a file or a push had and the log has not: its row could not be read.

    Until it is put right nobody can say whether its case follows the procedure. That it was is computed
    (`missing.lack`): a row that says the same in all that was legible has come in since.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="missing")
    row = models.PositiveIntegerField()
    """In the file, as Excel counts."""
    case = models.TextField(blank=True)
    """Empty where the row does not say whose event it is."""
    legible = models.JSONField()
    """Column id → value, of those that name an event, as far as they could be read."""
    key = models.CharField(max_length=64, blank=True)
    """What names the event, where all of that could be read and something else could not."""
    columns = models.JSONField()
    """The ids of the columns that could not be read."""
    reason = models.CharField(max_length=200, blank=True)
    """Why it need not be put right; empty: it must."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    """Who said so."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="missing_row_once")]


class Posting(models.Model):
    """A record under one of the keys by which rules look: makes «all of this supplier within 90 days» one index range.

    Holds nothing of its own and may be dropped and rebuilt from the records.
    """

    grouping = models.IntegerField()
    """Which columns make the key and which the order: `Grouping.number` of the rules."""
    key = models.BigIntegerField()
    day = models.BigIntegerField()
    record = models.ForeignKey(Record, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["grouping", "key", "day", "record"], name="posting_range")]


class Posted(models.Model):
    """How far a table's records are posted under a grouping."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="+")
    grouping = models.IntegerField()
    upto = models.BigIntegerField(null=True)
    """The record up to which; None: all of them."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "grouping"], name="posted_once")]
