"""Messages inside the product: a line with a link each; the lines of a day are one message."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Message(models.Model):
    """A line of what one person is told. `key` and `on` keep the clock from saying the same thing twice a day."""

    class Kind(models.TextChoices):
        TASK = "task", _("任务")
        REMINDER = "reminder", _("提醒")
        URGE = "urge", _("催办")
        NEWS = "news", _("告知")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages_received")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=200, blank=True)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    key = models.CharField(max_length=80, blank=True)
    on = models.DateField(db_column="sent_on")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    TRACED = False

    class Meta:
        verbose_name = pgettext_lazy("one", "消息")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "read_at"], name="message_unread"),
            models.Index(fields=["key", "person", "on"], name="message_once"),
            models.Index(fields=["person", "on"], name="message_of_day"),
        ]
