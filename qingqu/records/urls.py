"""Addresses of records."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

app_name = "records"


def _later(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("<int:pk>", _later, name="show")]
