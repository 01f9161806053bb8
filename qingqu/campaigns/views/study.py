"""Documents to study: what waits for me, one document, how many have opened it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns import access, actions, forms, queries
from qingqu.campaigns.actions.study import LABEL
from qingqu.campaigns.models import Campaign, StudyDocument
from qingqu.campaigns.views.year import above_of, campaign_of
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.common.paging import paginate
from qingqu.records.attachments import hand_out
from qingqu.records.models import Attachment


def _document(request: SignedIn, pk: int) -> StudyDocument:
    campaigns = Campaign.objects.visible_to(request.user)
    shown = StudyDocument.objects.filter(campaign__in=campaigns).select_related("campaign__school", "by")
    return get_object_or_404(shown, pk=pk)


@login_required
def documents(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    return render(
        request,
        "campaigns/documents.html",
        {
            "campaign": campaign,
            "page": paginate(request, queries.documents_for(campaign, request.user)),
            "unread": queries.unread_documents(campaign, request.user).count(),
            "can_publish": access.can_publish_document(request.user, campaign),
        },
    )


@login_required
def document(request: SignedIn, pk: int) -> HttpResponse:
    """Opening it is reading it: nothing else is asked, nothing is measured."""
    found = _document(request, pk)
    require(access.can_open_files(request.user, found.pk))
    if request.method == "GET" and not found.withdrawn_at:
        actions.mark_opened(found, by=request.user)
    can_see_reading = access.can_see_reading(request.user, found)
    reading = queries.reading_by_department(found) if can_see_reading else []
    return render(
        request,
        "campaigns/document.html",
        {
            "document": found,
            "campaign": found.campaign,
            "files": Attachment.objects.filter(subject_label=LABEL, subject_id=found.pk).order_by("id"),
            "reading": reading,
            "people": sum(row.people for row in reading),
            "opened": sum(row.opened for row in reading),
            "can_publish": access.can_publish_document(request.user, found.campaign),
        },
    )


@login_required
def document_file(request: SignedIn, pk: int, file_pk: int) -> HttpResponseBase:
    found = _document(request, pk)
    require(access.can_open_files(request.user, found.pk))
    file = get_object_or_404(Attachment, pk=file_pk, subject_label=LABEL, subject_id=found.pk)
    return hand_out(file)


@login_required
def document_new(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    require(access.can_publish_document(request.user, campaign))

    def act(data: dict[str, Any]) -> StudyDocument:
        files = data.pop("attachments")
        return actions.publish_document(campaign, by=request.user, files=files, **data)

    return form_page(
        request,
        forms.DocumentForm(request.POST or None, request.FILES or None),
        act,
        title=_("请全体教职工学习哪份文件？"),
        label=_("发布"),
        back=reverse("campaigns:documents", args=[campaign.pk]),
        above=above_of(campaign, (_("学习文件"), reverse("campaigns:documents", args=[campaign.pk]))),
        sub=_("发布后列入每个人的待阅，并告知一次。"),
        done=_("已发布，已列入全体教职工的待阅"),
        to=lambda made: reverse("campaigns:document", args=[made.pk]),
    )


@require_POST
@login_required
def document_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    found = _document(request, pk)
    require(access.can_publish_document(request.user, found.campaign))
    actions.withdraw_document(found, by=request.user)
    return redirect("campaigns:documents", found.campaign_id)
