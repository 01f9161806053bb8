"""W6: Zhao looks for what is not there, reads one risk from its power to its review, and takes the ledger out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from qingqu.declarations.models import CategoryAnswer, Item, ItemMeasure, StepJudgement
from qingqu.declarations.review_actions import decide_declaration, open_route
from qingqu.organisation.models import Post
from qingqu.organisation.queries import holders
from qingqu.powers.models import Power, Regulation
from qingqu.reviews.models import Review
from qingqu.risks import measures
from qingqu.risks.models import ControlMeasure, RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_campaign, make_declaration, make_item, make_measure, make_power, make_risk_point
from tests.people import Cast
from tests.walks.conftest import Open, faint, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

MISSING = {"没有风险点的岗位": 5, "未判断有无风险的环节": 11, "没有制度对应的风险点": 3, "没有凭证的措施": 8}


@pytest.fixture
def risk(cast: Cast, settings: Any) -> RiskPoint:
    """A school that lacks what MISSING counts; the risk came out of the unit's form and its review."""
    settings.QINGQU_TODAY = date(2026, 6, 15)
    power = make_power(cast.office, steps=12)
    power.steps.filter(order=7).update(name="组织验收")
    found = _reviewed(cast, power)
    book = Regulation.objects.create(school=cast.school, unit=cast.office, name="采购管理办法")
    posts = iter(Post.objects.filter(unit__school=cast.school).exclude(pk=cast.li_post.pk).order_by("pk"))
    others = list(_others(cast, posts, book))
    for late in (others[0], others[1]):
        make_measure(late, text="每周核对一次", next_due_on=date(2026, 6, 1))
    for n in range(6):
        make_measure(others[2], text=f"公开第 {n + 1} 项", evidence_kind="", next_due_on=date(2026, 7, 1))
    return found


def _reviewed(cast: Cast, power: Power) -> RiskPoint:
    """Li's form of the unit, approved on its whole way; a measure of its risk was done."""
    form = make_declaration(make_campaign(cast.school), cast.li, cast.office, "unit", state="in_review", sent_round=1)
    step = power.steps.get(order=7)
    StepJudgement.objects.create(declaration=form, step=step, has_risk=True)
    item = make_item(
        form, power=power, step=step, post=cast.li_post, title="验收走过场", manifestation="月底凭发票补签",
        answers="00000",
    )  # fmt: skip
    for phase, text in (("pre", "两人到场"), ("mid", "当日拍照"), ("post", "每季抽查")):
        ItemMeasure.objects.create(item=item, phase=phase, text=text, evidence_kind="双签单", frequency="quarter")
    for category in ("system", "other"):
        CategoryAnswer.objects.create(declaration=form, category=category, none_reason="办事都有书面规则可依")
    open_route(form, by=cast.li)
    while waiting := Review.objects.filter(state="waiting").first():
        by = waiting.reviewer or holders(cast.school, waiting.duty).first()
        decide_declaration(waiting, approve=True, opinion="属实", by=by)  # type: ignore[arg-type]
    found = Item.objects.get(pk=item.pk).risk
    assert found is not None
    measures.do(ControlMeasure.objects.get(risk=found, phase="pre"), by=cast.li, note="到货 12 件，两人清点")
    return found


def _others(cast: Cast, posts: Iterator[Post], book: Regulation) -> Iterator[RiskPoint]:
    """Four more, two of them without a regulation, each of another post."""
    for n, (level, regulation) in enumerate(((2, None), (1, None), (1, book), (3, book)), 1):
        yield make_risk_point(
            cast.office, cast.li, level=level, title=f"其它事项{n}", manifestation="只由一人经手", post=next(posts),
            regulation=regulation,
        )  # fmt: skip


def test_zhao_looks_for_what_is_not_there(cast: Cast, risk: RiskPoint, open_as: Open) -> None:
    zhao = open_as(cast.zhao)
    zhao.goto("/reports/maps")
    assert sum(map(int, zhao.locator(".heat-grid td a").all_inner_texts())) == 5
    department = zhao.get_by_role("row").filter(has_text="总务处")
    expect(department.first).to_contain_text("5")
    for gap, count in MISSING.items():
        line = zhao.locator(".gap-list li").filter(has=zhao.get_by_role("link", name=gap, exact=True))
        expect(line.locator(".figure")).to_have_text(str(count))
    assert findings(zhao) == []
    assert faint(zhao) == []
    keep_picture(zhao, "w6-points-lines-plane")

    arrived = {}
    for gap, count in MISSING.items():
        zhao.goto("/reports/maps")
        zhao.get_by_role("link", name=gap, exact=True).click()
        rows = zhao.locator(".data-table tbody tr")
        expect(rows).to_have_count(count)
        thing = rows.first.locator("td").first.inner_text().split("\n")[0]
        rows.first.get_by_role("link").click()
        arrived[gap] = thing.removeprefix("一级").removeprefix("二级").strip()
        expect(zhao.get_by_role("main")).to_contain_text(arrived[gap])
        keep_picture(zhao, f"w6-{list(MISSING).index(gap) + 1}-opened")
    assert "#m" in zhao.url  # the measure itself, on the page of its risk

    _puts_one_right(zhao)


def _puts_one_right(zhao: Page) -> None:
    """From the gap to the regulation in three presses; then one is missing less."""
    zhao.goto("/reports/maps/gaps/risks-without-regulation")
    zhao.get_by_role("link", name="对应制度").first.click()
    zhao.get_by_role("link", name="未关联").click()
    zhao.get_by_label("关联制度").select_option(label="采购管理办法")
    zhao.get_by_role("button", name="保存").click()
    expect(zhao.locator(".fact-list")).to_contain_text("采购管理办法")
    zhao.goto("/reports/maps/gaps/risks-without-regulation")
    expect(zhao.locator(".data-table tbody tr")).to_have_count(2)


def test_one_risk_from_its_power_to_its_review(cast: Cast, risk: RiskPoint, open_as: Open) -> None:
    zhao = open_as(cast.zhao)
    zhao.goto("/reports/ledger")
    rows = zhao.locator(".ledger-table tbody tr")
    levels = [text.strip()[:2] for text in rows.locator(".cell-level").all_inner_texts()]
    assert levels == ["一级", "一级", "二级", "二级", "三级"]
    expect(zhao.locator(".ledger-table tr.is-late")).to_have_count(2)
    zhao.get_by_role("searchbox").fill("验收")
    zhao.get_by_role("button", name="查找").click()
    expect(rows).to_have_count(1)
    keep_picture(zhao, "w6-searched")
    rows.get_by_role("link", name="验收走过场").click()

    chain = zhao.locator(".chain-track .chain-name").all_inner_texts()
    assert chain[:4] == ["限额以下物资与服务采购", "组织验收", "验收走过场", "3 项措施"]
    assert chain[4] == "1 / 3 项有凭证"
    expect(zhao.locator("#measures")).to_be_visible()
    told = zhao.locator(".history-list")
    expect(told.first).to_contain_text("李明远 登记了风险点")
    expect(told.first).to_contain_text("的措施执行：两人到场")
    expect(told.first).to_contain_text("钱志远 登记了风险点")
    review = zhao.get_by_role("region", name="登记表审核")
    expect(review).to_contain_text("何建平 在“分管领导审核”环节通过了登记表")
    expect(review).to_contain_text("陈思 在“党办收件”环节通过了登记表")
    assert findings(zhao) == []
    keep_picture(zhao, "w6-one-risk")
    review.get_by_role("link", name="看登记表").click()
    expect(zhao.get_by_role("main")).to_contain_text("验收走过场")

    wu = open_as(cast.wu, phone=True)  # may see the unit's risk, has nothing to do with the form
    wu.goto(f"/risks/{risk.pk}")
    expect(wu.get_by_role("region", name="登记表审核")).to_contain_text("何建平")
    expect(wu.get_by_role("link", name="看登记表")).to_have_count(0)
    assert sideways(wu) == 0


def test_the_ledger_goes_out_and_comes_back(cast: Cast, risk: RiskPoint, open_as: Open, tmp_path: Path) -> None:
    zhao = open_as(cast.zhao)
    zhao.goto("/reports/ledger")
    with zhao.expect_download() as download:
        zhao.get_by_role("link", name="导出 Excel").click()
    file = tmp_path / download.value.suggested_filename
    book = openpyxl.load_workbook(BytesIO(download.value.path().read_bytes()))
    assert [row[0].value for row in book.active.iter_rows() if str(row[0].value).startswith("FXD-")]  # type: ignore[union-attr]
    book.save(file)  # written anew by another program, as after opening it in a spreadsheet
    before = Entry.objects.filter(act__startswith="risks.").count()

    zhao.goto("/reports/downloads")
    zhao.locator("input[type=file]").set_input_files(file)
    zhao.get_by_role("button", name="比对").click()
    expect(zhao.get_by_role("heading", level=1)).to_have_text("没有变化")
    expect(zhao.get_by_role("main")).to_contain_text("共 5 行，5 行与台账相同")
    keep_picture(zhao, "w6-nothing-changed")
    assert findings(zhao) == []
    assert Entry.objects.filter(act__startswith="risks.").count() == before
    assert Entry.objects.filter(act="reports.compared").count() == 1
