"""W2: the form on the phone between two lessons, without network, and in the afternoon on the office computer."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from qingqu.declarations import actions, queries
from qingqu.declarations.models import Declaration, Item
from qingqu.organisation.models import Unit
from tests.make import make_campaign, make_power
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]
SAVED, AT_ONCE = "已自动保存", 8_000


@pytest.fixture
def form(transactional_db: None, cast: Cast, settings) -> Declaration:
    settings.QINGQU_TODAY = date(2026, 4, 20)
    return actions.start(make_campaign(cast.school), by=cast.wang)


@pytest.fixture
def item(form: Declaration) -> Item:
    return queries.draft(form).items_of("duty")[0]


def opened(page: Page, form: Declaration, item: Item) -> Page:
    page.goto("about:blank")
    page.goto(f"/declarations/{form.pk}/fill/duty#item-{item.pk}")
    return page


def state(page: Page, words: str) -> None:
    expect(page.locator("#save-state")).to_contain_text(words, timeout=AT_ONCE)


def how(page: Page, item: Item):
    return page.locator(f"[name='item-{item.pk}-manifestation']")


def hear(page: Page) -> list[str]:
    """What the browser complains of, from now on."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    return complaints


def text_of(item: Item) -> str:
    return Item.objects.get(pk=item.pk).manifestation


def test_the_page_saves_itself_and_says_why(form: Declaration, item: Item, cast: Cast, open_as: Open) -> None:
    page = opened(open_as(cast.wang, phone=True), form, item)
    expect(page.locator(f"[data-hints='{item.pk}']")).to_contain_text("与模板相似")
    how(page, item).fill("询价时由我一人打电话问一家店，报价单是事后补的")
    state(page, SAVED)
    assert text_of(item) == "询价时由我一人打电话问一家店，报价单是事后补的"
    expect(page.locator(f"[data-hints='{item.pk}']")).not_to_contain_text("相似")
    page.locator(f"label[for='id_item-{item.pk}-likelihood_4']").click()
    expect(page.locator(f"[data-level='{item.pk}']")).to_contain_text("5 × 3 = 15", timeout=AT_ONCE)
    expect(page.locator(f"[data-chip='{item.pk}']")).to_contain_text("一级")


def test_the_phone_that_comes_late_is_asked(form: Declaration, item: Item, cast: Cast, open_as: Open) -> None:
    phone = opened(open_as(cast.wang, phone=True), form, item)
    office = opened(open_as(cast.wang), form, item)
    how(office, item).fill("在办公室写的：验收时由我一人签字")
    state(office, SAVED)
    how(phone, item).fill("手机上晚到的：家长请托换座位")
    state(phone, "另一处改过")
    assert text_of(item) == "在办公室写的：验收时由我一人签字"
    phone.get_by_role("button", name="看两处的不同").click()
    expect(phone.locator("main")).to_contain_text("在办公室写的：验收时由我一人签字")
    expect(phone.locator("main")).to_contain_text("手机上晚到的：家长请托换座位")
    assert sideways(phone) <= 0
    assert findings(phone) == []
    keep_picture(phone, "w2-both-texts")
    phone.get_by_role("button", name="用本页填写的").click()
    expect(phone.locator("h1")).to_have_text("岗位工作风险")
    assert text_of(item) == "手机上晚到的：家长请托换座位"


def test_without_network_nothing_is_lost(form: Declaration, item: Item, cast: Cast, open_as: Open) -> None:
    page = opened(open_as(cast.wang, phone=True), form, item)
    network = page.context
    network.set_offline(True)
    how(page, item).fill("断网时写的：验收只由我一人签字")
    state(page, "已存在本机")
    page.get_by_role("button", name="保存，下一组").click()
    expect(page.locator("h1")).to_have_text("岗位工作风险")
    network.set_offline(False)
    state(page, SAVED)
    assert text_of(item) == "断网时写的：验收只由我一人签字"
    network.set_offline(True)
    how(page, item).fill("断网时写完就关了页面：报价单后补")
    state(page, "已存在本机")
    page.close()
    network.set_offline(False)
    again = opened(network.new_page(), form, item)
    state(again, SAVED)
    expect(how(again, item)).to_have_value("断网时写完就关了页面：报价单后补")
    assert text_of(item) == "断网时写完就关了页面：报价单后补"
    assert again.evaluate("localStorage.length") == 0


def test_pressing_while_it_saves_is_no_conflict(form: Declaration, item: Item, cast: Cast, open_as: Open) -> None:
    page = opened(open_as(cast.wang), form, item)
    how(page, item).fill("写完马上按下一组，供应商请托我先看了报价")
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="保存，下一组").click()
    expect(page.locator("h1")).to_have_text("制度机制风险")
    page.go_back()
    page.locator(f"#item-{item.pk}").evaluate("entry => { entry.open = true; }")
    expect(how(page, item)).to_have_value("写完马上按下一组，供应商请托我先看了报价")
    how(page, item).fill("返回以后再改一句，由我一人验收")
    page.get_by_role("button", name="保存，下一组").click()
    expect(page.locator("h1")).to_have_text("制度机制风险")
    assert text_of(item) == "返回以后再改一句，由我一人验收"


def test_a_step_with_a_risk_opens_its_item(form: Declaration, cast: Cast, open_as: Open) -> None:
    power = make_power(Unit.objects.get(pk=cast.office.pk), steps=6, origin="library:2026.1:P06")
    unit = actions.start_unit(cast.office, form.campaign, by=cast.li)
    page = open_as(cast.li)
    page.goto(f"/declarations/{unit.pk}/fill/power-{power.pk}")
    step = power.steps.get(order=6)
    page.locator(f"label[for='id_step-{step.pk}-has_risk_0']").click()
    expect(page.locator(f"#step-{step.pk} .risk-entry").first).to_be_visible(timeout=AT_ONCE)
    assert unit.items.filter(step=step).exists()


@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}, {"phone": True, "english": True}], ids=str)
def test_every_group_is_fit_to_be_seen(form: Declaration, cast: Cast, open_as: Open, look: dict[str, bool]) -> None:
    make_power(cast.office, steps=3)
    unit = actions.start_unit(cast.office, form.campaign, by=cast.li)
    actions_by = ((form, cast.wang), (unit, cast.li))
    wrong: dict[str, list[str]] = {}
    for declaration, person in actions_by:
        page = open_as(person, **look)
        complaints = hear(page)
        for key in queries.draft(declaration).keys:
            page.goto(f"/declarations/{declaration.pk}/fill/{key}")
            page.evaluate("() => document.querySelectorAll('main details').forEach(d => { d.open = true; })")
            found = [*complaints, *findings(page)]
            if look.get("phone") and sideways(page) > 0:
                found.append(f"scrolls sideways by {sideways(page)} px")
            if found:
                wrong[f"{declaration.kind} {key}"] = found
            keep_picture(page, f"form-{declaration.kind}-{key}-{'-'.join(look) or 'wide'}")
    assert wrong == {}
