"""Pages and acts of publication, objection and filing; files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.paging import paginate
from qingqu.common.papers.content import Paper
from qingqu.common.papers.responses import paper_response
from qingqu.organisation.models import schools_of
from qingqu.records import access, actions, attachments, documents, queries, subjects
from qingqu.records.forms import ObjectForm, TextForm
from qingqu.records.models import Attachment, Document, Filing, Notice, Objection
from qingqu.records.wording import named
from qingqu.trace.models import Entry
from qingqu.trace.refusals import record_export


@login_required
def document_list(request: SignedIn) -> HttpResponse:
    user = request.user
    tab = request.GET.get("tab", "published")
    tab = tab if tab in queries.TABS else "published"
    names = {"published": _("公示中"), "to_file": _("待备案"), "filed": _("已备案"), "all": _("全部")}
    counts = queries.tab_counts(user)
    page = paginate(request, queries.listed(user, tab))
    words = dict(Filing.State.choices)
    for document in page:
        document.filing_word = words.get(document.filing_state, "")
    context = {
        "tab": tab,
        "tabs": [(key, names[key], counts[key]) for key in queries.TABS],
        "page": page,
    }
    return render(request, "records/list.html", context)


def _document(user: User, pk: int, *, whole: bool = False) -> Document:
    rows = Document.objects.visible_to(user)
    rows = queries.whole(rows) if whole else rows.select_related("school", "unit__responsible", "notice")
    return get_object_or_404(rows, pk=pk)


@login_required
def show(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    document = _document(user, pk, whole=True)
    return render(request, "records/show.html", _page(user, document))


def _page(user: User, document: Document, **more: Any) -> dict[str, Any]:
    notice, rows = queries.notice_of(document), queries.rows_of(document)
    before = queries.last_filed(document)
    filings = list(document.filings.all())
    current = filings[0] if filings else None
    for filing in filings:
        filing.document = document
    differences = queries.differences(document, before) if before else None
    prevented = actions.what_prevents_filing(document, notice)
    return {
        "document": document,
        "rows": rows,
        "text": documents.text_blocks(queries.text_of(document)),
        "notice": notice,
        "objections": _objections(user, document, notice),
        "filings": filings,
        "current": current,
        "before": before,
        "differences": differences,
        "changed": named(differences.changed) if differences else [],
        "is_intact": document.is_intact,
        "prevented": prevented,
        "can_object": notice and access.can_object(user, notice),
        "can_file": access.can_file(user, document),
        "can_receive": current and access.can_receive(user, current),
        "can_withdraw_filing": current and access.can_withdraw_filing(user, current),
        "can_withdraw_notice": notice and access.can_withdraw_notice(user, notice),
        "object_form": ObjectForm(rows=rows),
        "history": queries.history(document, user),
        "today": today(),
        **more,
    }


def _objections(user: User, document: Document, notice: Notice | None) -> list[dict[str, Any]]:
    found = []
    for objection in notice.objections.all() if notice else ():
        objection.notice.document = document
        found.append(_shown(user, objection))
    return found


def _shown(user: User, objection: Objection) -> dict[str, Any]:
    return {
        "objection": objection,
        "known": access.knows_objectors(user, objection),
        "can_answer": access.can_answer(user, objection),
        "can_settle": access.can_settle(user, objection),
    }


@require_POST
@login_required
def object_to(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    document = _document(user, pk, whole=True)
    notice = queries.notice_of(document)
    if notice is None:
        raise Http404
    require(access.can_object(user, notice))
    form = ObjectForm(request.POST, rows=queries.rows_of(document))
    if not form.is_valid():
        return render(request, "records/show.html", _page(user, document, object_form=form), status=422)
    actions.object_to(notice, by=user, **form.cleaned_data)
    messages.success(request, _("异议已提交，答复和办结后会告知您"))
    return redirect("records:show", pk)


@login_required
def objection(request: SignedIn, pk: int) -> HttpResponse:
    """For who objected: what he said and what became of it, as long as it is kept."""
    mine = Objection.objects.filter(raised_by=request.user, notice__document__school__in=schools_of(request.user))
    rows = mine.select_related("notice__document", "raised_by", "answered_by", "settled_by")
    found = get_object_or_404(rows, pk=pk)
    context = {
        "document": found.notice.document,
        "on_show": Document.objects.visible_to(request.user).filter(pk=found.notice.document_id).exists(),
        "objections": [_shown(request.user, found)],
    }
    return render(request, "records/objection.html", context)


def _objection(user: User, pk: int) -> Objection:
    seen = Document.objects.visible_to(user)
    rows = Objection.objects.select_related("notice__document__unit", "raised_by")
    return get_object_or_404(rows, pk=pk, notice__document__in=seen)


@require_POST
@login_required
def answer(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    objection = _objection(user, pk)
    require(access.can_answer(user, objection))
    actions.answer(objection, text=request.POST.get("text", ""), by=user)
    return redirect("records:show", objection.notice.document_id)


@require_POST
@login_required
def settle(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    objection = _objection(user, pk)
    require(access.can_settle(user, objection))
    actions.settle(objection, changes_needed=request.POST.get("changes_needed") == "1", by=user)
    return redirect("records:show", objection.notice.document_id)


@login_required
def file(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    document = _document(user, pk)
    require(access.can_file(user, document))
    if request.method == "POST":
        actions.file(document, reason=request.POST.get("text", ""), by=user)
        messages.success(request, _("已报纪委备案，接受之前可以撤回"))
        return redirect("records:show", pk)
    form = TextForm(label=_("变更事由"))
    return _form(request, document, form, _("为什么变更备案"), _("报纪委备案"))


def _filing(user: User, pk: int) -> Filing:
    rows = Filing.objects.select_related("document__unit__responsible", "document__school", "filed_by", "received_by")
    return get_object_or_404(rows, pk=pk, document__in=Document.objects.visible_to(user))


@require_POST
@login_required
def accept(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    filing = _filing(user, pk)
    require(access.can_receive(user, filing))
    actions.accept(filing, opinion=request.POST.get("text", ""), by=user)
    messages.success(request, _("已备案，回执可以打印"))
    return redirect("records:show", filing.document_id)


@require_POST
@login_required
def return_(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    filing = _filing(user, pk)
    require(access.can_receive(user, filing))
    actions.return_(filing, opinion=request.POST.get("text", ""), by=user)
    return redirect("records:show", filing.document_id)


@require_POST
@login_required
def withdraw_filing(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    filing = _filing(user, pk)
    require(access.can_withdraw_filing(user, filing))
    actions.withdraw_filing(filing, by=user)
    return redirect("records:show", filing.document_id)


@login_required
def withdraw_notice(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    document = _document(user, pk)
    notice = queries.notice_of(document)
    if notice is None:
        raise Http404
    require(access.can_withdraw_notice(user, notice))
    form = TextForm(request.POST or None, label=_("理由"))
    if form.is_valid():
        actions.withdraw_notice(notice, reason=form.cleaned_data["text"], by=user)
        messages.success(request, _("公示已撤回，修改后请重新定稿公示"))
        return redirect("records:show", pk)
    return _form(request, document, form, _("为什么撤回公示"), _("撤回公示"))


def _form(request: HttpRequest, document: Document, form: Any, title: str, label: str) -> HttpResponse:
    context = {"document": document, "form": form, "title": title, "label": label}
    return render(request, "records/form.html", context, status=422 if form.errors else 200)


PAPERS = ("list", "notice", "objections", "filing", "receipt", "changes")


@login_required
def paper(request: SignedIn, pk: int, kind: str) -> HttpResponse:
    """A paper of the document, as a page that prints, docx or xlsx (?fmt=)."""
    user = request.user
    document = _document(user, pk, whole=True)
    made = _made(document, kind, _footer(document))
    if made is None:
        raise Http404
    fmt = request.GET.get("fmt", "print")
    what = "printed" if fmt == "print" else "exported"
    record_export(f"records.{kind}", by=user, rows=len(queries.rows_of(document)), what=what)
    return paper_response(request, made, fmt, back_url=request.path.rsplit("/paper/", 1)[0])


def _made(document: Document, kind: str, footer: str) -> Paper | None:
    notice = queries.notice_of(document)
    filing = next((f for f in document.filings.all() if f.state != Filing.State.WITHDRAWN), None)
    if notice is not None:
        notice.document = document
    if filing is not None:
        filing.document = document
    match kind:
        case "list" if document.kind == Document.Kind.PLAN:
            return documents.plan_paper(document, footer)
        case "list":
            return documents.list_paper(document, footer)
        case "notice" if notice:
            return documents.notice_paper(notice, footer)
        case "objections" if notice:
            return documents.objections_paper(notice, list(notice.objections.all()), footer)
        case "filing" if filing:
            return documents.filing_paper(filing, footer)
        case "receipt" if filing and filing.receipt_number:
            return documents.receipt_paper(filing, footer)
        case "changes":
            before = queries.last_filed(document)
            return documents.change_paper(document, before, filing.reason if filing else "", footer)
    return None


def _footer(document: Document) -> str:
    """«定稿留痕第 18,203 条»: where in the trace the freezing stands."""
    entry = Entry.objects.filter(obj=f"records.document:{document.pk}", act="records.frozen").first()
    return f"定稿留痕第 {entry.position + 1:,} 条" if entry and entry.position is not None else ""


@login_required
def download(request: SignedIn, pk: int) -> HttpResponseBase:
    user = request.user
    attachment = get_object_or_404(Attachment, pk=pk, school_id__in=schools_of(user))
    require(subjects.can_open(user, attachment.subject_label, attachment.subject_id))
    return attachments.hand_out(attachment)
