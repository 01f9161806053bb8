"""From a form on the phone to the ledger, in a real browser (W2, W3)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from qingqu.accounts.models import User
from qingqu.declarations.models import Declaration
from qingqu.risks.models import RiskPoint
from tests.make import make_campaign
from tests.people import Cast
from tests.walks.conftest import Open, keep_picture
from tests.walks.filling import OWN, approve, fill_to_the_end

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

COPIED = "与模板相似"


def sign(page: Page, person: User, password: str) -> None:
    page.goto("/accounts/sign-in")
    page.get_by_label("登录名").fill(person.username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def test_from_the_phone_to_the_ledger(cast: Cast, open_as: Open) -> None:
    make_campaign(cast.school, due_on=date(2027, 4, 30))
    cast.wang.set_password("Bamboo-2026-green")
    cast.wang.save(update_fields=["password"])

    wang = open_as(phone=True)
    sign(wang, cast.wang, "Bamboo-2026-green")
    expect(wang.get_by_role("heading", level=1)).to_have_text("我的待办")
    card = wang.locator(".todo-row").filter(has_text="个人廉政风险登记表")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("4 月 30 日")
    expect(card).to_contain_text("约 8 分钟")
    wang.get_by_role("link", name="填写个人廉政风险登记表").first.click()
    wang.get_by_role("button", name="开始填写").click()
    _warns_of_copying(wang)
    fill_to_the_end(wang)
    form = Declaration.objects.get(person=cast.wang)
    assert form.state == "in_review", wang.locator("main").inner_text()
    main = wang.get_by_role("main")  # who has it now, and until when
    expect(main).to_contain_text("李明远")
    expect(main).to_contain_text(re.compile(r"\d+ 月 \d+ 日前"))
    keep_picture(wang, "walk-wang-handed-in")

    li = open_as(cast.li)
    li.goto("/reviews/")
    li.get_by_role("link", name="王雨桐").first.click()
    li.locator("[name=decision][value=return]").check()
    li.locator("[name=marked]").first.check()
    li.get_by_role("button", name="提交意见").click()
    expect(li.locator(".field-error").first).to_be_visible()  # a return needs its reason
    li.locator("[name=opinion]").fill("请补充在验收环节如何发生")
    li.get_by_role("button", name="提交意见").click()
    form.refresh_from_db()
    assert form.state == "returned"

    wang.goto("/declarations/")
    expect(wang.get_by_text("请补充在验收环节如何发生").first).to_be_visible()
    wang.get_by_role("link", name="去修改").click()
    wang.goto(f"/declarations/{form.pk}/fill/send")
    wang.get_by_role("button", name="报送").click()

    for person in (cast.li, cast.he, cast.chen):
        approve(open_as(person), form)
    form.refresh_from_db()
    assert form.state == "approved"
    held = RiskPoint.objects.filter(person=cast.wang)
    assert held.count() == form.items.count() > 0

    chen = open_as(cast.chen)
    chen.goto("/reports/ledger?q=询价")
    expect(chen.locator(".ledger-table tbody tr").first).to_be_visible()
    keep_picture(chen, "walk-ledger")

    zhou = open_as(cast.zhou)
    for address in (f"/declarations/{form.pk}/", f"/risks/{held[0].pk}", f"/declarations/{form.pk}/review/"):
        answer = zhou.goto(address)
        assert answer is not None
        assert answer.status in (403, 404)
    zhou.goto("/reports/ledger?q=询价")
    assert zhou.locator(".ledger-table tbody tr a").count() == 0


def _warns_of_copying(page: Page) -> None:
    """Left as the template has it, the page says so while one types; an own sentence takes the warning away."""
    page.goto(page.url.rsplit("/", 1)[0] + "/duty")
    entry = page.locator("details.risk-entry").first
    if entry.get_attribute("open") is None:
        entry.locator("summary").first.click()
    words = entry.locator("textarea[name$=manifestation]")
    template = words.input_value()
    words.fill(template + "。")
    expect(entry.get_by_text(COPIED)).to_be_visible()
    words.fill(OWN)
    expect(entry.get_by_text(COPIED)).to_have_count(0)
    page.goto(page.url.rsplit("/", 1)[0] + "/basic")
