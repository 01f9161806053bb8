"""The organisation app."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "qingqu.organisation"
    label = "organisation"
