"""The notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "qingqu.notifications"
    label = "notifications"
