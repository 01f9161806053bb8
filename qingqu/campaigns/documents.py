"""Papers of the year: the plan (实施方案, S60)."""

from __future__ import annotations

from qingqu.campaigns.models import Campaign
from qingqu.common.papers.content import Block, Closing, Heading, Paper, Paragraph


def plan_paper(campaign: Campaign) -> Paper:
    """The year's plan as an official paper: lines that begin with # are headings, the rest is running text."""
    school = campaign.school.name
    opened = campaign.opened_at.date() if campaign.opened_at else None
    blocks: list[Block] = [_block(line) for line in campaign.plan.split("\n") if line.strip()]
    return Paper(
        title=f"{school}\n{campaign.year} 年廉政风险防控工作实施方案",
        blocks=[*blocks, Closing(school, opened)],
        filename=f"{campaign.year}年廉政风险防控工作实施方案",
    )


def _block(line: str) -> Block:
    line = line.strip()
    if line.startswith("##"):
        return Heading(2, line.lstrip("# "))
    if line.startswith("#"):
        return Heading(1, line.lstrip("# "))
    return Paragraph(line)
