"""Addresses of notifications."""

from django.urls import path

from qingqu.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.list_, name="list"),
    path("read", views.read_all, name="read-all"),
    path("<int:pk>/read", views.read, name="read"),
]
