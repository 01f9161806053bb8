"""Adoptions: which entry of the starter library became what in a school. The library itself is data, not rows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qingqu.organisation.models import Unit


class Adoption(models.Model):
    """An entry of the library, taken over by a school at a version (the origin is kept)."""

    class Kind(models.TextChoices):
        POWER = "power", _("权力事项")
        POST = "post", _("岗位模板")

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    code = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    content = models.JSONField(default=dict)
    """The entry as it was when it was adopted: what a newer library says otherwise is found against it."""
    subject_label = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    TRACED = True
    TRACE_LABEL = "code"

    class Meta:
        verbose_name = _("采用记录")
        indexes = [models.Index(fields=["school", "kind", "code"], name="adoption_of_code")]
