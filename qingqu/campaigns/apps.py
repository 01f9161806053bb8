"""The campaigns app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "qingqu.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        from qingqu.campaigns.access import can_open_files, can_open_mobilisation_files
        from qingqu.records.subjects import register

        register("campaigns.studydocument", can_open_files)
        register("campaigns.mobilisation", can_open_mobilisation_files)
