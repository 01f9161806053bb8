"""What is different from last year: dates, settings, tasks."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign, Task
from qingqu.campaigns.wording import settings_of


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and what changed under it."""

    name: str
    changes: list[rules.Change]


def of(before: Campaign, after: Campaign) -> list[Group]:
    """Everything that two years say differently."""
    return [
        Group(_("日期与设置"), rules.changes(_settings(before), _settings(after))),
        Group(_("任务"), rules.changes(_tasks(before, after.year), _tasks(after, after.year))),
        Group(_("实施方案"), rules.changes(_plan(before, before.year), _plan(after, before.year))),
    ]


def _settings(campaign: Campaign) -> dict[str, str]:
    lines = {_("年度"): str(campaign.year)}
    for stage in campaign.stages.all():
        lines[stage.get_kind_display()] = f"{stage.starts_on.isoformat()} – {stage.ends_on.isoformat()}"
    lines[_("报送截止")] = campaign.due_on.isoformat()
    lines[_("逾期上提天数")] = str(campaign.escalate_days)
    lines[_("公示工作日")] = str(campaign.working_days)
    return lines | settings_of(campaign)


def _tasks(campaign: Campaign, year: int) -> dict[str, str]:
    """The tasks as they would stand in `year`: a day that was only moved on by the years is the same."""
    rows = campaign.tasks.filter(kind=Task.Kind.STAGE).select_related("unit", "person")
    later = year - campaign.year
    return {
        task.title: f"{task.person or task.unit or _('各部门')} · {rules.a_year_later(task.due_on, later).isoformat()}"
        for task in rows
    }


def _plan(campaign: Campaign, year: int) -> dict[str, str]:
    """The plan's lines as they would stand in `year`: only what was really rewritten differs."""
    text = rules.with_the_year(campaign.plan, campaign.year, year)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return {line[:60]: line for line in lines}
