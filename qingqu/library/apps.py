"""The library app."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "qingqu.library"
    label = "library"
