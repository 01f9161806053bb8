"""The powers app."""

from django.apps import AppConfig


class PowersConfig(AppConfig):
    name = "qingqu.powers"
    label = "powers"
