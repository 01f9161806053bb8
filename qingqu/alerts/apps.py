"""The alerts app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "qingqu.alerts"
    label = "alerts"

    def ready(self) -> None:
        """Watch the records, keep the look-ups that rules need, say who may open the files of warnings."""
        from qingqu.alerts.access import can_open_files
        from qingqu.alerts.indicators import rulebook
        from qingqu.alerts.queries import SUBJECT
        from qingqu.alerts.running import ready
        from qingqu.alerts.running.watcher import Watcher
        from qingqu.alerts.views.conformity import piece
        from qingqu.datasets import postings, watching
        from qingqu.records import subjects

        subjects.register(SUBJECT, can_open_files)
        postings.register(rulebook.groupings())
        postings.register_own(ready.look_ups_of)
        watching.watch(Watcher())
        watching.show(piece)
