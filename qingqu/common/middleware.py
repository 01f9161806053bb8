"""Headers of every response, and limits on requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from qingqu.common.errors import error_page, is_api, problem

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
    """Explain, instead of showing an empty page, that an address opened directly is for a button only.

    A program that uses a wrong method on the API gets problem details.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405:
            return response
        if is_api(request):
            reason = _("这个地址只接受 %(methods)s。") % {"methods": response.headers["Allow"]}
            return problem(405, _("这个地址没有此种方法"), reason, headers={"Allow": response.headers["Allow"]})
        if response.content or "text/html" not in request.headers.get("Accept", ""):
            return response
        reason = _(
            "这个地址只供页面上的按钮使用，不能直接打开或者刷新。已经办理的不受影响；还没有办理的，请从工作台进入，再按按钮。"
        )
        page = error_page(request, 405, _("请从页面上的按钮办理"), reason)
        page.headers["Allow"] = response.headers["Allow"]
        return page


MAX_REQUEST = 25 * 1024 * 1024
DRAIN = 1024 * 1024
View = TypeVar("View", bound=Callable[..., HttpResponse])


def takes_uploads(most: int) -> Callable[[View], View]:
    """Let a page accept up to `most` bytes from signed-in people; the outermost decorator."""

    def marked(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        return view

    return marked


class UploadLimit:
    """Refuse a request that announces more than MAX_REQUEST bytes before any of it is parsed or stored.

    A page may take more (`takes_uploads`), from people whom we know. What the browser is sending is read and thrown
    away, a piece at a time, so that the browser reads our answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _named: object
    ) -> HttpResponse | None:
        """Called once the page is known and nothing has been read yet."""
        announced = request.META.get("CONTENT_LENGTH") or "0"
        size = int(announced) if announced.isdecimal() else 0
        most = getattr(view, "most_bytes", MAX_REQUEST)
        if size <= MAX_REQUEST or (size <= most and request.user.is_authenticated):
            return None
        for _round in range(min(size, 20 * MAX_REQUEST) // DRAIN + 1):
            if not request.read(DRAIN):
                break
        reason = _("上传的内容有 %(size)d MB，超过 %(limit)d MB。请删去图片等多余内容，或者分几次上传。")
        figures = {"size": size // DRAIN, "limit": most // DRAIN}
        if is_api(request):
            return problem(413, _("文件过大"), reason % figures)
        return error_page(request, 413, _("文件过大"), reason % figures)


class WithoutZeroSign:
    """Refuse an address with a zero sign in what it asks for: nobody types one, and PostgreSQL cannot look for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: object, _named: object
    ) -> HttpResponse | None:
        """Called once the page is known."""
        if "%00" not in request.META.get("QUERY_STRING", "") and "\0" not in request.path_info:
            return None
        title, reason = _("网址不能识别"), _("网址中有不能识别的符号，请从页面上的链接打开。")
        return problem(400, title, reason) if is_api(request) else error_page(request, 400, title, reason)
