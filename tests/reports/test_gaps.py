"""The gap finder on a school whose gaps are counted by hand."""

import html
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.common.clock import today
from qingqu.declarations.models import Declaration, StepJudgement
from qingqu.organisation.models import Appointment, Post
from qingqu.powers.models import Basis, Regulation
from qingqu.reports import gap_pictures, gaps
from qingqu.risks.models import MeasureRun, RiskPoint
from tests.make import (
    make_appointment,
    make_campaign,
    make_declaration,
    make_measure,
    make_power,
    make_risk_point,
)
from tests.people import Cast

EXPECTED = {
    # Ten posts of the cast in departments; the buyer (Wang) and the head of general affairs (Li) have risks.
    "posts-without-risk": 8,
    # Key posts: the buyer (has one) and the keeper (has none).
    "key-posts-without-risk": 1,
    # Three risks of level 1; general affairs is led by He, the party office by Qian, the new unit by nobody: one.
    "grave-without-leader": 1,
    # Two key posts, held since a year; the keeper's once more since 2015.
    "key-posts-long-held": 1,
    # One power of six steps in force (a retired one does not count); two answered in the form that was handed in.
    "steps-unjudged": 4,
    # Steps 1 and 6 are key; step 1 has a risk.
    "key-steps-without-risk": 1,
    # Steps with risks: 1 (measured), 2 (not), 3 (only a stopped measure).
    "steps-without-measure": 2,
    # Step 6.
    "steps-without-limit": 1,
    # Six risks; one has a regulation in force, one a repealed one.
    "risks-without-regulation": 5,
    # Four measures going: done, never done though due, without evidence kind, not due yet.
    "measures-without-evidence": 2,
    # Overdue, not overdue, repealed, without a day.
    "regulations-overdue": 1,
    "bases-unchecked": 1,
}


@pytest.fixture
def school(cast: Cast) -> Cast:
    """The school of EXPECTED."""
    day = today()
    _plane(cast, day)
    _points(cast, day)
    _lines(cast, day)
    return cast


def _points(cast: Cast, day: date) -> None:
    from tests.make import make_unit

    keeper = Post.objects.get(name="保管员")
    Post.objects.filter(pk__in=[cast.wang_post.pk, keeper.pk]).update(is_key=True)
    Appointment.objects.filter(post__in=[cast.wang_post, keeper]).update(started_on=day - timedelta(days=365))
    make_appointment(cast.wu, keeper, date(2015, 9, 1), is_main=False)
    leaderless = make_unit("信息中心", parent=cast.school, responsible=cast.wu)
    make_risk_point(leaderless, cast.wu, level=1)
    make_risk_point(cast.office, cast.li, level=2, post=cast.li_post)
    make_risk_point(cast.office, cast.li, level=3, post=cast.wang_post, state=RiskPoint.State.CLOSED)


def _lines(cast: Cast, day: date) -> None:
    regulation = Regulation.objects.get(name="采购管理办法")
    repealed = Regulation.objects.get(name="旧采购办法")
    power = make_power(cast.office, steps=6)
    make_power(cast.office, steps=2, state="retired")
    steps = list(power.steps.all())
    power.steps.filter(order=6).update(days=None)
    power.steps.filter(order__in=[1, 6]).update(is_key=True)
    first = make_risk_point(
        cast.office, cast.li, level=1, step=steps[0], power=power, post=cast.wang_post, regulation=regulation
    )
    make_risk_point(cast.office, cast.li, level=1, step=steps[1], power=power, regulation=repealed)
    third = make_risk_point(cast.office, cast.li, step=steps[2], power=power)
    make_risk_point(cast.teaching, cast.feng)
    make_measure(third, stopped_at=datetime(2026, 1, 1, tzinfo=None).astimezone())
    done = make_measure(first, next_due_on=day - timedelta(days=3))
    MeasureRun.objects.create(measure=done, done_on=day - timedelta(days=40), done_by=cast.li)
    make_measure(first, next_due_on=day - timedelta(days=3))
    make_measure(first, evidence_kind="")
    make_measure(first, next_due_on=day + timedelta(days=3))
    form = make_declaration(make_campaign(cast.school, day.year), cast.li, cast.office, kind="unit", state="in_review")
    StepJudgement.objects.create(declaration=form, step=steps[0], has_risk=True)
    StepJudgement.objects.create(declaration=form, step=steps[5], has_risk=False)
    draft = make_declaration(make_campaign(cast.school, day.year - 1), cast.li, cast.office, kind="unit")
    StepJudgement.objects.create(declaration=draft, step=steps[1], has_risk=True)
    Basis.objects.create(power=power, name="政府采购法", needs_check=True)
    Basis.objects.create(power=power, name="会计法")


def _plane(cast: Cast, day: date) -> None:
    for name, review_on, state in (
        ("采购管理办法", day + timedelta(days=1), "in_force"),
        ("用车管理办法", day - timedelta(days=1), "trial"),
        ("旧采购办法", day - timedelta(days=1), "repealed"),
        ("用印办法", None, "in_force"),
    ):
        Regulation.objects.create(school=cast.school, unit=cast.office, name=name, review_on=review_on, state=state)


@pytest.mark.parametrize("code", EXPECTED)
def test_each_gap_is_counted_as_by_hand(school: Cast, code: str) -> None:
    scope = gaps.scope_of(school.zhao)
    assert gaps.look(scope).counts[code] == EXPECTED[code]
    assert gaps.missing(scope, gaps.BY_CODE[code]).count() == EXPECTED[code]


def test_every_gap_has_its_hand_count() -> None:
    assert set(EXPECTED) == set(gaps.BY_CODE)


def test_what_was_looked_through(school: Cast) -> None:
    totals = gaps.look(gaps.scope_of(school.zhao)).totals
    assert totals["posts"] == 10
    assert (totals["steps"], totals["risks"], totals["measures"]) == (6, 6, 4)


def test_a_draft_has_not_answered_yet(school: Cast) -> None:
    Declaration.objects.update(state="draft")
    assert gaps.look(gaps.scope_of(school.zhao)).counts["steps-unjudged"] == 6


def test_a_head_sees_the_gaps_of_his_departments_only(school: Cast) -> None:
    found = gaps.look(gaps.scope_of(school.feng))
    assert found.totals["posts"] == Post.objects.filter(unit=school.teaching).count() == 2
    assert (found.totals["steps"], found.totals["risks"]) == (0, 1)
    assert gaps.look(gaps.scope_of(school.he)).totals["risks"] == 5


def test_counting_all_gaps_takes_seven_statements(school: Cast) -> None:
    scope = gaps.scope_of(school.zhao)
    with CaptureQueriesContext(connection) as captured:
        gaps.look(scope)
    assert len(captured) == len(gaps.BASES) == 7


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("code", EXPECTED)
def test_each_number_opens_its_list(school: Cast, code: str) -> None:
    answer = as_(school.zhao).get(reverse("reports:gap", args=[code]))
    assert answer.status_code == 200
    assert answer.content.decode().count("<tr>") - 1 == EXPECTED[code]


def test_a_list_leads_to_where_it_is_put_right(school: Cast) -> None:
    page = as_(school.chen).get(reverse("reports:gap", args=["steps-without-limit"])).content.decode()
    step = gaps.missing(gaps.scope_of(school.zhao), gaps.BY_CODE["steps-without-limit"]).get()
    assert reverse("powers:edit-table", args=[step.power_id, "steps"]) in page


@pytest.mark.parametrize("code", EXPECTED)
def test_every_way_of_a_list_is_open_to_its_reader(school: Cast, code: str) -> None:
    """The commission sees what is missing; it does not edit powers and regulations."""
    reader = as_(school.zhao)
    rows = reader.get(reverse("reports:gap", args=[code])).content.decode().partition("<tbody>")[2]
    for url in set(re.findall(r'<a href="([^"#]+)', rows.partition("</tbody>")[0])):
        assert reader.get(html.unescape(url)).status_code == 200, url


def test_a_step_leads_its_head_to_the_question_and_others_to_the_power(school: Cast) -> None:
    url = reverse("reports:gap", args=["steps-unjudged"])
    step = gaps.missing(gaps.scope_of(school.li), gaps.BY_CODE["steps-unjudged"]).first()
    assert step is not None
    form = Declaration.objects.get(unit=school.office, kind="unit", campaign__year=today().year)
    question = f"{reverse('declarations:fill-group', args=[form.pk, f'power-{step.power_id}'])}#step-{step.pk}"
    place = f"{reverse('powers:show', args=[step.power_id])}#step-{step.pk}"
    assert place in as_(school.li).get(url).content.decode()  # handed in: nothing can be answered now
    Declaration.objects.filter(pk=form.pk).update(state="returned")
    assert question in as_(school.li).get(url).content.decode()
    for other in (school.zhao, school.chen):
        page = as_(other).get(url).content.decode()
        assert place in page
        assert question not in page


def test_who_sees_gaps(school: Cast) -> None:
    url = reverse("reports:gap", args=["posts-without-risk"])
    for name in ("chen", "zhao", "qian", "sun", "li", "he", "feng"):
        assert as_(school.everyone[name]).get(url).status_code == 200, name
    assert as_(school.wang).get(url).status_code == 403
    assert as_(school.zhao).get(reverse("reports:gap", args=["nothing"])).status_code == 404
    page = as_(school.zhou).get(url).content.decode()
    assert "保管员" not in page


def test_a_hidden_risk_neither_fills_a_gap_nor_is_named(school: Cast) -> None:
    """Wu's own «思想道德» item: Chen may not see it, so nothing on Chen's page may change with it."""
    keeper = Post.objects.get(name="保管员")
    before = gaps.look(gaps.scope_of(school.chen)).counts
    make_risk_point(school.office, school.wu, person=school.wu, post=keeper, category="thought", title="思想松懈")
    assert gaps.look(gaps.scope_of(school.chen)).counts == before
    assert gaps.look(gaps.scope_of(school.zhao)).counts["key-posts-without-risk"] == 0
    page = as_(school.chen).get(reverse("reports:gap", args=["risks-without-regulation"])).content.decode()
    assert "思想松懈" not in page
    assert (
        "思想松懈" in as_(school.zhao).get(reverse("reports:gap", args=["risks-without-regulation"])).content.decode()
    )


def test_a_list_asks_as_often_for_many_rows_as_for_few(cast: Cast) -> None:
    def statements(rows: int) -> int:
        for _n in range(rows):
            make_measure(make_risk_point(cast.office, cast.li), evidence_kind="")
        client, lists = as_(cast.zhao), ["measures-without-evidence", "risks-without-regulation"]
        with CaptureQueriesContext(connection) as captured:
            for code in lists:
                client.get(reverse("reports:gap", args=[code]))
        return len(captured)

    assert statements(10) == statements(90)


@pytest.mark.parametrize(
    ("places", "total", "missing", "holes"),
    [(36, 48, 0, 0), (36, 48, 2, 2), (36, 360, 1, 1), (5, 5, 5, 5), (0, 0, 0, 0)],
)
def test_holes_in_the_picture(places: int, total: int, missing: int, holes: int) -> None:
    assert len(gap_pictures.holes_among(places, total, missing)) == holes


def test_a_picture_never_looks_whole_while_there_is_a_gap() -> None:
    assert sum(dot.hole for dot in gap_pictures.dots(180, 1)) == 1
    assert not all(dot.hole for dot in gap_pictures.beads(166, 165))


def test_the_years_in_a_key_post_are_the_schools_own(client: Client, school: Cast) -> None:
    """One appointment to a key post since 2015, two since a year."""
    year = school.school.campaigns.first() or make_campaign(school.school)
    client.force_login(school.zhao)
    url = reverse("reports:gap", args=["key-posts-long-held"])
    assert "为示例" in client.get(url).content.decode()
    year.rotation_years, year.rotation_basis = 1, "教育局〔2025〕3号"
    year.save()
    page = client.get(url).content.decode()
    assert "轮岗年限 1 年，依据：教育局〔2025〕3号" in page
    assert gaps.look(gaps.scope_of(school.zhao)).counts["key-posts-long-held"] == 3
