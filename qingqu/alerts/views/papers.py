"""Prompts on paper: the register of those that were asked for, and the sheet of one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, documents, queries, wording
from qingqu.alerts.models import Alert, Colour
from qingqu.common.language import listed
from qingqu.common.papers.responses import paper_response
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.trace.refusals import record_export, record_view

FORMATS = ("print", "docx", "xlsx")


@login_required
def register(request: SignedIn, fmt: str) -> HttpResponse:
    school = standing(request.user).school
    if fmt not in FORMATS or school is None:
        raise Http404
    asked, query = queries.asked_of(request.GET), urlencode(request.GET)
    rows = queries.found(access.visible(request.user), asked)
    with override("zh-hans"):
        alerts = queries.with_disposals(rows)[: documents.MOST]
        made, count = documents.register(alerts, school, _asked(asked))
        record_export("alerts.register", by=request.user, rows=count, what=_what(fmt))
        formats = {other: f"{reverse('alerts:register', args=[other])}?{query}" for other in ("docx", "xlsx")}
        back = f"{reverse('alerts:list')}?{query}"
        return paper_response(request, made, fmt, back_url=back, formats=formats)


def _asked(asked: queries.Asked) -> str:
    """Which prompts stand there, in words: «尚未办结，红色，总务处»."""
    states = {"open": _("尚未办结"), "all": _("全部提示"), **dict(Alert.State.choices)}
    unit = Unit.objects.filter(pk=asked.unit).first() if asked.unit else None
    parts = [
        states[asked.state],
        Colour(asked.colour).label if asked.colour else "",
        unit.name if unit else "",
        asked.code,
        (_("防控工作") if asked.area == queries.INTERNAL else wording.area(asked.area)) if asked.area else "",
        _("%(n)s 天以上") % {"n": asked.older} if asked.older else "",
        _("逾期") if asked.late else "",
    ]
    return listed(str(part) for part in parts if part)


def _what(fmt: str) -> str:
    return "printed" if fmt == "print" else "exported"


@login_required
def sheet(request: SignedIn, pk: int, fmt: str) -> HttpResponse:
    """The sheet of a prompt; with its records, persons masked, for those who see them."""
    if fmt not in FORMATS[:2]:
        raise Http404
    alert = get_object_or_404(queries.with_disposals(access.visible(request.user)), pk=pk)
    sees = access.can_see_rows(request.user, alert)
    if sees and alert.rule:
        record_view(alert, by=request.user)
    with override("zh-hans"):
        made = documents.sheet(alert, sees_rows=bool(sees))
        record_export("alerts.sheet", by=request.user, rows=1, what=_what(fmt), title=alert.number)
        formats = {"docx": reverse("alerts:sheet", args=[pk, "docx"])}
        return paper_response(request, made, fmt, back_url=reverse("alerts:show", args=[pk]), formats=formats)
