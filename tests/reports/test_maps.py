"""The pictures of «全景与缺口»: numbers counted by hand, and nothing that a reader may not see."""

import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from qingqu.reports import maps
from qingqu.risks.models import Rating, RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_risk_point
from tests.people import Cast

MAPS = "reports:maps"


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def school(cast: Cast) -> Cast:
    """Five held risks and a closed one, of known likelihood and impact."""
    li, office = cast.li, cast.office
    make_risk_point(office, li, level=1, likelihood=5, impact=4, post=cast.wang_post)
    make_risk_point(office, li, level=1, likelihood=3, impact=3, category="system")
    make_risk_point(office, li, level=2, likelihood=3, impact=3, post=cast.li_post)
    make_risk_point(cast.teaching, cast.feng, level=3, likelihood=2, impact=2, category="other")
    make_risk_point(
        office, cast.wu, level=2, likelihood=2, impact=5, category="thought", person=cast.wu, title="思想松懈"
    )
    make_risk_point(office, li, level=3, likelihood=1, impact=1, state=RiskPoint.State.CLOSED)
    return cast


def test_heat_counts_by_likelihood_and_impact(school: Cast) -> None:
    heat = maps.heat(maps.held(school.zhao))
    counts = {(cell.likelihood, cell.impact): cell.count for row in heat.rows for cell in row.cells if cell.count}
    assert counts == {(5, 4): 1, (3, 3): 2, (2, 2): 1, (2, 5): 1}
    assert heat.levels == {1: 2, 2: 2, 3: 1}
    assert heat.total == 5
    assert [row.total for row in heat.rows] == [1, 0, 2, 2, 0]
    assert [total for _impact, _word, total in heat.columns] == [0, 1, 2, 1, 1]


@pytest.mark.parametrize(("product", "level"), [(25, 1), (15, 1), (12, 2), (8, 2), (6, 3), (1, 3)])
def test_the_texture_of_a_cell_follows_the_rule(product: int, level: int) -> None:
    assert maps.area_of(product) == level


def test_counts_by_department_and_by_tier(school: Cast) -> None:
    table = maps.by_unit_and_category(maps.held(school.zhao), maps.units_of(school.school))
    assert [(row.name, [cell.count for cell in row.cells], row.total) for row in table.rows] == [
        ("总务处", [1, 2, 1, 0], 4),
        ("教务处", [0, 0, 0, 1], 1),
    ]
    assert (table.totals, table.total) == ([1, 2, 1, 1], 5)
    tiers = maps.by_tier_and_level(maps.held(school.zhao))
    assert {str(row.key): [cell.count for cell in row.cells] for row in tiers.rows} == {
        "": [1, 1, 1],
        "leader": [0, 0, 0],
        "middle": [0, 1, 0],
        "staff": [1, 0, 0],
    }


@pytest.mark.parametrize(("count", "most", "shade"), [(0, 10, 0), (1, 10, 1), (5, 10, 3), (10, 10, 5), (0, 0, 0)])
def test_shades(count: int, most: int, shade: int) -> None:
    assert maps.shade_of(count, most) == shade


def test_years_count_what_was_held_then(cast: Cast) -> None:
    def entered(year: int, level: int, closed: int | None = None) -> None:
        risk = make_risk_point(cast.office, cast.li, level=level, year=year)
        zone = ZoneInfo("Asia/Shanghai")
        RiskPoint.objects.filter(pk=risk.pk).update(
            entered_at=datetime(year, 4, 20, tzinfo=zone),
            closed_at=datetime(closed, 11, 1, tzinfo=zone) if closed else None,
        )

    entered(2023, 1)
    entered(2024, 1, closed=2025)
    entered(2025, 2)
    entered(2026, 3)
    rows = maps.years(RiskPoint.objects.visible_to(cast.zhao), 2026)
    assert [(row.year, row.counts) for row in rows] == [
        (2023, [1, 0, 0]),
        (2024, [2, 0, 0]),
        (2025, [1, 1, 0]),
        (2026, [1, 1, 1]),
    ]
    assert maps.last_year_of(rows, 2026) == {1: 1, 2: 1, 3: 0}
    levels = maps.level_rows(rows[-1].levels, maps.last_year_of(rows, 2026))
    assert [(row.change, row.share) for row in levels] == [(0, "33.3%"), (0, "33.3%"), (1, "33.3%")]


def test_a_past_year_shows_the_levels_of_that_time(cast: Cast) -> None:
    """Level 1 in 2024, lowered to 3 in 2026; another one proposed in 2025 and agreed to in 2026; one never rated."""
    zone = ZoneInfo("Asia/Shanghai")

    def rated(risk: RiskPoint, year: int, level: int, computed: int, state: str = "settled", agreed: int = 0) -> None:
        rating = Rating.objects.create(
            risk=risk, likelihood=4, impact=4, answers="11000", score=16, computed_level=computed, level=level,
            rule_version="2026.1", state=state, by=cast.li,
        )  # fmt: skip
        Rating.objects.filter(pk=rating.pk).update(
            at=datetime(year, 5, 1, tzinfo=zone), agreed_at=datetime(agreed, 6, 1, tzinfo=zone) if agreed else None
        )

    lowered, agreed, unrated = (make_risk_point(cast.office, cast.li, level=level, year=2024) for level in (3, 2, 1))
    RiskPoint.objects.update(entered_at=datetime(2024, 4, 20, tzinfo=zone))
    rated(lowered, 2024, 1, 1)
    rated(lowered, 2025, 2, 1, state="refused")
    rated(lowered, 2026, 3, 3)
    rated(agreed, 2024, 1, 1)
    rated(agreed, 2025, 2, 1, agreed=2026)
    assert unrated.level == 1
    rows = maps.years(RiskPoint.objects.visible_to(cast.zhao), 2026)
    assert [(row.year, row.counts) for row in rows] == [
        (2024, [3, 0, 0]),
        (2025, [3, 0, 0]),
        (2026, [1, 1, 1]),
    ]


def test_the_trend_asks_as_often_for_many_regraded_ones(cast: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            maps.years(RiskPoint.objects.visible_to(cast.zhao), 2026)
        return len(found)

    def regraded() -> None:
        risk = make_risk_point(cast.office, cast.li, level=3, year=2024)
        Rating.objects.create(
            risk=risk, likelihood=4, impact=4, answers="11000", score=16, computed_level=1, level=1,
            rule_version="2026.1", by=cast.li,
        )  # fmt: skip

    regraded()
    asked()  # who the reader is, is asked once
    one = asked()
    for _n in range(12):
        regraded()
    assert asked() == one


def test_a_year_is_not_lost_when_a_risk_goes_on(cast: Cast) -> None:
    """A risk that is declared again carries the new year; it was there before all the same."""
    risk = make_risk_point(cast.office, cast.li, level=1, year=2026)
    RiskPoint.objects.filter(pk=risk.pk).update(entered_at=datetime(2024, 4, 20, tzinfo=ZoneInfo("Asia/Shanghai")))
    rows = maps.years(RiskPoint.objects.visible_to(cast.zhao), 2026)
    assert [row.year for row in rows] == [2024, 2025, 2026]


def test_a_colleagues_thoughts_are_in_no_number(school: Cast) -> None:
    for name in ("chen", "sun", "he", "wang", "feng"):
        user = school.everyone[name]
        assert maps.heat(maps.held(user)).total == 4, name
        table = maps.by_unit_and_category(maps.held(user), maps.units_of(school.school))
        assert table.totals[0] == 0, name
        assert maps.years(RiskPoint.objects.visible_to(user), 2026)[-1].total == 4 + 1, name
    for name in ("zhao", "qian", "li", "wu"):
        assert maps.heat(maps.held(school.everyone[name])).total == 5, name


def test_the_page_shows_everything_with_its_tables(school: Cast) -> None:
    page = as_(school.zhao).get(reverse(MAPS)).content.decode()
    for words in ("heat-grid", "count-table", "gap-finder", 'data-chart="level-trend"', "没有风险点的岗位"):
        assert words in page
    assert "style=" not in page


def test_the_staff_see_pictures_but_no_gaps(school: Cast) -> None:
    page = as_(school.wang).get(reverse(MAPS)).content.decode()
    assert "heat-grid" in page
    assert "gap-finder" not in page
    assert "缺口清单由部门负责人" in page


def test_another_school_sees_nothing(school: Cast) -> None:
    page = as_(school.zhou).get(reverse(MAPS)).content.decode()
    assert "总务处" not in page


def test_the_page_asks_as_often_for_many_risks_as_for_few(cast: Cast) -> None:
    def statements(rows: int) -> int:
        for _n in range(rows):
            make_risk_point(cast.office, cast.li)
        client = as_(cast.zhao)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(MAPS))
        return len(captured)

    assert statements(10) == statements(90) <= 30


def test_the_export_holds_the_same_tables_and_leaves_a_trace(school: Cast) -> None:
    answer = as_(school.zhao).get(reverse("reports:maps-export"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    lines = [[str(cell) for cell in row if cell != ""] for row in sheet]
    assert any(line[:1] == ["总务处"] and line[-1].startswith("4") for line in lines)
    assert any("没有风险点的岗位" in line for line in lines)
    assert Entry.objects.filter(act="reports.exported").count() == 1


def test_the_export_of_the_staff_has_no_gaps(school: Cast) -> None:
    answer = as_(school.wang).get(reverse("reports:maps-export"))
    text = str(CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python())
    assert "没有风险点的岗位" not in text
    assert "思想松懈" not in text
