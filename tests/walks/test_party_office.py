"""W1 and W4: Chen opens the year, and chases those who have not handed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from icalendar import Calendar
from playwright.sync_api import Locator, expect

from config.commands import qingqu
from qingqu.accounts.models import User
from qingqu.campaigns.models import CalendarFeed, Campaign, Exemption, Stage
from qingqu.organisation.models import Appointment, Post, Unit
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
    for words in (
        "宣传动员",
        "3.1 – 5.1",
        "查找风险",
        "4.1 – 5.1",
        "机制建设",
        "5.1 – 12.1",
        "检查验收",
        "12.1 – 12.20",
    ):
        expect(line).to_contain_text(words)
    assert set(Stage.objects.values_list("kind", "starts_on", "ends_on")) == {
        ("mobilise", date(2026, 3, 1), date(2026, 5, 1)),  # as the regulation sets them
        ("find", date(2026, 4, 1), date(2026, 5, 1)),
        ("build", date(2026, 5, 1), date(2026, 12, 1)),
        ("inspect", date(2026, 12, 1), date(2026, 12, 20)),
    }

    page.get_by_role("link", name="召开动员会并形成会议记录", exact=True).click()
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
    school = set(cast.everyone) - {"zhou", "chen"}  # Chen has it open
    assert who_has_it_to_read(cast) == school

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
    assert who_has_it_to_read(cast) == school - {"wang"}

    phone = open_as(cast.chen, phone=True)
    phone.goto("/campaigns/")
    phone.get_by_role("link", name="把日程加到手机日历").click()
    phone.get_by_role("button", name="建立订阅地址").click()
    assert not sideways(phone)
    keep_picture(phone, "w1-the-calendar-for-the-phone")
    calendar = open_as().request.get(phone.get_by_label("订阅地址").input_value())  # her phone is not signed in
    assert calendar.headers["content-type"].startswith("text/calendar")
    days = {
        str(event["summary"]): event.decoded("dtstart") for event in Calendar.from_ical(calendar.body()).walk("VEVENT")
    }
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
    settings.QINGQU_TODAY = date(2026, 4, 30)
    year = make_campaign(cast.school)
    for unit in Unit.objects.filter(school=cast.school, kind="department"):
        make_declaration(year, unit.responsible, unit, kind="unit", state="in_review")  # type: ignore[arg-type]
    teaches = make_post(cast.teaching, "任课教师")
    for number in range(11):
        make_appointment(make_user(f"teacher{number}", f"教师{number}"), teaches)
    missing = {cast.wang, cast.wu, cast.li, cast.feng}
    for person in _staff(cast) - missing:
        make_declaration(year, person, person.appointments.first().post.unit, state="in_review")  # type: ignore[union-attr]

    page = open_as(cast.chen)
    page.goto("/declarations/progress/")
    rings = page.locator(".coverage-ring")
    for ring, (name, handed, total) in zip(rings.all(), _rings(cast, missing), strict=True):
        expect(ring).to_contain_text(name)
        expect(ring).to_contain_text(f"{handed} / {total}，还差 {total - handed}")
        expect(ring.locator(".ring-text")).to_have_text(f"{int(handed / total * 100)}%")
    assert rings.locator(".ring-text").all_text_contents() == ["100%", "54%", "80%"]
    for heading, group in (("按部门", _department_of), ("岗位类别", _tier_of)):
        table = page.locator("section").filter(has=page.get_by_role("heading", name=heading)).locator("tbody tr")
        shown = [row.locator("th, td").all_inner_texts() for row in table.all()]
        figures = {row[0]: tuple(int(cell) for cell in row if cell.isdigit()) for row in shown}
        assert figures == _tallies(cast, missing, group)
    names = page.get_by_role("region", name="未报人员").locator("tbody tr")
    assert _names(names) == {"王雨桐", "吴晓", "李明远", "冯立言"}
    assert findings(page) == []
    keep_picture(page, "w4-who-has-not-handed-in")

    other_tab = page.context.new_page()
    other_tab.goto("/declarations/progress/")
    page.get_by_role("button", name="一键催办").click()
    page.get_by_role("dialog").get_by_role("button", name="一键催办").click()
    expect(page.get_by_text("已催办 4 人")).to_be_visible()
    expect(page.get_by_role("button", name="一键催办")).to_have_count(0)
    expect(page.get_by_text("今日已催办").first).to_be_visible()
    other_tab.get_by_role("button", name="一键催办").click()  # it was still on the page that stood open
    other_tab.get_by_role("dialog").get_by_role("button", name="一键催办").click()
    expect(other_tab.get_by_role("main")).to_contain_text("今日已催办，每人每天至多一次")
    wang = open_as(cast.wang, phone=True)
    wang.goto("/messages/")
    expect(wang.locator(".message-line")).to_have_text(["请报送个人登记表，截止 4 月 30 日"])
    assert not sideways(wang)

    newcomer = make_user("zheng", "郑新")
    make_appointment(newcomer, teaches, started_on=date(2026, 4, 30))
    settings.QINGQU_TODAY = date(2026, 5, 1)
    _clock(date(2026, 5, 1))
    page.goto("/messages/")
    expect(page.get_by_role("main")).to_contain_text("逾期名单：5 人、0 个部门未报登记表")
    page.goto("/declarations/progress/")
    assert _names(names) == {"王雨桐", "吴晓", "李明远", "冯立言", "郑新"}  # nobody has added the last one
    for name, told in (
        ("王雨桐", "部门负责人"),
        ("吴晓", "部门负责人"),
        ("李明远", "分管领导"),
        ("郑新", "部门负责人"),
    ):
        expect(names.filter(has_text=name)).to_contain_text("逾期 1 天")
        expect(names.filter(has_text=name)).to_contain_text(told)
    keep_picture(page, "w4-the-first-of-may")
    li = open_as(cast.li, phone=True)
    he = open_as(cast.he, phone=True)
    told = "“总务处”逾期未报 2 件：王雨桐、吴晓"
    li.goto("/messages/")
    expect(li.locator(".message-line", has_text=told)).to_be_visible()
    assert not sideways(li)
    keep_picture(li, "w4-gone-up-to-the-head")
    li.get_by_role("button", name=told).click()
    expect(li.get_by_role("row", name="王雨桐")).to_be_visible()
    expect(li.get_by_role("row", name="郑新")).to_have_count(0)  # only his own department's
    he.goto("/messages/")
    expect(he.locator(".message-line", has_text="总务处 1 件")).to_be_visible()
    expect(he.locator(".message-line", has_text=told)).to_have_count(0)
    settings.QINGQU_TODAY = date(2026, 5, 4)  # three days later it is the leader's in charge
    _clock(date(2026, 5, 4))
    he.goto("/messages/")
    expect(he.locator(".message-line", has_text="总务处 2 件")).to_be_visible()

    page.goto("/declarations/progress/")
    page.get_by_role("row", name="吴晓").get_by_role("link", name="豁免").click()
    page.get_by_role("button", name="豁免").click()
    assert not Exemption.objects.exists()  # not without its reason
    page.get_by_label("豁免的理由").fill("全年病休")
    page.get_by_role("button", name="豁免").click()
    assert (Exemption.objects.get().person, Exemption.objects.get().reason) == (cast.wu, "全年病休")
    expect(page.get_by_role("region", name="豁免")).to_contain_text("全年病休")
    assert _names(names) == {"王雨桐", "李明远", "冯立言", "郑新"}
    page.get_by_role("link", name="查找风险").click()
    expect(page.get_by_text("尚有 5 人未报，其中 1 人有豁免")).to_be_visible()
    page.get_by_role("button", name="办结本阶段").click()
    expect(page.get_by_role("alert")).to_contain_text("尚有 5 人未报，其中 1 人有豁免")
    stage = year.stages.get(kind="find")
    assert stage.closed_at is None
    keep_picture(page, "w4-the-stage-does-not-close")
    page.get_by_label(re.compile("未满足条件的说明")).fill("四人外出培训，返校后补报")
    page.get_by_role("button", name="办结本阶段").click()
    expect(page.get_by_text("“查找风险”阶段已办结")).to_be_visible()
    stage.refresh_from_db()
    assert (stage.closed_by, stage.exemption) == (cast.chen, "四人外出培训，返校后补报")
    year.refresh_from_db()
    assert year.state == Campaign.State.OPEN


def _clock(day: date) -> None:
    """What the server's clock does on a day."""
    done = CliRunner().invoke(qingqu, ["run-due", "--on", day.isoformat()])
    assert done.exit_code == 0, done.output


def _staff(cast: Cast) -> set[User]:
    return {held.person for held in Appointment.objects.filter(post__unit__school=cast.school)}


def _rings(cast: Cast, missing: set[User]) -> list[tuple[str, int, int]]:
    """Covered of all: departments, posts, people; counted person by person."""
    staff = _staff(cast)
    posts: dict[Post, set[User]] = {}
    for held in Appointment.objects.filter(post__unit__school=cast.school):
        posts.setdefault(held.post, set()).add(held.person)
    covered = sum(bool(people - missing) for people in posts.values())
    return [("部门", 5, 5), ("岗位", covered, len(posts)), ("教职工", len(staff - missing), len(staff))]


def _tallies(cast: Cast, missing: set[User], group: Callable[[Post], str]) -> dict[str, tuple[int, int, int]]:
    """Due, handed in, missing by where the main post stands."""
    found: dict[str, tuple[int, int, int]] = {}
    for person in _staff(cast):
        name = group(person.appointments.get(is_main=True).post)  # type: ignore[attr-defined]
        due, handed, open_ = found.get(name, (0, 0, 0))
        found[name] = (due + 1, handed + (person not in missing), open_ + (person in missing))
    return found


def _department_of(post: Post) -> str:
    return str(post.unit)


def _tier_of(post: Post) -> str:
    return str(post.get_tier_display())


def _names(rows: Locator) -> set[str]:
    return {row.locator("th").inner_text().split()[0] for row in rows.all()}
