"""Answer htmx with a piece of a page, a browser with the whole."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a piece, and not for a whole page to restore its history."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def render_piece(
    request: HttpRequest, page_template: str, piece_template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with `piece_template` where htmx asks, otherwise with `page_template`, which includes it.

    Messages that an action left are sent along with the piece and land in the page's message area.
    Use status 422 for a form that comes back with its errors.
    """
    if not is_htmx(request):
        response = render(request, page_template, context, status=status)
    else:
        body = render_to_string(piece_template, context, request)
        if len(get_messages(request)):
            body += render_to_string("_messages.html", {"swap_oob": True}, request)
        response = HttpResponse(body, status=status)
    response.headers["Vary"] = ", ".join(filter(None, [response.headers.get("Vary"), "HX-Request"]))
    return response
