"""What I have been told."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.paging import paginate
from qingqu.notifications import actions, queries
from qingqu.notifications.models import Message


@login_required
def list_(request: SignedIn) -> HttpResponse:
    page = paginate(request, queries.days_of(request.user))
    context = {
        "page": page,
        "days": queries.with_lines(request.user, page.object_list),
        "unread": queries.unread_count(request.user),
    }
    return render(request, "notifications/list.html", context)


@require_POST
@login_required
def read(request: SignedIn, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    message = get_object_or_404(Message, pk=pk, person=request.user)
    actions.mark_read(message, by=request.user)
    if message.url and url_has_allowed_host_and_scheme(message.url, {request.get_host()}):
        return redirect(message.url)
    return redirect("notifications:list")


@require_POST
@login_required
def read_all(request: SignedIn) -> HttpResponse:
    actions.mark_all_read(request.user, by=request.user)
    return redirect("notifications:list")
