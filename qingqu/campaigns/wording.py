"""A year's settings in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qingqu.campaigns.models import Campaign


def settings_of(campaign: Campaign) -> dict[str, str]:
    """What the school has decided for the year, by name."""
    return {
        _("同级互评"): _("有") if campaign.peer_review else _("无"),
        _("领导小组审定"): str(Campaign.GroupStep(campaign.group_step).label),
        _("重要岗位轮岗年限"): _("%(years)s 年") % {"years": campaign.rotation_years},
        _("轮岗年限依据"): campaign.rotation_basis,
    }


def route_of(campaign: Campaign) -> list[str]:
    """The way of a personal form of the staff, step by step (S34)."""
    steps = [_("本人填报"), _("同级互评") if campaign.peer_review else "", _("部门负责人审核"), _("分管领导审核")]
    steps.append(_("党办收件"))
    if campaign.group_step == Campaign.GroupStep.ALL:
        steps.append(_("领导小组审定"))
    elif campaign.group_step == Campaign.GroupStep.GRAVE:
        steps.append(_("含一级风险的，领导小组审定"))
    return [step for step in steps if step]
