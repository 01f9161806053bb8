"""Activation codes: choose people, get their slips once."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from qingqu.accounts import rules
from qingqu.accounts.actions import issue_codes
from qingqu.accounts.models import User
from qingqu.accounts.queries import newest_code
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.papers.responses import file_response
from qingqu.common.text import number_in
from qingqu.organisation import access, codes, queries
from qingqu.organisation.actions import note_codes_export
from qingqu.organisation.models import Unit
from qingqu.organisation.views.units import school_of


@login_required
def people(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    require(access.can_issue_codes(request.user, school))
    unit = _number(request.GET.get("unit", "")) or None
    rows = list(codes.without_account(school, unit))
    duties = queries.duty_schools(rows)
    for person in rows:
        person.may = access.can_issue_code(request.user, school, person, duties.get(person.pk, ()))  # type: ignore[attr-defined]
    context = {
        "rows": rows,
        "since": newest_code(),
        "unit": unit,
        "departments": queries.departments_of(school),
        "waiting": sum(getattr(person, "code_until", None) is not None for person in rows),
        "days": rules.CODE_VALID_DAYS,
    }
    return render(request, "organisation/codes.html", context)


@require_POST
@never_cache
@login_required
def issue(request: SignedIn) -> HttpResponse:
    """Make the codes and answer with the slips themselves: they are shown this once."""
    school = school_of(request.user)
    keys = [_number(key) for key in request.POST.getlist("person")]
    people = list(codes.chosen(school, keys))
    _require_for(request.user, school, people)
    if not people:
        messages.error(request, _("请先选择要发放启用码的人员。"))
        return redirect("organisation:codes")
    back = reverse("organisation:codes") if len(people) > 1 else _page_of(people[0])
    try:
        # a page that does not say which code was the newest when it was opened knew of none
        issued = issue_codes(people, by=request.user, since=_number(request.POST.get("since", "")))
    except NotPossible as refusal:
        messages.error(request, refusal.reason)
        return redirect(back)
    made = codes.slips(issued)
    address = request.build_absolute_uri(reverse("accounts:activate"))
    qr = segno.make(address, error="m").svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None)
    here_only = urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1")
    context = {"slips": made, "address": address, "qr": mark_safe(qr), "here_only": here_only, "back": back}
    return render(request, "organisation/code_slips.html", context)


def _require_for(user: User, school: Unit, people: Sequence[User]) -> None:
    """Go on only where `user` may issue to each of these people; for nobody, where he may issue at all."""
    if not people:
        require(access.can_issue_codes(user, school))
    duties = queries.duty_schools(people)
    for person in people:
        require(access.can_issue_code(user, school, person, duties.get(person.pk, ())))


def _number(text: str) -> int:
    """A number that the page sent, 0 where it is none."""
    return number_in(text) or 0


def _page_of(person: User) -> str:
    return reverse("organisation:person", args=[person.pk])


@require_POST
@never_cache
@login_required
def sheet(request: SignedIn) -> HttpResponse:
    """The codes of a page of slips as a table; nothing is issued anew."""
    school = school_of(request.user)
    pairs = (text.partition(":") for text in request.POST.getlist("slip"))
    good = codes.still_good(school, [(_number(key), code) for key, _colon, code in pairs])
    _require_for(request.user, school, [slip.person for slip in good])
    if not good:
        messages.error(request, _("这些启用码已用过或已重新发放，请在此重新发放。"))
        return redirect("organisation:codes")
    note_codes_export(school, len(good), by=request.user)
    address = request.build_absolute_uri(reverse("accounts:activate"))
    return file_response(codes.sheet(good, address), _("启用码"), "xlsx")
