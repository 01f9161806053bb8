"""A school that the product has never seen: from its roster to the filed ledger and papers, by pages alone."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

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
    _open_the_year(office)
    codes = _codes(office)
    pages = {name: open_as(phone=name == "许文") for name in ("许文", "冯建国", "秦芳", "孙志强", "郑国强")}
    for name, page in pages.items():
        _activate(page, *codes[name])

    phone = pages["许文"]
    phone.goto("/")
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
    head.goto("/declarations/")
    keep_picture(head, "new-7")


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
    keep_picture(page, "new-0")
    page.goto("/organisation/people")
    page.get_by_role("link", name="导入名册").first.click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    keep_picture(page, "new-0a")
    page.get_by_role("button", name="导入 9 行").click()
    expect(page.get_by_role("heading", name="名册已导入")).to_be_visible()
    keep_picture(page, "new-0b")


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
    keep_picture(page, "new-2-who-does-what")
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


def _open_the_year(page: Page) -> None:
    _step(page, "第四步：建立年度工作")
    page.get_by_role("link", name="建立 2026 年度工作").click()
    page.get_by_role("button", name="建立").click()
    _step(page, "第五步：启动年度工作")
    page.get_by_role("button", name="启动").click()
    page.get_by_role("dialog").get_by_role("button", name="启动").click()
    expect(page.get_by_text("已启动，已告知全体教职工")).to_be_visible()
