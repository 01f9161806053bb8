"""The way of a form: kept as handed in, decided, entered; levels need a second person."""

from datetime import date

import pytest

from qingqu.common.errors import NotPossible
from qingqu.declarations import review_actions as ra
from qingqu.declarations.models import CategoryAnswer, Declaration, Handing, ItemMeasure
from qingqu.declarations.rules.rounds import digest
from qingqu.notifications.models import Message
from qingqu.reviews.models import Review
from qingqu.risks.models import Rating, RiskPoint
from qingqu.trace.models import Entry
from qingqu.trace.reconcile import Rows
from tests.make import make_campaign, make_declaration, make_item, make_power


@pytest.fixture(autouse=True)
def _in_april(settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)


def handed_in(cast, person="wang", kind="personal", unit=None, **item) -> Declaration:
    campaign = cast.school.campaigns.first() or make_campaign(cast.school)
    declaration = make_declaration(
        campaign, getattr(cast, person), unit or cast.office, kind, state="in_review", sent_round=1
    )
    made = make_item(declaration, post=cast.wang_post, cause="discretion", **item)
    ItemMeasure.objects.create(item=made, phase="pre", text="轮换表上墙", evidence_kind="张贴照片")
    for category in ("thought", "system", "other"):
        CategoryAnswer.objects.create(declaration=declaration, category=category, none_reason="没有在校外机构兼职")
    ra.open_route(declaration, by=getattr(cast, person))
    return declaration


def waiting() -> Review:
    return Review.objects.get(state="waiting")


def decide(user, approve=True, opinion="属实", marked=()):
    return ra.decide_declaration(waiting(), approve=approve, opinion=opinion, marked=marked, by=user)


def acts(declaration) -> list[str]:
    rows = Entry.objects.filter(obj=f"declarations.declaration:{declaration.pk}").order_by("id")
    return list(rows.values_list("act", flat=True))


def test_the_form_is_kept_as_it_was_handed_in(cast):
    declaration = handed_in(cast)
    handing = Handing.objects.get(declaration=declaration)
    assert handing.digest == digest(handing.content)
    assert handing.content["items"][0]["measures"][0]["text"] == "轮换表上墙"
    assert Entry.objects.filter(obj=f"declarations.handing:{handing.pk}", act="declarations.handed").exists()
    review = waiting()
    assert (review.reviewer, review.title, review.unit) == (cast.li, "王雨桐的个人登记表", cast.office)


def test_from_head_to_risk_point(cast):
    declaration = handed_in(cast)
    decide(cast.li)
    declaration.refresh_from_db()
    assert declaration.state == "in_review"
    decide(cast.he)
    assert decide(cast.chen, opinion="已收件").finished
    declaration.refresh_from_db()
    risk = RiskPoint.objects.get()
    item = declaration.items.get()
    assert (declaration.state, item.risk_id) == ("approved", risk.pk)
    assert (risk.person, risk.level, risk.source_id, risk.is_leader) == (cast.wang, 2, item.pk, False)
    assert acts(declaration) == ["declarations.approved"]
    assert Message.objects.filter(person=cast.wang, text__contains="已审核通过").exists()


def test_a_return_keeps_the_text_and_tells_why(cast):
    declaration = handed_in(cast)
    item = declaration.items.get()
    decide(cast.li, approve=False, opinion="请补充在验收环节如何发生", marked=[f"item:{item.pk}:manifestation"])
    declaration.refresh_from_db()
    assert declaration.state == "returned"
    assert declaration.items.get().manifestation == item.manifestation
    assert acts(declaration) == ["declarations.returned"]
    assert Message.objects.filter(person=cast.wang, text__contains="请补充在验收环节如何发生").exists()
    assert not RiskPoint.objects.exists()


def test_a_return_without_reason_changes_nothing(cast):
    declaration = handed_in(cast)
    with pytest.raises(NotPossible, match="理由"):
        decide(cast.li, approve=False, opinion="")
    declaration.refresh_from_db()
    assert declaration.state == "in_review"


def test_another_level_needs_a_second_person_who_says_so(cast):
    """W3: Li proposes level 2 where the rule says 1; He must agree."""
    declaration = handed_in(
        cast, "li", "unit", likelihood=5, impact=4, answers="11100", level=2, level_reason="已由集体决定"
    )
    item = declaration.items.get()
    assert [r.stage for r in Review.objects.all()] == ["leader", "party_office", "group"]
    with pytest.raises(NotPossible, match="请勾选同意"):
        decide(cast.he)
    decide(cast.he, marked=[f"agree:{item.pk}"])
    decide(cast.chen)
    with pytest.raises(NotPossible, match="请勾选同意"):
        decide(cast.qian)
    assert decide(cast.qian, marked=[f"agree:{item.pk}"]).finished
    rating = Rating.objects.get()
    assert (rating.computed_level, rating.level, rating.state, rating.agreed_by) == (1, 2, "settled", cast.he)


def test_a_level_one_risk_goes_to_the_group(cast):
    handed_in(cast, likelihood=5, impact=4, answers="11100")
    assert list(Review.objects.values_list("stage", flat=True)) == ["head", "leader", "party_office", "group"]


def test_the_principals_form_is_filed_upward(cast):
    office = cast.sun.appointments.get().post.unit
    declaration = handed_in(cast, "sun", unit=office)
    rows = Review.objects.filter(turn=1)
    assert {r.reviewer or r.duty for r in rows} == {cast.qian, cast.he, "discipline"}
    for row, user in ((rows.get(reviewer=cast.qian), cast.qian), (rows.get(reviewer=cast.he), cast.he)):
        ra.decide_declaration(row, approve=True, opinion="", by=user)
    ra.decide_declaration(rows.get(duty="discipline"), approve=True, opinion="", by=cast.zhao)
    assert ra.decide_declaration(Review.objects.get(turn=2), approve=True, opinion="", by=cast.chen).finished
    assert RiskPoint.objects.get().is_leader
    assert Message.objects.filter(person=cast.zhao, text__contains="报上级纪检组备案").exists()
    declaration.refresh_from_db()
    assert declaration.state == "approved"


@pytest.mark.parametrize("name", ["wang", "wu", "he", "chen", "zhao", "qian", "zhou"])
def test_only_whose_turn_it_is(cast, name):
    handed_in(cast)
    with pytest.raises(NotPossible):
        decide(getattr(cast, name))


def test_a_form_that_is_not_in_review_cannot_be_decided(cast):
    declaration = handed_in(cast)
    Declaration.objects.filter(pk=declaration.pk).update(state="draft")
    with pytest.raises(NotPossible, match="填写中"):
        decide(cast.li)


def test_withdrawal_until_somebody_decided(cast):
    declaration = handed_in(cast)
    ra.withdraw_route(declaration, by=cast.wang)
    assert not Review.objects.filter(state="waiting").exists()
    declaration.sent_round = 2
    declaration.save()
    ra.open_route(declaration, by=cast.wang)
    decide(cast.li)
    with pytest.raises(NotPossible, match="不能撤回"):
        ra.withdraw_route(declaration, by=cast.wang)


def test_entering_costs_the_same_for_one_item_and_for_many(cast, django_assert_max_num_queries):
    declaration = handed_in(cast)
    power = make_power(cast.office)
    for n in range(20):
        make_item(declaration, title=f"第{n}项", power=power, step=power.steps.first())
    decide(cast.li)
    decide(cast.he)
    with django_assert_max_num_queries(80):
        decide(cast.chen)
    assert RiskPoint.objects.count() == 21


def test_every_row_of_the_way_agrees_with_its_last_leaf(cast):
    """W7: what was decided is committed, so that a later change by SQL is named."""
    declaration = handed_in(cast)
    decide(cast.li, approve=False, opinion="请写明怎样调")
    declaration.refresh_from_db()
    declaration.state, declaration.sent_round = "in_review", 2
    declaration.save()
    ra.open_route(declaration, by=cast.wang)
    for user in (cast.li, cast.he, cast.chen):
        decide(user)
    rows = Rows()
    for model in (Review, Handing, Declaration, RiskPoint):
        assert rows.compare(model, list(model.objects.values_list("pk", flat=True))) == [], model
    Review.objects.filter(sent_round=2, turn=1).update(opinion="改过的意见")
    assert len(rows.compare(Review, list(Review.objects.values_list("pk", flat=True)))) == 1


def test_a_colleague_looks_first_where_the_year_says_so(cast):
    campaign = make_campaign(cast.school, peer_review=True)
    declaration = handed_in(cast)
    peer = waiting()
    assert (peer.stage, peer.reviewer) == ("peer", cast.wu)
    decide(cast.wu)
    assert waiting().stage == "head"
    campaign.peer_review = False
    campaign.save()
    seats = Review.objects.of("declarations.declaration", declaration.pk).values_list("stage", flat=True)
    assert list(seats) == ["peer", "head", "leader", "party_office"]


def test_a_head_has_no_subordinate_as_his_peer(cast):
    make_campaign(cast.school, peer_review=True)
    handed_in(cast, "li")
    assert waiting().stage == "leader"


def test_a_colleague_does_not_decide_on_levels(cast):
    make_campaign(cast.school, peer_review=True)
    declaration = handed_in(cast, level=3, level_reason="金额小")
    mark = f"agree:{declaration.items.get().pk}"
    decide(cast.wu, marked=[mark])
    with pytest.raises(NotPossible, match="请勾选同意"):
        decide(cast.li)
    decide(cast.li, marked=[mark])
    decide(cast.he, marked=[mark])
    decide(cast.chen)
    assert Rating.objects.get().agreed_by == cast.li


def test_forms_in_review_go_on_as_they_were_sent(cast):
    from qingqu.campaigns.actions import edit_settings

    campaign = make_campaign(cast.school, group_step="all")
    declaration = handed_in(cast)
    edit_settings(campaign, peer_review=True, group_step="none", rotation_years=5, rotation_basis="", by=cast.chen)
    stages = [r.stage for r in Review.objects.of("declarations.declaration", declaration.pk)]
    assert stages == ["head", "leader", "party_office", "group"]
    decide(cast.li, approve=False, opinion="请补充")
    declaration.refresh_from_db()
    declaration.state, declaration.sent_round = "in_review", 2
    declaration.save()
    ra.open_route(declaration, by=cast.wang)
    last = Review.objects.of("declarations.declaration", declaration.pk).filter(sent_round=2)
    assert [r.stage for r in last] == ["peer", "head", "leader", "party_office"]
