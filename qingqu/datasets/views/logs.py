"""What only an event log has: its names of steps, and the rows that did not get into it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.form_page import form_page
from qingqu.common.text import number_in
from qingqu.datasets import access, actions, forms, missing, queries
from qingqu.datasets.models import Dataset
from qingqu.datasets.views.tables import above, address_of, table_or_404

SHOWN = 200


def _log_or_404(request: SignedIn, pk: int) -> Dataset:
    log = table_or_404(request, pk)
    if log.kind != Dataset.Kind.EVENTS:
        raise Http404
    return log


@login_required
def steps(request: SignedIn, pk: int) -> HttpResponse:
    log = _log_or_404(request, pk)
    require(access.can_enter(request.user, log))
    names = queries.names_of_steps(log)
    form = forms.StepsForm(request.POST or None, names=names, known=log.steps)
    return form_page(
        request,
        form,
        lambda data: actions.map_steps(log, form.mapping(), by=request.user),
        title=_("日志中的环节是哪一步？"),
        label=_("保存"),
        back=address_of(log),
        above=above(log),
        sub=_(
            "名称与标准环节相同的已经对上。打印、催办等与程序无关的，请选“不属于程序的环节”，核对时略过。"
            "没有识别的照实显示，有未识别环节的办件不认定为符合程序。"
        ),
    )


@login_required
def missing_events(request: SignedIn, pk: int) -> HttpResponse:
    """The rows of imports that could not be read; those that are no events need not be put right."""
    log = _log_or_404(request, pk)
    require(access.can_read(request.user, log))
    lack = missing.lack(log)
    error = ""
    if request.method == "POST":
        require(access.can_enter(request.user, log))
        ids = {id_ for row in request.POST.getlist("row") if (id_ := number_in(row)) is not None}
        try:
            n = missing.let_be(log, ids, reason=request.POST.get("reason", ""), by=request.user)
        except NotPossible as refusal:
            error = refusal.reason
        else:
            messages.success(request, ngettext("已说明 %(n)d 行不再更正。", "已说明 %(n)d 行不再更正。", n) % {"n": n})
            return redirect("datasets:missing", pk)
    columns = queries.columns_for(request.user, log)
    let_be = missing.noted(log).exclude(reason="").order_by("-pk").values_list("pk", flat=True)[:SHOWN]
    context = {
        "dataset": log,
        "name": queries.name_of(log),
        "lack": lack,
        "lines": missing.lines(log, columns, lack.ids[:SHOWN]),
        "more": len(lack.ids) - SHOWN,
        "let_be": missing.lines(log, columns, list(let_be)),
        "can_enter": access.can_enter(request.user, log),
        "picked": request.POST.getlist("row"),
        "reason": request.POST.get("reason", ""),
        "error": error,
    }
    return render(request, "datasets/missing.html", context, status=422 if error else 200)
