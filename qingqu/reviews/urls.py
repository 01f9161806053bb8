"""Addresses of reviews."""

from django.urls import path

from qingqu.reviews import views

app_name = "reviews"
urlpatterns = [
    path("", views.list_, name="list"),
    path("approve", views.approve_many, name="approve-many"),
    path("<int:pk>/reassign/", views.reassign, name="reassign"),
]
