"""The API's refusals: problem details (RFC 9457) for the caller, an entry in the trace (S87)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from qingqu.common.errors import NotPossible, problem
from qingqu.trace.actions import By
from qingqu.trace.refusals import app_of, record_refusal


def caller(request: HttpRequest) -> By:
    """Who calls: the holder of the token, or the one who is signed in."""
    holder = getattr(request, "auth", None)
    return holder if hasattr(holder, "is_authenticated") else request.user


def install_handlers(api: NinjaAPI) -> None:
    """Map what views raise to problem details; what is refused leaves its trace, as on the pages."""

    @api.exception_handler(NotPossible)
    def not_possible(request: HttpRequest, exception: NotPossible) -> HttpResponse:
        record_refusal(request, f"{app_of(request)}.refused", exception.reason, by=caller(request))
        return problem(409, _("现在不能办理"), exception.reason)

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
        record_refusal(request, "access.denied", str(exception), by=caller(request))
        return problem(403, _("您不能查看或办理此项"), str(exception))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, exception: Http404) -> HttpResponse:
        record_refusal(request, "access.denied", "", by=caller(request))
        return problem(404, _("没有找到"), _("没有这一项，或者您没有查看它的权限。"))

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, exception: HttpError) -> HttpResponse:
        if exception.status_code in (401, 403):
            record_refusal(request, "access.denied", exception.message, by=caller(request))
        titles = {400: _("请求的内容不是有效的 JSON"), 401: _("请先登录或提供接口密钥")}
        title = titles.get(exception.status_code, exception.message)
        return problem(exception.status_code, title, exception.message)

    @api.exception_handler(OverflowError)
    def too_large(request: HttpRequest, exception: OverflowError) -> HttpResponse:
        return problem(422, _("填写的内容不完整或格式不对"), _("有一个数字超出范围"))

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, exception: ValidationError) -> HttpResponse:
        return problem(422, _("填写的内容不完整或格式不对"), "", errors=exception.errors)
