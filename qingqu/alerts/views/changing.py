"""Drafting a change of an indicator: values first, the rest folded, and what changes said before it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import wording
from qingqu.alerts.forms import heading
from qingqu.alerts.indicators import drafting, grading, rule_actions, rulebook, ways
from qingqu.alerts.indicators import rule_access as access
from qingqu.alerts.indicators import rule_queries as queries
from qingqu.alerts.indicators.change_form import ChangeForm
from qingqu.alerts.indicators.scopes import compared_by, scope_of
from qingqu.alerts.models import Rule
from qingqu.alerts.views.rules import running_or_404
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.htmx import is_htmx
from qingqu.common.language import listed


@dataclass(frozen=True, slots=True)
class Fold:
    """Fields that are seldom changed, under what stands there now; open where something in them is changed or wrong.

    Without fields it says why there is nothing to change.
    """

    title: str
    said: str
    levels: tuple[tuple[str, str, str], ...] = ()
    fields: Sequence[BoundField] = ()
    is_open: bool = False
    graded: str = ""
    """The check whose colours these are, where it gives several."""


def _fold(
    form: ChangeForm, names: Iterable[str], title: str, said: str = "", levels: Any = (), graded: str = ""
) -> list[Fold]:
    """One, or none where the form has no such field."""
    fields = [form[name] for name in names if name in form.fields]
    is_open = form.is_bound and any(field.errors or field.name in form.changed_data for field in fields)
    return [Fold(title, said, tuple(levels), fields, is_open, graded)] if fields else []


def _folds(form: ChangeForm, rule: Rule) -> list[Fold]:
    whole = rulebook.effective(rule)
    found: list[Fold] = []
    for one in whole.checks:
        names = [f"level:{one.id}", *(each.name for each in form.thresholds[one.id])]
        title = _("颜色：%(name)s") % {"name": wording.said(one.name)}
        graded = one.id if form.thresholds[one.id] else ""
        found += _fold(form, names, title, levels=grading.in_words(whole, one), graded=graded)
    if form.is_bound and "holds_red" in form.errors:  # it asks for another colour, so these are at hand
        found = [replace(fold, is_open=True) for fold in found]
    scope = scope_of(rule.where.values())
    columns = {c.id: heading(c) for table in form.tables.values() for c in table.columns}
    narrowed = ways.scope_said(scope, columns.get(scope.column, scope.column)) if scope else _("不限，看全部记录")
    found += _fold(form, ["scope:column", "scope:only", "scope:words"], _("适用范围"), narrowed)
    for one in whole.checks:
        own = listed(columns.get(c, c) for c in compared_by(one) or ())
        said = _("与同一%(columns)s的记录相比") % {"columns": own} if own else _("与全部记录相比")
        found += _fold(form, [f"peers:{one.id}"], _("可比组：%(name)s") % {"name": wording.said(one.name)}, said)
    if "holds_red" not in form.fields:
        return [*found, Fold(_("实时防控"), _("各项检查都在每晚核算时进行，保存记录时不核查，因此不能拦截记录"))]
    said = _("作出红色提示时不予保存记录") if rule.holds_red else _("红色提示也照常保存记录")
    if not grading.can_hold(whole):
        said = _("现在保存记录时不会有红色提示。要拦截记录的，请同时把颜色改为“一律红色”，一并报批")
    return found + _fold(form, ["holds_red"], _("实时防控"), said)


@login_required
def change(request: SignedIn, code: str) -> HttpResponse:
    """The form; asked by htmx while somebody types, what the change would be, and nothing is kept."""
    rule = running_or_404(request, code)
    require(access.can_manage_rules(request.user, rule.school))
    if request.method == "GET" and queries.pending(rule.school, code):
        messages.error(request, _("已有一个待批准或待生效的版本，请先批准或放弃"))
        return redirect("alerts:rule", code)
    whole, shipped = rulebook.effective(rule), rulebook.known(code)
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        parameters=dict(whole.parameters),
        bases=rule.bases,
        shipped=shipped,
        levels=rule.levels,
        tables={one.id: rulebook.template_of(shipped, one.dataset) for one in shipped.checks},
        scope=scope_of(rule.where.values()),
        peers=rule.peers,
        holds_red=rule.holds_red,
        can_hold=grading.looks_on_saving(whole),
    )
    if request.method == "POST" and is_htmx(request):
        return render(request, "alerts/_changes.html", {**_changes(form, rule), "beside": True})
    if form.is_valid():
        try:
            rule_actions.propose(rule, **_said(form), reason=form.cleaned_data["reason"], by=request.user)
        except NotPossible as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("已提交，请另一位纪委人员或书记批准。"))
            return redirect("alerts:rule", code)
    context = {
        "form": form,
        "title": wording.said(whole.title),
        "code": code,
        "back": reverse("alerts:rule", args=[code]),
        "values": [(form[f"value:{name}"], form[f"basis:{name}"]) for name in form.parameters],
        "folds": _folds(form, rule),
        **(_changes(form, rule) if form.is_bound else {"lightest": {}}),
    }
    return render(request, "alerts/change.html", context, status=422 if form.errors else 200)


def _said(form: ChangeForm) -> dict[str, Any]:
    return {
        "values": form.values(),
        "bases": form.bases(),
        "levels": form.levels(),
        "where": form.where(),
        "peers": form.peers(),
        "holds_red": form.holds_red(),
    }


def _changes(form: ChangeForm, rule: Rule) -> dict[str, Any]:
    """What would change if the form were sent as it is; its reason may still be missing."""
    wrong = {name: " ".join(map(str, found)) for name, found in form.errors.items() if name in form.fields}
    wrong.pop("reason", None)
    found: dict[str, Any] = {"graded": [check for check, named in form.thresholds.items() if named], "lightest": {}}
    if wrong:
        labels = {name: _label(form, name) for name in wrong}
        return found | {"wrong": [(labels[name], said) for name, said in wrong.items()]}
    try:
        draft = drafting.planned(rule, **_said(form))
    except NotPossible as refusal:
        return found | {"refusal": refusal.reason}
    return found | {"draft": draft, **ways.difference(draft, rule)}


def _label(form: ChangeForm, name: str) -> str:
    kind, _sep, parameter = name.partition(":")
    if kind == "basis":
        return _("“%(name)s”的依据") % {"name": wording.said(form.parameters[parameter].name)}
    return str(form.fields[name].label)
