"""W3 and W4: Li reads what waits for him, proposes another level; a review that stays late goes one level up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from qingqu.accounts.models import User
from qingqu.declarations import review_tasks
from qingqu.declarations.models import CategoryAnswer, Declaration, ItemMeasure, StepJudgement
from qingqu.declarations.review_actions import open_route
from qingqu.organisation.models import Post
from qingqu.reviews.models import Review
from qingqu.risks.models import Rating, RiskPoint
from tests.make import make_appointment, make_campaign, make_declaration, make_item, make_power, make_user
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways
from tests.walks.filling import approve

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

OWN = (
    "食堂早上送菜时由厨师长一人过秤签收，没有拍照",
    "开学前领用教材，学生代领不签字，剩余数量期末对不上",
    "维修师傅报多少工时就签多少，没有人到现场看过",
    "钥匙由一人保管，假期里谁进过仓库没有登记",
    "报废的桌椅由收废品的人直接拉走，过磅单后补",
)
COPIED = "每次询价由一人打电话，三家报价单都由同一商户代开"


@pytest.fixture
def seven(cast: Cast, settings: Any) -> list[Declaration]:
    """Seven forms of Li's department wait for him; the last two say the same."""
    settings.QINGQU_TODAY = date(2026, 4, 24)
    make_campaign(cast.school)
    keeper = Post.objects.get(name="保管员")
    people = [cast.wang, cast.wu, *(make_user(f"staff{n}", f"职员{n}") for n in range(5))]
    for person in people[2:]:
        make_appointment(person, keeper)
    return [_handed_in(cast, person, text) for person, text in zip(people, [*OWN, COPIED, COPIED], strict=True)]


def _handed_in(cast: Cast, person: User, text: str) -> Declaration:
    post = person.appointments.get(is_main=True).post  # type: ignore[attr-defined]
    form = make_declaration(cast.school.campaigns.get(), person, cast.office, state="in_review", sent_round=1)
    item = make_item(form, title=text[:12], manifestation=text, post=post, cause="discretion")
    for phase in ("pre", "mid", "post"):
        ItemMeasure.objects.create(item=item, phase=phase, text="两人同办并签字", evidence_kind="双签单")
    for category in ("thought", "system", "other"):
        CategoryAnswer.objects.create(declaration=form, category=category, none_reason="办事都有书面规则可依")
    open_route(form, by=person)
    return form


def test_li_reads_seven_and_approves_five_at_once(cast: Cast, seven: list[Declaration], open_as: Open) -> None:
    li = open_as(cast.li)
    li.goto("/reviews/")
    rows = li.locator(".data-table tbody tr")
    expect(rows).to_have_count(7)
    expect(rows.filter(has_text="职员3的个人登记表")).to_contain_text("与职员4的填写相似 100%")
    expect(rows.filter(has_text="职员4的个人登记表")).to_contain_text("与职员3的填写相似 100%")
    expect(li.get_by_role("checkbox")).to_have_count(5)  # the copies are read one by one
    assert findings(li) == []
    keep_picture(li, "w3-two-copies")
    for box in li.get_by_role("checkbox").all():
        box.check()
    li.get_by_label("意见").fill("属实")
    li.get_by_role("button", name="通过勾选的事项").click()
    expect(li.get_by_text("已通过 5 份")).to_be_visible()
    expect(rows).to_have_count(2)
    assert Review.objects.filter(decided_by=cast.li, state="approved", opinion="属实").count() == 5

    rows.first.get_by_role("link").click()
    expect(li.get_by_role("main")).to_contain_text("相似 100%")
    li.locator("[name=decision][value=return]").check()
    li.locator("[name=opinion]").fill("请写明您自己在哪个环节、怎样经办")
    li.get_by_role("button", name="提交意见").click()
    li.goto("/reviews/")
    expect(rows).to_have_count(1)


def test_li_proposes_a_level_and_a_second_person_agrees(cast: Cast, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 4, 24)
    form = make_declaration(make_campaign(cast.school), cast.li, cast.office, "unit", state="draft")
    power = make_power(cast.office, steps=1)
    item = make_item(
        form, title="分拆采购", manifestation="把一单拆成两单，避开集体决定", likelihood=4, impact=4, answers="11101",
        power=power, step=power.steps.get(), cause="discretion", confirmed=True,
    )  # fmt: skip
    StepJudgement.objects.create(declaration=form, step=power.steps.get(), has_risk=True)
    li = open_as(cast.li)
    li.goto(f"/declarations/{form.pk}/fill/power-{power.pk}")
    li.evaluate("() => document.querySelectorAll('main details').forEach(d => { d.open = true; })")
    li.locator(f"[name='item-{item.pk}-level']").select_option("2")
    li.locator(f"[name='item-{item.pk}-level_reason']").fill("单笔有上限，超过的由集体决定")
    with li.expect_navigation():
        li.get_by_role("button", name="保存，下一组").click()
    item.refresh_from_db()
    assert (item.level, item.level_reason) == (2, "单笔有上限，超过的由集体决定")

    Declaration.objects.filter(pk=form.pk).update(state="in_review", sent_round=1)
    form.refresh_from_db()
    open_route(form, by=cast.li)
    li.goto(f"/declarations/{form.pk}/review/")
    expect(li.get_by_role("button", name="提交意见")).to_have_count(0)  # never his own; he sees who can
    expect(li.get_by_role("main")).to_contain_text("何建平")

    he = open_as(cast.he)
    he.goto("/reviews/")
    row = he.locator(".data-table tbody tr")
    expect(row).to_contain_text("自定等级待同意")
    expect(row.get_by_role("checkbox")).to_have_count(0)
    row.get_by_role("link").click()
    expect(he.get_by_role("main")).to_contain_text("自定二级，理由：单笔有上限，超过的由集体决定")
    he.locator("[name=decision][value=approve]").check()
    he.get_by_role("button", name="提交意见").click()
    expect(he.locator(".field-error").first).to_contain_text("请勾选同意自定的等级，或者退回")
    keep_picture(he, "w3-a-second-person")
    for person in (cast.he, cast.chen, cast.qian):
        approve(open_as(person), form)
    risk = RiskPoint.objects.get()
    rating = Rating.objects.get(risk=risk)
    assert (risk.level, rating.computed_level, rating.by, rating.agreed_by) == (2, 1, cast.li, cast.he)
    li.goto(f"/risks/{risk.pk}")
    expect(li.locator(".level-reason").last).to_contain_text("第二人何建平")
    assert findings(li) == []


def test_a_review_that_stays_late_goes_one_level_up(
    cast: Cast, seven: list[Declaration], open_as: Open, settings: Any
) -> None:
    due = Review.objects.filter(state="waiting").latest("due_on").due_on
    assert due is not None
    late = 1 + cast.school.campaigns.get().escalate_days  # type: ignore[attr-defined]
    settings.QINGQU_TODAY = due + timedelta(days=late)
    he = open_as(cast.he, phone=True)
    assert review_tasks.escalate(due + timedelta(days=late - 1)) == 0
    he.goto("/messages/")
    expect(he.get_by_text("逾期未审")).to_have_count(0)
    assert review_tasks.escalate(settings.QINGQU_TODAY) == 1
    he.goto("/messages/")
    expect(he.get_by_role("main")).to_contain_text("李明远逾期未审 7 件")
    keep_picture(he, "w4-one-level-up")
    assert sideways(he) == 0
    li = open_as(cast.li)
    li.goto("/reviews/")
    expect(li.locator(".due-date.is-late").first).to_contain_text(f"逾期 {late} 天")
