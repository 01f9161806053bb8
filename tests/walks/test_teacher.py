"""W2: Wang, who teaches and is a class teacher, fills in between two lessons and hands in; who reads it then."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from qingqu.declarations.models import CategoryAnswer, Declaration, Item
from qingqu.declarations.review_actions import decide_declaration
from qingqu.organisation.models import Post
from qingqu.reviews.models import Review
from qingqu.risks.models import RiskPoint
from tests.make import make_campaign
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

SEATS = "座位、班干、评优、资助评议不公"
OWN = "月考后调座位时，我先看家长的请求，轮换表没有贴在教室里"
SECRET = "暑假里邻居请我给他家孩子补数学，我收下了一箱海鲜"


@pytest.fixture
def april(cast: Cast, settings: Any) -> Cast:
    """The year is open, ten days are left; Wang's main post is to teach."""
    settings.QINGQU_TODAY = date(2026, 4, 20)
    make_campaign(cast.school)
    Post.objects.filter(pk=cast.wang_post.pk).update(name="任课教师", template_code="G16")
    return cast


def entry(page: Page, title: str) -> Locator:
    """The entry of a risk, unfolded."""
    found = page.locator("details.risk-entry").filter(has_text=title)
    if found.get_attribute("open") is None:
        found.locator("summary").first.click()
    return found


def keep(page: Page, *titles: str) -> None:
    for title in titles:
        entry(page, title).get_by_label("我已看过，按此保留").check()


def go_on(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="保存，下一组").click()


def test_wang_fills_in_on_the_phone_and_hands_in(april: Cast, open_as: Open) -> None:
    phone = open_as(april.wang, phone=True)
    main = phone.get_by_role("main")
    phone.goto("/")
    card = main.locator(".todo-row").filter(has_text="个人廉政风险登记表")
    expect(card).to_have_count(1)
    for words in ("约 8 分钟", "4 月 30 日"):
        expect(card).to_contain_text(words)
    keep_picture(phone, "w2-one-card")
    card.get_by_role("link", name="填写").last.click()
    expect(main.locator(".form-card")).to_have_count(1)
    phone.get_by_role("button", name="开始填写").click()
    phone.locator("[name$=duties]").fill("教高一数学，兼高一（3）班班主任。")
    go_on(phone)

    phone.locator("textarea[name$=manifestation]").fill(SECRET)
    go_on(phone)

    expect(phone.locator("details.risk-entry")).to_have_count(3)  # one of teaching, two of the class teacher
    seats = entry(phone, SEATS)
    how, hints = seats.locator("textarea[name$=manifestation]"), seats.locator("[data-hints]")
    expect(how).to_have_value(SEATS)
    how.fill(f"{SEATS}平")
    expect(hints).to_contain_text(re.compile(r"与模板相似 9\d%，请写明在哪个环节、由谁、怎样发生"))
    keep_picture(phone, "w2-too-like-the-template")
    how.fill(OWN)
    seats.locator("select[name$=cause]").select_option("discretion")
    expect(hints).not_to_contain_text("相似")
    expect(hints.locator(".is-yes", has_text="准")).to_have_count(1)
    expect(hints.locator(".is-yes", has_text="深")).to_contain_text("写明了在哪个环节、由谁、怎样发生")
    expect(hints.locator(".is-no")).to_have_count(0)
    level = seats.locator("[data-level]")
    expect(level).to_contain_text(re.compile(r"建议定为\s*二级\s*3 × 3 = 9"))
    expect(level).to_contain_text("机率 3（有可能）× 危害 3（较重）= 9，8 及以上为二级")
    expect(level).to_contain_text("可借工作便利影响结果")
    keep(phone, "班费与代收款", "推销教辅")
    keep_picture(phone, "w2-his-own-sentence")
    assert findings(phone) == []

    office = open_as(april.wang)  # in the afternoon, on the computer of the office
    form = Declaration.objects.get(person=april.wang)
    office.goto(f"/declarations/{form.pk}/fill/duty")
    expect(entry(office, SEATS).locator("textarea[name$=manifestation]")).to_have_value(OWN)

    go_on(phone)
    phone.get_by_role("button", name="本类没有风险，说明理由").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("为什么没有制度机制风险？")
    expect(main).to_contain_text("批改命题保密不严")
    assert sideways(phone) == 0
    assert findings(phone) == []
    keep_picture(phone, "w2-none-of-this-kind")
    phone.get_by_label("本类没有风险的理由").fill("命题和阅卷由教务处统一组织，我不经手")
    go_on(phone)
    keep(phone, "收受、索要家长财物与宴请")
    go_on(phone)
    expect(main).to_contain_text("各组均已填好")
    in_english = open_as(april.wang, phone=True, english=True)
    in_english.goto(f"/declarations/{form.pk}/fill/send")
    expect(in_english.get_by_role("button", name="Hand in", exact=True)).to_be_visible()
    keep_picture(in_english, "w2-ready-to-hand-in-english")
    phone.locator("[name$=pledged]").check()
    phone.get_by_role("button", name="报送").click()
    expect(main).to_contain_text("已报送，编号")
    expect(main).to_contain_text(re.compile(r"现在在李明远处，\d+ 月 \d+ 日起，4 月 23 日前办理"))
    holder = phone.get_by_text("现在在李明远处").first.bounding_box()
    assert holder is not None
    assert holder["y"] < 844  # seen without scrolling
    assert sideways(phone) == 0
    keep_picture(phone, "w2-who-has-it-now")
    phone.goto("/")
    expect(main.locator(".todo-row")).to_have_count(0)  # nothing waits for him any more

    items = Item.objects.filter(declaration=form)
    kept = {"推销教辅文具与线上课程", "班费与代收款", "收受、索要家长财物与宴请"}
    assert set(items.filter(confirmed=True).values_list("title", flat=True)) == kept
    assert set(items.filter(confirmed=False).values_list("manifestation", flat=True)) == {SECRET, OWN}
    answer = CategoryAnswer.objects.get(declaration=form)
    assert (answer.category, answer.none_reason) == ("system", "命题和阅卷由教务处统一组织，我不经手")

    expected = {"wang", "li", "zhao", "qian"}
    pages = (f"/declarations/{form.pk}/", f"/declarations/{form.pk}/review/", f"/api/v1/declarations/{form.pk}")
    paper = f"/declarations/{form.pk}/paper/registration.print"
    assert who_reads(april, SECRET, (*pages, paper)) == expected
    assert who_reads(april, OWN, pages) == {*expected, "he", "chen", "sun"}  # those who review it, and the principal
    for review in iter(lambda: Review.objects.filter(state="waiting").order_by("turn").first(), None):
        by = review.reviewer or april.chen
        decide_declaration(review, approve=True, opinion="同意", by=by)
    risk = RiskPoint.objects.get(person=april.wang, category="thought")
    assert risk.manifestation == SECRET
    lists = (
        *(
            "/reports/ledger?q=海鲜",
            "/reports/export/ledger.csv",
            "/reports/maps",
            "/reports/downloads",
            "/api/v1/ledger",
        ),
        *(
            f"/risks/{risk.pk}",
            f"/api/v1/risk-points/{risk.pk}",
            "/api/v1/risk-points?q=海鲜",
            "/",
            "/reviews/",
            "/messages/",
        ),
    )
    assert who_reads(april, SECRET, (*pages, *lists)) == expected
    assert who_reads(april, SECRET, ("/reports/ledger?q=海鲜",)) == set()  # a list names the risk, not its story
    assert who_reads(april, risk.title, ("/reports/ledger?q=海鲜",)) == expected
    assert who_reads(april, risk.title, (*pages, *lists)) == expected
    colleague = open_as(april.wu)
    colleague.goto("/reports/ledger?q=海鲜")
    expect(colleague.locator(".ledger-table tbody tr")).to_have_count(0)
    head = open_as(april.li)
    head.goto("/reports/ledger?q=海鲜")
    expect(head.locator(".ledger-table tbody tr")).to_contain_text("有偿补课、校外兼职")


def who_reads(cast: Cast, words: str, addresses: Iterable[str]) -> set[str]:
    """Of the cast and a stranger, whose pages say `words` anywhere."""
    found = set()
    for name, person in [*cast.everyone.items(), ("nobody", None)]:
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person)
        for address in addresses:
            if words in client.get(address, follow=True).getvalue().decode("utf-8", "replace"):
                found.add(name)
    return found
