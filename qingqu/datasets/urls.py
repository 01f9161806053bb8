"""Addresses of the tables."""

from django.urls import path

from qingqu.datasets.views import imports, logs, own, tables

app_name = "datasets"
urlpatterns = [
    path("", tables.home, name="home"),
    path("adopt", tables.adopt, name="adopt"),
    path("define", own.define, name="define"),
    path("<int:pk>/columns", own.set_columns, name="set-columns"),
    path("<int:pk>/retire", own.retire, name="retire"),
    path("<int:pk>/resume", own.resume, name="resume"),
    path("<int:pk>", tables.table, name="table"),
    path("<int:pk>/about", tables.about, name="about"),
    path("<int:pk>/keeper", tables.keeper, name="keeper"),
    path("<int:pk>/steps", logs.steps, name="steps"),
    path("<int:pk>/missing", logs.missing_events, name="missing"),
    path("<int:pk>/enter", tables.enter, name="enter"),
    path("<int:pk>/upload", imports.upload, name="upload"),
    path("<int:pk>/batches", imports.batches, name="batches"),
    path("<int:pk>/export.<str:fmt>", tables.export, name="export"),
    path("records/<int:pk>", tables.record, name="record"),
    path("records/<int:pk>/correct", tables.correct, name="correct"),
    path("records/<int:pk>/withdraw", tables.withdraw_record, name="withdraw-record"),
    path("batches/<int:pk>", imports.batch, name="batch"),
    path("batches/<int:pk>/columns", imports.columns, name="columns"),
    path("batches/<int:pk>/preview", imports.preview, name="preview"),
    path("batches/<int:pk>/faults", imports.faults, name="faults"),
    path("batches/<int:pk>/begin", imports.begin, name="begin"),
    path("batches/<int:pk>/discard", imports.discard, name="discard"),
    path("batches/<int:pk>/withdraw", imports.withdraw_batch, name="withdraw-batch"),
]
