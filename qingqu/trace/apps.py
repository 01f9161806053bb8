"""The trace app."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    name = "qingqu.trace"
    label = "trace"
