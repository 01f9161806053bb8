"""The four forms on paper: their fields, who gets what, and that the files open."""

from datetime import date
from io import BytesIO

import docx
import openpyxl
import pytest
from django.urls import reverse

from qingqu.common.papers.content import Meta, Signatures, Table
from qingqu.common.papers.word import render_docx
from qingqu.declarations import documents, paper_queries
from qingqu.declarations import review_actions as ra
from qingqu.declarations.models import CategoryAnswer, Declaration, ItemMeasure
from qingqu.reviews.models import Review
from qingqu.trace.models import Entry
from tests.make import make_campaign, make_declaration, make_item, make_power


@pytest.fixture(autouse=True)
def _in_april(settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)


def make_form(cast, kind="personal", person="wang") -> Declaration:
    campaign = cast.school.campaigns.first() or make_campaign(cast.school)
    declaration = make_declaration(
        campaign,
        getattr(cast, person),
        cast.office,
        kind,
        state="in_review",
        sent_round=1,
        number="YC5Z-GRDJ-2026-0031",
        duties="采购与询价",
        political_status="群众",
    )
    power = make_power(cast.office)
    item = make_item(declaration, power=power, step=power.steps.first(), post=cast.wang_post, cause="discretion")
    for phase in ("pre", "mid", "post"):
        ItemMeasure.objects.create(
            item=item, phase=phase, text=f"{phase}措施", evidence_kind="轮换表", frequency="month"
        )
    if kind == "personal":
        make_item(declaration, "thought", title="碍于情面", manifestation="毕业季家长邀请，推辞不坚决")
    CategoryAnswer.objects.create(declaration=declaration, category="other", none_reason="没有在校外兼职")
    ra.open_route(declaration, by=declaration.person)
    return declaration


def approve(declaration):
    while row := Review.objects.filter(subject_id=declaration.pk, state="waiting").first():
        by = row.reviewer or row.school.duties_held.filter(kind=row.duty).first().person
        ra.decide_declaration(row, approve=True, opinion=f"{row.get_stage_display()}同意", by=by)
    declaration.refresh_from_db()


def table_of(paper, number=0) -> Table:
    return [block for block in paper.blocks if isinstance(block, Table)][number]


def labels(paper) -> list[str]:
    return [label for block in paper.blocks if isinstance(block, Meta) for label, _ in block.pairs]


def test_fields_of_the_unit_registration(cast):
    paper = documents.registration(paper_queries.form_on_paper(make_form(cast, "unit", "li"), cast.chen))
    assert paper.landscape
    for label in (
        "单位（部门）",
        "填报年度",
        "第一责任人",
        "部门职责",
        "权力事项数",
        "岗位数/人数",
        "填表人",
        "填报日期",
        "党办收件号",
    ):
        assert label in labels(paper)
    assert [column.title for column in table_of(paper).columns] == [
        *("序号", "权力（业务）事项", "流程环节", "涉及岗位", "风险类别", "风险点", "表现形式", "成因"),
        *("机率", "危害", "等级", "拟采取措施", "责任人", "责任领导"),
    ]
    row = table_of(paper).rows[0]
    assert row[10:] == ["二级", "1. pre措施\n2. mid措施\n3. post措施", "李明远", "何建平"]


def test_fields_of_the_personal_registration(cast):
    declaration = make_form(cast)
    approve(declaration)
    paper = documents.registration(paper_queries.form_on_paper(declaration, cast.wang))
    assert (paper.landscape, paper.compact) == (False, True)
    for label in ("姓名", "部门、支部", "职务/岗位", "岗位类别", "政治面貌", "任现岗时间", "岗位职责"):
        assert label in labels(paper)
    assert [row[0] for row in table_of(paper).rows] == ["思想道德", "岗位工作", "其他"]
    (signs,) = [block for block in paper.blocks if isinstance(block, Signatures)]
    assert [sign.label[:4] for sign in signs.signs] == ["本人签字", "部门审核", "分管领导", "纪委备案"]
    assert signs.signs[1].text == "部门审核同意"
    assert not any(sign.name or sign.day for sign in signs.signs)


def test_fields_of_the_unit_control_form(cast):
    declaration = make_form(cast, "unit", "li")
    approve(declaration)
    paper = documents.control(paper_queries.held_on_paper(declaration, cast.chen))
    titles = [c.title for c in (*table_of(paper).columns, *table_of(paper, 1).columns)]
    for title in (
        "权力依据",
        "前期预防",
        "中期监控",
        "后期处置",
        "措施频次",
        "执行凭证",
        "关联制度",
        "公开方式/范围",
        "预警指标",
        "残余等级",
    ):
        assert title in titles
    assert {"备案号", "版本"} <= set(labels(paper))
    assert table_of(paper, 1).rows[0][2:7] == ["pre措施", "mid措施", "post措施", "每月", "轮换表"]


def test_fields_of_the_personal_control_form(cast):
    declaration = make_form(cast)
    approve(declaration)
    paper = documents.control(paper_queries.held_on_paper(declaration, cast.wang))
    assert not paper.landscape
    assert {"监督人", "互查人", "半年自查", "年终自查", "变更记录"} <= set(labels(paper))
    assert table_of(paper).columns[-1].title == "措施成效"


@pytest.mark.parametrize(
    ("name", "seen"), [("wang", True), ("li", True), ("zhao", True), ("he", False), ("chen", False)]
)
@pytest.mark.parametrize("kind", ["registration", "control"])
def test_thoughts_are_printed_for_four_only(client, cast, name, seen, kind):
    declaration = make_form(cast)
    approve(declaration)
    client.force_login(getattr(cast, name))
    text = client.get(reverse("declarations:paper", args=[declaration.pk, kind, "print"])).content.decode()
    assert ("碍于情面" in text) is seen
    assert ("本表未列出" in text) is not seen


def test_word_and_excel_open(client, cast):
    declaration = make_form(cast)
    client.force_login(cast.li)
    answer = client.get(reverse("declarations:paper", args=[declaration.pk, "registration", "docx"]))
    words = docx.Document(BytesIO(answer.content))
    assert any("座位调整照顾关系户" in cell.text for t in words.tables for row in t.rows for cell in row.cells)
    answer = client.get(reverse("declarations:paper", args=[declaration.pk, "registration", "xlsx"]))
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert any("座位调整照顾关系户" in str(cell.value) for row in sheet for cell in row)
    acts = list(Entry.objects.filter(act="declarations.exported").values_list("obj", flat=True))
    assert acts == ["declarations.registration:"] * 2


@pytest.mark.parametrize(
    ("name", "kind", "fmt", "status"),
    [
        ("zhou", "registration", "docx", 404),
        ("wu", "registration", "print", 404),
        ("li", "registration", "pdf", 404),
        ("li", "pledge", "docx", 404),
        ("li", "control", "docx", 403),
        ("wang", "registration", "docx", 200),
    ],
)
def test_who_gets_a_paper(client, cast, name, kind, fmt, status):
    declaration = make_form(cast)
    client.force_login(getattr(cast, name))
    assert client.get(reverse("declarations:paper", args=[declaration.pk, kind, fmt])).status_code == status


def test_papers_are_chinese_for_an_english_reader(client, cast):
    cast.li.language = "en"
    cast.li.save()
    declaration = make_form(cast)
    client.force_login(cast.li)
    text = client.get(
        reverse("declarations:paper", args=[declaration.pk, "registration", "print"]), headers={"accept-language": "en"}
    ).content.decode()
    assert "岗位工作" in text
    assert "二级" in text


def test_reading_costs_the_same_for_few_items_and_many(cast, django_assert_num_queries):
    declaration = make_form(cast)
    for n in range(20):
        make_item(declaration, title=f"第{n}项")
    with django_assert_num_queries(8):
        paper_queries.form_on_paper(declaration, cast.wang)
    assert render_docx(documents.registration(paper_queries.form_on_paper(declaration, cast.wang)))


@pytest.mark.parametrize(
    ("person", "watcher"),
    [("wang", "李明远"), ("li", "何建平")],
    ids=["a colleague: his head", "the head himself: the leader in charge"],
)
def test_who_watches_over_the_measures(cast, person, watcher):
    declaration = make_form(cast, person=person)
    approve(declaration)
    paper = documents.control(paper_queries.held_on_paper(declaration, cast.qian))
    pairs = dict(pair for block in paper.blocks if isinstance(block, Meta) for pair in block.pairs)
    assert pairs["监督人"] == watcher
