"""Documents to study: shown to everybody, opened or not, nothing more (S59)."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Reading, StudyDocument
from qingqu.common.errors import NotPossible
from qingqu.common.text import neat
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.queries import staff_of
from qingqu.records.attachments import store
from qingqu.trace.actions import record

LABEL = "campaigns.studydocument"


@transaction.atomic
def publish_document(
    campaign: Campaign,
    *,
    title: str,
    by: User,
    number: str = "",
    issuer: str = "",
    text: str = "",
    files: Sequence[UploadedFile] = (),
) -> StudyDocument:
    """Put a document before everybody of the school; it stands under 待阅 until each has opened it.

    Raises NotPossible where there is neither a file nor a text.
    """
    if not files and not text.strip():
        raise NotPossible(_("请上传文件，或填写摘要"))
    document = StudyDocument.objects.create(
        campaign=campaign, title=neat(title), number=neat(number), issuer=neat(issuer), text=text.strip(), by=by
    )
    for file in files:
        store(file, subject_label=LABEL, subject_id=document.pk, school=campaign.school, by=by)
    record("campaigns.document_published", document, by=by, after=document.title)
    tell(
        staff_of(campaign.school).exclude(pk=by.pk),
        gettext_lazy("请阅：%(document)s"),
        reverse("campaigns:document", args=[document.pk]),
        Message.Kind.NEWS,
        sender=by,
        key=f"document:{document.pk}",
        words={"document": document.title},
    )
    return document


@transaction.atomic
def withdraw_document(document: StudyDocument, *, by: User) -> StudyDocument:
    """Take a document off the list; who opened it stays on record."""
    document = StudyDocument.objects.select_for_update().get(pk=document.pk)
    if document.withdrawn_at:
        raise NotPossible(_("“%(document)s”已撤下") % {"document": document.title})
    document.withdrawn_at = timezone.now()
    document.save(update_fields=["withdrawn_at"])
    record("campaigns.document_withdrawn", document, by=by)
    return document


@transaction.atomic
def mark_opened(document: StudyDocument, *, by: User) -> bool:
    """Note that somebody has opened a document; once, without points or time."""
    _reading, is_new = Reading.objects.get_or_create(document=document, person=by)
    if is_new:
        record("campaigns.document_opened", document, by=by)
    return is_new
