"""The list of reviews, approving several, giving to others."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.declarations import review_actions as ra
from qingqu.declarations.models import CategoryAnswer, ItemMeasure
from qingqu.reviews.models import Review
from tests.make import make_campaign, make_declaration, make_item, make_user

GOOD = "第{n}次询价时由本人一人打电话，三家报价单都由同一商户代开，编号{n}"


@pytest.fixture(autouse=True)
def _in_april(settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)


def hand_in(cast, person, text, post=None):
    campaign = cast.school.campaigns.first() or make_campaign(cast.school)
    declaration = make_declaration(campaign, person, cast.office, state="in_review", sent_round=1)
    item = make_item(declaration, manifestation=text, post=cast.wang_post, cause="discretion")
    for phase in ("pre", "mid", "post"):
        ItemMeasure.objects.create(item=item, phase=phase, text="询价两人同办", evidence_kind="两人签字的询价单")
    for category in ("thought", "system", "other"):
        CategoryAnswer.objects.create(declaration=declaration, category=category, none_reason="办事都有书面规则可依")
    ra.open_route(declaration, by=person)
    return declaration


def get(client, user, **query):
    client.force_login(user)
    return client.get(reverse("reviews:list"), query)


def test_copies_of_each_other_are_marked(client, cast):
    """W3: seven forms wait, two are copies of each other."""
    hand_in(cast, cast.wang, GOOD.format(n="一"))
    hand_in(cast, cast.wu, GOOD.format(n="一"))
    text = get(client, cast.li).content.decode()
    assert "与吴晓的填写相似 100%" in text
    assert "与王雨桐的填写相似 100%" in text
    assert 'name="review"' not in text


def test_several_without_warning_at_once(client, cast):
    texts = ("食堂早上送菜时由厨师长一人过秤签收，没有拍照", "开学前领用教材，学生代领不签字，剩余数量期末对不上")
    for person, text in zip((cast.wang, cast.wu), texts, strict=True):
        hand_in(cast, person, text)
    copied = hand_in(cast, make_user(name="某甲"), "思想认识不到位")
    client.force_login(cast.li)
    ids = list(Review.objects.filter(state="waiting").values_list("pk", flat=True))
    response = client.post(reverse("reviews:approve-many"), {"review": ids, "opinion": "属实"}, follow=True)
    assert "已通过 2 份" in response.content.decode()
    assert "请逐份审核" in response.content.decode()
    assert Review.objects.filter(decided_by=cast.li, opinion="属实").count() == 2
    assert Review.objects.get(state="waiting", stage="head").subject_id == copied.pk


def test_nothing_ticked_is_said(client, cast):
    hand_in(cast, cast.wang, GOOD)
    client.force_login(cast.li)
    response = client.post(reverse("reviews:approve-many"), {"opinion": "属实"})
    assert response.status_code == 422
    assert "请先勾选" in response.content.decode()


def test_others_papers_cannot_be_ticked(client, cast):
    hand_in(cast, cast.wang, GOOD)
    client.force_login(cast.feng)
    response = client.post(reverse("reviews:approve-many"), {"review": [Review.objects.get(state="waiting").pk]})
    assert response.status_code == 422
    assert Review.objects.filter(state="waiting").count() == 1


@pytest.mark.parametrize(("name", "titles"), [("li", 1), ("he", 0), ("wang", 0), ("zhou", 0)])
def test_everybody_sees_his_own_turn(client, cast, name, titles):
    hand_in(cast, cast.wang, GOOD)
    assert get(client, getattr(cast, name)).content.decode().count("王雨桐的个人登记表") >= titles
    if not titles:
        assert "王雨桐的个人登记表" not in get(client, getattr(cast, name)).content.decode()


@pytest.mark.parametrize(("name", "status"), [("chen", 200), ("zhao", 200), ("qian", 200), ("li", 403), ("wang", 403)])
def test_who_follows_the_whole_school(client, cast, name, status):
    hand_in(cast, cast.wang, GOOD)
    response = get(client, getattr(cast, name), tab="all")
    assert response.status_code == status
    if status == 200:
        assert "李明远" in response.content.decode()


def test_filter_and_done(client, cast):
    hand_in(cast, cast.wang, GOOD)
    assert "没有符合条件" in get(client, cast.li, kind="unit").content.decode()
    assert "没有符合条件" in get(client, cast.li, unit=str(cast.teaching.pk)).content.decode()
    assert "王雨桐" in get(client, cast.li, unit=str(cast.office.pk), kind="personal").content.decode()
    ra.decide_declaration(Review.objects.get(state="waiting"), approve=True, opinion="属实无误", by=cast.li)
    assert "属实无误" in get(client, cast.li, tab="done").content.decode()


def test_reassigning_by_the_party_office(client, cast):
    hand_in(cast, cast.wang, GOOD)
    url = reverse("reviews:reassign", args=[Review.objects.get(state="waiting").pk])
    client.force_login(cast.li)
    assert client.get(url).status_code == 403
    client.force_login(cast.zhou)
    assert client.get(url).status_code == 404
    client.force_login(cast.chen)
    assert client.get(url).status_code == 200
    response = client.post(url, {"to": cast.he.pk, "reason": "外出"})
    assert response.status_code == 422
    assert "其他环节" in response.content.decode()
    assert client.post(url, {"to": cast.feng.pk, "reason": "李明远外出培训"}).status_code == 302
    assert Review.objects.get(state="waiting").reviewer == cast.feng


@pytest.mark.parametrize("tab", ["waiting", "done", "all"])
def test_the_list_costs_the_same_for_few_and_many(client, cast, tab):
    user = cast.zhao if tab == "all" else cast.li

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert get(client, user, tab=tab).status_code == 200
        return len(seen)

    def add(number: int) -> None:
        for n in range(number):
            hand_in(cast, make_user(name=f"教师{n}"), GOOD.format(n=n))
        if tab == "done":
            for row in Review.objects.filter(state="waiting", stage="head"):
                ra.decide_declaration(row, approve=True, opinion="", by=cast.li)

    add(3)
    count()  # signing in costs something once
    few = count()
    add(20)
    assert count() == few
