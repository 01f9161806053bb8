"""The reports app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "qingqu.reports"
    label = "reports"
