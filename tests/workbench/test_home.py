"""The first page: what waits for whom, in a fixed number of statements."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingqu.campaigns.models import Campaign
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.workbench import queries
from tests.make import make_campaign, make_declaration, make_measure, make_power, make_risk_point
from tests.people import Cast


def titles(cast: Cast, name: str) -> str:
    return "\n".join(todo.title for todo in queries.todos(getattr(cast, name)))


def test_each_finds_what_waits_for_him(cast: Cast) -> None:
    campaign = make_campaign(cast.school)
    make_declaration(campaign, cast.wang, cast.office, state="returned")
    make_measure(make_risk_point(cast.office, cast.li), next_due_on=date(2020, 1, 1), text="每周盘点")
    assert "修改被退回的" in titles(cast, "wang")
    assert "总务处的单位廉政风险登记表" in titles(cast, "li")
    assert "每周盘点" in titles(cast, "li")
    assert "每周盘点" not in titles(cast, "wang")
    assert titles(cast, "zhou") == "第二步：定职责分工"  # of a school of her own


def test_a_form_under_review_waits_for_nobody_else(cast: Cast) -> None:
    make_declaration(make_campaign(cast.school), cast.wang, cast.office, state="in_review")
    assert "个人廉政风险登记表" not in titles(cast, "wang")


def test_the_page_takes_the_same_statements_for_ten_rows_and_a_hundred(cast: Cast) -> None:
    make_campaign(cast.school)

    def statements() -> int:
        client = Client()
        client.force_login(cast.li)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get("/").status_code == 200
        return len(caught)

    def measures(count: int) -> None:
        for _ in range(count):
            make_measure(make_risk_point(cast.office, cast.li), next_due_on=date(2020, 1, 1))

    measures(10)
    few = statements()
    measures(90)
    assert statements() == few


@pytest.mark.parametrize(("name", "status"), [("he", 200), ("li", 200), ("zhao", 200), ("wang", 403), ("zhou", 403)])
def test_the_field_is_for_those_who_answer_for_others(cast: Cast, name: str, status: int) -> None:
    client = Client()
    client.force_login(getattr(cast, name))
    assert client.get("/field").status_code == status
    assert standing(getattr(cast, name)).school is not None


def test_the_field_counts_by_unit(cast: Cast) -> None:
    make_measure(make_risk_point(cast.office, cast.li, level=1), next_due_on=date(2020, 1, 1))
    client = Client()
    client.force_login(cast.he)
    field = client.get("/field").context["field"]
    line = next(line for line in field.units if line.unit == cast.office)
    assert (line.levels[1], line.late, line.without_effect) == (1, 1, 1)
    assert [measure.risk.unit for measure in field.late] == [cast.office]


def test_the_party_office_is_led_from_step_to_step_until_the_year_runs(cast: Cast) -> None:
    assert "第三步：采用权力事项" in titles(cast, "chen")
    make_power(cast.office)
    assert "第四步：建立年度工作" in titles(cast, "chen")
    campaign = make_campaign(cast.school, state="preparing")
    assert "第五步：启动年度工作" in titles(cast, "chen")
    assert "步：" not in titles(cast, "wang")
    Campaign.objects.filter(pk=campaign.pk).update(state="open")
    assert "步：" not in titles(cast, "chen")


def test_a_school_without_departments_begins_with_the_roster(cast: Cast) -> None:
    Unit.objects.filter(school=cast.school, kind="department").update(is_active=False)
    assert "第一步：导入人员名册" in titles(cast, "chen")
