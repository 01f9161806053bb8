"""A school that the product has never seen: from its roster to the filed ledger and papers, by pages alone."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import Page, expect

from config.commands.data import _begin
from qingqu.accounts.models import User
from qingqu.declarations.models import Declaration
from tests.common.books import book
from tests.walks.conftest import Open, findings, keep_picture
from tests.walks.filling import approve, fill_to_the_end

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

PASSWORD = "Linjiang-2026-shiyan"
STAFF = ("许文", "冯建国", "秦芳", "孙志强", "郑国强", "周正明")
"""Who signs in, beside the party office."""
ROSTER = book(
    (
        "在编人员",
        [
            ["临江县实验中学在编人员一览表", None, None, None, None, None],
            ["序号", "职工号", "教工姓名", "所在处室", "现任职务", "任现职时间"],
            [1, "001", "周正明", "校领导", "党委书记", "2021.8.1"],
            [2, "002", "吴海涛", "校领导", "校长", "2021年8月"],
            [3, "003", "孙志强", "校领导", "副校长", "2022.8.1"],
            [4, "004", "何 敏", "党委办公室", "党办主任", "2020-08-20"],
            [5, "005", "郑国强", "纪检监察室", "纪委书记", "2023.3.1"],
            [6, "006", "冯建国", "总务处", "总务处主任", "２０１９．９．１"],
            [7, "007", "朱 丽", "总务处", "采购员", "2024.9.1"],
            [8, "008", "秦芳", "教务处", "教务处主任", "2022.9.1"],
            [9, "009", "许文", "教务处", "教师、班主任", "2023.9.1"],
        ],
    ),
    merge={"在编人员": ["A1:F1"]},
)


def test_from_a_roster_to_a_filed_ledger(open_as: Open, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.QINGQU_TODAY = date(2026, 3, 2)
    said = _begin("临江县实验中学", "ljsy", "何敏")
    [code] = re.findall(r"启用码 (\S+) ", said)
    office = open_as()
    _activate(office, "dangban", code)
    _bring_in(office, tmp_path)
    _divide(office)
    _adopt(office)
    _open_the_year(office, tmp_path)
    codes = _codes(office)
    pages = {name: open_as(phone=name == "许文") for name in STAFF}
    for name, page in pages.items():
        _activate(page, *codes[name])

    phone = pages["许文"]
    phone.goto("/")
    expect(phone.locator(".todo-row").filter(has_text="待阅")).to_contain_text("县教育局通知")
    phone.get_by_role("link", name="填写个人廉政风险登记表").first.click()
    phone.get_by_role("button", name="开始填写").click()
    fill_to_the_end(phone)
    form = Declaration.objects.get(person__name="许文")
    assert form.state == "in_review", phone.locator("main").inner_text()
    for name in ("秦芳", "孙志强"):
        approve(pages[name], form)
    approve(office, form)
    form.refresh_from_db()
    assert form.state == "approved"
    head = pages["冯建国"]
    form = _unit_form(head)
    approve(pages["孙志强"], form)
    approve(office, form)
    approve(pages["周正明"], form)  # a unit's form goes to the leading group
    form.refresh_from_db()
    assert form.state == "approved"

    settings.QINGQU_TODAY = date(2026, 4, 24)
    head.goto("/declarations/lists/")
    head.get_by_role("link", name="总务处").click()
    head.get_by_role("button", name="定稿并公示").click()
    head.locator("dialog").get_by_role("button", name="定稿并公示").click()
    expect(head.get_by_text("4 月 27 日 – 5 月 6 日")).to_be_visible()
    here = head.url
    settings.QINGQU_TODAY = date(2026, 5, 7)
    head.goto(here)
    head.get_by_role("button", name="报纪委备案").click()
    head.locator("dialog").get_by_role("button", name="报纪委备案").click()
    expect(head.get_by_text("LJSY-BA-2026-0001").first).to_be_visible()
    commission = pages["郑国强"]
    commission.goto("/")
    commission.locator(".todo-row").filter(has_text="LJSY-BA-2026-0001").get_by_role("link").last.click()
    commission.get_by_role("button", name="接受备案").click()
    expect(commission.get_by_text("LJSY-HZ-2026-0001").first).to_be_visible()

    office.goto("/reports/ledger?q=验收")
    expect(office.locator(".ledger-table tbody tr")).to_have_count(1)
    expect(office.locator(".ledger-table tbody tr")).to_contain_text("已备案")
    keep_picture(office, "new-school-the-ledger")
    assert "采购与验收由同一人办理" in _words(office.request.get("/reports/paper/ledger.docx").body())
    assert "采购与验收由同一人办理" in _words(
        head.request.get(f"/declarations/{form.pk}/paper/registration.docx").body()
    )


def _words(paper: bytes) -> str:
    """Everything that a .docx says in its tables."""
    tables = docx.Document(io.BytesIO(paper)).tables
    return "\n".join(cell.text for table in tables for row in table.rows for cell in row.cells)


def _unit_form(page: Page) -> Declaration:
    """Each step of the power is answered; at the acceptance there is a risk."""
    page.goto("/declarations/")
    page.get_by_role("button", name="开始填写").last.click()
    fill_to_the_end(page, _judge_steps)
    form = Declaration.objects.get(unit__name="总务处", kind="unit")
    assert form.state == "in_review", page.locator("main").inner_text()
    return form


def _judge_steps(page: Page) -> None:
    for step in page.locator(".step-judgement").all():
        is_acceptance = "验收" in step.inner_text()
        step.locator("> .yes-no label").nth(0 if is_acceptance else 1).click()
        if is_acceptance:
            expect(step.locator("textarea[name$=manifestation]")).to_be_visible()


def _codes(page: Page) -> dict[str, tuple[str, str]]:
    """The slips that the office prints: sign-in name and code of each person."""
    page.goto("/organisation/people")
    page.get_by_role("link", name="发放启用码").click()
    page.get_by_role("button", name="发放并打印纸条").click()
    expect(page.locator(".slip")).to_have_count(8)
    return {
        user.name: (user.username, page.locator(".slip", has_text=user.name).locator(".slip-code").inner_text())
        for user in User.objects.exclude(username="dangban")
    }


def _activate(page: Page, name: str, code: str) -> None:
    page.goto("/accounts/activate")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("启用码").fill(code)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="设好密码，进入").click()
    expect(page.locator(".side-nav, .tab-bar").first).to_be_attached()


def _bring_in(page: Page, folder: Path) -> None:
    file = folder / "在编人员一览表.xlsx"
    file.write_bytes(ROSTER)
    page.goto("/")
    page.goto("/organisation/people")
    page.get_by_role("link", name="导入名册").first.click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    page.get_by_role("button", name="导入 9 行").click()
    expect(page.get_by_role("heading", name="名册已导入")).to_be_visible()


def _step(page: Page, title: str) -> None:
    """Follow the next step that the workbench names."""
    page.goto("/")
    page.locator(".todo-row").filter(has_text=title).get_by_role("link").last.click()


def _divide(page: Page) -> None:
    _step(page, "第二步：定职责分工")
    expect(page.get_by_label("“纪检监察室”的第一责任人")).to_have_value(re.compile("[0-9]+"))  # its only one
    page.get_by_label("“校领导”的第一责任人").select_option(label="周正明")
    for unit in ("总务处", "教务处"):
        page.get_by_label(f"“{unit}”的分管领导").select_option(label="孙志强")
    expect(page.get_by_label("纪委：郑国强（纪检监察室 纪委书记）")).to_be_checked()
    assert findings(page) == []
    keep_picture(page, "new-school-who-does-what")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("职责分工已保存")).to_be_visible()


def _adopt(page: Page) -> None:
    _step(page, "第三步：采用")
    for power in ("P04", "P06"):
        page.get_by_role("row", name=power).get_by_role("checkbox").check()
    page.get_by_role("button", name="采用勾选的").click()
    page.get_by_role("main").get_by_role("button", name="采用").click()
    expect(page.get_by_text("已采用 2 项权力事项")).to_be_visible()
    page.goto("/library/")
    page.get_by_role("link", name="岗位模板").click()
    for template in ("G15", "G19"):
        page.get_by_role("row", name=template).get_by_role("checkbox").check()
    page.get_by_role("button", name="采用勾选的").click()
    page.get_by_role("main").get_by_role("button", name="采用").click()
    expect(page.get_by_text("2 个岗位已使用模板")).to_be_visible()


def _open_the_year(page: Page, folder: Path) -> None:
    _step(page, "第四步：建立年度工作")
    page.get_by_role("link", name="建立 2026 年度工作").click()
    page.get_by_role("button", name="建立").click()
    _step(page, "第五步：启动年度工作")
    page.get_by_role("button", name="启动").click()
    page.get_by_role("dialog").get_by_role("button", name="启动").click()
    expect(page.get_by_text("已启动，已告知全体教职工")).to_be_visible()
    page.get_by_role("link", name="发布要学习的文件").click()
    page.get_by_label("文件", exact=True).fill("县教育局通知")
    page.locator("input[type=file]").set_input_files(folder / "在编人员一览表.xlsx")
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("县教育局通知").first).to_be_visible()
