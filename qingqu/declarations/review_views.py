"""The page where a form is reviewed, and what has changed since the last round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.declarations import quality_panel, quality_queries, reading, review_access, review_actions, review_forms
from qingqu.declarations import review_queries as queries
from qingqu.declarations.models import Declaration
from qingqu.declarations.rules.rounds import Change
from qingqu.reviews import access as review_rights
from qingqu.reviews import queries as waiting
from qingqu.reviews.models import Review
from qingqu.trace.refusals import record_refusal, record_view


@login_required
def review(request: SignedIn, pk: int) -> HttpResponse:
    declaration = _visible(request, pk)
    page = _page(request, declaration)
    if queries.is_restricted(declaration, page["findings"], request.user):
        record_view(declaration, by=request.user)
    return render(request, "declarations/review.html", page)


@require_POST
@login_required
def decide(request: SignedIn, pk: int, review_pk: int) -> HttpResponse:
    declaration = _visible(request, pk)
    user = request.user
    theirs = Review.objects.visible_to(user).of(queries.LABEL, declaration.pk)
    row = get_object_or_404(theirs, pk=review_pk)
    require(review_rights.can_decide(user, row))
    page = _page(request, declaration, request.POST)
    form = page["form"]
    if form.is_valid():
        approve = form.cleaned_data["decision"] == "approve"
        try:
            review_actions.decide_declaration(
                row, approve=approve, opinion=form.cleaned_data["opinion"], marked=form.marks, by=user
            )
        except NotPossible as refusal:
            record_refusal(request, "declarations.refused", refusal.reason)
            form.add_error(None, refusal.reason)
        else:
            return _on_to_the_next(request, row, approve)
    return render(request, "declarations/review.html", page, status=422)


@login_required
def compare(request: SignedIn, pk: int) -> HttpResponse:
    declaration = _visible(request, pk)
    user = request.user
    require(review_access.can_read(user, declaration))
    handings = list(declaration.handings.select_related("by"))[-2:]
    changes = queries.changes_since_last(declaration, user, handings)
    shown = {"declaration": declaration, "handings": handings, "groups": _grouped(changes), "count": len(changes)}
    return render(request, "declarations/review_compare.html", shown)


def _visible(request: SignedIn, pk: int) -> Declaration:
    rows = Declaration.objects.visible_to(request.user).select_related("person", "unit__responsible", "unit__leader")
    return get_object_or_404(rows.select_related("campaign", "unit__school"), pk=pk)


def _page(request: SignedIn, declaration: Declaration, data: Any = None) -> dict[str, Any]:
    user = request.user
    require(review_access.can_read(user, declaration))
    if declaration.person_id != user.pk:
        request.belongs_to = "reviews:list"
    findings = quality_queries.findings_of(declaration, user)
    course = queries.course(declaration, user)
    mine = next((row for row in course.waiting if review_rights.can_decide(user, row)), None)
    differing = review_actions.to_agree(declaration, user, [finding.item for finding in findings.items])
    asked = differing if mine and mine.stage not in review_actions.WITHOUT_LEVELS else []
    return {
        "declaration": declaration,
        "title": queries.heading(declaration),
        "is_unit": declaration.kind == Declaration.Kind.UNIT,
        "basics": queries.basics(declaration),
        "sections": reading.sections(declaration, findings.items, user),
        "judgements": reading.judgements(declaration),
        "findings": findings,
        "panel": quality_panel.panel(findings),
        "course": course,
        "names": waiting.reviewer_names(course.turns),
        "mine": mine,
        "next_step": _next_step(course, mine),
        "form": review_forms.DecideForm(data, places=review_forms.places(findings), to_agree=asked) if mine else None,
        "can_compare": len(course.handings) > 1,
    }


def _next_step(course: queries.Course, mine: Review | None) -> str:
    """What an approval leads to: to whom it goes on, or that the risks are entered."""
    if mine is None:
        return ""
    beside = [row for row in course.waiting if row.pk != mine.pk]
    if beside:
        return _("同一环节还有 %(count)s 人审核") % {"count": len(beside)}
    later = [row for row in course.turns if row.state == Review.State.COMING]
    if not later:
        return _("审核完成，风险点登记入册")
    turn = min(row.turn for row in later)
    then = [row for row in later if row.turn == turn]
    names = waiting.reviewer_names(then)
    words = {"names": listed(names[row.pk] for row in then), "stage": then[0].get_stage_display()}
    return _("送%(names)s（%(stage)s）") % words


def _on_to_the_next(request: SignedIn, row: Review, approve: bool) -> HttpResponse:
    user = request.user
    said = _("已通过：%(title)s") if approve else _("已退回：%(title)s")
    left = waiting.waiting_for(user).count()
    text = said % {"title": row.title}
    if left:
        text += ngettext("，还有 %(count)s 份待您审核", "，还有 %(count)s 份待您审核", left) % {"count": left}
    messages.success(request, text)
    following = waiting.next_waiting(user, after=row)
    return redirect(following.url if following else "reviews:list")


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one item, or of the form itself."""

    where: str
    changes: list[Change]


def _grouped(changes: Iterable[Change]) -> list[Group]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.category, change.where), []).append(change)
    return [Group(where or queries.category_name(category), rows) for (category, where), rows in groups.items()]
