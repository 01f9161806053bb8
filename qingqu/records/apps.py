"""The records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "qingqu.records"
    label = "records"
