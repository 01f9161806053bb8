"""Filling in a form and deciding on one in the browser, for whoever does it on his walk."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from qingqu.declarations.models import Declaration

OWN = "每次询价由我一人打电话记录，月底补写三家报价单，其中两家是同一老板介绍来的，科长只看最后的比价表"


def fill_group(page: Page, number: int) -> None:
    """Answer whatever the group on the screen asks."""
    if page.locator("[name$=duties]:visible").count():
        page.locator("[name$=duties]").first.fill("负责零星采购、询价、入库登记，兼任高一（3）班班主任。")
    for n, entry in enumerate(page.locator("details.risk-entry").all()):
        if entry.get_attribute("open") is None:
            entry.locator("summary").first.click()
        entry.locator("textarea[name$=manifestation]").fill(f"{OWN}，第 {number} 组第 {n + 1} 条")
        entry.locator("select[name$=cause]").select_option("discretion")
        for scale in ("likelihood", "impact"):
            box = entry.locator(f"[name$={scale}][value='3']").get_attribute("id")
            entry.locator(f"label[for='{box}']").click()
    reason = page.locator("[name$=none_reason]")
    if reason.count():
        page.locator("details.none-reason summary").click()
        reason.fill("对照十项准则逐条自查，本年度没有发生，也没有可能影响履职的往来")
    pledge = page.locator("[name$=pledged]")
    if pledge.count():
        pledge.check()


def fill_to_the_end(page: Page, answer: Callable[[Page], None] = lambda page: None) -> None:
    """Go through all groups and hand the form in; `answer` says of a group what only this form asks."""
    for number in range(1, 9):
        answer(page)
        fill_group(page, number)
        last = page.get_by_role("button", name="报送")
        is_last = last.count() > 0
        with page.expect_navigation():
            (last if is_last else page.get_by_role("button", name="保存，下一组")).click()
        if is_last:
            break


def approve(page: Page, form: Declaration) -> None:
    """Approve the form as the reader of the page, agreeing to whatever asks for it."""
    page.goto(f"/declarations/{form.pk}/review/")
    page.locator("[name=decision][value=approve]").check()
    for box in page.locator("[name=agree]").all():
        box.check()
    with page.expect_navigation():
        page.get_by_role("button", name="提交意见").click()
