"""Handing in and taking back."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from qingqu.campaigns.models import Campaign
from qingqu.common.errors import NotPossible
from qingqu.declarations import actions, queries, review_queries
from qingqu.declarations.draft_actions import save
from qingqu.declarations.models import Declaration
from qingqu.declarations.review_actions import decide_declaration
from qingqu.declarations.rules.content import Content
from qingqu.organisation.models import Duty, Unit
from qingqu.reviews.models import Review
from qingqu.trace.models import Entry
from qingqu.trace.queries import history, lines
from tests.declarations.filling import filled, handed_in, keep_all
from tests.make import make_campaign, make_power
from tests.people import Cast


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return make_campaign(cast.school)


def test_handing_in_numbers_the_form_and_opens_its_reviews(cast, campaign):
    form = handed_in(campaign, cast.wang)
    assert (form.state, form.sent_round, form.number) == ("in_review", 1, "YC5Z-GRDJ-2026-0001")
    assert form.submitted_at
    assert queries.holding(form)[0].is_now
    entry = Entry.objects.get(act="declarations.submitted")
    assert (entry.obj, entry.actor) == (f"declarations.declaration:{form.pk}", f"u:{cast.wang.pk}")


def test_an_unfinished_form_is_refused_with_every_sentence(cast, campaign):
    form = actions.start(campaign, by=cast.wang)
    with pytest.raises(NotPossible) as refused:
        actions.submit(form, by=cast.wang)
    for words in ("思想道德风险还没有填写", "是预填的", "请勾选承诺", "请填写岗位职责"):
        assert words in refused.value.reason
    form.refresh_from_db()
    assert (form.state, form.number, form.sent_round) == ("draft", "", 0)
    assert not Review.objects.exists()


def test_it_cannot_be_handed_in_twice(cast, campaign):
    form = handed_in(campaign, cast.wang)
    with pytest.raises(NotPossible, match="不能报送"):
        actions.submit(form, by=cast.wang)
    assert Entry.objects.filter(act="declarations.submitted").count() == 1


def test_late_forms_are_accepted_until_the_year_is_closed(cast, campaign, settings):
    settings.QINGQU_TODAY = date(2026, 6, 1)
    assert handed_in(campaign, cast.wang).state == "in_review"
    form = filled(campaign, cast.wu)
    Campaign.objects.update(state=Campaign.State.CLOSED)
    with pytest.raises(NotPossible, match="本年度工作已结束"):
        actions.submit(form, by=cast.wu)


def test_withdrawing_gives_the_form_back_with_its_number(cast, campaign):
    form = actions.withdraw(handed_in(campaign, cast.wang), by=cast.wang)
    assert (form.state, form.number) == ("draft", "YC5Z-GRDJ-2026-0001")
    assert set(Review.objects.values_list("state", flat=True)) == {"void"}
    assert Entry.objects.filter(act="declarations.withdrawn").count() == 1
    again = actions.submit(form, by=cast.wang)
    assert (again.number, again.sent_round) == ("YC5Z-GRDJ-2026-0001", 2)


def test_nothing_is_withdrawn_once_a_reviewer_has_decided(cast, campaign):
    form = handed_in(campaign, cast.wang)
    decide_declaration(Review.objects.get(state="waiting"), approve=True, opinion="", by=cast.li)
    with pytest.raises(NotPossible, match="不能撤回"):
        actions.withdraw(form, by=cast.wang)
    form.refresh_from_db()
    assert form.state == "in_review"


def test_a_draft_cannot_be_withdrawn(cast, campaign):
    with pytest.raises(NotPossible, match="没有可撤回"):
        actions.withdraw(filled(campaign, cast.wang), by=cast.wang)


def test_a_returned_form_keeps_its_text_and_goes_again(cast, campaign):
    form = handed_in(campaign, cast.wang)
    before = queries.draft(form).content()
    waiting = Review.objects.get(state="waiting")
    decide_declaration(waiting, approve=False, opinion="请补充在验收环节如何发生", by=cast.li)
    form.refresh_from_db()
    assert form.state == "returned"
    assert queries.draft(form).content() == before
    assert queries.holding(form)[0].opinion == "请补充在验收环节如何发生"
    save(form, Content(duties="采购与验收"), by=cast.wang, version=form.version)
    assert actions.submit(form, by=cast.wang).sent_round == 2


def test_without_any_reviewer_nothing_is_handed_in(cast, campaign):
    form = filled(campaign, cast.wang)
    Unit.objects.update(responsible=None, leader=None)
    Duty.objects.all().delete()
    with pytest.raises(NotPossible, match="没有可以审核的人"):
        actions.submit(form, by=cast.wang)
    form.refresh_from_db()
    assert (form.state, form.number) == ("draft", "")


def test_the_unit_form_is_handed_in_by_its_head_under_its_own_series(cast, campaign):
    make_power(cast.office)
    form = actions.start_unit(cast.office, campaign, by=cast.li)
    with pytest.raises(NotPossible, match="还没有判断有无风险"):
        actions.submit(form, by=cast.li)
    form = save(form, keep_all(form), by=cast.li, version=1)
    form = actions.submit(form, by=cast.li)
    assert form.number == "YC5Z-DWDJ-2026-0001"
    assert not Review.objects.filter(reviewer=cast.li).exists()


def test_handing_in_takes_few_statements(cast, campaign, django_assert_max_num_queries):
    form = filled(campaign, cast.wang)
    with django_assert_max_num_queries(60):
        actions.submit(form, by=cast.wang)
    assert Declaration.objects.get().state == "in_review"


def test_a_party_branch_owes_no_form(client, cast, campaign):
    cast.branch.responsible = cast.li
    cast.branch.save(update_fields=["responsible"])
    assert [card.unit for card in queries.mine(cast.li, campaign)] == [None, cast.office]
    with pytest.raises(NotPossible, match="党支部"):
        actions.start_unit(cast.branch, campaign, by=cast.li)
    client.force_login(cast.li)
    assert client.post(reverse("declarations:start-unit", args=[cast.branch.pk])).status_code == 403
    assert not Declaration.objects.filter(unit=cast.branch).exists()


def test_the_trace_names_form_and_year_and_nothing_that_is_in_it(cast, campaign):
    form = handed_in(campaign, cast.wang)
    told = [line.sentence for line in history(form)]
    assert told[0].startswith("报送登记表“2026 年王雨桐（个人）”，编号 YC5Z-GRDJ-2026-0001")
    assert not any(f"编号 {form.pk}" in sentence or "购物卡" in sentence for sentence in told)
    masked = lines(Entry.objects.filter(obj=f"declarations.declaration:{form.pk}"), words=False)
    assert not any("王雨桐" in line.sentence or line.title for line in masked)
    unit = actions.start_unit(cast.office, campaign, by=cast.li)
    assert history(unit)[0].title == "2026 年总务处（单位）"


def test_a_withdrawal_stands_in_the_course(client, cast, campaign):
    form = handed_in(campaign, cast.wang)
    actions.withdraw(form, by=cast.wang)
    actions.submit(form, by=cast.wang)
    happened = review_queries.course(form, cast.li).happenings
    assert [(h.who, h.text.partition("，")[0]) for h in happened][:3] == [
        ("王雨桐", "重新报送"),
        ("王雨桐", "撤回报送"),
        ("王雨桐", "报送"),
    ]
    client.force_login(cast.li)
    assert "撤回报送" in client.get(reverse("declarations:review", args=[form.pk])).content.decode()
