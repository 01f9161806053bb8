"""What a form begins with in the database."""

from __future__ import annotations

from datetime import date

import pytest

from qingqu.campaigns.models import Campaign
from qingqu.common.errors import NotPossible
from qingqu.declarations import actions
from qingqu.declarations.models import Declaration
from qingqu.library.catalogue import catalogue
from qingqu.organisation.models import BranchMembership
from qingqu.trace.models import Entry
from tests.make import make_campaign, make_declaration, make_item, make_power
from tests.people import Cast


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return make_campaign(cast.school)


def test_one_form_covers_both_posts_of_wang(cast, campaign):
    form = actions.start(campaign, by=cast.wang)
    assert form.unit == cast.office
    posts = {item.post_id for item in form.items.all()}
    assert posts == {cast.wang_post.pk, cast.wang_second_post.pk}
    risks = [*catalogue().posts["G19"].risks, *catalogue().posts["G15"].risks]
    assert form.items.count() == form.prefilled == len(risks)
    item = form.items.get(title=risks[0].text)
    assert item.origin == "template"
    assert item.origin_text == item.manifestation == risks[0].text
    assert item.measures.count() == 3
    assert not item.confirmed


def test_starting_leaves_its_trace_and_starting_twice_does_nothing(cast, campaign):
    form = actions.start(campaign, by=cast.wang)
    entries = Entry.objects.filter(obj=f"declarations.declaration:{form.pk}", act="declarations.started")
    assert entries.count() == 1
    assert actions.start(campaign, by=cast.wang) == form
    assert entries.count() == 1
    assert Declaration.objects.count() == 1


def test_duties_and_party_membership_are_filled_in(cast, campaign):
    cast.wang_post.duties = "物资采购与验收"
    cast.wang_post.save()
    BranchMembership.objects.create(person=cast.wang, branch=cast.branch)
    form = actions.start(campaign, by=cast.wang)
    assert form.duties == "物资采购与验收"
    assert form.political_status == "中共党员"


def test_last_years_form_is_continued_with_its_risk_and_measures(cast, campaign):
    last = make_campaign(cast.school, 2025, state=Campaign.State.CLOSED)
    old = make_declaration(last, cast.wang, cast.office, state="approved")
    item = make_item(old, post=cast.wang_post)
    item.measures.create(phase="mid", text="轮换表每月更新", frequency="month", evidence_kind="轮换表")
    gone = make_item(old, title="已不担任的岗位", post=cast.li_post)
    form = actions.start(campaign, by=cast.wang)
    continued = form.items.get(origin="last_year")
    assert (continued.title, continued.origin_text) == (item.title, item.manifestation)
    assert continued.measures.get().text == "轮换表每月更新"
    assert not form.items.filter(title=gone.title).exists()


def test_last_years_unapproved_form_is_not_continued(cast, campaign):
    last = make_campaign(cast.school, 2025, state=Campaign.State.CLOSED)
    make_item(make_declaration(last, cast.wang, cast.office, state="returned"))
    assert not actions.start(campaign, by=cast.wang).items.filter(origin="last_year").exists()


def test_nobody_starts_before_the_campaign_opens_or_without_a_post(cast, campaign):
    stranger_post = cast.wu.appointments.get()
    stranger_post.ended_on = date(2024, 1, 1)
    stranger_post.save()
    with pytest.raises(NotPossible, match="没有任职岗位"):
        actions.start(campaign, by=cast.wu)
    for state, words in ((Campaign.State.PREPARING, "还没有开始"), (Campaign.State.CLOSED, "已结束")):
        campaign.state = state
        campaign.save()
        with pytest.raises(NotPossible, match=words):
            actions.start(campaign, by=cast.wang)


def test_the_unit_form_begins_with_the_duties_of_the_unit(cast, campaign):
    cast.office.duties = "采购、维修与资产"
    cast.office.save()
    make_power(cast.office)
    form = actions.start_unit(cast.office, campaign, by=cast.li)
    assert (form.kind, form.person, form.duties) == ("unit", cast.li, "采购、维修与资产")
    assert form.items.count() == 0


def test_a_new_head_takes_the_unit_form_over(cast, campaign):
    form = actions.start_unit(cast.office, campaign, by=cast.li)
    taken = actions.start_unit(cast.office, campaign, by=cast.wu)
    assert (taken.pk, taken.person) == (form.pk, cast.wu)
    assert Entry.objects.filter(act="declarations.taken_over").count() == 1


def test_starting_takes_a_fixed_number_of_statements(cast, campaign, django_assert_max_num_queries):
    with django_assert_max_num_queries(22):
        actions.start(campaign, by=cast.wang)
