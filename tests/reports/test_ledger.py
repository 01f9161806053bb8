"""廉政风险台账: order, filters, what nobody else may see, what leaves the house."""

import csv
import io
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.commands import qingqu
from qingqu.common.clock import today
from qingqu.common.papers.content import Table
from qingqu.reports import exports, ledger, ledger_papers
from qingqu.reports.ledger import Asked
from qingqu.trace.models import Entry
from tests.make import make_campaign, make_declaration, make_measure, make_power, make_risk_point
from tests.people import Cast


def as_(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def page(user: object, **query: object) -> str:
    return as_(user).get(reverse("reports:ledger"), query).content.decode()  # type: ignore[arg-type]


def titles(user: object, **asked: object) -> list[str]:
    return [risk.title for risk in ledger.visible(user, Asked(**asked))]  # type: ignore[arg-type]


def test_the_gravest_come_first(cast: Cast) -> None:
    for level in (3, 1, 2):
        make_risk_point(cast.office, cast.li, level=level, title=f"第{level}级")
    assert titles(cast.zhao) == ["第1级", "第2级", "第3级"]
    text = page(cast.zhao)
    assert text.index("第1级") < text.index("第2级") < text.index("第3级")


def test_an_overdue_measure_turns_its_line_amber(cast: Cast) -> None:
    late = make_risk_point(cast.office, cast.li, title="逾期的")
    make_measure(late, next_due_on=today() - timedelta(days=3))
    make_measure(late, next_due_on=today() + timedelta(days=30))
    fine = make_risk_point(cast.office, cast.li, title="未到期的")
    make_measure(fine, next_due_on=today() + timedelta(days=3))
    text = page(cast.zhao)
    assert text.count('<tr class="is-late">') == 1
    assert "逾期 3 天" in text
    assert titles(cast.zhao, late=True) == ["逾期的"]
    assert ledger.counts(ledger.lines(cast.zhao, Asked())).late == 1


def test_two_characters_are_found_wherever_the_line_says_them(cast: Cast) -> None:
    power = make_power(cast.office, name="工程验收管理")
    make_risk_point(cast.office, cast.li, title="验收走过场", manifestation="甲")
    make_risk_point(cast.office, cast.li, title="乙", manifestation="只凭验收单付款")
    make_risk_point(cast.office, cast.li, title="丙", manifestation="丙", power=power)
    make_risk_point(cast.office, cast.li, title="丁", manifestation="丁")
    make_risk_point(cast.other_school, cast.zhou, title="外校验收")
    assert set(titles(cast.zhao, q="验收")) == {"验收走过场", "乙", "丙"}
    assert set(titles(cast.zhao, q="李明 验收")) == {"验收走过场", "乙", "丙"}
    assert titles(cast.zhao, q="没有的词") == []
    assert "没有符合条件的风险点" in page(cast.zhao, q="没有的词")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"level": 1}, ["一"]),
        ({"category": "system"}, ["二"]),
        ({"year": 2025}, ["三"]),
        ({"likelihood": 5, "impact": 4}, ["一"]),
        ({"state": "closed"}, ["销"]),
        ({"state": "lowered"}, ["三"]),
        ({"state": "rated"}, ["一", "二"]),
        ({}, ["一", "二", "三"]),
    ],
)
def test_filters(cast: Cast, asked: dict[str, object], expected: list[str]) -> None:
    make_risk_point(cast.office, cast.li, level=1, title="一", likelihood=5, impact=4)
    make_risk_point(cast.office, cast.li, level=2, title="二", category="system")
    make_risk_point(cast.office, cast.li, level=2, title="三", year=2025, residual_level=3, likelihood=1, impact=1)
    make_risk_point(cast.office, cast.li, level=1, title="销", state="closed", residual_level=2)
    assert titles(cast.zhao, **asked) == expected


def test_the_maps_and_gaps_open_the_part_that_they_count(cast: Cast) -> None:
    power = make_power(cast.office)
    step = power.steps.all()[1]
    make_risk_point(cast.office, cast.li, title="甲", power=power, step=step)
    make_risk_point(cast.office, cast.li, title="乙", power=power)
    make_risk_point(cast.office, cast.li, title="丙", post=cast.wang_post)
    assert titles(cast.zhao, step=step.pk) == ["甲"]
    assert titles(cast.zhao, power=power.pk) == ["甲", "乙"]
    assert titles(cast.zhao, tier="staff") == ["丙"]
    assert ledger.asked_of({"tier": "boss", "step": "x"}) == Asked()


def test_an_address_that_nobody_wrote_filters_nothing() -> None:
    said = {"level": "7", "unit": "-1", "category": "x", "state": "'--", "likelihood": "９", "year": "1e5", "late": "0"}
    assert ledger.asked_of(said) == Asked()
    assert ledger.asked_of({"q": "\0"}) == Asked()


def test_thoughts_of_others_are_neither_listed_nor_counted_nor_found_nor_exported(cast: Cast) -> None:
    make_risk_point(cast.office, cast.wang, category="thought", person=cast.wang, title="私念", post=cast.wang_post)
    for name, sees in {"zhao": 1, "qian": 1, "li": 1, "wang": 1, "chen": 0, "sun": 0, "feng": 0, "zhou": 0}.items():
        user = cast.everyone[name]
        assert len(titles(user)) == sees, name
        assert len(titles(user, q="私念")) == sees, name
        assert ledger.counts(ledger.lines(user, Asked())).all == sees, name
        made = exports.sheet("ledger", user=user)
        assert (made.count, len(list(made.rows))) == (sees, sees), name
        assert len(list(exports.sheet("summary", user=user).rows)) == (3 if sees else 0), name
    assert exports.sheet("ledger", school=cast.school).count == 0


def test_another_school_sees_nothing(cast: Cast) -> None:
    make_risk_point(cast.office, cast.li, title="总务处的风险")
    assert "总务处的风险" not in page(cast.zhou)
    assert Client().get(reverse("reports:ledger")).status_code == 302


def test_the_ledger_asks_as_often_for_many_rows_as_for_few(cast: Cast) -> None:
    def statements(rows: int) -> int:
        for n in range(rows):
            make_measure(make_risk_point(cast.office, cast.li, level=n % 3 + 1), next_due_on=today())
        client = as_(cast.zhao)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("reports:ledger")).status_code == 200
        return len(asked)

    assert statements(10) == statements(90)
    with CaptureQueriesContext(connection) as own:
        ledger.counts(ledger.lines(cast.zhao, Asked()))
        list(ledger.lines(cast.zhao, Asked()).page(25, 0))
    assert len(own) <= 8


def test_pages_hold_twenty_five(cast: Cast) -> None:
    for _n in range(30):
        make_risk_point(cast.office, cast.li)
    first, second = page(cast.zhao), page(cast.zhao, page=2)
    assert first.count('class="title-cell"') == 25
    assert second.count('class="title-cell"') == 5


def test_the_export_says_what_the_page_says(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li, level=1, title="=1+1", power=make_power(cast.office, name="采购"))
    make_measure(risk, "pre", text="两人验收")
    make_measure(risk, "post", text="抽查", next_due_on=today())
    answer = as_(cast.zhao).get(reverse("reports:export", args=["ledger", "xlsx"]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    head = next(n for n, row in enumerate(rows) if row[0] == "编号")
    line = dict(zip(rows[head], rows[head + 1], strict=True))
    assert line["编号"] == risk.code
    assert line["风险点"] == "=1+1"
    assert (line["等级"], line["前期预防"], line["中期监控"], line["后期处置"]) == ("一级", "两人验收", None, "抽查")
    assert line["下次应执行"].date() == today()
    assert line["状态"] == "已评估"
    entry = Entry.objects.get(act="reports.exported")
    assert (entry.obj, entry.actor) == ("reports.ledger:", f"u:{cast.zhao.pk}")


def test_the_csv_streams_and_keeps_the_filters(cast: Cast) -> None:
    make_risk_point(cast.office, cast.li, level=1, title="一")
    make_risk_point(cast.office, cast.li, level=2, title="二")
    answer = as_(cast.zhao).get(reverse("reports:export", args=["ledger", "csv"]), {"level": 2})
    assert answer.streaming
    text = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["风险点"] for row in rows] == ["二"]


@pytest.mark.parametrize("kind", ["roster", "declarations"])
def test_lists_of_people_leave_the_house_with_those_who_run_the_year_only(cast: Cast, kind: str) -> None:
    address = reverse("reports:export", args=[kind, "csv"])
    for name in ("wang", "li", "feng", "he"):
        assert as_(cast.everyone[name]).get(address).status_code == 403, name
    for name in ("chen", "zhao", "sun", "qian"):
        assert as_(cast.everyone[name]).get(address).status_code == 200, name
    assert Entry.objects.filter(act__endswith="denied").count() == 4


def test_an_unknown_table_is_not_found(cast: Cast) -> None:
    for kind, fmt in (("salaries", "csv"), ("ledger", "exe")):
        assert as_(cast.zhao).get(reverse("reports:export", args=[kind, fmt])).status_code == 404


@pytest.mark.parametrize("kind", ["ledger", "summary"])
@pytest.mark.parametrize("fmt", ["print", "docx", "xlsx"])
def test_papers(cast: Cast, kind: str, fmt: str) -> None:
    make_risk_point(cast.office, cast.li, level=1, title="验收走过场")
    make_risk_point(cast.teaching, cast.feng, level=3, category="system")
    answer = as_(cast.zhao).get(reverse("reports:paper", args=[kind, fmt]))
    assert answer.status_code == 200
    if fmt == "print":
        assert "廉政风险" in answer.content.decode()
    verb = "printed" if fmt == "print" else "exported"
    assert Entry.objects.filter(act=f"reports.{verb}", obj=f"reports.{kind}:").count() == 1


def test_the_summary_adds_up(cast: Cast) -> None:
    for level in (1, 1, 2):
        make_risk_point(cast.office, cast.li, level=level)
    make_risk_point(cast.teaching, cast.feng, level=3, category="system")
    rows = list(exports.sheet("summary", user=cast.zhao).rows)
    assert rows == [
        ["总务处", "岗位工作风险", 2, 1, 0, 3],
        ["总务处", "小计", 2, 1, 0, 3],
        ["教务处", "制度机制风险", 0, 0, 1, 1],
        ["教务处", "小计", 0, 0, 1, 1],
        ["云川市第五中学", "合计", 2, 1, 1, 4],
    ]
    printed = as_(cast.zhao).get(reverse("reports:paper", args=["summary", "print"])).content.decode()
    assert "合计" in printed
    paper, _count = ledger_papers.summary_paper(cast.zhao, cast.school, Asked())
    (table,) = (block for block in paper.blocks if isinstance(block, Table))
    office, teaching, total = table.rows
    assert (office[-4:], teaching[-4:], total[-4:]) == (
        ["2", "1", "—", "3"],
        ["—", "—", "1", "1"],
        ["2", "1", "1", "4"],
    )


def test_counting_stops(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        make_risk_point(cast.office, cast.li, level=n % 3 + 1)
    assert ledger.capped_counts({"a": ledger.lines(cast.zhao, Asked())}, {"a": 3}) == {"a": 4}
    monkeypatch.setattr(ledger, "CHIPS_AT_MOST", 1)
    counts = ledger.counts(ledger.lines(cast.zhao, Asked()))
    assert (counts.asked, counts.all, [n for _level, _word, n in counts.levels]) == (5, 5, [2, 2, 1])


@pytest.mark.parametrize("q", ["", "总务"])
@pytest.mark.parametrize("state", ["", "rated"])
def test_the_chips_count_what_a_click_would_show(cast: Cast, q: str, state: str) -> None:
    for n in range(7):
        risk = make_risk_point(cast.office, cast.li, level=n % 3 + 1, title="总务" if n % 2 else "别的")
        make_measure(risk, next_due_on=today() - timedelta(days=1) if n < 3 else today())
        make_measure(risk, next_due_on=today() - timedelta(days=2) if n < 2 else today())
    for chosen in (Asked(), Asked(level=1), Asked(late=True), Asked(level=2, late=True)):
        asked = replace(chosen, q=q, state=state)
        counts = ledger.counts(ledger.lines(cast.zhao, asked))
        assert counts.asked == len(titles(cast.zhao, **asdict(asked)))
        assert counts.all == len(titles(cast.zhao, q=q, state=state))
        assert counts.late == len(titles(cast.zhao, q=q, state=state, late=True))
        for level, _word, n in counts.levels:
            assert n == len(titles(cast.zhao, q=q, state=state, level=level))


def test_the_api_gives_the_same_lines(cast: Cast) -> None:
    late = make_risk_point(cast.office, cast.li, level=1, title="一", power=make_power(cast.office, name="采购"))
    make_measure(late, next_due_on=today() - timedelta(days=1))
    make_risk_point(cast.office, cast.wang, category="thought", person=cast.wang, title="私念")
    answer = as_(cast.chen).get("/api/v1/ledger", {"q": "一"}).json()
    assert (answer["count"], [line["title"] for line in answer["items"]]) == (1, ["一"])
    assert (answer["items"][0]["late"], answer["items"][0]["power"]) == (True, "采购")
    assert as_(cast.chen).get("/api/v1/ledger").json()["count"] == 1
    assert as_(cast.zhao).get("/api/v1/ledger").json()["count"] == 2
    assert as_(cast.zhou).get("/api/v1/ledger").json()["count"] == 0
    assert Client().get("/api/v1/ledger").status_code == 401


def test_the_api_asks_as_often_for_many_rows_as_for_few(cast: Cast) -> None:
    def statements(rows: int) -> int:
        for n in range(rows):
            make_measure(make_risk_point(cast.office, cast.li, level=n % 3 + 1), next_due_on=today())
        client = as_(cast.zhao)
        with CaptureQueriesContext(connection) as asked:
            assert len(client.get("/api/v1/ledger").json()["items"]) == min(rows, 25)
        return len(asked)

    assert statements(10) == statements(90) <= 8


def test_the_command_line_writes_the_same_table(cast: Cast, tmp_path: Path) -> None:
    make_risk_point(cast.office, cast.li, title="一")
    make_risk_point(cast.office, cast.li, title="去年的", year=2025)
    make_risk_point(cast.office, cast.wang, category="thought", person=cast.wang, title="私念")
    out = tmp_path / "ledger.csv"
    done = CliRunner().invoke(qingqu, ["export", "ledger", "--year", "2026", "--school", "YC5Z", "-o", str(out)])
    assert done.exit_code == 0, done.output
    text = out.read_bytes().decode("utf-8-sig")
    assert [row["风险点"] for row in csv.DictReader(io.StringIO(text))] == ["一"]
    assert Entry.objects.get(act="reports.exported").actor == "system"
    book = tmp_path / "roster.xlsx"
    done = CliRunner().invoke(qingqu, ["export", "roster", "--school", "YC5Z", "-o", str(book)])
    assert done.exit_code == 0, done.output
    cells = [cell.value for row in openpyxl.load_workbook(book).active.iter_rows() for cell in row]
    assert "王雨桐" in cells
    refused = CliRunner().invoke(qingqu, ["export", "ledger", "-o", str(tmp_path / "x.csv")])
    assert refused.exit_code != 0


@pytest.mark.parametrize("kind", ["powers", "declarations", "roster"])
def test_the_other_tables(cast: Cast, kind: str) -> None:
    power = make_power(cast.office, name="采购")
    make_declaration(make_campaign(cast.school), cast.wang, cast.office)
    rows = list(exports.sheet(kind, user=cast.chen).rows)
    assert {"powers": power.code, "declarations": "王雨桐", "roster": "王雨桐"}[kind] in [
        c for row in rows for c in row
    ]
    assert [len(row) for row in rows] == [len(exports.sheet(kind, user=cast.chen).columns)] * len(rows)
    assert len(list(exports.sheet(kind, user=cast.zhou).rows)) == (1 if kind == "roster" else 0)
