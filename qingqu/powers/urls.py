"""Addresses of powers."""

from django.urls import URLPattern

app_name = "powers"
urlpatterns: list[URLPattern] = []
