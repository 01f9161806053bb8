"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "qingqu.accounts"
    label = "accounts"
