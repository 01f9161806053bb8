"""W1 and W4: Chen opens the year, and chases those who have not handed in."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar
from playwright.sync_api import expect

from qingqu.campaigns.models import CalendarFeed, Campaign, Exemption, Stage
from qingqu.organisation.models import Unit
from tests.make import make_appointment, make_campaign, make_declaration, make_post, make_user
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]


def test_chen_opens_the_year(cast: Cast, open_as: Open, settings: Any, tmp_path: Path) -> None:
    settings.QINGQU_TODAY = date(2026, 3, 1)
    settings.MEDIA_ROOT = tmp_path / "files"
    page = open_as(cast.chen)
    page.goto("/campaigns/")
    page.get_by_role("link", name="建立 2026 年度工作").click()
    page.get_by_role("button", name="建立").click()
    line = page.locator(".stage-timeline")
    for words in ("宣传动员", "3.1 – 5.1", "查找风险", "4.1 – 5.1", "机制建设", "5.1 – 12.1", "检查验收", "12.1 – 12.20"):
        expect(line).to_contain_text(words)
    assert set(Stage.objects.values_list("kind", "starts_on", "ends_on")) == {
        ("mobilise", date(2026, 3, 1), date(2026, 5, 1)),  # as the regulation sets them
        ("find", date(2026, 4, 1), date(2026, 5, 1)),
        ("build", date(2026, 5, 1), date(2026, 12, 1)),
        ("inspect", date(2026, 12, 1), date(2026, 12, 20)),
    }

    page.get_by_role("link", name="召开动员会").click()
    expect(page.get_by_label("期限")).to_have_value("2026-03-15")
    page.get_by_label("期限").fill("2026-03-17")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".todo-row").filter(has_text="召开动员会")).to_contain_text("3 月 17 日")
    page.get_by_role("link", name="改日期").click()
    page.get_by_label("“宣传动员”起").fill("2026-03-03")
    page.get_by_label("报送截止").fill("2026-06-01")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("报送截止须在“查找风险”阶段之内").first).to_be_visible()
    expect(page.get_by_label("“宣传动员”起")).to_have_value("2026-03-03")
    page.get_by_label("报送截止").fill("2026-04-30")
    page.get_by_role("button", name="保存").click()
    expect(line).to_contain_text("3.3 – 5.1")
    page.get_by_role("button", name="启动").click()
    page.get_by_role("dialog").get_by_role("button", name="启动").click()
    expect(page.get_by_text("已启动，已告知全体教职工")).to_be_visible()
    assert findings(page) == []
    keep_picture(page, "w1-the-year-on-one-line")

    page.get_by_role("link", name="发布要学习的文件").click()
    file = tmp_path / "通知.txt"
    file.write_text("请认真学习", encoding="utf-8")
    page.get_by_label("文件", exact=True).fill("市局通知")
    page.get_by_label("发文单位").fill("云川市教育局")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("通知.txt")).to_be_visible()
    assert who_has_it_to_read(cast) == set(cast.everyone) - {"zhou"}  # everyone of the school, and nobody else

    wang = open_as(cast.wang, phone=True)
    wang.goto("/")
    expect(wang.get_by_role("link", name="待阅：市局通知").first).to_be_visible()
    wang.goto("/campaigns/")
    expect(wang.locator(".stage-list")).to_be_visible()
    assert not sideways(wang)
    wang.get_by_role("link", name="市局通知").click()
    wang.get_by_role("link", name="通知.txt").click()
    wang.goto("/campaigns/")
    expect(wang.get_by_text("待阅")).to_have_count(0)
    assert who_has_it_to_read(cast) == set(cast.everyone) - {"zhou", "wang"}

    phone = open_as(cast.chen, phone=True)
    phone.goto("/campaigns/")
    phone.get_by_role("link", name="把日程加到手机日历").click()
    phone.get_by_role("button", name="建立订阅地址").click()
    assert not sideways(phone)
    keep_picture(phone, "w1-the-calendar-for-the-phone")
    calendar = open_as().request.get(phone.get_by_label("订阅地址").input_value())  # her phone is not signed in
    assert calendar.headers["content-type"].startswith("text/calendar")
    days = {str(event["summary"]): event.decoded("dtstart") for event in Calendar.from_ical(calendar.body()).walk("VEVENT")}
    assert days["2026 年廉政风险防控：宣传动员"] == date(2026, 3, 3)
    assert days["召开动员会并形成会议记录"] == date(2026, 3, 17)
    assert days["廉政风险登记表报送截止（2026 年）"] == date(2026, 4, 30)
    assert CalendarFeed.objects.get().person == cast.chen


def who_has_it_to_read(cast: Cast) -> set[str]:
    """Of the cast, who finds the document under 待阅 on the first page."""
    found = set()
    for name, person in cast.everyone.items():
        client = Client()
        client.force_login(person)
        if "待阅：市局通知" in client.get("/").content.decode():
            found.add(name)
    return found


def test_chen_chases(cast: Cast, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 5, 1)
    year = make_campaign(cast.school)
    for unit in Unit.objects.filter(school=cast.school, kind="department"):
        make_declaration(year, unit.responsible, unit, kind="unit", state="in_review")  # type: ignore[arg-type]
    for name in ("zhao", "chen", "sun", "qian", "he"):
        person = cast.everyone[name]
        make_declaration(year, person, person.appointments.first().post.unit, state="approved")  # type: ignore[union-attr]
    newcomer = make_user("zheng", "郑新")
    make_appointment(newcomer, make_post(cast.teaching, "任课教师"), started_on=date(2026, 4, 30))

    page = open_as(cast.chen)
    page.goto("/declarations/progress/")
    expect(page.locator(".coverage-ring").first).to_contain_text("5 / 5")
    expect(page.get_by_role("row", name="郑新")).to_be_visible()
    expect(page.get_by_role("row", name="吴晓")).to_contain_text("逾期 1 天")
    assert findings(page) == []
    keep_picture(page, "w4-who-has-not-handed-in")
    page.get_by_role("button", name="一键催办").click()
    page.get_by_role("dialog").get_by_role("button", name="一键催办").click()
    expect(page.get_by_text("已催办 5 人")).to_be_visible()
    expect(page.get_by_role("button", name="一键催办")).to_have_count(0)
    expect(page.get_by_text("今日已催办").first).to_be_visible()

    page.get_by_role("row", name="吴晓").get_by_role("link", name="豁免").click()
    page.get_by_label("豁免的理由").fill("全年病休")
    page.get_by_role("button", name="豁免").click()
    assert Exemption.objects.get().person == cast.wu
    page.get_by_role("link", name="查找风险").click()
    expect(page.get_by_text("尚有 5 人未报，其中 1 人有豁免")).to_be_visible()
    page.get_by_role("button", name="办结本阶段").click()
    expect(page.get_by_role("alert")).to_contain_text("尚有 5 人未报，其中 1 人有豁免")
    page.get_by_label(re.compile("未满足条件的说明")).fill("四人外出培训，返校后补报")
    page.get_by_role("button", name="办结本阶段").click()
    expect(page.get_by_text("“查找风险”阶段已办结")).to_be_visible()
    year.refresh_from_db()
    assert year.state == Campaign.State.OPEN
    assert year.stages.get(kind="find").exemption == "四人外出培训，返校后补报"

    li = open_as(cast.li, phone=True)
    li.goto("/messages/")
    expect(li.locator(".todo-title").first).to_contain_text("请报送个人登记表")
    assert not sideways(li)
