"""One's calendar address, and what a calendar programme reads there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns import actions
from qingqu.campaigns.actions.feed import digest_of
from qingqu.campaigns.calendar_feed import calendar_of
from qingqu.campaigns.models import CalendarFeed

SHOWN_ONCE = "calendar_feed_secret"


@login_required
def calendar(request: SignedIn) -> HttpResponse:
    """The secret address is shown once, right after it was made."""
    secret = request.session.pop(SHOWN_ONCE, "")
    path = reverse("campaigns:calendar-feed", args=[secret]) if secret else ""
    feed = CalendarFeed.objects.filter(person=request.user).first()
    return render(
        request,
        "campaigns/calendar.html",
        {"feed": feed, "address": request.build_absolute_uri(path) if path else ""},
    )


@require_POST
@login_required
def calendar_make(request: SignedIn) -> HttpResponse:
    request.session[SHOWN_ONCE] = actions.make_feed(request.user)
    return redirect("campaigns:calendar")


@require_POST
@login_required
def calendar_revoke(request: SignedIn) -> HttpResponse:
    actions.revoke_feed(request.user)
    return redirect("campaigns:calendar")


@require_safe
@login_not_required
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Whoever has the address reads these dates and nothing else; an unknown one is not found."""
    feed = CalendarFeed.objects.select_related("person").filter(digest=digest_of(secret)).first()
    if feed is None or not feed.person.is_active:
        raise Http404
    response = HttpResponse(calendar_of(feed.person, timezone.now()), content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Disposition"] = 'inline; filename="qingqu.ics"'
    return response
