"""W8: measures become work — done in a sentence or a photo, amber where they are skipped, judged at the check."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from qingqu.records.models import Attachment
from qingqu.risks.keeping import keep
from qingqu.risks.models import ControlMeasure, MeasureRun, RiskPoint
from tests.make import make_campaign, make_measure, make_power, make_risk_point
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

STOCKTAKING = "盘点库存，与台账核对并两人签字"
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


@pytest.fixture
def risk(cast: Cast, settings: Any) -> RiskPoint:
    """The store's risk, level 1, with measures in all three phases: Wu, who keeps the store, counts every week."""
    settings.QINGQU_TODAY = date(2026, 5, 11)  # a Monday
    make_campaign(cast.school)
    power = make_power(cast.office)
    found = make_risk_point(
        cast.office, cast.li, level=2, title="出入库账实不符", power=power, step=power.steps.first()
    )
    make_measure(
        found, "mid", text=STOCKTAKING, owner=cast.wu, frequency="week", evidence_kind="盘点表",
        next_due_on=date(2026, 5, 17),
    )  # fmt: skip
    make_measure(found, "post", text="每月抽查一次出库单", frequency="month", next_due_on=date(2026, 5, 31))
    return found


def test_every_monday_one_task_done_in_twenty_seconds(
    cast: Cast, risk: RiskPoint, open_as: Open, settings: Any
) -> None:
    wu = open_as(cast.wu, phone=True)
    settings.QINGQU_TODAY = date(2026, 5, 11)
    wu.goto("/")
    expect(wu.locator(".todo-row").filter(has_text=STOCKTAKING)).to_have_count(1)
    wu.locator(".todo-row").filter(has_text=STOCKTAKING).get_by_role("link").last.click()
    expect(wu.locator(".task-row")).to_have_count(1)
    wu.locator(".task-row [name=note]").fill("账实相符，差 0 件")
    wu.get_by_role("button", name="登记", exact=True).click()
    expect(wu.get_by_text("下次应执行 5 月 24 日")).to_be_visible()
    assert sideways(wu) == 0
    wu.goto("/risks/tasks")
    expect(wu.locator(".task-row")).to_have_count(0)  # done: nothing more this week

    settings.QINGQU_TODAY = date(2026, 5, 18)  # the next Monday: a photo is enough
    wu.goto("/risks/tasks")
    expect(wu.locator(".task-row")).to_have_count(1)
    wu.locator(".task-row input[type=file]").set_input_files(
        {"name": "盘点.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    )
    keep_picture(wu, "w8-one-task")
    wu.get_by_role("button", name="登记", exact=True).click()
    expect(wu.get_by_text("下次应执行 5 月 31 日")).to_be_visible()
    assert MeasureRun.objects.filter(measure__text=STOCKTAKING, undone_at=None).count() == 2
    assert Attachment.objects.get().name == "盘点.jpg"
    wu.goto("/risks/tasks")
    expect(wu.get_by_role("link", name="盘点.jpg")).to_be_visible()
    assert findings(wu) == []


def test_skipped_for_a_month_it_is_amber_everywhere(cast: Cast, risk: RiskPoint, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 6, 30)
    ControlMeasure.objects.filter(text=STOCKTAKING).update(next_due_on=date(2026, 7, 5))
    keep([risk.pk])
    li = open_as(cast.li)
    li.goto("/reports/ledger")
    row = li.locator(".ledger-table tbody tr").filter(has_text="出入库账实不符")
    expect(row).to_have_class("is-late")
    expect(row).to_contain_text("逾期 30 天")
    assert _mark(row) != _mark(li.locator(".ledger-table thead tr"))
    li.locator(".filter-chip", has_text="逾期").click()
    expect(li.locator(".ledger-table tbody tr")).to_have_count(1)
    keep_picture(li, "w8-amber-in-the-ledger")

    for person in (cast.sun, cast.zhao):
        for phone in (False, True):
            page = open_as(person, phone=phone)
            page.goto("/")
            beside = page.get_by_role("region", name="逾期的措施")
            expect(beside).to_contain_text("每月抽查一次出库单")
            expect(beside).to_contain_text("逾期 30 天")
            page.get_by_role("link", name="一岗双责").first.click()
            late = page.get_by_role("region", name="逾期的措施")
            expect(late).to_contain_text("每月抽查一次出库单")
            expect(late.locator(".due-date.is-late")).to_contain_text("逾期 30 天")
            expect(page.get_by_role("row").filter(has_text="总务处").first.locator(".is-late")).to_have_text("1")
            assert sideways(page) == 0
            assert findings(page) == []
            keep_picture(page, f"w8-late-{person.username}-{'phone' if phone else 'wide'}")


def test_the_effect_is_judged_and_the_level_stays(cast: Cast, risk: RiskPoint, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 12, 3)
    li = open_as(cast.li)
    li.goto(f"/risks/{risk.pk}")
    expect(li.get_by_role("link", name="评价成效")).to_have_count(0)  # not his to judge

    zhao = open_as(cast.zhao)
    zhao.goto(f"/risks/{risk.pk}")
    zhao.get_by_role("link", name="评价成效").click()
    expect(zhao.get_by_role("heading", level=1)).to_have_text("措施见效了吗")
    for choice in zhao.get_by_role("radio", name="部分有效").all():
        choice.check()
    zhao.get_by_role("radio", name="二级").check()
    zhao.locator("[name=note]").fill("盘点常有，抽查缺了一个月")
    zhao.get_by_role("button", name="保存评价").click()
    expect(zhao.get_by_text("已评价", exact=True)).to_be_visible()
    risk.refresh_from_db()
    assert (risk.level, risk.residual_level) == (2, 2)
    assert set(risk.measures.values_list("effect", flat=True)) == {"partly"}
    main = zhao.get_by_role("main")
    expect(main).to_contain_text("部分有效")
    expect(main.locator(".history-list")).to_contain_text("盘点常有，抽查缺了一个月")
    assert findings(zhao) == []
    keep_picture(zhao, "w8-judged")
    zhao.goto("/risks/effects?tab=effect")
    expect(zhao.get_by_role("row").filter(has_text="出入库账实不符")).to_contain_text("二级")


def _mark(row: Any) -> str:
    """What the first cell of a row carries on its left side."""
    cell = row.locator("td, th").first
    return str(
        cell.evaluate(
            "c => [c, c.parentElement].map(e => getComputedStyle(e).boxShadow + getComputedStyle(e).borderLeft).join()"
        )
    )
