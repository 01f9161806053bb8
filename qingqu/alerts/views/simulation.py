"""Trying an indicator out with other values before it is changed: what is asked is noted, the worker computes it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms, wording
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.indicators import rule_access as access
from qingqu.alerts.indicators import rule_queries as queries
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Rule, Trial
from qingqu.alerts.trying import trials
from qingqu.alerts.views.rules import school_with_404
from qingqu.common.access import require
from qingqu.common.tabular.clean import clean_code

ASKED = ("version", "check", "parameter", "low", "high", "value")


def _typed(text: str, parameter: Parameter) -> float | None:
    """A number that was typed, in the parameter's own measure; None where it is none."""
    try:
        number = Decimal(clean_code(text).replace(",", "").removesuffix("%" if parameter.type == "share" else ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 10**12:
        return None
    return float(forms.kept(parameter, number))


@login_required
def show(request: SignedIn, code: str) -> HttpResponse:
    school = school_with_404(request, code)
    require(access.can_try(request.user, school))
    asked = request.POST if request.method == "POST" else request.GET
    versions = queries.to_try(school, code)
    rule = next((one for one in versions if str(one.version) == asked.get("version")), versions[0])
    context = {"rule": rule, "versions": versions, **_asked_of(rule, asked)}
    question: trials.Question | None = context["question"]
    if request.method == "POST":
        if question and not context["lacks"]:
            trials.ask(question, by=request.user)
        return redirect(f"{request.path}?{_query(asked)}")
    trial = trials.known(question) if question and not context["lacks"] else None
    found = _result_of(trial, question.value) if trial and question else {}
    return render(request, "alerts/simulate.html", context | found)


def _query(asked: QueryDict) -> str:
    query = QueryDict(mutable=True)
    query.update({name: said for name in ASKED if (said := asked.get(name, ""))})
    return query.urlencode()


def _asked_of(rule: Rule, asked: QueryDict) -> dict[str, Any]:
    """What the page shows above the result; `question` is None where something is missing or no number."""
    known = rulebook.known(rule.code)
    checks = [(one.id, wording.said(one.name)) for one in known.checks]
    check = asked.get("check") or checks[0][0]
    if check not in dict(checks):
        raise Http404
    parameters = trials.plain_parameters(rule, check)
    as_it_is = [] if trials.waits(rule, check) else [(Trial.AS_IT_IS, _("不改数值，按这一版的内容"))]
    name = asked.get("parameter", "")
    choices = [*((n, wording.said(p.name)) for n, p in parameters.items()), *as_it_is]
    name = name if name in dict(choices) else next((n for n, _label in choices), "")
    low, high = asked.get("low", ""), asked.get("high", "")
    context: dict[str, Any] = {
        "code": rule.code,
        "title": wording.said(known.title),
        "checks": checks,
        "check": check,
        "parameters": choices,
        "can_vary": bool(parameters),
        "name": name,
        "low": low,
        "high": high,
        "question": None,
        "lacks": queries.without_records(rule, check),
    }
    context["is_varied"] = name in parameters
    if not name:
        return context
    if name not in parameters:
        return context | {"question": trials.question_about(rule, check, name), "low": "", "high": ""}
    parameter = parameters[name]
    ends = {end: _typed(text, parameter) for end, text in (("low", low), ("high", high)) if text.strip()}
    context |= {
        "label": wording.said(parameter.name),
        "span": forms.span(parameter),
        "is_no_number": None in ends.values(),
    }
    if None not in ends.values():
        context["question"] = trials.question_about(rule, check, name, value=asked.get("value", ""), **ends)
    return context


def _result_of(trial: Trial, wanted: str) -> dict[str, Any]:
    points = trials.points(trial)
    chosen = next((point for point in points if point.text == wanted), None)
    return {
        "trial": trial,
        "points": points,
        "chosen": chosen,
        "value": wanted,
        "samples": trials.samples(trial, chosen.value) if chosen else None,
        "steps": len(Trial.Step),
        "is_stale": bool(trial.ended_at) and trials.is_stale(trial),
    }
