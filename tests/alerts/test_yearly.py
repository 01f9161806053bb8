"""The prompts of a year in figures: what they count, for whom, on paper; in a fixed number of statements."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import docx
import pytest

from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Rule
from qingqu.alerts.yearly import Line, year_of, years_of
from qingqu.risks.models import Rating
from qingqu.trace.models import Entry
from tests.make import make_measure, make_risk_point, make_unit
from tests.people import Cast, client_of

DAY = date(2026, 12, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _a_day(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = DAY


def make_alert(cast: Cast, raised: str = "2026-04-22T12:00", closed: str = "", **fields: Any) -> Alert:
    kept = {"colour": "yellow", "unit": cast.office, "source": "internal", "signal": "form", "due_on": date(2026, 5, 8)}
    number = Alert.objects.count() + 1
    made = Alert.objects.create(school=cast.school, number=f"HC-{number}", identity=str(number), **{**kept, **fields})
    closed_at = at(closed) if closed else None
    Alert.objects.filter(pk=made.pk).update(raised_at=at(raised), closed_at=closed_at)
    return made


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


@pytest.fixture
def rule(cast: Cast) -> Rule:
    (rule,) = rule_actions.adopt(cast.school, ["F01"], by=cast.zhao)
    return rule


def counted(line: Line, *names: str) -> list[int]:
    return [line.counts[name] for name in names]


def test_what_became_of_the_prompts_of_a_year(cast: Cast, rule: Rule) -> None:
    ours: dict[str, Any] = {"rule": rule, "source": "records", "state": "closed", "colour": "red"}
    make_alert(cast, closed="2026-05-08T23:30", result="dispelled", **ours)
    make_alert(cast, closed="2026-05-09T00:30", result="clerical", **ours)
    make_alert(cast, closed="2027-01-02T09:00", result="handed_over", **ours)
    make_alert(cast, closed="2026-05-20T09:00", state="lapsed", colour="orange")
    make_alert(cast)
    make_alert(cast, raised="2026-12-31T23:59", state="closing", due_on=DAY)
    make_alert(cast, raised="2027-01-01T00:01")
    make_alert(cast, raised="2025-12-31T23:59", **ours, result="tendency", closed="2026-01-05T09:00")
    found = year_of(Alert.objects.all(), 2026, DAY)
    assert [line.name for line in found.colours] == ["红色", "橙色", "黄色"]
    assert [line.counts["raised"] for line in found.colours] == [3, 1, 2]
    assert [(line.name, line.counts["raised"]) for line in found.areas] == [("采购", 3), ("防控工作", 3)]
    assert found.total.results == [1, 1, 0, 0, 1]
    assert counted(found.total, "raised", "lapsed", "open") == [6, 1, 2], "with the results, that is all of them"
    assert counted(found.total, "late") == [4], "on the day is in time"
    assert found.total.precision == pytest.approx(2 / 3)
    assert found.colours[1].precision is None
    assert year_of(Alert.objects.all(), 2025, DAY).total.results == [0, 0, 0, 1, 0]
    assert years_of(Alert.objects.all(), DAY) == [2026, 2025]
    assert years_of(Alert.objects.none(), DAY) == [2026]


def test_what_came_of_them(cast: Cast, rule: Rule) -> None:
    ours: dict[str, Any] = {"rule": rule, "source": "records", "state": "closed", "closed": "2026-05-08T12:00"}
    risks = [make_risk_point(cast.office, cast.li) for _ in range(2)]
    for risk in risks:
        rating = Rating.objects.create(
            risk=risk, likelihood=3, impact=3, score=9, computed_level=2, level=2, by=cast.li
        )
        Rating.objects.filter(pk=rating.pk).update(at=at("2026-05-01T12:00"))
    due, done, stopped = (make_measure(risks[0], phase="post", frequency="once") for _ in range(3))
    type(due).objects.filter(pk__in=[done.pk, stopped.pk]).update(next_due_on=None)
    type(due).objects.filter(pk=due.pk).update(next_due_on=DAY)
    type(due).objects.filter(pk=stopped.pk).update(stopped_at=at("2026-06-01T12:00"))
    for measure, risk in ((due, risks[0]), (done, risks[1]), (stopped, risks[1])):
        make_alert(cast, result="flaw", rectification=measure, risk_point=risk, **ours)
    make_alert(cast, result="dispelled", risk_point=risks[0], **ours)
    make_alert(cast, result="handed_over", **ours)

    def came() -> list[int]:
        total = year_of(Alert.objects.all(), 2026, DAY).total
        return counted(total, "ordered", "put_right", "to_rate", "rated")

    assert came() == [3, 1, 3, 0]
    Rating.objects.filter(risk=risks[1]).update(at=at("2026-05-09T12:00"))
    assert came() == [3, 1, 3, 2]


@pytest.mark.parametrize(
    ("name", "status", "raised"),
    [("zhao", 200, 2), ("qian", 200, 2), ("sun", 200, 2), ("he", 200, 1), ("chen", 200, 2), ("li", 403, 0)],
)
def test_for_whom(cast: Cast, name: str, status: int, raised: int) -> None:
    make_alert(cast)
    make_alert(cast, unit=make_unit("信息中心", parent=cast.school))
    client = client_of(cast.everyone[name])
    page = client.get("/alerts/year")
    assert page.status_code == client.get("/alerts/year.docx").status_code == status
    if status == 200:
        assert page.context["found"].total.counts["raised"] == raised
        assert ("您分管的部门" in page.content.decode()) == (name == "he")
        assert ("/alerts/board" in page.content.decode()) == (name != "chen")


def test_the_party_office_finds_the_years_figures_beside_its_prompts(cast: Cast) -> None:
    said = client_of(cast.chen).get("/alerts/").content.decode()
    assert "/alerts/year" in said
    assert "/alerts/board" not in said


def test_the_paper_of_a_year(cast: Cast) -> None:
    make_alert(cast, raised="2025-03-01T12:00")
    zhao = client_of(cast.zhao)
    assert "/alerts/year" in zhao.get("/alerts/board").content.decode()
    assert "/alerts/year.docx?year=2025" in zhao.get("/alerts/year?year=2025").content.decode()
    made = zhao.get("/alerts/year.docx?year=2025", headers={"accept-language": "en"})
    paper = docx.Document(io.BytesIO(made.content))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]
    assert tables[0][-2:] == [["黄色", "1", *"0000001", "1", "—"], ["合计", "1", *"0000001", "1", "—"]]
    assert tables[1][1][0] == "防控工作"
    said = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert "2025 年度预警情况" in said
    assert "全校　截至 2026 年 12 月 1 日" in said
    assert "已布置整改 0 项，其中已完成 0 项" in said
    assert Entry.objects.get(act="alerts.exported", obj="alerts.year:").payload.details["rows"] == 1
    assert "分管部门" in client_of(cast.he).get("/alerts/year.print").content.decode()
    assert zhao.get("/alerts/year.xlsx").status_code == 404
    for nonsense in ("1999", "2027", "²", "x"):
        assert zhao.get(f"/alerts/year?year={nonsense}").context["found"].year == 2026
    english = zhao.get("/alerts/year?year=2025", headers={"accept-language": "en"}).content.decode()
    assert "0 ordered, 0 of them completed" in english
    assert "Order a rectification" not in english
    assert "这一年没有作出提示" in zhao.get("/alerts/year?year=2024").content.decode()


def test_as_many_statements_for_many(cast: Cast, rule: Rule, django_assert_num_queries: Any) -> None:
    for count in (3, 60):
        for n in range(count):
            make_alert(cast, rule=rule if n % 2 else None, colour=("red", "yellow", "orange")[n % 3])
        with django_assert_num_queries(1):
            year_of(Alert.objects.all(), 2026, DAY)
