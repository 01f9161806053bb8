"""W7: the principal's own form, and a level that somebody changes in the database behind the product's back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from playwright.sync_api import Page, expect

from config.commands import qingqu
from qingqu.campaigns.queries import current_campaign
from qingqu.declarations.lists import file_list, publish_list
from qingqu.declarations.models import Declaration
from qingqu.records import actions as records
from qingqu.records.models import Document
from qingqu.risks.models import RiskPoint
from qingqu.trace.adoption import adopt_all
from tests.make import make_campaign, make_declaration, make_measure, make_risk_point
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways
from tests.walks.filling import approve, fill_to_the_end

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True, reset_sequences=True)]


@pytest.fixture
def spring(cast: Cast, settings: Any) -> Cast:
    """The year is open in April; the rows that tests put there without an act are taken over openly."""
    settings.QINGQU_TODAY = date(2026, 4, 20)
    make_campaign(cast.school)
    adopt_all(by=None, reason="set up for the test")
    return cast


def test_his_form_goes_to_his_peers_and_the_staff_see_the_list(spring: Cast, open_as: Open) -> None:
    cast = spring
    sun = open_as(cast.sun, phone=True)
    sun.goto("/declarations/")
    sun.get_by_role("button", name="开始填写").first.click()
    fill_to_the_end(sun)
    form = Declaration.objects.get(person=cast.sun)
    assert form.state == "in_review", sun.locator("main").inner_text()
    sun.goto(f"/declarations/{form.pk}/")
    route = sun.get_by_role("main")
    for name in ("钱志远", "何建平"):
        expect(route).to_contain_text(name)
    expect(route).to_contain_text("纪委")
    assert not sideways(sun)
    keep_picture(sun, "w7-who-has-the-principals-form")

    li = open_as(cast.li)  # a subordinate: not on the route, and the form is not his to read
    answer = li.goto(f"/declarations/{form.pk}/review/")
    assert answer is not None
    assert answer.status in (403, 404)
    for person in (cast.qian, cast.he, cast.zhao, cast.chen):
        approve(open_as(person), form)
    form.refresh_from_db()
    assert form.state == "approved"

    chen = open_as(cast.chen)
    chen.goto(f"/declarations/lists/{cast.school.pk}/")
    chen.get_by_role("button", name="定稿并公示").click()
    chen.locator("dialog").get_by_role("button", name="定稿并公示").click()
    expect(chen.get_by_role("heading", level=1)).to_contain_text("领导岗位廉政风险清单")

    wang = open_as(cast.wang, phone=True)
    wang.goto("/records/")
    wang.get_by_role("link", name="领导岗位廉政风险清单").first.click()
    shown = wang.get_by_role("main")
    duty = form.items.filter(category="duty").first()
    thought = form.items.filter(category="thought").first()
    assert duty is not None
    expect(shown).to_contain_text(duty.title)
    expect(shown).to_contain_text("孙立国")
    if thought is not None:
        expect(shown).not_to_contain_text(thought.title)
    assert not sideways(wang)
    assert findings(wang) == []
    keep_picture(wang, "w7-the-staff-see-the-leaders-list")


def test_a_refusal_says_why_and_zhao_reads_of_it(spring: Cast, open_as: Open) -> None:
    cast = spring
    risk = make_risk_point(cast.office, cast.wang, person=cast.wang, category="thought", title="人情往来")
    sun = open_as(cast.sun)
    answer = sun.goto(f"/risks/{risk.pk}")
    assert answer is not None
    assert answer.status == 403
    expect(sun.get_by_text("思想道德类风险只有本人、部门负责人、纪委和党委书记可以查看")).to_be_visible()
    assert "人情往来" not in sun.content()
    sun.goto("/reports/ledger?q=人情")
    expect(sun.locator(".ledger-table tbody tr")).to_have_count(0)

    zhao = open_as(cast.zhao)
    zhao.goto("/trace/")
    zhao.locator("[name=kind]").select_option("refused")
    zhao.get_by_role("button", name="筛选").click()
    expect(zhao.get_by_role("row").filter(has_text="孙立国").filter(has_text="思想道德类")).to_be_visible()
    keep_picture(zhao, "w7-the-refusal")


def test_a_filed_level_changed_in_the_database_is_named(spring: Cast, open_as: Open, settings: Any) -> None:
    cast = spring
    risk, filed = _on_record(cast, settings)
    sound = _verify()
    assert sound.exit_code == 0, sound.output
    zhao = open_as(cast.zhao)
    _go_home(zhao)
    expect(zhao.get_by_text("核验发现")).to_have_count(0)

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {RiskPoint._meta.db_table} SET level = 3 WHERE id = %s", [risk.pk])
    found = _verify()
    assert found.exit_code == 1
    assert [line for line in found.output.splitlines() if "风险点" in line] == [
        f"风险点“{risk.code}”的内容与最后一条留痕不一致：有人绕过系统改动过数据库"
    ], found.output
    assert "发现 1 处不一致" in found.output

    _go_home(zhao)
    banner = zhao.get_by_role("alert").filter(has_text="核验发现 1 处不一致")
    expect(banner).to_contain_text(risk.code)
    assert findings(zhao) == []
    keep_picture(zhao, "w7-the-banner")
    banner.get_by_role("link", name="看它的经过").click()
    expect(zhao.get_by_role("heading", level=1)).to_contain_text(risk.code)
    expect(zhao.locator(".history-list")).to_contain_text("李明远")
    zhao.goto("/trace/")
    zhao.get_by_role("button", name="立即核验").click()
    expect(zhao.get_by_text("核验发现 1 处不一致，请纪委核查").first).to_be_visible()
    phone = open_as(cast.zhao, phone=True)
    _go_home(phone)
    expect(phone.get_by_text("核验发现 1 处不一致")).to_be_visible()
    assert not sideways(phone)
    for other in (cast.sun, cast.wang):
        page = open_as(other)
        _go_home(page)
        expect(page.get_by_text("核验发现")).to_have_count(0)

    words = filed.content
    words["rows"][0]["level"] = 3
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Document._meta.db_table} SET content = %s WHERE id = %s", [json.dumps(words), filed.pk]
        )
    again = _verify()
    assert again.exit_code == 1
    assert f"文书“{filed.number}”的内容与最后一条留痕不一致" in again.output
    sun = open_as(cast.sun)
    sun.goto(f"/records/{filed.pk}")
    expect(sun.get_by_text("与定稿时的摘要不一致").first).to_be_visible()
    keep_picture(sun, "w7-the-frozen-list-says-so")


def _on_record(cast: Cast, settings: Any) -> tuple[RiskPoint, Document]:
    """A level-1 risk on a list that the discipline commission has accepted."""
    campaign = current_campaign(cast.school)
    assert campaign is not None
    make_declaration(campaign, cast.li, cast.office, "unit", state="approved")
    risk = make_risk_point(cast.office, cast.li, level=1, title="限额以下反复采购")
    for phase in ("pre", "mid", "post"):
        make_measure(risk, phase)
    adopt_all(by=cast.li, reason="set up for the test")
    document = publish_list(cast.office, campaign, by=cast.li)
    settings.QINGQU_TODAY = date(2026, 5, 7)
    records.accept(file_list(document, by=cast.li), by=cast.zhao)
    risk.refresh_from_db()
    return risk, document


def _go_home(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的待办")


def _verify() -> Any:
    return CliRunner().invoke(qingqu, ["verify"])
