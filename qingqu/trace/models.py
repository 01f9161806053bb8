"""The tamper-evident log: entries, what was said in them, tiles, checkpoints. No foreign key to anything outside."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from qingqu.trace.problems import Problem


class Entry(models.Model):
    """One act, as it is hashed into the log: opaque ids and salted commitments, no personal data.

    `record()` inserts it in the act's own transaction; as long as `position` is empty it waits in the outbox. The
    sequencer, and nobody else, gives it its position, `prev_obj` and `leaf_hash`.
    """

    position = models.BigIntegerField(_("序号"), null=True, blank=True, unique=True)
    at = models.DateTimeField(_("时间"))
    act = models.CharField(_("行为"), max_length=60)
    obj = models.CharField(_("对象"), max_length=80)
    actor = models.CharField(_("办理人"), max_length=24)
    role = models.CharField(max_length=30, blank=True)
    on_behalf = models.CharField(max_length=24, blank=True)
    req = models.CharField(max_length=32, blank=True)
    ok = models.BooleanField(_("结果"), default=True)
    before_c = models.CharField(max_length=64, blank=True)
    after_c = models.CharField(max_length=64, blank=True)
    reason_c = models.CharField(max_length=64, blank=True)
    prev_obj = models.CharField(max_length=64, blank=True)
    leaf_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("留痕")
        indexes = [
            models.Index(fields=["obj", "id"], name="trace_entry_obj"),
            models.Index(fields=["act", "id"], name="trace_entry_act"),
            models.Index(fields=["actor", "id"], name="trace_entry_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.obj}"

    @property
    def label(self) -> str:
        """The model of the object, e.g. declarations.declaration."""
        return self.obj.partition(":")[0]

    @property
    def object_id(self) -> str:
        return self.obj.partition(":")[2]


class Payload(models.Model):
    """What an entry says in words, with the salt of its commitments. Erasing this row leaves the log valid."""

    entry = models.OneToOneField(Entry, models.CASCADE, primary_key=True, related_name="payload")
    salt = models.BinaryField()
    title = models.CharField(max_length=120, blank=True)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    shape = models.CharField(max_length=16, blank=True)


class Shape(models.Model):
    """Which fields a commitment covered when it was made, so that a later field does not look like tampering."""

    digest = models.CharField(max_length=16, primary_key=True)
    label = models.CharField(max_length=60)
    fields = models.JSONField()


class Tile(models.Model):
    """Up to 256 hashes of one level of the tree, side by side (C2SP tlog-tiles)."""

    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="trace_tile_place")]


class Log(models.Model):
    """Where the log stands: one row, locked by the sequencer."""

    origin = models.CharField(max_length=120, unique=True)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)


class Checkpoint(models.Model):
    """Size and root of the log at a moment, as a C2SP signed note once the signer has signed it."""

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    at = models.DateTimeField()
    note = models.TextField()
    signed = models.BooleanField(default=False)


class VerifyRun(models.Model):
    """A replay of the whole log and what it found."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    ok = models.BooleanField()
    entries = models.BigIntegerField()
    rows = models.BigIntegerField()
    root = models.CharField(max_length=64)
    problem_count = models.IntegerField(default=0)
    problems = models.JSONField(default=list)

    @property
    def found(self) -> list[Problem]:
        """What it found; `str()` of each is in the reader's language."""
        return [Problem(found["kind"], found["about"]) for found in self.problems]
