"""Refusals become a sentence for the reader and an entry in the trace (S87)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from qingqu.common.errors import NotPossible, error_page
from qingqu.common.htmx import is_htmx
from qingqu.trace.context import request_id
from qingqu.trace.refusals import app_of, record_refusal

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


class Refusals:
    """NotPossible → a message where the reader came from; every denial → an entry. The API has `api_errors` instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(secrets.token_hex(8))
        try:
            response = self.get_response(request)
            if _was_sent_to_sign_in(request, response):
                record_refusal(request, "access.denied", "")
            return response
        finally:
            request_id.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        match exception:
            case NotPossible():
                record_refusal(request, f"{app_of(request)}.refused", exception.reason)
                return not_possible(request, exception.reason)
            case PermissionDenied():
                record_refusal(request, "access.denied", str(exception))
                return _piece(request, 403, _("您不能查看或办理此项"), str(exception)) if is_htmx(request) else None
            case Http404() if _names_an_object(request):
                record_refusal(request, "access.denied", "")
        return None


def not_possible(request: HttpRequest, reason: str) -> HttpResponse:
    """Say it where the reader is: in the message area, on the page that he came from, or on a page of its own."""
    if is_htmx(request):
        return _piece(request, 409, "", reason)
    came_from = request.headers.get("Referer", "")
    if request.method == "POST" and url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        messages.error(request, reason)
        return HttpResponseRedirect(came_from)
    return error_page(request, 409, _("现在不能办理"), reason)


def _piece(request: HttpRequest, status: int, title: str, reason: str) -> HttpResponse:
    response = render(request, "error_fragment.html", {"title": title, "reason": reason}, status=status)
    response.headers["HX-Retarget"] = "#messages"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _names_an_object(request: HttpRequest) -> bool:
    """A row that is not there or not his to see; a stranger's wrong address tells nothing."""
    return bool(request.user.is_authenticated and request.resolver_match and request.resolver_match.kwargs)


def _was_sent_to_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """A stranger tried to change something."""
    return (
        request.method not in SAFE
        and isinstance(response, HttpResponseRedirect)
        and not request.user.is_authenticated
        and response.url.startswith(f"{resolve_url('accounts:sign-in')}?")
    )
