"""The pages of the trace."""

from __future__ import annotations

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.paging import keyset
from qingqu.common.text import number_in
from qingqu.trace import access, queries, sentences
from qingqu.trace.forms import Filter
from qingqu.trace.verify import run_verify

AT_ONCE = 50_000
PER_PAGE = 50


@login_required
def home(request: HttpRequest) -> HttpResponse:
    scope, form = access.scope_of(request.user), Filter(request.GET)
    page = keyset(request, queries.entries_within(scope, **form.chosen()), per_page=PER_PAGE)
    lines, log = queries.lines_within(scope, page.rows), queries.log_standing()
    return render(
        request,
        "trace/home.html",
        {
            "audits": scope.audits,
            "form": form,
            "page": page,
            "lines": lines,
            "opens": access.open_histories(request.user, [line.obj for line in lines]),
            "log": log,
            "problems": queries.found_by(log.verification, request.user) if scope.audits else [],
            "filtered": any(form.chosen().values()),
        },
    )


@login_required
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    require(access.can_verify(request.user))
    if queries.log_standing().size > AT_ONCE:
        raise NotPossible(_("留痕较多，系统每天夜里自动核验；需要立即核验的，请系统管理员运行 qingqu verify"))
    result = run_verify(by=request.user)
    if result.ok:
        messages.success(request, _("已核验，留痕与业务数据一致"))
    else:
        found = ngettext("核验发现 %(n)s 处不一致", "核验发现 %(n)s 处不一致", result.problem_count)
        messages.error(request, found % {"n": result.problem_count})
    return redirect("trace:home")


@login_required
def history(request: HttpRequest, label: str, key: int) -> HttpResponse:
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise Http404 from error
    if not access.can_see_history(request.user, model, key):
        raise Http404
    scope, name = access.scope_of(request.user), f"{model._meta.label_lower}:{key}"
    started = number_in(request.GET.get("after", ""))
    lines = queries.history(name, PER_PAGE + 1, started, auditor=scope if scope.audits else None)
    return render(
        request,
        "trace/history.html",
        {
            "name": sentences.name_of(name, next((line.title for line in lines if line.title), "")),
            "lines": lines[:PER_PAGE],
            "more": lines[PER_PAGE - 1].pk if len(lines) > PER_PAGE else "",
            "log": queries.log_standing(),
        },
    )
