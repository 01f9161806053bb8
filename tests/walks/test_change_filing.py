"""W5, September: a post changes, and a change filing shows exactly what differs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qingqu.campaigns.actions import open_reassessments
from qingqu.declarations.models import Declaration
from qingqu.organisation.models import Post
from qingqu.records.models import Document, Filing
from qingqu.risks.models import RiskPoint
from tests.make import make_campaign, make_declaration, make_measure, make_risk_point
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways
from tests.walks.filling import approve, fill_to_the_end

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]


def test_a_post_changes_and_the_filing_shows_what_differs(cast: Cast, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 4, 20)
    campaign = make_campaign(cast.school)
    make_declaration(campaign, cast.li, cast.office, "unit", state="approved")
    kept = make_risk_point(cast.office, cast.li, level=2, title="出入库账实不符")
    make_measure(kept)
    wang = open_as(cast.wang, phone=True)
    wang.goto("/declarations/")
    wang.get_by_role("button", name="开始填写").first.click()
    _fill_and_approve(wang, cast, open_as)
    first = _show_and_file(cast, open_as, settings, date(2026, 4, 21), date(2026, 4, 29))
    buying = set(RiskPoint.objects.filter(person=cast.wang, post=cast.wang_post).values_list("code", flat=True))
    assert buying

    settings.QINGQU_TODAY = date(2026, 9, 1)
    chen = open_as(cast.chen)
    chen.goto(f"/organisation/people/{cast.wang.pk}")
    chen.get_by_role("row").filter(has_text="采购员").get_by_role("link", name="调岗").click()
    chen.get_by_label("新岗位").select_option(label="总务处 · 保管员")
    chen.get_by_label("日期").fill("2026-09-01")
    chen.get_by_role("button", name="调岗").click()
    expect(chen.get_by_role("row").filter(has_text="保管员")).to_contain_text("在任")
    assert open_reassessments(date(2026, 8, 25)) == 1
    wang.goto("/")
    wang.get_by_role("link", name="岗位变动重新查找").first.click()
    wang.get_by_role("button", name="开始填写").click()
    _fill_and_approve(wang, cast, open_as)
    keeping = Post.objects.get(unit=cast.office, name="保管员")
    fresh = set(RiskPoint.objects.filter(person=cast.wang, post=keeping, state="held").values_list("code", flat=True))
    assert fresh
    beside = RiskPoint.objects.filter(person=cast.wang, post=cast.wang_second_post)
    assert set(beside.values_list("state", flat=True)) == {"held"}  # he goes on as class teacher

    li = open_as(cast.li)
    li.goto("/declarations/lists/")
    expect(li.get_by_role("row").filter(has_text="总务处")).to_contain_text("需变更备案")
    second = _show_and_file(cast, open_as, settings, date(2026, 9, 7), date(2026, 9, 15))
    assert second.previous == first
    li.goto(f"/records/{second.pk}")
    table = li.get_by_role("region", name="与已备案清单相比").locator("tbody")
    told = {code for code in (*buying, *fresh, kept.code) if table.filter(has_text=code).count()}
    assert told == {row["code"] for row in _rows(first)} ^ {row["code"] for row in _rows(second)}
    assert told == buying | fresh
    assert findings(li) == []
    keep_picture(li, "w5-what-differs")
    phone = open_as(cast.zhao, phone=True)
    phone.goto(f"/records/{second.pk}")
    assert not sideways(phone)
    keep_picture(phone, "w5-what-differs-phone")
    li.get_by_role("link", name="变更对照表").first.click()
    paper = li.get_by_role("main")
    for code in buying | fresh:
        expect(paper).to_contain_text(code)
    expect(paper).not_to_contain_text(kept.code)
    keep_picture(li, "w5-the-paper-of-changes")


def _rows(document: Document) -> list[dict[str, Any]]:
    return list(document.content["rows"])


def _fill_and_approve(page: Page, cast: Cast, open_as: Open) -> None:
    page.wait_for_url("**/fill/**")
    form = Declaration.objects.get(pk=int(page.url.split("/declarations/")[1].split("/")[0]))
    fill_to_the_end(page)
    form.refresh_from_db()
    assert form.state == "in_review", page.get_by_role("main").inner_text()
    for person in (cast.li, cast.he, cast.chen):
        approve(open_as(person), form)
    form.refresh_from_db()
    assert form.state == "approved"


def _show_and_file(cast: Cast, open_as: Open, settings: Any, shown: date, filed: date) -> Document:
    """Li freezes the list and shows it; when its days are over he files it, and Zhao takes it on record."""
    settings.QINGQU_TODAY = shown
    li = open_as(cast.li)
    li.goto(f"/declarations/lists/{cast.office.pk}/")
    li.get_by_role("button", name="定稿并公示").click()
    with li.expect_navigation():
        li.locator("dialog").get_by_role("button", name="定稿并公示").click()
    document = Document.objects.latest("pk")
    settings.QINGQU_TODAY = filed
    li.goto(f"/records/{document.pk}")
    if document.previous_id:
        li.get_by_role("link", name="报变更备案").click()
        li.locator("[name=text]").fill("九月岗位调整：采购员改任保管员")
        li.get_by_role("button", name="报纪委备案").click()
    else:
        li.get_by_role("button", name="报纪委备案").click()
        li.locator("dialog").get_by_role("button", name="报纪委备案").click()
    expect(li.get_by_text("已报纪委备案，接受之前可以撤回")).to_be_visible()
    zhao = open_as(cast.zhao)
    zhao.goto(f"/records/{document.pk}")
    zhao.get_by_role("button", name="接受备案").click()
    expect(zhao.get_by_text("YC5Z-HZ-2026-").first).to_be_visible()
    kind = Filing.Kind.CHANGE if document.previous_id else Filing.Kind.FIRST
    assert Filing.objects.get(document=document).kind == kind
    return document
