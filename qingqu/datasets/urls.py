"""Addresses of the tables."""

from django.urls import path

from qingqu.datasets import views

app_name = "datasets"
urlpatterns = [
    path("", views.home, name="home"),
    path("adopt", views.adopt, name="adopt"),
    path("<int:pk>", views.table, name="table"),
    path("<int:pk>/keeper", views.keeper, name="keeper"),
    path("<int:pk>/steps", views.steps, name="steps"),
    path("<int:pk>/enter", views.enter, name="enter"),
    path("<int:pk>/upload", views.upload, name="upload"),
    path("<int:pk>/batches", views.batches, name="batches"),
    path("<int:pk>/export.<str:fmt>", views.export, name="export"),
    path("records/<int:pk>", views.record, name="record"),
    path("records/<int:pk>/correct", views.correct, name="correct"),
    path("records/<int:pk>/withdraw", views.withdraw_record, name="withdraw-record"),
    path("batches/<int:pk>", views.batch, name="batch"),
    path("batches/<int:pk>/columns", views.columns, name="columns"),
    path("batches/<int:pk>/preview", views.preview, name="preview"),
    path("batches/<int:pk>/faults", views.faults, name="faults"),
    path("batches/<int:pk>/begin", views.begin, name="begin"),
    path("batches/<int:pk>/discard", views.discard, name="discard"),
    path("batches/<int:pk>/withdraw", views.withdraw_batch, name="withdraw-batch"),
]
