"""Prompts on paper: the register as filtered, the sheet of one, each as far as its reader sees."""

from __future__ import annotations

import io

import docx
import openpyxl
import pytest

from qingqu.alerts import actions
from qingqu.alerts.models import Alert
from qingqu.alerts.running import reconciling
from qingqu.common.papers.responses import TYPES
from qingqu.datasets.models import Dataset
from qingqu.trace.models import Entry
from tests.alerts.buying import plant
from tests.calling import Caller
from tests.people import Cast, client_of


@pytest.fixture
def alert(cast: Cast, purchases: Dataset) -> Alert:
    """One that is closed, beside one that nobody has explained."""
    plant(purchases, range(2))
    alert = Alert.objects.order_by("pk").first()
    assert alert
    actions.explain(alert, text="批准人由经办人代签", by=cast.wang)
    actions.confirm(alert, opinion="flaw", text="应另一人签字", by=cast.li)
    actions.close(alert, result="handed_over", text="不留", reference="2026-07", by=cast.zhao)
    return Alert.objects.get(pk=alert.pk)


def cells(content: bytes) -> str:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet
    return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def words(content: bytes) -> str:
    paper = docx.Document(io.BytesIO(content))
    tables = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *tables])


def test_the_register_has_what_was_asked_for(cast: Cast, alert: Alert) -> None:
    zhao = client_of(cast.zhao)
    assert "/alerts/register.print?state=all" in zhao.get("/alerts/?state=all").content.decode()
    page = zhao.get("/alerts/register.print?state=all").content.decode()
    for said in ("全部提示", "共 2 条", "批准人由经办人代签", "程序瑕疵：应另一人签字", "移交：2026-07", "王雨桐"):
        assert said in page
    assert "/alerts/register.xlsx?state=all" in page
    found = cells(zhao.get("/alerts/register.xlsx?state=all&colour=red").content)
    assert "全部提示、红色　2026 年 4 月 20 日，共 2 条" in found
    assert "不留" not in found
    open_ = words(zhao.get("/alerts/register.docx", headers={"accept-language": "en"}).content)
    assert "尚未办结" in open_, "papers are Chinese"
    assert "批准人由经办人代签" not in open_
    traced = Entry.objects.filter(obj__startswith="alerts.register").values_list("act", flat=True)
    assert sorted(traced) == ["alerts.exported", "alerts.exported", "alerts.printed"]
    assert zhao.get("/alerts/register.pdf").status_code == 404
    assert "共 0 条" in client_of(cast.feng).get("/alerts/register.print?state=all").content.decode()


def test_the_papers_over_the_api(cast: Cast, alert: Alert) -> None:
    zhao, li, sun = Caller(cast.zhao), Caller(cast.li), Caller(cast.sun)
    found = zhao.get("alerts/register?state=all&colour=red&dataset=DS1&format=xlsx")
    assert found.headers["Content-Type"] == TYPES["xlsx"]
    assert "全部提示、红色、采购台账　2026 年 4 月 20 日，共 2 条" in cells(found.content)
    assert "批准人由经办人代签" in words(zhao.get("alerts/register?state=all").content)
    assert "共 1 条" in words(zhao.get("alerts/register").content)
    assert "共 0 条" in words(Caller(cast.feng).get("alerts/register?state=all").content)
    whole = zhao.get(f"alerts/{alert.pk}/sheet")
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert "•••" in words(whole.content)
    assert "•••" not in words(sun.get(f"alerts/{alert.pk}/sheet").content), "who sees no rows gets none"
    assert Caller(cast.feng).get(f"alerts/{alert.pk}/sheet").status_code == 404
    assert "2026 年度预警情况" in words(zhao.get("alerts/year").content)
    assert "2025 年度预警情况" in words(Caller(cast.chen).get("alerts/year?year=2025").content)
    assert li.get("alerts/year").status_code == 403
    refused = Entry.objects.get(act="access.denied", actor=f"u:{cast.li.pk}")
    assert refused.payload.reason == "年度预警情况由党办、纪委、书记、校长和分管领导查看"
    assert zhao.get("alerts/register?format=pdf").status_code == 422
    assert zhao.get("alerts/year?year=1").status_code == 422
    traced = Entry.objects.filter(act="alerts.exported", actor=f"u:{cast.zhao.pk}").values_list("obj", flat=True)
    assert sorted(traced) == ["alerts.register:"] * 3 + ["alerts.sheet:", "alerts.year:"]
    said = zhao.get("openapi.json").json()["paths"]["/api/v1/alerts/register"]["get"]
    assert set(said["responses"]["200"]["content"]) == {TYPES["docx"], TYPES["xlsx"]}
    assert {"state", "colour", "unit", "late", "format"} <= {each["name"] for each in said["parameters"]}


def test_why_it_lapsed_is_said_in_the_readers_language(cast: Cast, alert: Alert) -> None:
    other = Alert.objects.exclude(pk=alert.pk).get()
    reconciling.lapse([other], reconciling.CORRECTED, by=None)
    zhao, at = client_of(cast.zhao), f"/alerts/{other.pk}"
    for language, says in (("en", "The records were corrected"), ("zh-hans", "记录已更正，不再符合提示条件")):
        headers = {"accept-language": language}
        assert says in zhao.get(at, headers=headers).content.decode()
        assert says in zhao.get(f"/api/v1{at}", headers=headers).json()["history"][-1]["text"]
        assert says in zhao.get(f"/trace/alerts.alert/{other.pk}", headers=headers).content.decode()
    assert "记录已更正" in words(zhao.get(f"{at}/sheet.docx", headers={"accept-language": "en"}).content)


def test_the_sheet_says_what_was_said(cast: Cast, alert: Alert) -> None:
    at = f"/alerts/{alert.pk}/sheet"
    assert f"{at}.print" in client_of(cast.zhao).get(f"/alerts/{alert.pk}").content.decode()
    whole = words(client_of(cast.zhao).get(f"{at}.docx").content)
    for said in (
        alert.number,
        "红色",
        "已办结，移交",
        "批准人由经办人代签",
        "应另一人签字",
        "2026-07",
        "•••",
        "不代表存在问题",
    ):
        assert said in whole
    assert "•••" not in words(client_of(cast.sun).get(f"{at}.docx").content), "who sees no rows gets none"
    assert client_of(cast.feng).get(f"{at}.docx").status_code == 404
    assert Entry.objects.filter(act="alerts.viewed", obj=f"alerts.alert:{alert.pk}", actor=f"u:{cast.zhao.pk}").exists()
