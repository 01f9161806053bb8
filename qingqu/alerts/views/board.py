"""The board: what is open and since when, what was raised, how right the indicators were."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access
from qingqu.alerts.board import BURDEN_WEEKS, WEEKS, board
from qingqu.alerts.models import Colour
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.language import is_english
from qingqu.organisation.queries import standing


@login_required
def show(request: SignedIn) -> HttpResponse:
    require(access.can_see_board(request.user))
    found = board(access.on_board(request.user), today())
    context = {
        "board": found,
        "colours": [(value, label, found.colours[value]) for value, label in Colour.choices],
        "weeks": WEEKS,
        "weekdays": [WEEKDAYS_ABBR[day] if is_english() else str(WEEKDAYS[day])[-1] for day in range(7)],
        "can_see_links": access.can_see_links(request.user, standing(request.user).school),
        "burden_weeks": BURDEN_WEEKS,
    }
    return render(request, "alerts/board.html", context)
