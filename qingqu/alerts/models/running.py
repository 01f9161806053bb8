"""What the engine keeps between two changes of records, and the runs of the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from qingqu.organisation.models import Unit

if TYPE_CHECKING:
    pass


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
    suppressed = models.PositiveIntegerField(null=True, blank=True)
    """What it found and did not raise because it is kept quiet; None where that was not counted yet."""

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
