"""Addresses of the starter library."""

from django.urls import path

from qingqu.library import views

app_name = "library"
urlpatterns = [
    path("", views.home, name="home"),
    path("confirm", views.confirm, name="confirm"),
    path("adopt", views.adopt, name="adopt"),
    path("<slug:code>", views.show, name="show"),
]
