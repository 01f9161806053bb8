"""Messages inside the product: one line, one link. The reminders of a day are shown together, as one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Message(models.Model):
    """A message to one person. `key` and `on` keep the clock from saying the same thing twice a day."""

    class Kind(models.TextChoices):
        TASK = "task", _("任务")
        REMINDER = "reminder", _("提醒")
        URGE = "urge", _("催办")
        NEWS = "news", _("告知")

    BUNDLED = (Kind.REMINDER, Kind.URGE)
    """Of these a person has one message a day, with as many lines as there are things to be reminded of (S63)."""

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
            models.Index(fields=["person", "kind", "on"], name="message_of_day"),
        ]

    @property
    def is_bundled(self) -> bool:
        """Whether it is a line of the one message of its day."""
        return self.kind in self.BUNDLED
