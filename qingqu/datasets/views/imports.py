"""A file on its way into a table: its columns named, its rows looked at, brought in or taken back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.form_page import form_page
from qingqu.common.language import listed
from qingqu.common.middleware import takes_uploads
from qingqu.common.paging import keyset
from qingqu.common.papers.responses import file_response
from qingqu.common.papers.sheets import SheetColumn, write_xlsx
from qingqu.datasets import (
    access,
    actions,
    checking,
    findings,
    foreseeing,
    forms,
    importing,
    queries,
    rejects,
    sifting,
    watching,
)
from qingqu.datasets.columns import columns_of
from qingqu.datasets.models import Batch, Dataset
from qingqu.datasets.notes import said_faults, said_notes
from qingqu.datasets.tasks import KEPT_DAYS
from qingqu.datasets.views.tables import above, address_of, table_or_404
from qingqu.trace.refusals import record_export

FAULTS_SHOWN = 30
UNUSED_SHOWN = 20
LEFT_OUT_SHOWN = 30


@takes_uploads(importing.MOST_BYTES)
@login_required
def upload(request: SignedIn, pk: int) -> HttpResponse:
    dataset = table_or_404(request, pk)
    require(access.can_enter(request.user, dataset))
    return form_page(
        request,
        forms.UploadForm(request.POST or None, request.FILES or None, is_log=dataset.kind == Dataset.Kind.EVENTS),
        lambda data: importing.map_as_before(importing.upload(dataset, data["file"], by=request.user), by=request.user),
        title=_("导入到“%(table)s”") % {"table": queries.name_of(dataset)},
        label=_("上传并核对"),
        back=address_of(dataset),
        above=above(dataset),
        sub=_("上传后先核对，确认之前不会写入任何数据。人名、电话、卡号只存摘要。"),
        to=lambda batch: reverse(
            "datasets:preview" if batch.state == Batch.State.MAPPED else "datasets:columns", args=[batch.pk]
        ),
    )


def _batch(request: SignedIn, pk: int) -> Batch:
    tables = access.readable(request.user)
    batch = get_object_or_404(Batch.objects.filter(dataset__in=tables).select_related("dataset__school", "by"), pk=pk)
    require(access.can_read(request.user, batch.dataset))
    return batch


def _own_batch(request: SignedIn, pk: int) -> Batch:
    batch = _batch(request, pk)
    require(access.can_enter(request.user, batch.dataset))
    return batch


@login_required
def columns(request: SignedIn, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    if not batch.is_waiting:
        return redirect("datasets:batch", pk)
    found = checking.tables(batch)
    shown = next((t for t in found if t.sheet == request.GET.get("sheet")), checking.table_of(batch, found))
    mapping = batch.mapping if shown.sheet == batch.sheet else {c: p for p, c in shown.guess.items()}
    likely = {} if batch.state == Batch.State.MAPPED else sifting.likely(shown, mapping)
    mapping = likely | mapping
    error = ""
    if request.method == "POST":
        mapping = {
            c["id"]: int(p) for c in batch.dataset.columns if (p := request.POST.get(f"map:{c['id']}", "")).isdecimal()
        }
        try:
            importing.map_columns(batch, sheet=request.POST.get("sheet", ""), mapping=mapping, by=request.user)
        except NotPossible as refusal:
            error = refusal.reason
        else:
            return redirect("datasets:preview", pk)
    names = queries.titles(batch.dataset)
    samples = {
        n: [str(row[n]) for row in shown.samples if n < len(row) and row[n] not in (None, "")][:2]
        for n in range(len(shown.heads))
    }
    heads, unused = sifting.with_letters(shown.heads), sifting.unused(shown, mapping)
    context = {
        "batch": batch,
        "name": queries.name_of(batch.dataset),
        "sheets": [t.sheet for t in found],
        "shown": shown,
        "heads": [(n, head or f"{n + 1}", listed(samples[n], "；")) for n, head in enumerate(heads)],
        "columns": [(c, names[c.id], mapping.get(c.id, -1), c.id in likely) for c in columns_of(batch.dataset)],
        "unused": listed(unused[:UNUSED_SHOWN]),
        "unused_more": max(0, len(unused) - UNUSED_SHOWN),
        "error": error,
    }
    return render(request, "datasets/columns.html", context, status=422 if error else 200)


@login_required
def preview(request: SignedIn, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    if batch.state == Batch.State.UPLOADED:
        return redirect("datasets:columns", pk)
    if batch.state != Batch.State.MAPPED:
        return redirect("datasets:batch", pk)
    try:
        survey = checking.survey(batch)
    except NotPossible as refusal:  # a fault deep in the file: from the page of the import it can be discarded
        messages.error(request, refusal.reason)
        return redirect("datasets:batch", pk)
    foreseen = foreseeing.foreseen(batch, survey)
    columns_ = [c for c in columns_of(batch.dataset) if c.id in batch.mapping][:10]
    names = queries.titles(batch.dataset)
    context = {
        "batch": batch,
        "name": queries.name_of(batch.dataset),
        "survey": survey,
        "notes": said_notes(batch.dataset, (note for note in survey.notes if not findings.is_of_rows(note))),
        "left_out": [(one.number, one.text, _(findings.WHY[one.why])) for one in survey.left_out[:LEFT_OUT_SHOWN]],
        "unused": listed(survey.unused[:UNUSED_SHOWN]),
        "unused_more": max(0, len(survey.unused) - UNUSED_SHOWN),
        "faults": said_faults(batch.dataset, survey.faults[:FAULTS_SHOWN]),
        "foreseen": foreseen,
        "lacking": listed(foreseen.lacking),
        "returning": listed(foreseen.returning),
        "besides": listed(foreseen.besides),
        "apart": listed(foreseen.apart),
        "heads": [(names[c.id], c.type in ("money", "number", "count"), survey.heads.get(c.id, "")) for c in columns_],
        "rows": [(one.number, queries.cells(one.values, columns_, names)) for one in survey.sample],
    }
    return render(request, "datasets/preview.html", context)


@login_required
def faults(request: SignedIn, pk: int) -> HttpResponse:
    """The faulty rows as they stood in the file; who mends them imports this table again."""
    batch = _own_batch(request, pk)
    if batch.state == Batch.State.MAPPED:
        content = rejects.sheet(batch.dataset, rejects.kept_rows(batch, checking.survey(batch)))
    elif batch.rejects:
        content = rejects.sheet(batch.dataset, batch.rejects.read())
    else:
        sheet = [SheetColumn(_("原文件行号"), 10), SheetColumn(_("列"), 18), SheetColumn(_("怎样更正"), 60)]
        content = write_xlsx(sheet, (list(fault.values()) for fault in said_faults(batch.dataset, batch.faults)))
    record_export("datasets.rejects", by=request.user, rows=batch.faulty, title=str(batch))
    return file_response(content, _("需要更正的行"), "xlsx")


@require_POST
@login_required
def begin(request: SignedIn, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    try:
        importing.begin(batch, by=request.user, empties="empties" in request.POST)
    except NotPossible as refusal:
        messages.error(request, refusal.reason)
        return redirect("datasets:preview", pk)
    return redirect("datasets:batch", pk)


@require_POST
@login_required
def discard(request: SignedIn, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    importing.discard(batch, by=request.user)
    messages.success(request, _("已放弃这个文件，没有写入任何数据。"))
    return redirect(address_of(batch.dataset))


@login_required
def batch(request: SignedIn, pk: int) -> HttpResponse:
    found = _batch(request, pk)
    context = {
        "batch": found,
        "name": queries.name_of(found.dataset),
        "share": min(100, round(100 * found.done / found.rows)) if found.rows else 0,
        "can_enter": access.can_enter(request.user, found.dataset),
        "notes": said_notes(found.dataset, found.notes),
        "reason": _(found.reason) if found.state == Batch.State.FAILED and found.reason else found.reason,
        "remarks": watching.remarks(found, request.user),
        "is_waiting": found.is_waiting,
        "kept_days": KEPT_DAYS,
        "missing": found.missing.exists() if found.state == Batch.State.APPLIED else False,
    }
    return render(request, "datasets/batch.html", context)


@login_required
def withdraw_batch(request: SignedIn, pk: int) -> HttpResponse:
    found = _own_batch(request, pk)
    return form_page(
        request,
        forms.ReasonForm(request.POST or None),
        lambda data: actions.withdraw_batch(found, reason=data["reason"], by=request.user),
        title=_("撤回整批导入？"),
        label=_("撤回这一批"),
        back=reverse("datasets:batch", args=[found.pk]),
        above=above(found.dataset, (_("导入批次"), reverse("datasets:batch", args=[found.pk]))),
        sub=_(
            "它新增的行撤回，它更正的行恢复原来的内容；其后更正过的行不变。依据这些行的核查提示，不再成立的自行消除，经过仍然保留。"
        ),
        done=_("已撤回。"),
    )


@login_required
def batches(request: SignedIn, pk: int) -> HttpResponse:
    """All imports of a table."""
    dataset = table_or_404(request, pk)
    require(access.can_read(request.user, dataset))
    page = keyset(request, queries.imports(dataset), per_page=25)
    context = {
        "dataset": dataset,
        "name": queries.name_of(dataset),
        "page": page,
        "can_enter": access.can_enter(request.user, dataset),
    }
    return render(request, "datasets/batches.html", context)
