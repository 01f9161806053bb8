"""The doors of the house, closed unless opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from qingqu.accounts import rules

SEEN = "seen"
WRITE_EVERY = 60
"""Seconds between two writes of the last-seen time: not every request costs a write."""
BEFORE_PASSWORD = frozenset({"accounts:password", "accounts:sign-out", "accounts:text-size", "set-language"})
"""What a person may open while he still has to choose a password."""


class Doors:
    """Every page asks for sign-in unless its view is marked `login_not_required` (django.contrib.auth.decorators).

    Half an hour without a request ends the session; a person who must change his password does that first.
    The API is left to its own authentication.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        is_api = match is not None and "ninja" in match.app_names
        if request.user.is_authenticated and has_idled(request):
            logout(request)
            if not is_api:
                messages.info(request, _("已超过 30 分钟没有操作，请重新登录，之后回到原来的页面。"))
        if is_api:
            return api_door(request)
        if not request.user.is_authenticated:
            return None if not getattr(view, "login_required", True) else to(request, "accounts:sign-in")
        if request.user.must_change_password and (match is None or match.view_name not in BEFORE_PASSWORD):
            return to(request, "accounts:password")
        return None


def has_idled(request: HttpRequest) -> bool:
    """Whether this session slept too long; notes that it is awake otherwise."""
    now = time.time()
    seen = request.session.get(SEEN)
    if seen is None:
        last = request.user.last_login  # type: ignore[union-attr]
        seen = last.timestamp() if last else now
    if rules.has_idled(seen, now):
        return True
    if now - seen > WRITE_EVERY:
        request.session[SEEN] = int(now)
    return False


def api_door(request: HttpRequest) -> HttpResponse | None:
    """A session may use the API only once its owner has a password of his own."""
    if request.user.is_authenticated and request.user.must_change_password:
        return JsonResponse({"detail": _("请先修改密码")}, status=403)
    return None


def to(request: HttpRequest, view: str) -> HttpResponse:
    """Send the reader to `view`, and afterwards back to where he was."""
    target = f"{reverse(view)}?{urlencode({'next': came_from(request)})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def came_from(request: HttpRequest) -> str:
    """The page to return to: this one, or for an act or a piece the page that it was on."""
    if request.method in ("GET", "HEAD") and request.headers.get("HX-Request") != "true":
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(page)
    return parts.path + (f"?{parts.query}" if parts.query else "")
