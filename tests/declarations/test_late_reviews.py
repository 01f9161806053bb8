"""Reviews that stay lying: reminders to the reviewer, then one level up after every so many days (S21, S34)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qingqu.declarations import review_tasks
from qingqu.declarations.rules.late import level_of, steps_up, told_of
from qingqu.notifications.models import Message
from qingqu.reviews import tasks
from qingqu.reviews.models import Review
from tests.declarations.filling import handed_in
from tests.make import make_campaign

LINE = [[3], [9], [8], [7], [6]]
"""Li heads, He leads, Qian is secretary, Sun principal, Zhao discipline."""


@pytest.mark.parametrize(
    ("late", "steps"), [(0, 0), (1, 0), (3, 0), (4, 1), (6, 1), (7, 2), (100, 33)], ids=lambda value: str(value)
)
def test_one_level_after_each_three_days(late, steps):
    assert steps_up(late, 3) == steps


@pytest.mark.parametrize(
    ("stage", "steps", "away", "told"),
    [
        ("peer", 1, {2}, (3,)),
        ("head", 1, {3}, (9,)),
        ("head", 2, {3}, (8,)),
        ("head", 9, {3}, (8,)),
        ("leader", 1, {9}, (8,)),
        ("leader", 1, {9, 8}, (7,)),
        ("party_office", 1, {5}, (8,)),
        ("group", 1, {8}, (7,)),
        ("group", 5, {8}, (7,)),
        ("leader", 1, {7, 8}, (6,)),
        ("group", 1, {6, 7, 8}, ()),
    ],
    ids=[
        "a colleague: the head",
        "the head: the leader",
        "and then the secretary",
        "where it ends",
        "the leader: the secretary",
        "the secretary's own form: the principal",
        "the party office: the secretary",
        "the secretary himself: the principal",
        "it stays there",
        "both: the commission",
        "nobody left",
    ],
)
def test_who_is_told(stage, steps, away, told):
    assert told_of(level_of(stage, steps), LINE, away) == told


@pytest.fixture
def due(cast, settings) -> date:
    """Wang's form lies with Li; the day by which he has to decide."""
    settings.QINGQU_TODAY = date(2026, 4, 20)
    handed_in(make_campaign(cast.school), cast.wang)
    day = Review.objects.get(state="waiting").due_on
    assert day
    return day


def told(key: str) -> list[tuple[str, str]]:
    return list(Message.objects.filter(key__startswith=key).order_by("id").values_list("person__name", "text"))


@pytest.mark.parametrize(
    ("left", "word"), [(2, ""), (1, "明天到期"), (0, "今天到期"), (-1, "已逾期"), (-2, "")], ids=str
)
def test_the_reviewer_is_reminded(cast, due, left, word):
    day = due - timedelta(days=left)
    assert tasks.remind(day) == bool(word)
    assert tasks.remind(day) == 0
    texts = Message.objects.filter(kind="reminder", person=cast.li).values_list("text", flat=True)
    assert [word in text for text in texts] == [True] * bool(word)


def test_the_holders_of_a_duty_are_reminded_not_the_owner(cast, due):
    Review.objects.update(reviewer=None, duty="party_office", owner=cast.chen)
    assert tasks.remind(due) == 0
    Review.objects.update(owner=cast.wang)
    assert tasks.remind(due) == 1


def test_a_late_review_goes_up_level_by_level(cast, due):
    for late in range(1, 12):
        review_tasks.escalate(due + timedelta(days=late))
        review_tasks.escalate(due + timedelta(days=late))
    text = "李明远逾期未审 1 件：王雨桐的个人登记表"
    assert told("late-review:") == [("何建平", text), ("钱志远", text)]
    days = list(Message.objects.filter(key__startswith="late-review:").order_by("id").values_list("on", flat=True))
    assert days == [due + timedelta(days=4), due + timedelta(days=7)]


def test_a_clock_that_stood_still_tells_it_all_the_same(cast, due):
    assert review_tasks.escalate(due + timedelta(days=6)) == 1
    assert [name for name, _text in told("late-review:")] == ["何建平"]


def test_what_comes_later_is_told_once_more_and_together(cast, due, settings):
    day = due + timedelta(days=4)
    review_tasks.escalate(day)
    settings.QINGQU_TODAY = date(2026, 4, 21)
    handed_in(cast.school.campaigns.get(), cast.wu)
    newer = Review.objects.get(owner=cast.wu, state="waiting").due_on
    assert newer is not None
    assert newer > due
    later = newer + timedelta(days=4)
    review_tasks.escalate(later)
    he = [text for name, text in told("late-review:") if name == "何建平"]
    assert he == [
        "李明远逾期未审 1 件：王雨桐的个人登记表",
        "李明远逾期未审 2 件：王雨桐的个人登记表、吴晓的个人登记表",
    ]


def test_whoever_stands_above_many_reviewers_has_one_line(cast, due):
    one = Review.objects.get(state="waiting")
    for reviewer, count in ((cast.wu, 2), (cast.feng, 1)):
        for _n in range(count):
            one.pk, one.reviewer, one.stage = None, reviewer, "leader"
            one.save()
    for late in range(1, 12):
        review_tasks.escalate(due + timedelta(days=late))
    qian = Message.objects.filter(person=cast.qian).order_by("id")
    assert [(m.text, m.url, m.kind, m.on - due) for m in qian] == [
        ("逾期未审 3 件：吴晓 2 件、冯立言 1 件", "/reviews/?tab=all", "reminder", timedelta(days=4)),
        ("逾期未审 4 件：吴晓 2 件、李明远 1 件、冯立言 1 件", "/reviews/?tab=all", "reminder", timedelta(days=7)),
    ]


def test_decided_in_time_nobody_is_told(cast, due):
    Review.objects.update(state="approved")
    assert review_tasks.escalate(due + timedelta(days=30)) == 0


def test_a_closed_year_is_left_alone(cast, due):
    cast.school.campaigns.update(state="closed")
    assert review_tasks.escalate(due + timedelta(days=30)) == 0


def test_as_many_statements_for_many_as_for_few(cast, due, django_assert_max_num_queries):
    one = Review.objects.get(state="waiting")
    for _n in range(30):
        one.pk = None
        one.save()
    with django_assert_max_num_queries(16):
        review_tasks.escalate(due + timedelta(days=4))
    assert "31 件" in told("late-review:")[0][1]
