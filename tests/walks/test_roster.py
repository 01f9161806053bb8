"""W1, first half: Chen brings in the roster as personnel keeps it, newcomers sign in; she adopts from the library."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from qingqu.accounts.models import User
from qingqu.organisation.models import Appointment, Post
from qingqu.powers.models import Basis, Power
from tests.common.books import book
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

ROSTER = book(
    (
        "2026年春",
        [
            ["云川市第五中学教职工花名册", None, None, None, None, None],
            ["截至 2026 年 2 月 28 日", None, None, None, None, None],
            ["序号", "姓 名", "人员编号", "所在科室", "干什么", "到岗时间"],
            [1, "郑 新", "1001", "图书馆", "图书管理员", "２０２４．９．１"],
            [2, "冯来", "1002", None, "图书管理员", "2025年9月1日"],
            [3, "韩 梅", "1003", "医务室", "校医", "2024.13.1"],
            [4, "", "1004", "医务室", "校医", "2024-09-01"],
            [5, "唐静", "1005", "医务室", "护士", "2024年2月30日"],
            ["合计", "5 人", None, None, None, None],
        ],
    ),
    merge={"2026年春": ["A1:F1", "D4:D5"]},
)


def test_the_roster_as_personnel_keeps_it(cast: Cast, open_as: Open, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    file = tmp_path / "教职工花名册（最终版2）.xlsx"
    file.write_bytes(ROSTER)
    page = open_as(cast.chen)
    page.goto("/organisation/people")
    page.get_by_role("link", name="导入名册").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()

    expect(page.get_by_role("heading", name="名册中的各列是什么？")).to_be_visible()
    expect(page.get_by_label("“所在科室”列作为")).to_have_value("unit")
    page.get_by_label("“干什么”列作为").select_option(label="岗位")
    assert findings(page) == []
    page.get_by_role("button", name="核对内容").click()

    expect(page.locator(".import-sum")).to_contain_text("行需要更正")
    wrong = page.locator("#mend tbody tr")
    keep_picture(page, "w1-three-red-rows")
    expect(wrong).to_have_count(3)
    expect(wrong.nth(0)).to_contain_text("没有“2024.13.1”这一天，请核对月份和日期")
    expect(wrong.nth(1)).to_contain_text("请填写姓名")
    expect(wrong.nth(2)).to_contain_text("没有“2024年2月30日”这一天，请核对月份和日期")
    assert findings(page) == []
    wrong.nth(0).locator("input").first.fill("2024-03-01")
    wrong.nth(1).locator("input").first.fill("韩雪")
    page.get_by_role("button", name="保存更正并重新核对").click()
    expect(page.locator("#mend tbody tr")).to_have_count(1)
    page.get_by_role("button", name="先导入 4 行").click()
    expect(page.get_by_role("heading", name="名册已导入")).to_be_visible()
    expect(page.get_by_text("1 行需要更正")).to_be_visible()
    since = Appointment.objects.filter(person__number__in=("1001", "1002", "1003", "1004", "1005"))
    assert set(since.values_list("person__name", "post__unit__name", "started_on")) == {
        ("郑新", "图书馆", date(2024, 9, 1)),  # ２０２４．９．１ and «郑 新», as personnel writes them
        ("冯来", "图书馆", date(2025, 9, 1)),
        ("韩梅", "医务室", date(2024, 3, 1)),  # the department stands in a merged cell
        ("韩雪", "医务室", date(2024, 9, 1)),
    }

    page.get_by_role("main").get_by_role("link", name="发放启用码").click()
    page.get_by_label("部门").select_option(label="图书馆")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert findings(page) == []
    keep_picture(page, "w1-who-needs-a-code")
    page.get_by_role("button", name="发放并打印纸条").click()
    expect(page.locator(".slip")).to_have_count(2)
    keep_picture(page, "w1-slips")
    code = page.locator(".slip", has_text="郑新").locator(".slip-code").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert findings(page) == []
    page.reload()  # the browser sends the same form again
    expect(page.get_by_text("已打印的纸条仍然有效")).to_be_visible()
    expect(page.locator(".slip")).to_have_count(0)

    phone = open_as(phone=True)
    phone.goto("/")
    phone.get_by_role("link", name="首次登录，用启用码设置密码").click()
    newcomer = User.objects.get(name="郑新")
    phone.get_by_label("登录名").fill(newcomer.username)
    phone.get_by_label("启用码").fill(code.lower())
    for field in phone.locator("input[type=password]").all():
        field.fill("Tushuguan-2026-xin")
    assert not sideways(phone)
    assert findings(phone) == []
    phone.get_by_role("button", name="设好密码，进入").click()
    expect(phone.get_by_text("密码已设好")).to_be_visible()
    expect(phone.locator(".tab-bar")).to_be_visible()
    keep_picture(phone, "w1-the-newcomer-is-in")
    phone.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    phone.goto("/accounts/activate")
    phone.get_by_label("登录名").fill(newcomer.username)
    phone.get_by_label("启用码").fill(code)
    for field in phone.locator("input[type=password]").all():
        field.fill("Bieren-de-mima-2026")
    phone.get_by_role("button", name="设好密码，进入").click()
    expect(phone.get_by_text("启用码已用过")).to_be_visible()
    phone.get_by_role("link", name="已有密码，去登录").click()
    phone.get_by_label("登录名").fill(newcomer.number)
    phone.get_by_label("密码").fill("Tushuguan-2026-xin")
    phone.get_by_role("button", name="登录", exact=True).click()
    expect(phone.locator(".tab-bar")).to_be_visible()
    assert not sideways(phone)

    page.goto("/organisation/people")
    page.get_by_role("link", name="导入名册").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("heading", name="核对导入内容")).to_be_visible()  # the columns are remembered
    expect(page.locator(".import-sum")).to_contain_text("新增 0")


POWERS = ("P03", "P04", "P05", "P06", "P07", "P08", "P10", "P11", "P12", "P14", "P17", "P21")
"""Twelve powers of a school; four of their documents have a number that somebody must look up."""
UNSURE = ("P05", "P06", "P11", "P21")
TEMPLATES = {
    "校长": "G02",
    "党委书记": "G01",
    "纪委书记": "G03",
    "分管后勤副校长": "G05",
    "党办主任": "G07",
    "教务主任": "G09",
    "总务主任": "G11",
    "班主任": "G15",
    "采购员": "G19",
    "保管员": "G19",
}


def test_twelve_powers_and_nine_templates_out_of_the_library(cast: Cast, open_as: Open) -> None:
    Post.objects.update(template_code="")
    page = open_as(cast.chen)
    main = page.get_by_role("main")
    page.goto("/library/")
    for code in POWERS:
        main.locator(f"[name=code][value={code}]").check()
    page.get_by_role("button", name="采用勾选的").click()
    expect(main).to_contain_text("其中 4 份依据的文号待核")
    for box in page.locator("select[name^=unit_]").all():
        if not box.input_value():
            box.select_option(label="总务处")
    keep_picture(page, "w1-adopting")
    with page.expect_navigation():
        main.get_by_role("button", name="采用").click()
    expect(main).to_contain_text("已采用 12 项权力事项")
    adopted = Power.objects.filter(school=cast.school, origin__startswith="library:")
    assert {power.code for power in adopted} == set(POWERS)
    unsure = main.locator("tbody tr").filter(has_text="文号待核")
    expect(unsure).to_have_count(4)
    names = set(adopted.filter(code__in=UNSURE).values_list("name", flat=True))
    assert {row.get_by_role("link").inner_text() for row in unsure.all()} == names

    unsure.first.get_by_role("link").click()
    expect(page.get_by_text("文号待核").first).to_be_visible()
    page.get_by_text("核对文号").first.click()
    page.get_by_label("核对后的文号").first.fill("财教〔2022〕159号")
    page.get_by_role("button", name="确认文号").first.click()
    waiting = Basis.objects.filter(power__school=cast.school, needs_check=True, checked_at=None)
    assert waiting.count() == 4  # the document he looked at is missing: the browser asks for it
    page.get_by_label("核对时所看的文件").first.fill("财政部网站原文")
    page.get_by_role("button", name="确认文号").first.click()
    expect(page.get_by_text("对照“财政部网站原文”核对")).to_be_visible()
    keep_picture(page, "w1-a-number-confirmed")
    page.goto("/powers/?unsure=1")
    expect(main.locator("tbody tr")).to_have_count(3)

    page.goto("/library/?kind=posts")
    for code in sorted(set(TEMPLATES.values())):
        main.locator(f"[name=code][value={code}]").check()
    page.get_by_role("button", name="采用勾选的").click()
    keep_picture(page, "w1-adopting-templates")
    with page.expect_navigation():
        main.get_by_role("button", name="采用").click()
    expect(main).to_contain_text("10 个岗位已使用模板")
    given = Post.objects.filter(unit__school=cast.school).exclude(template_code="")
    assert dict(given.values_list("name", "template_code")) == TEMPLATES
    assert len(set(TEMPLATES.values())) == 9
    expect(main.get_by_text("个岗位已采用")).to_have_count(9)
    assert findings(page) == []
