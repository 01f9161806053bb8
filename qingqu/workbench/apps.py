"""The workbench app."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "qingqu.workbench"
    label = "workbench"
