"""The board: what is open and since when, what was raised, how right the indicators were; and a year in figures."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import override

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, issuing, wording
from qingqu.alerts.board import BURDEN_WEEKS, WEEKS, board
from qingqu.alerts.indicators import rule_access, rule_queries
from qingqu.alerts.models import Alert, Colour
from qingqu.alerts.views.papers import what
from qingqu.alerts.yearly import year_of, years_of
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.language import is_english
from qingqu.common.papers.responses import paper_response
from qingqu.common.text import number_in
from qingqu.organisation.queries import standing


@login_required
def show(request: SignedIn) -> HttpResponse:
    require(access.can_see_board(request.user))
    found, school = board(access.on_board(request.user), today()), standing(request.user).school
    sees_quiet = rule_access.can_see_suppressions(request.user, school)
    context = {
        "board": found,
        "colours": [(value, label, found.colours[value]) for value, label in Colour.choices],
        "weeks": WEEKS,
        "weekdays": [WEEKDAYS_ABBR[day] if is_english() else str(WEEKDAYS[day])[-1] for day in range(7)],
        "can_see_links": access.can_see_links(request.user, school),
        "burden_weeks": BURDEN_WEEKS,
        "held_back": rule_queries.held_back(school) if sees_quiet else None,
    }
    return render(request, "alerts/board.html", context)


def _asked(request: SignedIn) -> int:
    """?year=, this year where nothing is said."""
    said = number_in(request.GET.get("year", ""))
    return said if said is not None and 2000 <= said <= today().year else today().year


@login_required
def year(request: SignedIn) -> HttpResponse:
    require(access.can_see_year(request.user))
    context = {
        "found": year_of(access.in_year(request.user), _asked(request), today()),
        "years": years_of(access.in_year(request.user), today()),
        "results": Alert.Result.labels,
        "sees_all": access.counts_school(request.user),
        "can_see_board": access.can_see_board(request.user),
        "how_counted": wording.HOW_COUNTED,
    }
    return render(request, "alerts/year.html", context)


@login_required
def year_paper(request: SignedIn, fmt: str) -> HttpResponse:
    require(access.can_see_year(request.user))
    school = standing(request.user).school
    if fmt not in ("print", "docx") or school is None:
        raise Http404
    asked = _asked(request)
    made, query = issuing.year(request.user, school, asked, what=what(fmt)), f"?year={asked}"
    formats = {"docx": reverse("alerts:year-paper", args=["docx"]) + query}
    with override("zh-hans"):
        return paper_response(request, made, fmt, back_url=reverse("alerts:year") + query, formats=formats)
