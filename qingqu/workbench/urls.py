"""Addresses of workbench."""

from django.urls import path

from qingqu.workbench.more import more

app_name = "workbench"
urlpatterns = [
    path("more", more, name="more"),
]
