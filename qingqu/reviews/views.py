"""What waits for me, what I have decided, and where every paper of the school stands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.htmx import render_piece
from qingqu.common.paging import paginate
from qingqu.reviews import access, actions, batch, queries, subjects
from qingqu.reviews.forms import ManyForm, ReassignForm
from qingqu.reviews.models import Review
from qingqu.trace.refusals import record_refusal


@login_required
def list_(request: SignedIn) -> HttpResponse:
    return _list(request)


def _list(request: SignedIn, form: ManyForm | None = None) -> HttpResponse:
    user = request.user
    tab = request.GET.get("tab", "waiting")
    follows = access.can_follow(user)
    if tab == "all":
        require(follows)
    rows = {"done": queries.decided_by, "all": queries.under_way}.get(tab, queries.waiting_for)(user)
    rows = queries.narrowed(rows, request.GET.get("unit", ""), request.GET.get("kind", ""))
    page = paginate(request, rows)
    reviews: list[Review] = list(page.object_list)
    flags = subjects.flags_of(reviews, user) if tab == "waiting" else {}
    shown: dict[str, Any] = {
        "tab": tab,
        "page": page,
        "lines": [(review, flags.get(review.pk, [])) for review in reviews],
        "names": queries.reviewer_names(reviews) if tab == "all" else {},
        "can_follow": follows,
        "can_reassign": tab == "all" and access.is_party_office(user),
        "units": queries.units_of(user),
        "kinds": subjects.kind_names(),
        "unit": request.GET.get("unit", ""),
        "kind": request.GET.get("kind", ""),
        "form": form,
    }
    status = 422 if form is not None else 200
    return render_piece(request, "reviews/list.html", "reviews/_list.html", shown, status=status)


@require_POST
@login_required
def approve_many(request: SignedIn) -> HttpResponse:
    user = request.user
    waiting = list(queries.waiting_for(user)[: batch.MOST * 4])
    form = ManyForm(request.POST, ids=[review.pk for review in waiting])
    if not form.is_valid():
        return _list(request, form)
    chosen = [review for review in waiting if review.pk in form.cleaned_data["review"]]
    for review in chosen:
        require(access.can_decide(user, review))
    done, left = batch.approve(chosen, opinion=form.cleaned_data["opinion"], by=user)
    if done:
        text = ngettext("已通过 %(count)s 份", "已通过 %(count)s 份", done)
        messages.success(request, text % {"count": done})
    for title, reason in left:
        messages.warning(request, _("%(title)s没有通过：%(reason)s") % {"title": title, "reason": reason})
    return redirect("reviews:list")


@login_required
def reassign(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    visible = Review.objects.visible_to(user).select_related("owner", "reviewer", "school", "unit")
    review = get_object_or_404(visible, pk=pk)
    require(access.can_reassign(user, review))
    data = request.POST if request.method == "POST" else None
    form = ReassignForm(data, school=review.school, without=review.owner_id)
    if request.method == "POST" and form.is_valid():
        try:
            actions.reassign(review, to=form.cleaned_data["to"], reason=form.cleaned_data["reason"], by=user)
        except NotPossible as refusal:
            record_refusal(request, "reviews.refused", refusal.reason)
            form.add_error("to", refusal.reason)
        else:
            words = {"title": review.title, "name": form.cleaned_data["to"].name}
            messages.success(request, _("%(title)s已改由%(name)s审核") % words)
            return redirect(reverse("reviews:list") + "?tab=all")
    names = queries.reviewer_names([review])
    shown = {"review": review, "now": names[review.pk], "form": form}
    return render(request, "reviews/reassign.html", shown, status=422 if form.errors else 200)
