"""The risks app."""

from django.apps import AppConfig


class RisksConfig(AppConfig):
    name = "qingqu.risks"
    label = "risks"
