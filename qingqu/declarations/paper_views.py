"""Forms on paper: Word, Excel, or a page that prints."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation

from qingqu.accounts.models import User
from qingqu.common.access import require
from qingqu.common.papers.responses import paper_response
from qingqu.declarations import documents, paper_queries, review_access
from qingqu.declarations.models import Declaration
from qingqu.risks.models import Category
from qingqu.trace.refusals import record_export, record_view

KINDS = ("registration", "control")


@login_required
def paper(request: HttpRequest, pk: int, kind: str, fmt: str) -> HttpResponse:
    """`kind` registration (登记表) or control (识别防控表); `fmt` docx, xlsx or print."""
    assert isinstance(request.user, User)
    user = request.user
    rows = Declaration.objects.visible_to(user).select_related("person", "campaign", "unit__school")
    declaration = get_object_or_404(rows.select_related("unit__responsible", "unit__leader"), pk=pk)
    if kind not in KINDS or fmt not in ("docx", "xlsx", "print"):
        raise Http404
    require(review_access.can_read(user, declaration))
    with translation.override("zh-hans"):
        if kind == "control":
            require(review_access.can_print_control(declaration))
            form = paper_queries.held_on_paper(declaration, user)
        else:
            form = paper_queries.form_on_paper(declaration, user)
        made = documents.control(form) if kind == "control" else documents.registration(form)
        thought = str(Category.THOUGHT.label)
        personal = not form.is_unit and declaration.person_id != user.pk
        if personal and any(row.category == thought for row in form.rows):
            record_view(declaration, by=user)
        what = "printed" if fmt == "print" else "exported"
        record_export(f"declarations.{kind}", by=user, rows=len(form.rows), what=what)
        formats = {other: reverse("declarations:paper", args=[pk, kind, other]) for other in ("docx", "xlsx")}
        page = "declarations:show" if declaration.person_id == user.pk else "declarations:review"
        back = reverse(page, args=[pk])
        return paper_response(request, made, fmt, back_url=back, formats=formats)
