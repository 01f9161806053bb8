"""Measures as work: my tasks, doing one, planning them, what is late and without effect in my field."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.htmx import is_htmx, render_piece
from qingqu.common.paging import paginate
from qingqu.organisation.models import schools_of
from qingqu.organisation.queries import standing
from qingqu.records.files import ACCEPTED
from qingqu.risks import access, measures, queries
from qingqu.risks.forms import DoForm, MeasureForm, ReasonForm
from qingqu.risks.models import MeasureRun, Phase
from qingqu.risks.views.common import measure_or_404, risk_or_404


@login_required
def tasks(request: SignedIn) -> HttpResponse:
    user = request.user
    page: Page = paginate(request, queries.tasks_of(user))
    who, in_a_week = standing(user), today() + queries.SOON
    context = {
        "page": page,
        "late": [m for m in page if m.next_due_on < today()],
        "soon": [m for m in page if today() <= m.next_due_on <= in_a_week],
        "later": [m for m in page if m.next_due_on > in_a_week],
        "events": list(queries.events_of(user)[:50]),
        "runs": [(run, access.can_undo(user, run)) for run in queries.runs_of(user)[:8]],
        "accepted": ACCEPTED,
        "answers_for": bool(who.heads or who.leads or who.has("discipline", "party_office", "secretary", "principal")),
    }
    return render(request, "risks/tasks.html", context)


@login_required
def do(request: SignedIn, pk: int) -> HttpResponse:
    """One task: the row's own form posts here, and so does the page with all its fields."""
    user = request.user
    measure = measure_or_404(user, pk)
    require(access.can_do(user, measure))
    form = DoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        run = measures.do(measure, by=user, **form.cleaned_data)
        if is_htmx(request):
            measure.refresh_from_db()
            context = {"run": run, "measure": measure, "can_undo": access.can_undo(user, run)}
            return render_piece(request, "risks/tasks.html", "risks/_done.html", context)
        messages.success(request, _("已登记，当天可以撤销"))
        if request.POST.get("from") == "tasks" or not access.can_see(user, measure.risk):
            return redirect("risks:tasks")
        return redirect("risks:show", measure.risk_id)
    if is_htmx(request):
        context = {"measure": measure, "form": form, "accepted": ACCEPTED}
        return render_piece(request, "risks/do.html", "risks/_task.html", context, status=422)
    return render(request, "risks/do.html", {"measure": measure, "form": form}, status=422 if form.errors else 200)


@require_POST
@login_required
def undo(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    rows = MeasureRun.objects.select_related("measure__risk")
    run = get_object_or_404(rows, pk=pk, measure__risk__school_id__in=schools_of(user))
    require(access.can_undo(user, run))
    measures.undo(run, by=user)
    if is_htmx(request):
        context = {"measure": measure_or_404(user, run.measure_id), "accepted": ACCEPTED}
        return render_piece(request, "risks/tasks.html", "risks/_task.html", context)
    messages.success(request, _("已撤销，措施恢复为待执行"))
    return redirect("risks:tasks")


@login_required
def add(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_plan(user, risk))
    phase = request.GET.get("phase", "")
    form = MeasureForm(request.POST or None, risk=risk, phase=phase if phase in Phase.values else "")
    if form.is_valid():
        measures.add_measure(risk, form.plan(), by=user)
        messages.success(request, _("已增加措施"))
        return redirect("risks:show", pk)
    context: dict[str, Any] = {"risk": risk, "form": form, "title": _("增加一项措施"), "label": _("保存")}
    return render(request, "risks/form.html", context, status=422 if form.errors else 200)


@login_required
def edit(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    measure = measure_or_404(user, pk)
    risk = risk_or_404(user, measure.risk_id)
    require(access.can_plan(user, risk))
    form = MeasureForm(request.POST or None, risk=risk, measure=measure)
    if form.is_valid():
        measures.change_measure(measure, form.plan(), by=user)
        messages.success(request, _("已保存"))
        return redirect("risks:show", risk.pk)
    context: dict[str, Any] = {"risk": risk, "form": form, "title": _("这项措施怎样做"), "label": _("保存")}
    return render(request, "risks/form.html", context, status=422 if form.errors else 200)


@login_required
def stop(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    measure = measure_or_404(user, pk)
    risk = risk_or_404(user, measure.risk_id)
    require(access.can_plan(user, risk))
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        measures.stop_measure(measure, reason=form.cleaned_data["reason"], by=user)
        messages.success(request, _("已停止"))
        return redirect("risks:show", risk.pk)
    context: dict[str, Any] = {
        "risk": risk,
        "form": form,
        "title": _("为什么停止这项措施"),
        "label": _("停止"),
        "about": measure.text,
    }
    return render(request, "risks/form.html", context, status=422 if form.errors else 200)


@login_required
def effects(request: SignedIn) -> HttpResponse:
    """哪些逾期，哪些还没见效, in the reader's field (S19)."""
    user = request.user
    tab = "effect" if request.GET.get("tab") == "effect" else "late"
    rows: Any = queries.without_effect(user) if tab == "effect" else queries.late_in_units(user)
    context = {"tab": tab, "page": paginate(request, rows), "today": today(), "whole": queries.answers_for_all(user)}
    return render(request, "risks/effects.html", context)
