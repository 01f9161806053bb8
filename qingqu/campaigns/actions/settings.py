"""What a school decides for itself in a year: the way of forms through review, how long a key post is held."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.campaigns.wording import settings_of
from qingqu.common.errors import NotPossible
from qingqu.common.text import neat
from qingqu.trace.actions import record

MOST_YEARS = 30


@transaction.atomic
def edit_settings(
    campaign: Campaign, *, peer_review: bool, group_step: str, rotation_years: int, rotation_basis: str, by: User
) -> Campaign:
    """Set the way of forms through review (S34) and after how many years a key post should change hands, and why.

    Forms that are with their reviewers go on as they were sent; the way holds for those that are handed in from now
    on. Raises NotPossible once the year is over.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("school").get(pk=campaign.pk)
    if campaign.state == Campaign.State.CLOSED:
        raise NotPossible(_("%(year)s 年度工作已结束，设置不能再改") % {"year": campaign.year})
    if group_step not in Campaign.GroupStep.values:
        raise NotPossible(_("请选择领导小组审定哪些登记表"))
    if not 1 <= rotation_years <= MOST_YEARS:
        raise NotPossible(_("轮岗年限为 1 至 %(most)s 年") % {"most": MOST_YEARS})
    with override("zh-hans"):  # the trace keeps its words as the school says them
        before = settings_of(campaign)
    campaign.peer_review, campaign.group_step = peer_review, group_step
    campaign.rotation_years, campaign.rotation_basis = rotation_years, neat(rotation_basis)
    with override("zh-hans"):
        after = settings_of(campaign)
    if after == before:
        return campaign
    campaign.save(update_fields=["peer_review", "group_step", "rotation_years", "rotation_basis"])
    record("campaigns.settings_edited", campaign, by=by, before=said(before, after), after=said(after, before))
    return campaign


def said(settings: dict[str, str], other: dict[str, str]) -> str:
    """Those of `settings` that are otherwise in `other`, in one line."""
    return "；".join(f"{name}：{value or '—'}" for name, value in settings.items() if other[name] != value)
