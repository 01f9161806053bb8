"""The trace app."""

import sys
from typing import Any

from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class TraceConfig(AppConfig):
    name = "qingqu.trace"
    label = "trace"

    def ready(self) -> None:
        """Collect the sentences for acts (`acts.py` of every app); keep the shapes of states after each migration."""
        from qingqu.trace import checks, sentences  # noqa: F401  (registers the check)

        autodiscover_modules("acts")
        for config in apps.get_app_configs():
            said = sys.modules.get(f"{config.name}.acts")
            sentences.ACTS.update(getattr(said, "ACTS", {}))
            sentences.REASONS.update(getattr(said, "REASONS", ()))
            sentences.WITHHELD.update(getattr(said, "WITHHELD", ()))
        post_migrate.connect(_keep_shapes, sender=self)


def _keep_shapes(using: str, **kwargs: Any) -> None:
    from qingqu.trace.adoption import keep_shapes

    if using == DEFAULT_DB_ALIAS:
        keep_shapes()
