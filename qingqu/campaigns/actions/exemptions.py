"""Somebody, or a department, need not hand in this year: only with a reason, and it can be taken back (S9)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Exemption
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit
from qingqu.trace.actions import record


@transaction.atomic
def exempt(
    campaign: Campaign, *, reason: str, by: User, person: User | None = None, unit: Unit | None = None
) -> Exemption:
    """Let a person, or a department's form, be left out of this year's count.

    Raises NotPossible without a reason, twice, or once the year is over.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state == Campaign.State.CLOSED:
        raise NotPossible(_("%(year)s 年度工作已结束") % {"year": campaign.year})
    if not reason.strip():
        raise NotPossible(_("请写明豁免的理由"))
    if campaign.exemptions.filter(person=person, unit=unit, revoked_at=None).exists():
        raise NotPossible(_("%(who)s 已有豁免") % {"who": person or unit})
    made = Exemption.objects.create(campaign=campaign, person=person, unit=unit, reason=reason.strip(), by=by)
    record("campaigns.exempted", made, by=by, reason=made.reason)
    return made


@transaction.atomic
def revoke_exemption(exemption: Exemption, *, by: User) -> Exemption:
    """Take an exemption back: from now on the form is due."""
    exemption = Exemption.objects.select_for_update().get(pk=exemption.pk)
    if exemption.revoked_at:
        raise NotPossible(_("这项豁免已撤销"))
    exemption.revoked_at = timezone.now()
    exemption.save(update_fields=["revoked_at"])
    record("campaigns.exemption_revoked", exemption, by=by)
    return exemption
