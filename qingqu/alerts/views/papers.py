"""Prompts on paper: the register of those that were asked for, and the sheet of one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import override

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, issuing, queries
from qingqu.common.papers.responses import paper_response
from qingqu.organisation.queries import standing

FORMATS = ("print", "docx", "xlsx")


def what(fmt: str) -> str:
    """What became of a paper, as the trace calls it."""
    return "printed" if fmt == "print" else "exported"


@login_required
def register(request: SignedIn, fmt: str) -> HttpResponse:
    school = standing(request.user).school
    if fmt not in FORMATS or school is None:
        raise Http404
    query = urlencode(request.GET)
    made = issuing.register(request.user, school, queries.asked_of(request.GET), what=what(fmt))
    formats = {other: f"{reverse('alerts:register', args=[other])}?{query}" for other in ("docx", "xlsx")}
    with override("zh-hans"):
        return paper_response(request, made, fmt, back_url=f"{reverse('alerts:list')}?{query}", formats=formats)


@login_required
def sheet(request: SignedIn, pk: int, fmt: str) -> HttpResponse:
    """The sheet of a prompt; with its records, persons masked, for those who see them."""
    if fmt not in FORMATS[:2]:
        raise Http404
    alert = get_object_or_404(queries.with_disposals(access.visible(request.user)), pk=pk)
    made = issuing.sheet(request.user, alert, what=what(fmt))
    formats = {"docx": reverse("alerts:sheet", args=[pk, "docx"])}
    with override("zh-hans"):
        return paper_response(request, made, fmt, back_url=reverse("alerts:show", args=[pk]), formats=formats)
