"""W9: the finance clerk uploads last year's purchases; three warnings; one explained, confirmed, closed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from qingqu.alerts import tasks
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Record
from tests.common.books import book
from tests.people import Cast
from tests.walks.conftest import Open, findings, keep_picture, sideways

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

HEADS = [
    "序号",
    "采购单号",
    "申请日期",
    "审批日期",
    "合同日期",
    "到货日期",
    "使用部门",
    "品目",
    "名称规格",
    "总价（元）",
    "供应商",
]
HEADS += ["申请人", "审批人", "采购人", "验收人"]


def year_of_purchases() -> list[list[Any]]:
    """240 purchases as an office keeps them: three subtotals, one row twice, three things to look into."""
    rows: list[list[Any]] = []
    start = date(2025, 1, 6)
    for n in range(240):
        day = start + timedelta(days=n)
        dates = [(day + timedelta(days=gap)).strftime("%Y.%m.%d") for gap in (0, 2, 6, 12)]
        amount = 900 + (n * 37) % 4000
        rows.append(
            [n + 1, f"CG25-{n:03d}", *dates, "总务处", f"品目{n % 12}", f"物品{n}", f"{amount:,}.00", f"供应商{n % 40}"]
        )
        rows[-1] += ["王雨桐", "李明远", "吴晓", "冯立言"]
    for k in range(4):  # split in four
        row = rows[100 + k * 7]
        row[7], row[9], row[10] = "五金水电", "29,400.00", "通达五金经营部"
    rows[30][12] = "王雨桐"  # applied for and approved by one
    rows[60][3], rows[60][4] = "2025.04.01", "2025.03.23"  # approved nine days after signing
    rows[60][2], rows[60][5] = "2025.03.20", "2025.04.05"
    for place, words in ((80, "一季度小计"), (161, "二季度小计"), (242, "合计")):
        rows.insert(place, [words, *[""] * 8, "123,456.00", *[""] * 5])
    rows.insert(200, list(rows[199]))
    return rows


@pytest.fixture
def purchases(tmp_path: Path) -> Path:
    file = tmp_path / "2025年采购台账.xlsx"
    file.write_bytes(book(("采购", [["云川市第五中学 2025 年采购台账"], HEADS, *year_of_purchases()])))
    return file


def test_last_years_purchases(cast: Cast, open_as: Open, settings: Any, tmp_path: Path, purchases: Path) -> None:
    settings.MEDIA_ROOT = settings.VAR_DIR = tmp_path / "var"
    (dataset,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    rule_actions.adopt(cast.school, ["F01", "F07", "F15"], by=cast.zhao)

    page = open_as(cast.wang)
    page.goto("/datasets/")
    page.get_by_role("link", name="采购台账").click()
    page.get_by_role("link", name="导入文件").click()
    page.locator("input[type=file]").set_input_files(purchases)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_label("“金额”在文件中的列")).to_have_value("9")
    assert findings(page) == []
    keep_picture(page, "w9-columns")
    page.get_by_role("button", name="核对内容").click()
    expect(page.locator(".import-sum")).to_contain_text("240")
    expect(page.get_by_text("小计或合计", exact=True)).to_have_count(3)
    expect(page.get_by_text("只导入一次").last).to_be_visible()
    assert findings(page) == []
    keep_picture(page, "w9-preview")
    page.get_by_role("button", name="导入 240 行").click()
    expect(page.get_by_role("heading", name="已导入")).to_be_visible()
    assert Record.objects.filter(dataset=dataset).count() == 240

    page.goto("/alerts/rules/F01")
    expect(page.get_by_text("待设定").first).to_be_visible()
    page.get_by_role("link", name="设定").click()
    page.get_by_label("本校限额").fill("30000")
    page.get_by_label("依据（文件名称和条款）").fill("采购管理办法第六条")
    page.get_by_role("button", name="设定并开始运行").click()
    expect(page.get_by_text("30,000 元").first).to_be_visible()
    expect(page.locator("#run")).to_contain_text("正在核查本校的全部记录")
    assert findings(page) == []
    keep_picture(page, "w9-running")
    tasks.judge_waiting()  # what the worker does within a second
    expect(page.locator("#run")).to_contain_text("新提示 1 条")
    page.get_by_role("link", name="查看核查提示").click()

    found = page.get_by_role("main")
    expect(found).to_contain_text("4 笔合计 117,600 元，单笔均低于 30,000 元限额")
    expect(found).to_contain_text("的申请人同时是审批人")
    expect(found).to_contain_text("批准晚于签约 9 日")
    assert {(a.check_id, a.colour) for a in Alert.objects.all()} == {
        ("by-supplier", "red"),
        ("applicant-approver", "red"),
        ("approved-after-contract", "orange"),
    }
    assert findings(page) == []
    keep_picture(page, "w9-list")

    alert = Alert.objects.get(check_id="applicant-approver")
    phone = open_as(cast.wang, phone=True)
    phone.goto(f"/alerts/{alert.pk}")
    assert not sideways(phone)
    phone.get_by_role("link", name="作说明").click()
    phone.get_by_label("情况说明").fill("审批人一栏录错了，签字的是李明远，见合同")
    contract = tmp_path / "合同.pdf"
    contract.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    phone.locator("input[type=file]").set_input_files(contract)
    phone.get_by_role("button", name="提交说明").click()
    expect(phone.get_by_text("合同.pdf")).to_be_visible()

    head = open_as(cast.li)
    head.goto(f"/alerts/{alert.pk}")
    assert findings(head) == []
    head.get_by_role("link", name="确认", exact=True).click()
    head.get_by_label("说明成立，建议排除").check()
    head.get_by_label("意见，有改进的").fill("与签字页核对一致")
    head.get_by_role("button", name="确认并送办结").click()
    expect(head.get_by_text("已送交办结")).to_be_visible()

    zhao = open_as(cast.zhao)
    zhao.goto(f"/alerts/{alert.pk}")
    keep_picture(zhao, "w9-warning")
    zhao.get_by_role("link", name="办结", exact=True).click()
    zhao.get_by_role("radio", name="排除").check()
    zhao.get_by_label("依据和理由（移交的不填）").fill("误报，签字页已核")
    zhao.get_by_role("button", name="办结", exact=True).click()
    expect(zhao.get_by_text("已办结。")).to_be_visible()
    zhao.goto("/alerts/rules")
    expect(zhao.get_by_role("row").filter(has_text="F15")).to_contain_text("0%")
    keep_picture(zhao, "w9-indicators")

    split = Alert.objects.get(check_id="by-supplier")
    page.goto(f"/datasets/{dataset.pk}/enter")
    for name, text in (
        ("po_no", "CG25-999"),
        ("apply_date", "2025.05.20"),
        ("supplier", "通达五金经营部"),
        ("amount", "29000"),
        ("dept", "总务处"),
        ("category", "五金水电"),
    ):
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存，并按启用的指标核对")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("5 笔合计 146,600 元")
    page.goto(f"/alerts/{split.pk}")
    expect(page.locator(".plain-sentence")).to_contain_text("5 笔合计 146,600 元")
    keep_picture(page, "w9-five")
    page.get_by_role("button", name="用提示时的数据重算").click()
    expect(page.get_by_text("正在重算").first).to_be_visible()
    assert tasks.replay_waiting() == 1  # the worker; the page asks by itself
    expect(page.get_by_text("结果逐位相同")).to_be_visible()
