"""W5 and W8 in the browser: a list is shown, objected to, filed, changed; a measure is done in twenty seconds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from qingqu.records.models import Document, Filing
from qingqu.risks import actions
from qingqu.risks.models import MeasureRun, RiskPoint
from tests.make import make_campaign, make_declaration, make_measure, make_power, make_risk_point
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]


def _held(cast: Cast) -> RiskPoint:
    power = make_power(cast.office)
    risk = make_risk_point(
        cast.office, cast.li, level=2, title="验收走过场", power=power, step=power.steps.get(order=2)
    )
    make_measure(risk, frequency="week", next_due_on=date(2026, 4, 26))
    return risk


def test_a_list_is_shown_filed_and_changed(cast: Cast, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 4, 24)
    campaign = make_campaign(cast.school)
    make_declaration(campaign, cast.li, cast.office, "unit", state="approved")
    risk = _held(cast)

    li = open_as(cast.li)
    li.goto(f"/declarations/lists/{cast.office.pk}/")
    li.get_by_role("button", name="定稿并公示").click()
    li.locator("dialog").get_by_role("button", name="定稿并公示").click()
    expect(li.get_by_text("4 月 27 日 – 5 月 6 日")).to_be_visible()  # the May holiday does not count
    document = Document.objects.get()
    here = f"/records/{document.pk}"

    wu = open_as(cast.wu, phone=True)
    wu.goto(here)
    assert sideways(wu) == 0
    wu.get_by_text("提出异议").click()
    wu.locator("[name=text]").fill("验收一直是一个人签字")
    wu.get_by_role("button", name="提交异议").click()
    expect(wu.get_by_text("验收一直是一个人签字")).to_be_visible()

    li.goto(here)
    expect(li.get_by_text("一位同志，")).to_be_visible()
    li.locator("[name=text]").first.fill("已改为两人到场")
    li.get_by_role("button", name="提交答复").click()
    zhao = open_as(cast.zhao)
    zhao.goto(here)
    zhao.get_by_role("button", name="办结，不须修改").click()

    settings.QINGQU_TODAY = date(2026, 5, 7)  # the sixth morning
    li.goto(here)
    li.get_by_role("button", name="报纪委备案").click()
    li.locator("dialog").get_by_role("button", name="报纪委备案").click()
    expect(li.get_by_text("YC5Z-BA-2026-0001").first).to_be_visible()
    zhao.goto(here)
    zhao.get_by_role("button", name="接受备案").click()
    expect(zhao.get_by_text("YC5Z-HZ-2026-0001").first).to_be_visible()
    assert findings(zhao) == []
    keep_picture(zhao, "walk-filed")

    settings.QINGQU_TODAY = date(2026, 9, 7)
    actions.change(risk, {"title": "验收把关不严"}, by=cast.li)
    li.goto(f"/declarations/lists/{cast.office.pk}/")
    expect(li.get_by_text("与备案不一致，需变更备案").first).to_be_visible()
    li.get_by_role("button", name="定稿并公示").click()
    li.locator("dialog").get_by_role("button", name="定稿并公示").click()
    expect(li.locator("del", has_text="验收走过场")).to_be_visible()
    settings.QINGQU_TODAY = date(2026, 9, 30)
    li.reload()
    li.get_by_role("link", name="报变更备案").click()
    li.locator("[name=text]").fill("岗位调整")
    li.get_by_role("button", name="报纪委备案").click()
    expect(li.get_by_text("已报纪委备案，接受之前可以撤回")).to_be_visible()
    assert Filing.objects.order_by("-id")[0].kind == Filing.Kind.CHANGE


def test_a_measure_is_done_from_the_phone_and_taken_back(cast: Cast, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 4, 27)
    risk = _held(cast)
    li = open_as(cast.li, phone=True)
    li.goto("/risks/tasks")
    expect(li.get_by_text("逾期 1 天")).to_be_visible()
    assert sideways(li) == 0
    assert findings(li) == []
    li.locator("[name=note]").first.fill("盘点相符")
    li.get_by_role("button", name="登记", exact=True).first.click()
    expect(li.get_by_text("已登记，下次应执行 5 月 3 日")).to_be_visible()
    li.get_by_role("button", name="撤销").first.click()
    expect(li.get_by_text("逾期 1 天")).to_be_visible()
    assert MeasureRun.objects.get().undone_at is not None

    he = open_as(cast.he)
    he.goto("/risks/effects")
    expect(he.get_by_role("link", name="验收两人同到现场并签字")).to_be_visible()
    he.goto(f"/risks/{risk.pk}")
    expect(he.locator(".chain-link.is-dry")).to_have_count(1)
    assert findings(he) == []
    keep_picture(he, "walk-risk")
