"""Opening, deciding, taking back and reassigning: states, traces, refusals."""

from datetime import date

import pytest

from qingqu.common.errors import NotPossible
from qingqu.notifications.models import Message
from qingqu.reviews import actions
from qingqu.reviews.actions import Turn
from qingqu.reviews.models import Review
from qingqu.trace.models import Entry


@pytest.fixture(autouse=True)
def _in_april(settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)


def open_round(cast, turns=None, **fields):
    defaults = {
        "school": cast.school,
        "unit": cast.office,
        "kind": "personal",
        "subject_label": "tests.paper",
        "subject_id": 7,
        "title": "王雨桐的个人登记表",
        "url": "/paper/7",
        "owner": cast.wang,
        "sent_round": 1,
        "by": cast.wang,
    }
    turns = turns or [
        Turn(1, "head", cast.li),
        Turn(2, "leader", cast.he),
        Turn(3, "party_office", duty="party_office"),
    ]
    return actions.open_round(turns=turns, **{**defaults, **fields})


def states() -> list[str]:
    return list(Review.objects.order_by("sent_round", "turn", "id").values_list("state", flat=True))


def acts(review: Review) -> list[str]:
    return list(Entry.objects.filter(obj=f"reviews.review:{review.pk}").order_by("id").values_list("act", flat=True))


def test_the_first_turn_waits_three_working_days(cast):
    first, *_ = open_round(cast)
    assert states() == ["waiting", "coming", "coming"]
    assert first.due_on == date(2026, 4, 29)
    assert acts(first) == ["reviews.opened"]
    assert Message.objects.filter(person=cast.li, url="/paper/7").count() == 1
    assert not Message.objects.filter(person=cast.he).exists()


def test_approvals_lead_to_the_end(cast):
    first, second, third = open_round(cast)
    outcome = actions.decide(first, approve=True, opinion="属实", by=cast.li)
    assert [row.pk for row in outcome.next] == [second.pk]
    assert acts(first) == ["reviews.opened", "reviews.approved"]
    assert acts(second) == ["reviews.opened", "reviews.turned"]
    second.refresh_from_db()
    assert second.due_on == date(2026, 4, 29)
    assert not actions.decide(second, approve=True, opinion="", by=cast.he).finished
    assert actions.decide(third, approve=True, opinion="已收件", by=cast.chen).finished
    assert states() == ["approved"] * 3


def test_a_turn_side_by_side_needs_all(cast):
    one, two, three = open_round(
        cast, [Turn(1, "leader", cast.qian), Turn(1, "leader", cast.sun), Turn(2, "party_office", duty="party_office")]
    )
    assert actions.decide(one, approve=True, opinion="", by=cast.qian) == actions.Outcome()
    assert [r.pk for r in actions.decide(two, approve=True, opinion="", by=cast.sun).next] == [three.pk]


def test_a_return_needs_a_reason_and_ends_the_round(cast):
    first, *_ = open_round(cast)
    with pytest.raises(NotPossible, match="退回须写明理由"):
        actions.decide(first, approve=False, opinion="  ", by=cast.li)
    outcome = actions.decide(first, approve=False, opinion="请补充在验收环节如何发生", marked=["item:1"], by=cast.li)
    assert outcome.returned
    assert states() == ["returned", "void", "void"]
    assert acts(Review.objects.get(turn=2)) == ["reviews.opened", "reviews.voided"]
    first.refresh_from_db()
    assert (first.marked, first.decided_by) == (["item:1"], cast.li)


@pytest.mark.parametrize("name", ["wang", "chen", "sun", "zhou", "he"])
def test_only_whose_turn_it_is(cast, name):
    first, *_ = open_round(cast)
    with pytest.raises(NotPossible):
        actions.decide(first, approve=True, opinion="", by=getattr(cast, name))
    assert states() == ["waiting", "coming", "coming"]


def test_a_duty_never_decides_on_its_holders_own_paper(cast):
    (only,) = open_round(cast, [Turn(1, "party_office", duty="party_office")], owner=cast.chen)
    with pytest.raises(NotPossible, match="本人"):
        actions.decide(only, approve=True, opinion="", by=cast.chen)
    assert not Review.objects.waiting_for(cast.chen).exists()


def test_not_twice(cast):
    first, *_ = open_round(cast)
    actions.decide(first, approve=True, opinion="", by=cast.li)
    with pytest.raises(NotPossible, match="已经办理"):
        actions.decide(first, approve=False, opinion="改主意", by=cast.li)


def test_a_second_round_waits_for_the_first(cast):
    open_round(cast)
    with pytest.raises(NotPossible, match="还在审核中"):
        open_round(cast, sent_round=2)


def test_nobody_is_routed_to_himself(cast):
    with pytest.raises(NotPossible, match="本人"):
        open_round(cast, [Turn(1, "head", cast.wang)])


def test_withdrawal_before_anyone_acted(cast):
    open_round(cast)
    actions.void_round(subject_label="tests.paper", subject_id=7, by=cast.wang)
    assert states() == ["void"] * 3
    open_round(cast, sent_round=2)
    actions.decide(Review.objects.get(state="waiting"), approve=True, opinion="", by=cast.li)
    with pytest.raises(NotPossible, match="不能撤回"):
        actions.void_round(subject_label="tests.paper", subject_id=7, by=cast.wang)


def test_reassigning(cast):
    first, *_ = open_round(cast)
    moved = actions.reassign(first, to=cast.feng, reason="李明远外出培训", by=cast.chen)
    assert moved.reviewer == cast.feng
    assert acts(first)[-1] == "reviews.reassigned"
    assert Message.objects.filter(person=cast.feng).exists()
    assert actions.decide(moved, approve=True, opinion="", by=cast.feng).next


def asked_of(person) -> int:
    """How many of the lines that ask `person` for a review he has still to read."""
    return Message.objects.filter(person=person, url="/paper/7", read_at=None).count()


@pytest.mark.parametrize("approve", [True, False])
def test_what_is_decided_asks_nobody_any_more(cast, approve):
    first, *_ = open_round(cast)
    tell = Message.objects.create(person=cast.li, kind="task", text="别的事", url="/other", on=date(2026, 4, 24))
    assert asked_of(cast.li) == 1
    actions.decide(first, approve=approve, opinion="请补充依据", by=cast.li)
    assert asked_of(cast.li) == 0
    assert asked_of(cast.he) == (1 if approve else 0)
    tell.refresh_from_db()
    assert tell.read_at is None


def test_what_is_taken_back_asks_nobody_any_more(cast):
    open_round(cast)
    actions.void_round(subject_label="tests.paper", subject_id=7, by=cast.wang)
    assert asked_of(cast.li) == 0


def test_a_review_given_away_and_back_asks_again(cast):
    first, *_ = open_round(cast)
    moved = actions.reassign(first, to=cast.feng, reason="李明远外出培训", by=cast.chen)
    assert (asked_of(cast.li), asked_of(cast.feng)) == (0, 1)
    actions.reassign(moved, to=cast.li, reason="李明远已返校", by=cast.chen)
    assert (asked_of(cast.li), asked_of(cast.feng)) == (1, 0)


@pytest.mark.parametrize(("to", "words"), [("wang", "本人"), ("he", "其他环节"), ("zhou", "本校"), ("li", "理由")])
def test_reassigning_refuses(cast, to, words):
    first, *_ = open_round(cast)
    with pytest.raises(NotPossible, match=words):
        actions.reassign(first, to=getattr(cast, to), reason="" if to == "li" else "外出", by=cast.chen)


def test_never_to_a_subordinate(cast):
    (only,) = open_round(cast, [Turn(1, "leader", cast.he)], owner=cast.li)
    with pytest.raises(NotPossible, match="下属"):
        actions.reassign(only, to=cast.wu, reason="外出", by=cast.chen)
