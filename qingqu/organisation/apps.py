"""The organisation app."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "qingqu.organisation"
    label = "organisation"

    def ready(self) -> None:
        """Working days follow the official days off that were entered."""
        from qingqu.common import calendar
        from qingqu.organisation import holidays

        calendar.ask_for_years(holidays.entered)
