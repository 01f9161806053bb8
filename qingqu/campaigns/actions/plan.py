"""The year's plan (实施方案): written freely until the year opens, frozen version by version from then on (S1, S60)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.campaigns.queries import plan_versions
from qingqu.common.errors import NotPossible
from qingqu.records.actions import freeze
from qingqu.records.models import Document
from qingqu.trace.actions import record


@transaction.atomic
def edit_plan(campaign: Campaign, text: str, *, by: User) -> Campaign:
    """Write the year's plan. Once the year is open every change is a new frozen version that names the one before.

    Raises NotPossible when the year is over, or where an open year would be left without a plan.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("school").get(pk=campaign.pk)
    if campaign.state == Campaign.State.CLOSED:
        raise NotPossible(_("%(year)s 年度工作已结束，实施方案不能再改") % {"year": campaign.year})
    text = text.replace("\r\n", "\n").strip()
    if text == campaign.plan:
        return campaign
    is_open = campaign.state == Campaign.State.OPEN
    if is_open and not text:
        raise NotPossible(_("年度工作已启动，实施方案不能为空"))
    if is_open and not plan_versions(campaign).exists():
        freeze_plan(campaign, by=by)  # a year that was opened before plans were frozen: what it said is kept first
    campaign.plan = text
    campaign.save(update_fields=["plan"])
    record("campaigns.plan_edited", campaign, by=by)
    if is_open:
        freeze_plan(campaign, by=by)
    return campaign


def freeze_plan(campaign: Campaign, *, by: User) -> Document | None:
    """Fix the plan as it stands now, with number and digest; nothing where none is written yet."""
    if not campaign.plan.strip():
        return None
    versions = list(plan_versions(campaign))
    number = f"（第 {len(versions) + 1} 版）" if versions else ""
    return freeze(
        kind=Document.Kind.PLAN,
        unit=campaign.school,
        year=campaign.year,
        title=f"{campaign.year} 年廉政风险防控工作实施方案{number}",
        content={"text": campaign.plan, "due_on": campaign.due_on.isoformat()},
        previous=versions[0] if versions else None,
        by=by,
    )
