"""Addresses of the trace."""

from django.urls import path

from qingqu.trace import log_views, views

app_name = "trace"
urlpatterns = [
    path("", views.home, name="home"),
    path("verify", views.verify, name="verify"),
    path("log/checkpoint", log_views.checkpoint, name="checkpoint"),
    path("log/tile/entries/<path:address>", log_views.entries, name="entries"),
    path("log/tile/<int:level>/<path:address>", log_views.tile, name="tile"),
    path("<str:label>/<int:key>", views.history, name="history"),
]
