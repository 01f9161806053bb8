"""An indicator of the school's own over a table of its own: which table and pattern, then its form."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms, rule_actions
from qingqu.alerts import rule_access as access
from qingqu.alerts import rule_queries as queries
from qingqu.alerts.models import Rule
from qingqu.alerts.patterns import PATTERNS, possible
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.organisation.queries import standing


@login_required
def choose(request: SignedIn) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_manage_rules(request.user, school))
    assert school is not None
    tables = [
        (table, [(name, one) for name, one in PATTERNS.items() if possible(one, rule_actions.own_columns(table))])
        for table in queries.own_tables(school)
    ]
    return render(request, "alerts/own.html", {"tables": tables})


@login_required
def make(request: SignedIn, table_pk: int, pattern: str) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_manage_rules(request.user, school))
    assert school is not None
    table = get_object_or_404(queries.own_tables(school), pk=table_pk)
    columns = rule_actions.own_columns(table)
    if pattern not in PATTERNS or not possible(PATTERNS[pattern], columns):
        raise Http404
    form = forms.OwnForm(request.POST or None, pattern=PATTERNS[pattern], columns=columns)

    def act(data: dict[str, Any]) -> Rule:
        words = {name: data[name] for name in ("title", "title_en", "colour", "basis", "why", "blind")}
        return rule_actions.make_own(table, pattern, form.said(), by=request.user, **words)

    return form_page(
        request,
        form,
        act,
        title=_("“%(table)s”：%(pattern)s") % {"table": table.name, "pattern": PATTERNS[pattern].name},
        label=_("提交，待另一人批准"),
        sub=_("批准前可以用已有的记录试算。批准后，指标的内容不能改动，只能修改数值或停用。"),
        back=reverse("alerts:own"),
        done=_("已拟定，请先试算，再请另一位纪委人员或书记批准。"),
        to=lambda rule: reverse("alerts:rule", args=[rule.code]),
    )
