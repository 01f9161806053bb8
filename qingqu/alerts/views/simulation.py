"""Trying an indicator out with other values before it is changed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms, rulebook, wording
from qingqu.alerts import rule_access as access
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.views.rules import running_or_drafted
from qingqu.common.access import require
from qingqu.common.tabular.clean import clean_code


def _typed(text: str, parameter: Parameter) -> float | None:
    """A number that was typed, in the parameter's own measure; None where it is none."""
    try:
        number = Decimal(clean_code(text).replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 10**12:
        return None
    return float(forms.kept(parameter, number))


@login_required
def show(request: SignedIn, code: str) -> HttpResponse:
    from qingqu.alerts import simulating, tables  # only here: a web worker that is not asked does without Ibis

    rule = running_or_drafted(request, code)
    require(access.can_manage_rules(request.user, rule.school))
    checks = [(one.id, wording.said(one.name)) for one in rulebook.known(code).checks]
    check = request.GET.get("check") or checks[0][0]
    if check not in dict(checks):
        raise Http404
    parameters = simulating.plain_parameters(rule, check)
    name = request.GET.get("parameter", "")
    name = name if name in parameters else next(iter(parameters), "")
    context: dict[str, Any] = {
        "code": code,
        "title": wording.said(rulebook.known(code).title),
        "checks": checks,
        "check": check,
        "parameters": [(n, wording.said(p.name)) for n, p in parameters.items()],
        "name": name,
        "low": request.GET.get("low", ""),
        "high": request.GET.get("high", ""),
    }
    if name:
        parameter = parameters[name]
        low, high = (_typed(request.GET.get(end, ""), parameter) for end in ("low", "high"))
        records = tables.tables_of(rule.school, codes=rulebook.schemas_of(rulebook.known(code)))
        points = simulating.simulate(rule, check, name, simulating.spread(parameter, low, high), records)
        asked = request.GET.get("value", "")
        chosen = next((p for p in points if str(p.value) == asked), None)
        chosen = chosen or next((p for p in points if p.is_current), points[0] if points else None)
        context |= {
            "points": points,
            "chosen": chosen,
            "label": wording.said(parameter.name),
            "samples": simulating.samples(rule, check, name, chosen.value, records) if chosen else [],
        }
    return render(request, "alerts/simulate.html", context)
