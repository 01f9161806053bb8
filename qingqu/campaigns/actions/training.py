"""The mobilisation meeting and the study sessions of the units, on record (S57, S58)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Mobilisation
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit
from qingqu.records.attachments import store
from qingqu.records.models import Attachment
from qingqu.trace.actions import record

LABEL = "campaigns.mobilisation"
MOST_FILES = 10
FIELDS = ("title", "held_on", "place", "host", "attendance", "minutes")


@transaction.atomic
def record_mobilisation(
    campaign: Campaign,
    *,
    kind: str,
    unit: Unit | None = None,
    by: User,
    attachments: Sequence[UploadedFile] = (),
    **facts: Any,
) -> Mobilisation:
    """Enter a meeting of the school or a study session of a unit: title, day, place, host, attendance, minutes, files.

    Raises NotPossible, and enters nothing, where a file is not one that we take.
    """
    _check(facts)
    if kind == Mobilisation.Kind.STUDY and unit is None:
        raise NotPossible(_("请选择是哪个部门或支部的学习"))
    held = Mobilisation.objects.create(campaign=campaign, kind=kind, unit=unit, by=by, **_known(facts))
    _keep(held, campaign, attachments, by)
    record("campaigns.mobilisation_recorded", held, by=by, after=kind)
    return held


def _keep(held: Mobilisation, campaign: Campaign, attachments: Sequence[UploadedFile], by: User) -> None:
    """Keep the files of a record: sign-in sheet, minutes, papers that were passed on."""
    there = Attachment.objects.filter(subject_label=LABEL, subject_id=held.pk).count()
    if there + len(attachments) > MOST_FILES:
        raise NotPossible(_("一次会议或学习最多 %(most)s 个附件") % {"most": MOST_FILES})
    for file in attachments:
        store(file, subject_label=LABEL, subject_id=held.pk, school=campaign.school, by=by)


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in FIELDS if name in facts}


def _check(facts: dict[str, Any]) -> None:
    if facts["held_on"] > today():
        raise NotPossible(_("日期还没有到，请在会后登记"))


@transaction.atomic
def edit_mobilisation(
    held: Mobilisation, *, by: User, attachments: Sequence[UploadedFile] = (), **facts: Any
) -> Mobilisation:
    """Correct a record of a meeting or study session, or add files to it; those that are there stay."""
    rows = Mobilisation.objects.select_for_update(of=("self",)).select_related("campaign__school")
    held = rows.get(pk=held.pk)
    _check(facts)
    known = _known(facts)
    for name, value in known.items():
        setattr(held, name, value)
    held.save(update_fields=list(known))
    _keep(held, held.campaign, attachments, by)
    record("campaigns.mobilisation_edited", held, by=by)
    return held
