"""信息档案: what is in it, who may open it, who looked."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from qingqu.campaigns.actions import edit_plan
from qingqu.campaigns.queries import plan_versions
from qingqu.declarations.models import Declaration
from qingqu.records.models import Document, Filing, Notice
from qingqu.reports import dossiers
from qingqu.reviews.models import Review
from qingqu.risks.models import MeasureRun, Rating
from qingqu.trace.models import Entry
from tests.make import make_campaign, make_declaration, make_measure, make_risk_point
from tests.people import Cast

YEAR = 2026


def as_(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def url(kind: str, pk: int, year: int = YEAR) -> str:
    return reverse("reports:dossier", args=[kind, pk, year])


def make_dossiers(cast: Cast) -> None:
    """A year of the general affairs office and of Wang."""
    now = timezone.now().replace(year=YEAR, month=4, day=20)
    campaign = make_campaign(cast.school, YEAR)
    approved: dict[str, Any] = {"state": Declaration.State.APPROVED, "submitted_at": now, "approved_at": now}
    make_declaration(campaign, cast.li, cast.office, kind="unit", number="YC5Z-DWDJ-2026-0001", **approved)
    own = make_declaration(campaign, cast.wang, cast.office, number="YC5Z-GRDJ-2026-0007", **approved)
    Review.objects.create(
        school=cast.school,
        subject_label=dossiers.DECLARATION,
        subject_id=own.pk,
        title="王雨桐登记表",
        url="/",
        owner=cast.wang,
        turn=1,
        stage=Review.Stage.LEADER,
        state=Review.State.APPROVED,
        decided_by=cast.he,
        decided_at=now,
        opinion="意见不在目录里",
    )
    paper = Document.objects.create(
        school=cast.school,
        unit=cast.office,
        kind=Document.Kind.UNIT_LIST,
        year=YEAR,
        number="YC5Z-QD-2026-0001",
        title="总务处廉政风险清单",
        content={},
        digest="0" * 64,
        frozen_at=now,
        frozen_by=cast.li,
    )
    Notice.objects.create(
        document=paper, starts_on=date(YEAR, 5, 6), ends_on=date(YEAR, 5, 12), published_by=cast.chen, state="ended"
    )
    Filing.objects.create(document=paper, number="YC5Z-BA-2026-0001", state="accepted", filed_by=cast.li, filed_at=now)
    risk = make_risk_point(cast.office, cast.li, title="单位的风险", document=paper)
    run = MeasureRun(measure=make_measure(risk, text="盘点"), done_on=date(YEAR, 5, 20), done_by=cast.li)
    run.save()
    for each in (
        risk,
        make_risk_point(cast.office, cast.wang, person=cast.wang, title="本人的风险"),
        make_risk_point(cast.office, cast.wang, person=cast.wang, title="私念", category="thought"),
    ):
        rating = Rating.objects.create(
            risk=each, likelihood=4, impact=4, answers="00000", score=16, computed_level=2, level=2, rule_version="1"
        )
        Rating.objects.filter(pk=rating.pk).update(at=now)


def test_a_unit_and_a_year_in_one_index(cast: Cast) -> None:
    make_dossiers(cast)
    text = as_(cast.chen).get(url("units", cast.office.pk)).content.decode()
    for said in ("YC5Z-DWDJ-2026-0001", "YC5Z-QD-2026-0001", "YC5Z-BA-2026-0001", "单位的风险", "盘点", "公示结束"):
        assert said in text, said
    for personal in ("YC5Z-GRDJ-2026-0007", "本人的风险", "私念"):
        assert personal not in text, personal
    assert "YC5Z-DWDJ-2026-0001" not in as_(cast.chen).get(url("units", cast.office.pk, 2025)).content.decode()


def test_a_form_that_is_being_written_is_listed_but_not_linked(cast: Cast) -> None:
    make_dossiers(cast)
    form = Declaration.objects.get(unit=cast.office, kind="unit")
    link = reverse("declarations:show", args=[form.pk])
    assert link in as_(cast.chen).get(url("units", cast.office.pk)).content.decode()
    Declaration.objects.filter(pk=form.pk).update(state="returned")
    page = as_(cast.chen).get(url("units", cast.office.pk)).content.decode()
    assert "YC5Z-DWDJ-2026-0001" in page
    assert link not in page
    assert link in as_(cast.li).get(url("units", cast.office.pk)).content.decode(), "its writer goes on writing"


def test_a_person_finds_all_of_his_own_and_nobodys_opinions(cast: Cast) -> None:
    make_dossiers(cast)
    text = as_(cast.wang).get(url("people", cast.wang.pk)).content.decode()
    for said in ("YC5Z-GRDJ-2026-0007", "本人的风险", "私念", "何建平"):
        assert said in text, said
    assert "意见不在目录里" not in text
    assert "单位的风险" not in text


@pytest.mark.parametrize(
    ("name", "unit", "person"),
    [
        ("zhao", 200, 200),
        ("chen", 200, 403),
        ("li", 200, 403),
        ("he", 200, 403),
        ("wang", 403, 200),
        ("wu", 403, 403),
        ("feng", 403, 403),
        ("sun", 403, 403),
        ("qian", 403, 403),
        ("zhou", 404, 404),
    ],
)
def test_who_may_open_what(cast: Cast, name: str, unit: int, person: int) -> None:
    make_dossiers(cast)
    client = as_(cast.everyone[name])
    for fmt in ("", "/index.print"):
        assert client.get(url("units", cast.office.pk) + fmt).status_code == unit
        assert client.get(url("people", cast.wang.pk) + fmt).status_code == person
    assert Client().get(url("people", cast.wang.pk)).status_code == 302


def test_opening_somebodys_dossier_is_kept_and_shown_to_him(cast: Cast) -> None:
    make_dossiers(cast)
    as_(cast.zhao).get(url("people", cast.wang.pk))
    entry = Entry.objects.get(act="reports.viewed")
    assert (entry.obj, entry.actor) == (f"accounts.user:{cast.wang.pk}", f"u:{cast.zhao.pk}")
    text = as_(cast.wang).get(url("people", cast.wang.pk)).content.decode()
    assert "赵文静" in text
    assert "2026 年度信息档案" in text
    assert Entry.objects.filter(act="reports.viewed").count() == 1


def test_the_list_shows_what_one_may_open(cast: Cast) -> None:
    make_dossiers(cast)
    address = reverse("reports:dossiers")
    units = as_(cast.chen).get(address, {"of": "units", "year": str(YEAR)}).content.decode()
    assert "总务处" in units
    assert "YC5Z-BA-2026-0001" in units
    assert "王雨桐" not in as_(cast.chen).get(address, {"of": "people"}).content.decode()
    assert "王雨桐" in as_(cast.zhao).get(address, {"of": "people", "q": "雨桐"}).content.decode()
    own = as_(cast.wang).get(address).content.decode()
    assert url("people", cast.wang.pk, timezone.localdate().year) in own
    assert url("people", cast.wu.pk, timezone.localdate().year) not in own


def test_it_asks_as_often_for_much_as_for_little(cast: Cast) -> None:
    make_dossiers(cast)

    def statements() -> int:
        client = as_(cast.zhao)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url("units", cast.office.pk)).status_code == 200
            assert client.get(reverse("reports:dossiers"), {"of": "people"}).status_code == 200
        return len(asked)

    few = statements()
    for n in range(40):
        risk = make_risk_point(cast.office, cast.li, title=f"多{n}")
        Rating.objects.create(
            risk=risk, likelihood=4, impact=4, answers="00000", score=16, computed_level=2, level=2, rule_version="1"
        )
        MeasureRun.objects.create(measure=make_measure(risk), done_on=date(YEAR, 5, 20), done_by=cast.li)
    assert statements() == few


def test_an_index_on_paper(cast: Cast) -> None:
    make_dossiers(cast)
    answer = as_(cast.zhao).get(url("units", cast.office.pk) + "/index.docx")
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")


def test_the_years_plan_stands_in_the_dossier_of_every_unit(cast: Cast) -> None:
    plan = edit_plan(make_campaign(cast.school, YEAR), "查准、查全、查深", by=cast.chen)
    number = plan_versions(plan).get().number
    for unit in (cast.office, cast.branch):
        parts = {str(part.name): part for part in dossiers.dossier(unit, YEAR, cast.zhao).parts}
        assert [item.title.partition(" ")[0] for item in parts["文书"].items] == [number]
    later = {str(part.name): part for part in dossiers.dossier(cast.office, YEAR + 1, cast.zhao).parts}
    assert later["文书"].items == []
