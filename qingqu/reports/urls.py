"""Addresses of reports."""

from django.urls import path

from qingqu.reports.views import maps

app_name = "reports"
urlpatterns = [
    path("maps", maps.maps_page, name="maps"),
    path("maps/export", maps.maps_export, name="maps-export"),
    path("maps/gaps/<slug:code>", maps.gap_list, name="gap"),
]
