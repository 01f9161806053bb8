"""The declarations app."""

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "qingqu.declarations"
    label = "declarations"
