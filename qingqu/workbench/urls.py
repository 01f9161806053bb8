"""Addresses of workbench."""

from django.urls import path

from qingqu.workbench import views
from qingqu.workbench.more import more

app_name = "workbench"
urlpatterns = [
    path("", views.home, name="home"),
    path("field", views.field, name="field"),
    path("more", more, name="more"),
]
