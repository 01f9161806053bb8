"""«我的登记表», the form as it is read, beginning, handing in and taking back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns.models import Campaign, Task
from qingqu.common.access import require
from qingqu.common.paging import paginate
from qingqu.declarations import access, actions, quality_queries, queries, reading, review_access, review_queries
from qingqu.declarations.filling import returned
from qingqu.declarations.models import Declaration
from qingqu.organisation.models import Unit
from qingqu.reviews.queries import reviewer_names
from qingqu.trace.refusals import record_view


def own_or_visible(request: SignedIn, pk: int) -> Declaration:
    """The form: one's own in one statement, else one that the reader may see; 404 otherwise."""
    user = request.user
    own = queries.own_or_headed(user).filter(pk=pk).first()
    if own:
        return own
    rows = Declaration.objects.visible_to(user).select_related("campaign", "unit", "person")
    return get_object_or_404(rows, pk=pk)


@login_required
def mine(request: SignedIn) -> HttpResponse:
    user = request.user
    campaign = queries.open_campaign(user)
    context = {
        "campaign": campaign,
        "cards": queries.mine(user, campaign) if campaign else [],
        "can_start": access.can_start(user, campaign) if campaign else None,
        "earlier": paginate(request, queries.earlier_years(user, campaign)),
    }
    return render(request, "declarations/mine.html", context)


@require_POST
@login_required
def start(request: SignedIn) -> HttpResponse:
    user = request.user
    campaign = queries.open_campaign(user)
    if campaign is None:
        messages.error(request, _("本年度工作还没有开始"))
        return redirect("declarations:mine")
    require(access.can_start(user, campaign))
    return redirect("declarations:fill", actions.start(campaign, by=user).pk)


@require_POST
@login_required
def reassess(request: SignedIn, task_pk: int) -> HttpResponse:
    """Begin the form for a post that was taken over, or go on with it."""
    user = request.user
    tasks = Task.objects.filter(campaign__in=Campaign.objects.visible_to(user))
    task = get_object_or_404(tasks.select_related("campaign__school", "post__unit"), pk=task_pk)
    require(access.can_reassess(user, task))
    return redirect("declarations:fill", actions.start_reassessment(task, by=user).pk)


@require_POST
@login_required
def start_unit(request: SignedIn, unit_pk: int) -> HttpResponse:
    user = request.user
    unit = get_object_or_404(Unit.objects.visible_to(user).active(), pk=unit_pk)
    require(access.can_start_unit(user, unit))
    campaign = queries.open_campaign(user)
    if campaign is None:
        messages.error(request, _("本年度工作还没有开始"))
        return redirect("declarations:mine")
    return redirect("declarations:fill", actions.start_unit(unit, campaign, by=user).pk)


@login_required
def show(request: SignedIn, pk: int) -> HttpResponse:
    user, declaration = request.user, own_or_visible(request, pk)
    require(review_access.can_read(user, declaration))
    findings = quality_queries.findings_of(declaration, user)
    if review_queries.is_restricted(declaration, findings, user):
        record_view(declaration, by=user)
    course = review_queries.course(declaration, user)
    turns = queries.holding(declaration)
    context = {
        "declaration": declaration,
        "title": review_queries.heading(declaration),
        "own": access.can_withdraw(user, declaration) or declaration.person_id == user.pk,
        "can_fill": access.can_fill(user, declaration),
        "can_withdraw": access.can_withdraw(user, declaration, decided=any(turn.decided_at for turn in turns)),
        "on_its_way": declaration.state == Declaration.State.IN_REVIEW,
        "basics": review_queries.basics(declaration),
        "sections": reading.sections(declaration, findings.items, user),
        "judgements": reading.judgements(declaration),
        "findings": findings,
        "course": course,
        "names": reviewer_names(course.turns),
        "turns": turns,
        "returned": returned(turns) if declaration.state == Declaration.State.RETURNED else None,
    }
    return render(request, "declarations/show.html", context)


@require_POST
@login_required
def submit(request: SignedIn, pk: int) -> HttpResponse:
    declaration = own_or_visible(request, pk)
    require(access.can_submit(request.user, declaration))
    declaration = actions.submit(declaration, by=request.user)
    messages.success(request, _("已报送，编号 %(number)s") % {"number": declaration.number})
    return redirect("declarations:show", pk)


@require_POST
@login_required
def withdraw(request: SignedIn, pk: int) -> HttpResponse:
    declaration = own_or_visible(request, pk)
    require(access.can_withdraw(request.user, declaration))
    actions.withdraw(declaration, by=request.user)
    messages.success(request, _("已撤回，修改后请重新报送"))
    return redirect("declarations:fill", pk)
