"""The risks app."""

from django.apps import AppConfig


class RisksConfig(AppConfig):
    name = "qingqu.risks"
    label = "risks"

    def ready(self) -> None:
        """Say who may open the evidence of measures."""
        from qingqu.records import subjects
        from qingqu.risks.access import can_open_evidence
        from qingqu.risks.measures import SUBJECT

        subjects.register(SUBJECT, can_open_evidence)
