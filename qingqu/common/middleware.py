"""Headers of every answer, and a limit on what is sent to us."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from qingqu.common.errors import error_page

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class ContentSecurityPolicy:
    """A strict content security policy: nothing inline, nothing from elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class ButtonAddress:
    """An address that only a button may use, opened or reloaded by itself: a page that says so, not an empty one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or "text/html" not in request.headers.get("Accept", ""):
            return response
        reason = _(
            "这个地址只供页面上的按钮使用，不能直接打开或者刷新。已经办理的不受影响；还没有办理的，请从工作台进入，再按按钮。"
        )
        page = error_page(request, 405, _("请从页面上的按钮办理"), reason)
        page.headers["Allow"] = response.headers["Allow"]
        return page


MAX_REQUEST = 25 * 1024 * 1024
DRAIN = 1024 * 1024


class UploadLimit:
    """Refuse a request that announces more than MAX_REQUEST bytes before any of it is parsed or stored.

    What the browser is sending is read and thrown away, a piece at a time, so that the browser reads our answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdigit() or int(announced) <= MAX_REQUEST:
            return self.get_response(request)
        for _round in range(min(int(announced), 20 * MAX_REQUEST) // DRAIN + 1):
            if not request.read(DRAIN):
                break
        reason = _("上传的内容有 %(size)d MB，超过 %(limit)d MB。请删去图片等多余内容，或者分几次上传。")
        figures = {"size": int(announced) // DRAIN, "limit": MAX_REQUEST // DRAIN}
        return error_page(request, 413, _("文件过大"), reason % figures)
