"""Papers of the year: the plan (实施方案, S60)."""

from __future__ import annotations

from qingqu.campaigns.models import Campaign
from qingqu.campaigns.queries import plan_versions
from qingqu.common.papers.content import Block, Closing, Paper
from qingqu.records.documents import text_blocks


def plan_paper(campaign: Campaign) -> Paper:
    """The year's plan as an official paper, with number and digest of its frozen version."""
    school = campaign.school.name
    opened = campaign.opened_at.date() if campaign.opened_at else None
    frozen = plan_versions(campaign).first()
    blocks: list[Block] = text_blocks(campaign.plan)
    return Paper(
        title=f"{school}\n{campaign.year} 年廉政风险防控工作实施方案",
        blocks=[*blocks, Closing(school, opened)],
        number=frozen.number if frozen else "",
        digest=frozen.digest if frozen else "",
        filename=f"{campaign.year}年廉政风险防控工作实施方案",
    )
