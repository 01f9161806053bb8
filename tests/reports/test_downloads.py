"""导入导出: what leaves, and an exported ledger that comes back."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qingqu.common.errors import NotPossible
from qingqu.reports import comparing, exports
from qingqu.risks.models import ControlMeasure, RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_measure, make_power, make_risk_point
from tests.people import Cast


def as_(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def make_ledger(cast: Cast) -> RiskPoint:
    risk = make_risk_point(
        cast.office,
        cast.li,
        title="=验收走过场，ＡＢ",
        manifestation="月底一次补签；\n只看单据",
        power=make_power(cast.office),
    )
    make_measure(risk, "pre", text="两人到场")
    make_measure(risk, "pre", text="一事一单")
    make_risk_point(cast.office, cast.wang, category="thought", person=cast.wang, title="私念")
    make_risk_point(cast.teaching, cast.feng, level=1, title="'引号开头")
    return risk


@pytest.mark.parametrize("fmt", ["xlsx", "csv"])
def test_an_exported_ledger_comes_back_without_a_difference(cast: Cast, fmt: str) -> None:
    make_ledger(cast)
    file = exports.export("ledger", fmt=fmt, user=cast.zhao)
    found = comparing.compare(file.content, f"台账.{fmt}", by=cast.zhao)
    assert found.differing == []
    assert (found.rows, found.same, found.nothing_changed) == (3, 3, True)


def test_the_page_says_that_nothing_changed(cast: Cast) -> None:
    make_ledger(cast)
    file = exports.export("ledger", user=cast.zhao)
    sent = {"file": SimpleUploadedFile("台账.xlsx", file.content)}
    page = as_(cast.zhao).post(reverse("reports:downloads-compare"), sent).content.decode()
    assert "没有变化" in page
    assert Entry.objects.filter(act="reports.compared").count() == 1


def test_what_differs_is_named_cell_by_cell_and_nothing_is_changed(cast: Cast) -> None:
    risk = make_ledger(cast)
    book = openpyxl.load_workbook(io.BytesIO(exports.export("ledger", user=cast.zhao).content))
    sheet = book.active
    head = next(row for row in sheet.iter_rows() if row[0].value == "编号")
    columns = {cell.value: cell.column for cell in head}
    at = next(row[0].row for row in sheet.iter_rows() if row[0].value == risk.code)
    sheet.cell(at, columns["前期预防"]).value = "一人到场"
    sheet.cell(at, columns["状态"]).value = "已销号"
    sheet.cell(at + 1 if at < sheet.max_row else at - 1, columns["编号"]).value = "FXD-2026-9999"
    out = io.BytesIO()
    book.save(out)
    found = comparing.compare(out.getvalue(), "台账.xlsx", by=cast.zhao)
    assert [(d.code, [(c.title, c.here, c.there) for c in d.cells]) for d in found.differing] == [
        (risk.code, [("前期预防", "两人到场\n一事一单", "一人到场")])
    ]
    assert [code for _row, code in found.unknown] == ["FXD-2026-9999"]
    assert ControlMeasure.objects.filter(risk=risk).values_list("text", flat=True)[0] == "两人到场"
    page = as_(cast.zhao).post(
        reverse("reports:downloads-compare"), {"file": SimpleUploadedFile("a.xlsx", out.getvalue())}
    )
    assert "一人到场" in page.content.decode()


def test_a_reader_is_told_nothing_of_what_he_may_not_see(cast: Cast) -> None:
    make_ledger(cast)
    file = exports.export("ledger", user=cast.zhao)
    found = comparing.compare(file.content, "台账.xlsx", by=cast.chen)
    hidden = RiskPoint.objects.get(category="thought")
    assert [code for _row, code in found.unknown] == [hidden.code]
    assert found.differing == []


@pytest.mark.parametrize("data", [b"", b"\x89PNG....", "姓名,工号\n张三,1\n".encode()])
def test_another_file_is_refused_with_a_sentence(cast: Cast, data: bytes) -> None:
    with pytest.raises(NotPossible):
        comparing.compare(data, "x.csv", by=cast.zhao)
    answer = as_(cast.zhao).post(reverse("reports:downloads-compare"), {"file": SimpleUploadedFile("x.csv", data)})
    assert answer.status_code == 422


def test_the_page_offers_and_greys(cast: Cast) -> None:
    staff = as_(cast.wang).get(reverse("reports:downloads")).content.decode()
    office = as_(cast.chen).get(reverse("reports:downloads")).content.decode()
    assert reverse("reports:export", args=["roster", "xlsx"]) not in staff
    assert reverse("reports:export", args=["roster", "xlsx"]) in office
    assert reverse("reports:export", args=["ledger", "xlsx"]) in staff


def test_comparing_needs_a_post(cast: Cast) -> None:
    assert as_(cast.zhao).get(reverse("reports:downloads-compare")).status_code == 405
