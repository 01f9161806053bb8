"""Build the fictional school, from an empty database to the middle of its campaign."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from config.sample import forms, regulations, school, warnings, year
from config.sample.clock import Hours, working_day
from qingqu.accounts.actions import change_password
from qingqu.accounts.models import User
from qingqu.campaigns import actions as campaigns
from qingqu.campaigns.models import Campaign
from qingqu.common.errors import NotPossible
from qingqu.trace import tasks as trace

PASSWORD = "Qingqu-shifan-5"
ACCOUNTS = (
    ("教师、班主任", "王雨桐"),
    ("部门负责人（总务处）", "李明远"),
    ("党办", "陈思"),
    ("纪委书记", "赵文静"),
    ("校长", "孙立国"),
    ("党委书记", "钱志远"),
    ("分管后勤副校长", "何建平"),
)

Say = Callable[[str], object]


def build(today: date, say: Say = print) -> None:
    """Build the sample as of `today`: the forms are due in six days. Refused in production and where data exist."""
    if settings.PRODUCTION:
        raise NotPossible("示范学校不能装在正式环境中（no sample school in production mode）")
    if User.objects.exists():
        raise NotPossible("数据库中已有人员，示范学校只能装在空库中（the database is not empty）")
    due_on = today + timedelta(days=6)
    begins = due_on - timedelta(days=29)
    hours = Hours()
    with transaction.atomic():
        say("部门、岗位与 180 名教职工 · units, posts and 180 people")
        with hours.at(begins - timedelta(days=60)):
            made = school.build(date(begins.year - 1, 9, 1))
        with hours.at(begins - timedelta(days=50)):
            school.adopt(made, made.people["陈思"])
            regulations.enter(made, made.people["陈思"])
        say("年度工作 · the campaign")
        with hours.at(begins - timedelta(days=31)):
            campaign = _campaign(made, due_on)
        year.mobilise(made, campaign, hours, begins, today)
    with transaction.atomic():
        say("填写与报送 · filling in and handing in")
        forms.hand_in(made, campaign, hours, begins, today)
    with transaction.atomic():
        say("审核 · reviewing")
        forms.review(hours, begins, today)
        with hours.at(working_day(begins, 13, today - timedelta(days=1)), 16):
            regulations.link(made)
    with transaction.atomic():
        say("公示、备案与措施 · lists, filings and measures")
        year.show_and_file(made, campaign, hours, begins, today)
        year.carry_out(hours, today)
    with transaction.atomic():
        say("业务数据与核查提示 · records and warnings")
        warnings.keep(made, hours, today)
    _accounts(made)
    while trace.sequence():
        pass
    trace.checkpoint_if_due()


def _campaign(made: school.School, due_on: date) -> Campaign:
    """The four stages of the regulation, moved so that the forms are due on `due_on`."""
    office = made.people["陈思"]
    campaign = campaigns.create_campaign(made.unit, due_on.year, by=office)
    shift = due_on - campaign.due_on
    spans = {s.kind: (s.starts_on + shift, s.ends_on + shift) for s in campaign.stages.all()}
    campaign = campaigns.edit_dates(campaign, spans=spans, due_on=due_on, by=office)
    return campaigns.open_campaign(campaign, by=office)


def _accounts(made: school.School) -> None:
    rows = []
    for role, name in ACCOUNTS:
        person = made.people[name]
        change_password(person, PASSWORD, by=person)
        rows.append({"role": role, "name": name, "username": person.username, "password": PASSWORD})
    admin = made.holder("网络管理员")
    change_password(admin, PASSWORD, by=admin)
    rows.append({"role": "系统管理员", "name": admin.name, "username": admin.username, "password": PASSWORD})
    file = settings.VAR_DIR / "sample_accounts.json"
    file.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    lines = [f"  {row['username']:<6} {row['password']}  {row['name']}（{row['role']}）" for row in rows]
    text = "\n".join(["示范账号（虚构学校，仅供试用） · sample accounts of a fictional school:", *lines, ""])
    (settings.VAR_DIR / "sample_accounts.txt").write_text(text, encoding="utf-8")
