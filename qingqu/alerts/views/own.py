"""An indicator of the school's own over a table of its own: which table and pattern, then its form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms, wording
from qingqu.alerts.indicators import log_rules, own_actions
from qingqu.alerts.indicators import rule_access as access
from qingqu.alerts.indicators import rule_queries as queries
from qingqu.alerts.indicators.patterns import PATTERNS, possible
from qingqu.alerts.models import Rule
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.form_page import form_page
from qingqu.common.language import listed
from qingqu.datasets.models import Dataset
from qingqu.datasets.queries import name_of
from qingqu.organisation.queries import standing


@login_required
def choose(request: SignedIn) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_manage_rules(request.user, school))
    assert school is not None
    tables = [
        (
            table,
            name_of(table),
            [(name, one) for name, one in PATTERNS.items() if possible(one, own_actions.own_columns(table))],
        )
        for table in queries.own_tables(school)
    ]
    return render(request, "alerts/own.html", {"tables": tables})


@login_required
def make(request: SignedIn, table_pk: int, pattern: str) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_manage_rules(request.user, school))
    assert school is not None
    table = get_object_or_404(queries.own_tables(school), pk=table_pk)
    columns = own_actions.own_columns(table)
    if pattern not in PATTERNS or not possible(PATTERNS[pattern], columns):
        raise Http404
    form = forms.OwnForm(request.POST or None, pattern=PATTERNS[pattern], columns=columns)
    has_figure = any(part.figure for part in PATTERNS[pattern].parts)

    def act(data: dict[str, Any]) -> Rule:
        words = {name: data[name] for name in ("title", "title_en", "colour", "basis", "why", "blind")}
        return own_actions.make_own(table, pattern, form.said(), by=request.user, **words)

    return form_page(
        request,
        form,
        act,
        title=_("“%(table)s”：%(pattern)s") % {"table": name_of(table), "pattern": PATTERNS[pattern].name},
        label=_("提交，待另一人批准"),
        sub=_("批准前可以用已有的记录试算。批准后，看哪几列不能再改，数值、颜色和适用范围仍可以修改。")
        if has_figure
        else _("批准前可以用已有的记录试算。批准后，看哪几列不能再改，颜色和适用范围仍可以修改。"),
        back=reverse("alerts:own"),
        above=[(_("预警指标"), reverse("alerts:rules")), (_("自设指标"), reverse("alerts:own"))],
        done=_("已拟定，请先试算，再请另一位纪委人员或书记批准。"),
        to=lambda rule: reverse("alerts:rule", args=[rule.code]),
    )


@login_required
def procedures(request: SignedIn, log_pk: int) -> HttpResponse:
    """Which of the product's checks of procedures look at a log of the school's own."""
    school = standing(request.user).school
    require(access.can_manage_rules(request.user, school))
    assert school is not None
    log = get_object_or_404(queries.own_tables(school).filter(kind=Dataset.Kind.EVENTS), pk=log_pk)
    offers = [(wording.said(offer.shipped.title), offer) for offer in log_rules.offers(log)]
    choices = [(offer.shipped.code, f"{offer.shipped.code} {title}") for title, offer in offers if offer.is_open]
    form = forms.ProceduresForm(request.POST if request.method == "POST" else None, choices=choices)
    if form.is_valid():
        try:
            log_rules.adopt_for(log, form.cleaned_data["codes"], by=request.user)
        except NotPossible as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("已启用，稍后核对整份日志，以后每晚核对。"))
            return redirect("alerts:procedures", log_pk)
    context = {
        "log": log,
        "name": name_of(log),
        "form": form if choices else None,
        "running": [(title, offer.code) for title, offer in offers if offer.code],
        "lacking": [(title, offer.shipped.code, listed(offer.lacks)) for title, offer in offers if offer.lacks],
    }
    return render(request, "alerts/procedures.html", context, status=422 if form.errors else 200)
