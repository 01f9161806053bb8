"""The roster: upload, say which column is what, check, enter; and the way out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.common.paging import paginate
from qingqu.common.papers.responses import file_response
from qingqu.organisation import access, forms
from qingqu.organisation.actions import roster as actions
from qingqu.organisation.models import RosterImport
from qingqu.organisation.roster import export, shown
from qingqu.organisation.roster.columns import COLUMNS
from qingqu.organisation.views.units import school_of

ROWS_A_PAGE = 50


def _import(request: SignedIn, pk: int) -> RosterImport:
    school = school_of(request.user)
    found = get_object_or_404(RosterImport.objects.select_related("school", "by"), pk=pk, school=school)
    require(access.can_import(request.user, school))
    return found


def _next(roster: RosterImport) -> str:
    """Straight to the check where every column is known, else to the columns first."""
    surely = actions.read_again(roster).is_sure
    return reverse(f"organisation:{'roster-preview' if surely else 'roster-columns'}", args=[roster.pk])


@login_required
def upload(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    require(access.can_import(request.user, school))
    return form_page(
        request,
        forms.RosterForm(request.POST or None, request.FILES or None),
        lambda data: actions.upload_roster(school, data["file"], data["file"].name, data["file"].size, by=request.user),
        title=_("导入哪份名册？"),
        label=_("上传并核对"),
        back=reverse("organisation:people"),
        sub=_("上传后先核对，确认之前不会写入任何数据。"),
        to=_next,
        template="organisation/roster.html",
        context={"imports": school.roster_imports.select_related("by")[:10]},
    )


@login_required
def columns(request: SignedIn, pk: int) -> HttpResponse:
    roster = _import(request, pk)
    if roster.state != RosterImport.State.UPLOADED:
        return redirect("organisation:roster-result", pk)
    found = actions.read_again(roster)
    if request.method == "POST":
        actions.map_columns(roster, _posted_mappings(request, list(found.signatures)), by=request.user)
        return redirect("organisation:roster-preview", pk)
    heads = shown.heads(found)
    context = {"roster": roster, "heads": heads, "columns": COLUMNS, "notes": found.notes, "step": "columns"}
    context["known"] = any(page.mapping for page in found.pages)
    return render(request, "organisation/roster_columns.html", context)


def _posted_mappings(request: SignedIn, signatures: list[str]) -> dict[str, dict[str, str]]:
    """{signature: {index: key}} from fields named map:signature:index."""
    mappings: dict[str, dict[str, str]] = {signature: {} for signature in signatures}
    known = {column.key for column in COLUMNS}
    for name, key in request.POST.items():
        _map, _colon, place = name.partition("map:")
        signature, _colon, index = place.partition(":")
        if signature in mappings and index.isdecimal() and key in known:
            mappings[signature][index] = str(key)
    return mappings


@login_required
def preview(request: SignedIn, pk: int) -> HttpResponse:
    roster = _import(request, pk)
    if roster.state != RosterImport.State.UPLOADED:
        return redirect("organisation:roster-result", pk)
    found = actions.read_again(roster)
    if found.needs_mapping:
        return redirect("organisation:roster-columns", pk)
    plan = actions.plan_of(roster, by=request.user, found=found)
    show = request.GET.get("show") or ("wrong" if plan.wrong or plan.count("doubled") else "all")
    page = paginate(request, shown.chosen(plan, show), ROWS_A_PAGE)
    context: dict[str, Any] = {
        "roster": roster,
        "plan": plan,
        "notes": found.notes,
        "counts": shown.counts(plan),
        "show": show,
        "page": page,
        "titles": shown.titles(found, plan),
        "lines": shown.lines(found, plan, page.object_list),
        "can_mend": any(plan.state(row) == "wrong" for row in page.object_list),
        "many_sheets": len(found.pages) > 1,
    }
    return render(request, "organisation/roster_preview.html", context)


@require_POST
@login_required
def mend(request: SignedIn, pk: int) -> HttpResponse:
    roster = _import(request, pk)
    cells = {name.removeprefix("cell:"): str(text)[:500] for name, text in request.POST.items() if _is_cell(name)}
    actions.mend_roster(roster, cells, by=request.user)
    return redirect("organisation:roster-preview", pk)


def _is_cell(name: str) -> bool:
    sheet, _colon, rest = name.removeprefix("cell:").partition(":")
    number, _colon, key = rest.partition(":")
    known = key in {column.key for column in COLUMNS}
    return name.startswith("cell:") and sheet.isdecimal() and number.isdecimal() and known


@login_required
def refused(request: SignedIn, pk: int) -> HttpResponse:
    roster = _import(request, pk)
    if roster.state != RosterImport.State.UPLOADED:
        return redirect("organisation:roster-result", pk)
    plan = actions.plan_of(roster, by=request.user)
    return file_response(export.refused(plan.wrong), _("名册中需要更正的行"), "xlsx")


@require_POST
@login_required
def apply(request: SignedIn, pk: int) -> HttpResponse:
    roster = _import(request, pk)
    actions.apply_roster(roster, by=request.user)
    return redirect("organisation:roster-result", pk)


@require_POST
@login_required
def discard(request: SignedIn, pk: int) -> HttpResponse:
    roster = _import(request, pk)
    actions.discard_roster(roster, by=request.user)
    return redirect("organisation:roster")


@login_required
def result(request: SignedIn, pk: int) -> HttpResponse:
    roster = _import(request, pk)
    if roster.state == RosterImport.State.UPLOADED:
        return redirect("organisation:roster-preview", pk)
    return render(request, "organisation/roster_result.html", {"roster": roster, "done": roster.result})


@login_required
def template(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    require(access.can_import(request.user, school))
    return file_response(export.template(school), "教职工名册模板", "xlsx")


@login_required
def export_file(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    require(access.can_import(request.user, school))
    actions.note_roster_export(school, by=request.user)
    return file_response(export.roster(school), f"{school.name}教职工名册", "xlsx")
