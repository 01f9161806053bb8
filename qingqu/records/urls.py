"""Addresses of records."""

from django.urls import path

from qingqu.records import views

app_name = "records"
urlpatterns = [
    path("", views.document_list, name="list"),
    path("<int:pk>", views.show, name="show"),
    path("<int:pk>/object", views.object_to, name="object"),
    path("<int:pk>/file", views.file, name="file"),
    path("<int:pk>/withdraw-notice", views.withdraw_notice, name="withdraw-notice"),
    path("<int:pk>/paper/<slug:kind>", views.paper, name="paper"),
    path("objections/<int:pk>", views.objection, name="objection"),
    path("objections/<int:pk>/answer", views.answer, name="answer"),
    path("objections/<int:pk>/settle", views.settle, name="settle"),
    path("filings/<int:pk>/accept", views.accept, name="accept"),
    path("filings/<int:pk>/return", views.return_, name="return"),
    path("filings/<int:pk>/withdraw", views.withdraw_filing, name="withdraw-filing"),
    path("attachments/<int:pk>", views.download, name="download"),
]
