"""The list of those who have not handed in (未报名单, S9, S63)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qingqu.campaigns.models import Campaign
from qingqu.common.papers.content import Block, Closing, Col, Heading, Paper, Paragraph, Table, chinese_date
from qingqu.declarations.models import Declaration
from qingqu.declarations.progress import Missing
from qingqu.organisation.models import Unit

STATES = {
    "": "未填写",
    Declaration.State.DRAFT.value: "填写中",
    Declaration.State.RETURNED.value: "已退回",
}


def missing_list(campaign: Campaign, people: Sequence[Missing], units: Sequence[Unit], day: date) -> Paper:
    """Who has not handed in on `day`, by department, with the days by which each is late."""
    blocks: list[Block] = [
        Paragraph(
            f"截至 {chinese_date(day)}，尚有 {len(people)} 人、{len(units)} 个部门未报登记表。"
            f"报送截止为 {chinese_date(campaign.due_on)}。"
        ),
        Heading(1, "一、未报个人登记表"),
        Table(
            columns=[
                Col("序号", 14, "center"),
                Col("部门", 48),
                Col("姓名", 28),
                Col("情况", 30),
                Col("逾期天数", 26, "right"),
            ],
            rows=[
                (str(number), row.unit, row.person.name, STATES.get(row.form_state, ""), str(row.late or "—"))
                for number, row in enumerate(people, 1)
            ],
        ),
        Heading(1, "二、未报单位登记表"),
        Table(
            columns=[Col("序号", 14, "center"), Col("部门", 76), Col("第一责任人", 56)],
            rows=[(str(number), unit.name, str(unit.responsible or "未确定")) for number, unit in enumerate(units, 1)],
        ),
        Closing(f"{campaign.school.name}党委办公室", day),
    ]
    return Paper(
        title=f"{campaign.year} 年廉政风险登记表未报名单",
        blocks=blocks,
        filename=f"{campaign.year}年未报名单-{day.isoformat()}",
    )
