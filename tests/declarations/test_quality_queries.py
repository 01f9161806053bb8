"""Comparison with template, last year and colleagues: who sees what, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.declarations import quality_queries
from qingqu.declarations.models import CategoryAnswer, Item
from qingqu.declarations.quality_panel import panel
from qingqu.declarations.queries import draft
from tests.make import make_campaign, make_declaration, make_item, make_user

COPIED = "月考后班主任一人调整座位，个别家长事先请托，轮换表未张贴"


@pytest.fixture
def campaign(cast):
    return make_campaign(cast.school)


def form(cast, campaign, person="wang", **fields):
    return make_declaration(campaign, getattr(cast, person), cast.office, sent_round=1, state="in_review", **fields)


def said(declaration, reader) -> str:
    return "\n".join(
        line.text for letter in panel(quality_queries.findings_of(declaration, reader)) for line in letter.lines
    )


def test_the_writer_does_not_learn_whose_text_it_is(cast, campaign):
    mine, hers = form(cast, campaign), form(cast, campaign, "wu")
    for declaration in (mine, hers):
        make_item(declaration, manifestation=COPIED, post=cast.wang_post)
    assert "与一位同事的填写相似 100%" in said(mine, cast.wang)
    assert "吴晓" not in said(mine, cast.wang)
    assert "与吴晓的填写相似 100%" in said(mine, cast.li)


def test_drafts_are_not_compared_with(cast, campaign):
    mine = form(cast, campaign)
    draft = make_declaration(campaign, cast.wu, cast.office)
    for declaration in (mine, draft):
        make_item(declaration, manifestation=COPIED)
    assert "相似 100%" not in said(mine, cast.li)


def test_the_template_is_named(cast, campaign):
    mine = form(cast, campaign)
    make_item(
        mine,
        manifestation="座位、班干、评优、资助评议不公的情况",
        origin="template",
        origin_text="座位、班干、评优、资助评议不公",
    )
    assert "与模板相似 100%，请写明在哪个环节、由谁、怎样发生" in said(mine, cast.wang)


def test_last_year_is_a_mild_word(cast, campaign):
    last = make_campaign(cast.school, 2025)
    make_item(form(cast, last), manifestation=COPIED)
    last.declarations.update(state="approved")
    mine = form(cast, campaign)
    make_item(mine, manifestation=COPIED, post=cast.wang_post)
    findings = quality_queries.findings_of(mine, cast.wang)
    assert "与去年相似 100%" in said(mine, cast.wang)
    assert findings.items[0].copied is None


def test_thoughts_of_others_are_compared_only_for_who_may_see_them(cast, campaign):
    mine, hers = form(cast, campaign), form(cast, campaign, "wu")
    for declaration in (mine, hers):
        make_item(declaration, "thought", manifestation=COPIED)
    assert "相似 100%" not in said(mine, cast.wang)
    assert "与吴晓的填写相似 100%" in said(mine, cast.zhao)
    assert "相似 100%" not in said(mine, cast.he)
    findings = quality_queries.findings_of(mine, cast.he)
    assert (findings.items, findings.restricted) == ([], True)


def test_key_posts_and_steps_must_be_spoken_of(cast, campaign):
    cast.wang_second_post.is_key = True
    cast.wang_second_post.save()
    mine = form(cast, campaign)
    make_item(mine, post=cast.wang_post)
    assert "没有填写：班主任" in said(mine, cast.li)
    make_item(mine, post=cast.wang_second_post, title="评优")
    assert "1 个重点岗位和关键环节均已判断" in said(mine, cast.li)


def test_while_typing(cast, campaign):
    mine = form(cast, campaign)
    item = make_item(mine, manifestation="", origin="template", origin_text=COPIED, post=cast.wang_post)
    hints = quality_queries.hints_while_typing(mine, item, COPIED, cast.wang)
    assert any("与模板相似 100%" in hint.text for hint in hints if not hint.ok)
    assert Item.objects.get().manifestation == ""


def test_constant_statements_and_a_quick_answer_for_a_school(cast, campaign):
    def count(declarations) -> int:
        with CaptureQueriesContext(connection) as seen:
            quality_queries.survey(declarations, cast.li)
        return len(seen)

    first = form(cast, campaign)
    make_item(first, manifestation=COPIED)
    count([first])  # who Li is, is asked once
    few = count([first])
    many = []
    for n in range(40):
        other = make_declaration(campaign, make_user(), cast.office, sent_round=1, state="in_review")
        for k in range(6):
            make_item(other, manifestation=f"第{n}次采购由保管员{k}一人验收，没有打开箱子点数，签字{n * k}")
        many.append(other)
    assert count([first, *many[:24]]) == few


def test_how_thoughts_were_answered_is_not_told_either(cast, campaign):
    mine, hers = form(cast, campaign), form(cast, campaign, "wu")
    make_item(mine, "thought")
    CategoryAnswer.objects.create(declaration=hers, category="thought", none_reason="本人没有这方面的情况")
    assert said(mine, cast.he) == said(hers, cast.he)
    assert said(mine, cast.li) != said(hers, cast.li)


@pytest.mark.parametrize("name", ["wang", "li", "he"])
def test_beside_the_inputs_stands_what_the_whole_page_says(cast, campaign, name):
    mine, hers = form(cast, campaign), form(cast, campaign, "wu")
    for declaration, category in ((mine, "duty"), (hers, "duty"), (mine, "thought"), (hers, "thought")):
        make_item(declaration, category, manifestation=COPIED, post=cast.wang_post)
    reader = getattr(cast, name)
    whole = quality_queries.findings_of(mine, reader)
    there = quality_queries.hints_by_item(mine, draft(mine).items, reader)
    assert there == {finding.item.pk: finding.hints for finding in whole.items}
    assert len(there) == (1 if name == "he" else 2)
