"""W3 and W4: Li reads what waits for him, proposes another level; a review that stays late goes one level up."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from qingqu.accounts.models import User
from qingqu.declarations import review_tasks
from qingqu.declarations.models import CategoryAnswer, Declaration, ItemMeasure, StepJudgement
from qingqu.declarations.review_actions import open_route
from qingqu.library.actions import adopt_power
from qingqu.library.queries import power_template
from qingqu.organisation.models import Post
from qingqu.powers.models import Power
from qingqu.reviews.models import Review
from qingqu.risks.models import Rating, RiskPoint
from tests.make import make_appointment, make_campaign, make_declaration, make_item, make_user
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
    li.get_by_role("button", name="提交意见").click()
    expect(li.locator(".field-error").first).to_have_text("退回须写明理由")  # not without a reason
    li.locator("[name=decision][value=return]").check()
    li.locator("[name=opinion]").fill("请补充在验收环节如何发生")
    li.get_by_role("button", name="提交意见").click()
    li.goto("/reviews/")
    expect(rows).to_have_count(1)
    returned = Review.objects.get(state="returned")
    writer = open_as(returned.owner, phone=True)
    writer.goto("/")
    expect(writer.locator(".todo-row")).to_contain_text("修改被退回的个人廉政风险登记表")
    writer.goto("/declarations/")
    expect(writer.locator(".form-card")).to_contain_text("李明远退回：请补充在验收环节如何发生")


def test_li_fills_in_the_units_form_and_a_second_person_agrees(cast: Cast, open_as: Open, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 4, 24)
    make_campaign(cast.school)
    buying, canteen = (adopt_power(power_template(code), unit=cast.office, by=cast.chen) for code in ("P06", "P09"))
    Power.objects.update(state=Power.State.IN_FORCE)
    li = open_as(cast.li)
    main = li.get_by_role("main")
    li.goto("/declarations/")
    unit_card = li.locator(".form-card").filter(has_text="单位廉政风险登记表")
    unit_card.get_by_role("button", name="开始填写").click()
    expect(li.get_by_role("heading", level=1)).to_have_text("部门情况")
    li.locator("[name$=duties]").fill("负责采购、食堂、维修和资产。")
    _go_on(li)

    split = _judge(li, buying, risky=2, title="化整为零规避招标或集体决策")
    expect(split.locator("[data-level]")).to_contain_text(re.compile(r"建议定为\s*一级\s*4 × 4 = 16"))
    split.locator("textarea[name$=manifestation]").fill("同一批桌椅由我拆成两单分别审批，避开校务会集体决定")
    split.locator("summary", has_text="我认为应为其他等级").click()
    split.locator("[name$='-level']").select_option(label="二级")
    expect(split.locator("[data-level]")).to_contain_text(re.compile(r"您定为\s*二级"))
    _go_on(li)

    check = _judge(li, canteen, risky=4, title="短斤少两、以次充好、虚假入库")
    expect(check.locator(".copy-warning")).to_contain_text("例：采购询价由我一人打电话")
    check.locator("textarea[name$=manifestation]").fill("早上送菜验收时由厨师长一人过秤签收，短少的分量没有人复核")
    expect(check.locator("[data-hints]")).to_contain_text("缺前期预防与后期处置")
    check.locator(".measure-box > summary").click()
    for phase, text, often, shown in (
        ("前期预防", "验收人员每学期轮换，名单公布", "每学期", "轮换名单"),
        ("后期处置", "月末按验收单复称抽查，短少的扣款并约谈供货商", "每月", "复称抽查表"),
    ):
        measure = check.get_by_role("group", name=phase)
        measure.get_by_label("做什么").fill(text)
        measure.get_by_label("责任岗位").select_option(label="保管员")
        measure.get_by_label("频次").select_option(label=often)
        measure.get_by_label("留下什么凭证").fill(shown)
    expect(check.locator("[data-hints]")).not_to_contain_text("缺")
    assert findings(li) == []
    keep_picture(li, "w3-a-measure-after-the-fact")
    _go_on(li)

    for _category in ("思想道德风险", "岗位工作风险", "制度机制风险", "其他风险"):
        if li.locator("details.none-reason").count():
            li.locator("details.none-reason summary").click()
            li.locator("[name=none_reason]").fill("对照逐条查过，本部门本年度没有这一类的情形")
        _go_on(li)
    lacking = li.locator(".missing-list")
    expect(lacking).to_have_text("“化整为零规避招标或集体决策”的等级与规则不同，请写明理由")
    li.locator("[name$=pledged]").check()
    li.get_by_role("button", name="报送").click()
    expect(main).to_contain_text("还不能报送，请看下面缺什么")
    keep_picture(li, "w3-another-level-needs-its-reason")
    lacking.get_by_role("link").click()
    split.locator("[name$=level_reason]").fill("单笔有上限，超过的由集体决定")
    li.get_by_role("link", name="承诺与报送").click()
    li.locator("[name$=pledged]").check()
    li.get_by_role("button", name="报送").click()
    expect(main).to_contain_text("已报送，编号")
    expect(main).to_contain_text("现在在何建平处")

    form = Declaration.objects.get(person=cast.li, kind="unit")
    assert set(StepJudgement.objects.filter(has_risk=True).values_list("step__power", "step__order")) == {
        (buying.pk, 2),
        (canteen.pk, 4),
    }
    assert StepJudgement.objects.filter(has_risk=False).count() == 10
    after = ItemMeasure.objects.get(item__declaration=form, item__power=canteen, phase="post")
    assert (after.text, after.post.name, after.frequency, after.evidence_kind) == (
        "月末按验收单复称抽查，短少的扣款并约谈供货商",
        "保管员",
        "month",
        "复称抽查表",
    )
    li.goto("/reviews/")
    expect(main).to_contain_text("没有待您审核的事项")
    li.goto(f"/declarations/{form.pk}/review/")
    expect(li.get_by_role("button", name="提交意见")).to_have_count(0)  # never his own; he sees who can
    expect(main).to_contain_text("现由何建平办理（分管领导审核）")

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
    risk = RiskPoint.objects.get(power=buying)
    rating = Rating.objects.get(risk=risk)
    assert (risk.level, rating.computed_level, rating.by, rating.agreed_by) == (2, 1, cast.li, cast.he)
    li.goto(f"/risks/{risk.pk}")
    expect(li.locator(".level-reason").last).to_contain_text("第二人何建平")
    assert findings(li) == []


def _go_on(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="保存，下一组").click()


def _judge(page: Page, power: Power, *, risky: int, title: str) -> Locator:
    """Answer 有 or 无 for every step of the power on the screen; gives the entry that 有 opens."""
    expect(page.get_by_role("heading", level=1)).to_have_text(power.name)
    steps = page.locator(".step-judgement")
    expect(steps).to_have_count(power.steps.count())  # type: ignore[attr-defined]
    for number, step in enumerate(steps.all(), 1):
        if number != risky:
            step.locator("label", has_text="无").click()
    with page.expect_navigation():  # the entry opens on a page of its own accord
        steps.nth(risky - 1).locator("label", has_text="有").click()
    found = steps.nth(risky - 1).locator("details.risk-entry").filter(has_text=title)
    expect(found).to_have_attribute("open", "")
    return found


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
