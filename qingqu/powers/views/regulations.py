"""Pages and acts of the regulations."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.htmx import render_piece
from qingqu.common.paging import paginate
from qingqu.organisation.queries import standing
from qingqu.powers import access, queries, regulations
from qingqu.powers.forms import RegulationForm


@login_required
def regulation_list(request: SignedIn) -> HttpResponse:
    user = request.user
    text, only_late = request.GET.get("q", "").strip()[:60], request.GET.get("late") == "1"
    day = today()
    every = queries.regulations(user)
    context = {
        "page": paginate(request, queries.regulations(user, text=text, overdue_on=day if only_late else None)),
        "text": text,
        "only_late": only_late,
        "today": day,
        "count": every.count(),
        "late": queries.overdue(every, day).count(),
        "can_create": access.can_create(user),
        "who": standing(user),
    }
    return render_piece(request, "powers/regulations.html", "powers/_regulation_rows.html", context)


@login_required
def create(request: SignedIn) -> HttpResponse:
    user = request.user
    require(access.can_create(user))
    return _filled_in(request, RegulationForm(request.POST or None, user=user))


@login_required
def edit(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    regulation = get_object_or_404(queries.regulations(user), pk=pk)
    require(access.can_edit_regulation(user, regulation))
    return _filled_in(request, RegulationForm(request.POST or None, instance=regulation, user=user))


def _filled_in(request: SignedIn, form: RegulationForm) -> HttpResponse:
    user, known = request.user, form.instance.pk is not None
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        if facts["unit"] is not None:
            require(access.can_create_for(user, facts["unit"]))
        try:
            if known:
                regulations.update_regulation(form.instance, facts, by=user)
            elif school := standing(user).school:
                regulations.create_regulation(school=school, facts=facts, by=user)
        except NotPossible as no:
            form.add_error("name", no.reason)
        else:
            messages.success(request, _("已保存"))
            return redirect("powers:regulations")
    status = 422 if form.errors else 200
    return render(request, "powers/regulation_edit.html", {"form": form, "known": known}, status=status)
