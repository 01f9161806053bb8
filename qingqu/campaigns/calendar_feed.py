"""A person's year as an iCalendar file (RFC 5545): stages, due day, own tasks. All-day events, nothing secret."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid5

from django.db.models import Model
from icalendar import Calendar, Event

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Stage
from qingqu.campaigns.queries import events_for


def calendar_of(user: User, now: datetime) -> bytes:
    """The calendar file; escaping and folding of UTF-8 lines are the library's work."""
    calendar = Calendar()
    calendar.add("prodid", "-//Qingqu//Campaign//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "清渠·年度工作")
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    calendar.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    stages, campaigns, tasks = events_for(user)
    for stage in stages:
        name = f"{stage.campaign.year} 年廉政风险防控：{NAMES[stage.kind]}"
        calendar.add_component(_event(_uid(stage.campaign, stage), name, stage.starts_on, stage.ends_on, now))
    for campaign in campaigns:
        name = f"廉政风险登记表报送截止（{campaign.year} 年）"
        calendar.add_component(_event(_uid(campaign, campaign), name, campaign.due_on, campaign.due_on, now))
    for task in tasks:
        name = f"{'已完成：' if task.done_at else ''}{task.title}"
        calendar.add_component(_event(_uid(task.campaign, task), name, task.due_on, task.due_on, now, task.note))
    return calendar.to_ical()


NAMES: dict[str, str] = {
    Stage.Kind.MOBILISE: "宣传动员",
    Stage.Kind.FIND: "查找风险",
    Stage.Kind.BUILD: "机制建设",
    Stage.Kind.INSPECT: "检查验收",
}


def _uid(campaign: Campaign, thing: Model) -> str:
    """The same for one thing for ever, and no other server's (RFC 7986 §5.3)."""
    return str(uuid5(campaign.calendar_uid, f"{thing._meta.label_lower}:{thing.pk}"))


def _event(uid: str, summary: str, first: date, last: date, now: datetime, text: str = "") -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("summary", summary)
    event.add("dtstart", first)
    event.add("dtend", last + timedelta(days=1))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("transp", "TRANSPARENT")
    if text:
        event.add("description", text)
    return event
