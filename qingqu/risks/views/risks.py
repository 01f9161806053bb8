"""The page of a risk point and what may happen to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.organisation.models import schools_of
from qingqu.records.models import Document
from qingqu.reviews.access import can_follow
from qingqu.reviews.models import Review
from qingqu.reviews.subjects import approvals_of
from qingqu.risks import access, actions, measures, queries, rules, wording
from qingqu.risks.chain import accepted_filing, chain
from qingqu.risks.forms import JudgeForm, RateForm, ReasonForm, RiskForm
from qingqu.risks.health import checks
from qingqu.risks.models import Category, LedgerState, Phase, Rating, RiskPoint
from qingqu.risks.views.common import risk_or_404
from qingqu.trace.queries import history
from qingqu.trace.refusals import record_view


@login_required
def show(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    risk = risk_or_404(user, pk, queries.whole(RiskPoint.objects.all()))
    if risk.category == Category.THOUGHT and risk.person_id != user.pk:
        record_view(risk, by=user)
    return render(request, "risks/show.html", _page(user, risk))


def _page(user: User, risk: Any) -> dict[str, Any]:
    said = rules.suggest(risk.likelihood, risk.impact, risk.answers)
    ratings = list(risk.ratings.all())
    proposal = next((r for r in ratings if r.state == Rating.State.PROPOSED), None)
    lacking = queries.gaps(risk)
    for measure in risk.measures.all():
        measure.risk = risk
    return {
        "risk": risk,
        "chain": chain(risk),
        "gaps": lacking,
        "checks": checks(risk),
        "missing_phases": [Phase(phase).label for phase in lacking.phases],
        "ledger": (risk.ledger_state, LedgerState(risk.ledger_state).label),
        "said": said,
        "reasons": wording.explain(said),
        "questions": list(zip(wording.questions(), (a == "1" for a in risk.answers), strict=True)),
        "grid": wording.grid(risk.likelihood, risk.impact),
        "standing_rating": next((r for r in ratings if r.state == Rating.State.SETTLED), None),
        "ratings": ratings,
        "proposal": proposal,
        "proposal_reasons": _reasons(proposal) if proposal else [],
        "measures": _measure_rows(user, risk),
        "stopped": [m for m in risk.measures.all() if m.stopped_at],
        "opens_list": Document.objects.visible_to(user).filter(pk=risk.document_id).exists(),
        "filing": accepted_filing(risk),
        "notice": getattr(risk.document, "notice", None),
        "can_rate": access.can_rate(user, risk),
        "can_agree": proposal and access.can_agree(user, proposal),
        "can_plan": access.can_plan(user, risk),
        "can_edit": access.can_edit(user, risk),
        "can_judge": access.can_judge(user, risk),
        "can_close": access.can_close(user, risk),
        "approvals": (approvals := approvals_of(risk.source_label, risk.source_id)),
        "form_url": approvals[0].url if approvals and _may_read_form(user, approvals) else "",
        "history": history(risk, limit=40),
    }


def _may_read_form(user: User, approvals: list[Review]) -> bool:
    """Whether the reader has to do with the form from which the risk point came."""
    concerned = {pk for turn in approvals for pk in (turn.owner_id, turn.decided_by_id)}
    return user.pk in concerned or bool(can_follow(user))


def _reasons(rating: Rating) -> list[str]:
    return wording.explain(rules.suggest(rating.likelihood, rating.impact, rating.answers))


def _measure_rows(user: User, risk: RiskPoint) -> list[dict[str, Any]]:
    rows = []
    for measure in risk.measures.all():
        if measure.stopped_at:
            continue
        runs = list(measure.runs.all())
        rows.append(
            {
                "measure": measure,
                "last": next((run for run in runs if run.undone_at is None), None),
                "runs": runs[:12],
                "more": max(0, len(runs) - 12),
                "can_do": access.can_do(user, measure),
                "can_undo": {run.pk for run in runs if access.can_undo(user, run)},
            }
        )
    order = {phase: n for n, phase in enumerate(rules.PHASES)}
    return sorted(rows, key=lambda row: (order[row["measure"].phase], row["measure"].pk))


@login_required
def edit(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_edit(user, risk))
    form = RiskForm(request.POST or None, risk=risk)
    if form.is_valid():
        actions.change(risk, form.cleaned_data, by=user)
        messages.success(request, _("已保存，对外以定稿清单为准"))
        return redirect("risks:show", pk)
    return _form(request, risk, form, _("这个风险点怎样写"), _("保存"))


@login_required
def rate(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_rate(user, risk))
    form = RateForm(request.POST or None, risk=risk)
    if form.is_valid():
        rating = actions.rate(risk, by=user, **form.cleaned_data)
        waits = rating.state == Rating.State.PROPOSED
        messages.success(request, _("已提出，待第二人同意") if waits else _("已评定"))
        return redirect("risks:show", pk)
    scales = [form["likelihood"], form["impact"]]
    context = {"risk": risk, "form": form, "scales": scales, "rules": scoring_words()}
    return render(request, "risks/rate.html", context, status=422 if form.errors else 200)


def scoring_words() -> dict[str, int]:
    """The numbers of the rule, for the sentence on the page."""
    levels = rules.scoring()["levels"]
    return {"one": levels[1]["product"], "two": levels[2]["product"], "hits": levels[1]["hits"]}


@require_POST
@login_required
def agree(request: SignedIn, pk: int) -> HttpResponse:
    user, rating = _proposal(request, pk)
    actions.agree(rating, by=user, note=request.POST.get("note", ""))
    return redirect("risks:show", rating.risk_id)


@require_POST
@login_required
def refuse(request: SignedIn, pk: int) -> HttpResponse:
    user, rating = _proposal(request, pk)
    actions.refuse(rating, by=user, note=request.POST.get("note", ""))
    return redirect("risks:show", rating.risk_id)


def _proposal(request: SignedIn, pk: int) -> tuple[User, Rating]:
    user = request.user
    rows = Rating.objects.select_related("risk__unit", "risk__person", "by")
    rating = get_object_or_404(rows, pk=pk, risk__school_id__in=schools_of(user))
    require(access.can_agree(user, rating))
    return user, rating


@login_required
def judge(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_judge(user, risk))
    form = JudgeForm(request.POST or None, risk=risk)
    if form.is_valid():
        said = form.cleaned_data
        measures.judge_effect(risk, form.effects(), residual_level=said["residual_level"], note=said["note"], by=user)
        messages.success(request, _("已评价"))
        return redirect("risks:show", pk)
    return _form(request, risk, form, _("措施见效了吗"), _("保存评价"))


@login_required
def close(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_close(user, risk))
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        actions.close(risk, reason=form.cleaned_data["reason"], by=user)
        messages.success(request, _("已销号"))
        return redirect("risks:show", pk)
    return _form(request, risk, form, _("为什么销号"), _("销号"))


def _form(request: SignedIn, risk: RiskPoint, form: Any, title: str, label: str) -> HttpResponse:
    context = {"risk": risk, "form": form, "title": title, "label": label}
    return render(request, "risks/form.html", context, status=422 if form.errors else 200)
