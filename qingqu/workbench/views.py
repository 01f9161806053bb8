"""The first page after sign-in, and the leader's page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qingqu.accounts import doors
from qingqu.common.access import require
from qingqu.common.paging import paginate
from qingqu.organisation.queries import standing
from qingqu.trace.queries import found_by, last_verification
from qingqu.workbench import access, queries
from qingqu.workbench.field import field_of

TABS = ("todo", "done", "started")


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    user = doors.who(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    todos = queries.todos(user)
    verification = last_verification() if standing(user).is_discipline else None
    context = {
        "tab": tab,
        "todo_count": len(todos),
        "summary": queries.summary(todos),
        "side": queries.side(user),
        "who": standing(user),
        "verification": verification,
        "problems": found_by(verification, user),
    }
    if tab == "todo":
        page = paginate(request, todos, 40)
        context |= {"page": page, "groups": queries.grouped(list(page.object_list))}
    else:
        rows = queries.done(user) if tab == "done" else queries.started(user)
        context |= {"page": paginate(request, rows, 25)}
    return render(request, "workbench/home.html", context)


@require_safe
@login_required
def field(request: HttpRequest) -> HttpResponse:
    user = doors.who(request)
    require(access.can_see_field(user))
    return render(request, "workbench/field.html", {"field": field_of(user), "who": standing(user)})
