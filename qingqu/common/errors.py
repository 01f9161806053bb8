"""What cannot be done, said in a sentence, and the pages that say it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _


class NotPossible(Exception):
    """An act that the rules do not allow now; its text is shown to the person who tried.

    `see`: the address of what stands in the way, if whoever tries this may open it; `said`: the reason as it came,
    which somebody else may read in another language where it is lazy.
    """

    def __init__(self, reason: str | Promise, *, see: str = "") -> None:
        super().__init__(str(reason))
        self.reason, self.see, self.said = str(reason), see, reason


def error_page(request: HttpRequest, status: int, title: str, reason: str) -> HttpResponse:
    """The quiet page for an act that did not happen: what, why, and the way on."""
    return render(request, "error.html", {"status": status, "title": title, "reason": reason}, status=status)


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks: it gets problem details where people get a page."""
    return request.path.startswith("/api/")


def problem(
    status: int, title: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> HttpResponse:
    """The API's answer for what did not happen, of type application/problem+json (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JsonResponse(
        body,
        status=status,
        headers=headers,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def page_403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403, _("您不能查看或办理此项"), str(exception or ""))


def page_404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return problem(404, _("没有找到"), _("接口中没有这个地址，各地址见 /api/v1/openapi.json。"))
    return error_page(request, 404, _("没有找到这个页面"), _("地址可能已变更，或者您没有查看它的权限。"))


def page_500(request: HttpRequest) -> HttpResponse:
    """Drawn without the request, so that it appears even where the database does not answer."""
    words = {"status": 500, "title": _("系统暂时出错"), "reason": _("您已保存的内容没有丢失，请稍后再试。")}
    return HttpResponse(render_to_string("error.html", words), status=500)
