"""The phone's last tab: everything that the tab bar has no room for."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def more(request: HttpRequest) -> HttpResponse:
    return render(request, "workbench/more.html")
