"""廉政风险台账: the page, its export and its paper (S37, S40)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import override

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.htmx import render_piece
from qingqu.common.papers.responses import csv_response, file_response, paper_response
from qingqu.common.papers.sheets import Encoding, write_csv
from qingqu.reports import access, exports, ledger
from qingqu.reports.ledger_papers import PAPERS
from qingqu.reports.tables import SHEETS
from qingqu.risks.models import Category, LedgerState
from qingqu.trace.refusals import record_export


def ledger_page(request: SignedIn) -> HttpResponse:
    user, asked = request.user, ledger.asked_of(request.GET)
    lines = ledger.lines(user, asked)
    counts = ledger.counts(lines)
    pages = ledger.LedgerPages(lines, counts.asked)
    context = {
        "page": pages.get_page(request.GET.get("page")),
        "asked": asked,
        "counts": counts,
        "units": ledger.units_of(ledger.school_of(user)),
        "categories": Category.choices,
        "states": LedgerState.choices,
        "years": range(today().year, today().year - 4, -1),
    }
    return render_piece(request, "reports/ledger.html", "reports/_ledger.html", context)


def export(request: SignedIn, kind: str, fmt: str) -> HttpResponseBase:
    if kind not in SHEETS or fmt not in exports.FORMATS:
        raise Http404
    user = request.user
    require(access.can_export(user, kind))
    asked = ledger.asked_of(request.GET)
    if fmt == "csv":
        made = exports.sheet(kind, user=user, asked=asked)
        record_export(f"reports.{kind}", by=user, rows=made.count)
        encoding: Encoding = "gb18030" if request.GET.get("encoding") == "gb18030" else "utf-8-sig"
        with override("zh-hans"):
            lines = write_csv([column.title for column in made.columns], made.rows, encoding)
        return csv_response(lines, exports.name_of(made, asked), encoding)
    done = exports.export(kind, user=user, asked=asked)
    return file_response(done.content, done.name, done.fmt)


def paper(request: SignedIn, kind: str, fmt: str) -> HttpResponse:
    user, school = request.user, ledger.school_of(request.user)
    if kind not in PAPERS or fmt not in ("print", "docx", "xlsx") or school is None:
        raise Http404
    require(access.can_export(user, kind))
    asked = ledger.asked_of(request.GET)
    query = urlencode(asked.as_query())
    with override("zh-hans"):
        made, rows = PAPERS[kind](user, school, asked)
        record_export(f"reports.{kind}", by=user, rows=rows, what="printed" if fmt == "print" else "exported")
        formats = {other: f"{reverse('reports:paper', args=[kind, other])}?{query}" for other in ("docx", "xlsx")}
        back = f"{reverse('reports:ledger')}?{query}"
        return paper_response(request, made, fmt, back_url=back, formats=formats)
