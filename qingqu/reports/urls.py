"""Addresses of reports."""

from django.urls import path
from django.views.decorators.http import require_POST

from qingqu.reports.views import dossiers, downloads, ledger, maps

app_name = "reports"
urlpatterns = [
    path("maps", maps.maps_page, name="maps"),
    path("maps/export", maps.maps_export, name="maps-export"),
    path("maps/gaps/<slug:gap>", maps.gap_list, name="gap"),
    path("ledger", ledger.ledger_page, name="ledger"),
    path("export/<str:kind>.<str:fmt>", ledger.export, name="export"),
    path("paper/<str:kind>.<str:fmt>", ledger.paper, name="paper"),
    path("dossiers", dossiers.dossier_list, name="dossiers"),
    path("dossiers/<slug:kind>/<int:pk>/<int:year>", dossiers.dossier, name="dossier"),
    path("dossiers/<slug:kind>/<int:pk>/<int:year>/index.<slug:fmt>", dossiers.dossier_index, name="dossier-index"),
    path("downloads", downloads.downloads, name="downloads"),
    path("downloads/compare", require_POST(downloads.compare), name="downloads-compare"),
]
