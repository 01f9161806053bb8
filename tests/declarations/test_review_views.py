"""The review page: what it shows to whom, how it decides, what it compares."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.declarations import review_actions as ra
from qingqu.declarations.models import CategoryAnswer
from qingqu.reviews.models import Review
from qingqu.trace.models import Entry
from tests.make import make_campaign, make_declaration, make_item


@pytest.fixture(autouse=True)
def _in_april(settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)


@pytest.fixture
def form(cast):
    declaration = make_declaration(
        make_campaign(cast.school), cast.wang, cast.office, state="in_review", sent_round=1, duties="采购与询价"
    )
    make_item(declaration, post=cast.wang_post, cause="discretion")
    make_item(declaration, "thought", title="碍于情面", manifestation="毕业季家长以谢师名义邀请，本人推辞不坚决")
    CategoryAnswer.objects.create(declaration=declaration, category="system", none_reason="办事都有书面规则可依")
    ra.open_route(declaration, by=cast.wang)
    return declaration


def page(client, user, form):
    client.force_login(user)
    return client.get(reverse("declarations:review", args=[form.pk]))


def decide(client, user, form, **data):
    client.force_login(user)
    row = Review.objects.get(state="waiting")
    return client.post(reverse("declarations:decide", args=[form.pk, row.pk]), data)


def test_the_head_sees_form_quality_and_decision(client, cast, form):
    response = page(client, cast.li, form)
    text = response.content.decode()
    assert response.status_code == 200
    for words in (
        "王雨桐的个人登记表",
        "碍于情面",
        "查准、查全、查深",
        "送何建平（分管领导审核）",
        "采购与询价",
        "无。理由：办事",
    ):
        assert words in text
    assert Entry.objects.filter(act="declarations.viewed", obj=f"declarations.declaration:{form.pk}").count() == 1


@pytest.mark.parametrize(("name", "status"), [("wu", 404), ("feng", 404), ("zhou", 404), ("wang", 200), ("sun", 200)])
def test_who_may_open_it(client, cast, form, name, status):
    assert page(client, getattr(cast, name), form).status_code == status


def test_nobody_is_sent_to_the_sign_in_page(client, form):
    assert client.get(reverse("declarations:review", args=[form.pk])).status_code == 302


@pytest.mark.parametrize(
    ("name", "seen"),
    [("li", True), ("zhao", True), ("qian", True), ("wang", True), ("he", False), ("chen", False), ("sun", False)],
)
def test_thoughts_are_shown_to_four_only(client, cast, form, name, seen):
    text = page(client, getattr(cast, name), form).content.decode()
    assert ("碍于情面" in text) is seen
    assert ("谢师" in text) is seen


def test_ones_own_page_and_pages_without_thoughts_leave_no_entry(client, cast, form):
    page(client, cast.wang, form)
    page(client, cast.chen, form)
    assert not Entry.objects.filter(act="declarations.viewed").exists()


def test_only_whose_turn_it_is_gets_the_decision(client, cast, form):
    assert "decide-box" in page(client, cast.li, form).content.decode()
    for user in (cast.wang, cast.chen, cast.qian):
        assert "decide-box" not in page(client, user, form).content.decode()


def test_others_read_only_what_is_handed_in(client, cast, form):
    form.state = "returned"
    form.save()
    response = page(client, cast.li, form)
    assert response.status_code == 403
    assert "报送后可以查看" in response.content.decode()
    assert page(client, cast.wang, form).status_code == 200


def test_approving_leads_on(client, cast, form):
    response = decide(client, cast.li, form, decision="approve")
    assert response.status_code == 302
    assert response.url == reverse("reviews:list")
    assert Review.objects.get(state="waiting").reviewer == cast.he


def test_after_deciding_comes_the_next_one(client, cast, form):
    other = make_declaration(form.campaign, cast.wu, cast.office, state="in_review", sent_round=1)
    ra.open_route(other, by=cast.wu)
    client.force_login(cast.li)
    row = Review.objects.get(state="waiting", subject_id=form.pk)
    response = client.post(reverse("declarations:decide", args=[form.pk, row.pk]), {"decision": "approve"})
    assert response.url == reverse("declarations:review", args=[other.pk])


def test_a_return_without_reason_keeps_what_was_ticked(client, cast, form):
    item = form.items.first()
    response = decide(client, cast.li, form, decision="return", marked="other", opinion=" ")
    assert response.status_code == 422
    text = response.content.decode()
    assert "退回须写明理由" in text
    assert 'value="other" checked' in text
    response = decide(client, cast.li, form, decision="return", marked="other", opinion="请写明怎样调")
    assert response.status_code == 302
    form.refresh_from_db()
    assert form.state == "returned"
    assert item.manifestation == form.items.first().manifestation


def test_deciding_out_of_turn_is_refused(client, cast, form):
    assert decide(client, cast.qian, form, decision="approve").status_code == 403
    assert decide(client, cast.wang, form, decision="approve").status_code == 403
    assert decide(client, cast.zhou, form, decision="approve").status_code == 404
    assert Review.objects.get(state="waiting").reviewer == cast.li


def test_a_level_that_differs_asks_for_a_tick(client, cast, form):
    item = form.items.get(category="duty")
    item.level, item.level_reason = 3, "全程公开"
    item.save()
    assert "同意“座位调整照顾关系户”定为三级" in page(client, cast.li, form).content.decode()
    assert decide(client, cast.li, form, decision="approve").status_code == 422
    assert decide(client, cast.li, form, decision="approve", agree=f"agree:{item.pk}").status_code == 302


def test_the_difference_between_rounds(client, cast, form):
    decide(client, cast.li, form, decision="return", opinion="请写明由谁")
    item = form.items.get(category="duty")
    item.manifestation += "，由本人填写"
    item.save()
    thought = form.items.get(category="thought")
    thought.manifestation = "改了思想道德一条的表现形式"
    thought.save()
    form.state, form.sent_round = "in_review", 2
    form.save()
    ra.open_route(form, by=cast.wang)
    assert "修改 2 处后重新报送" in page(client, cast.li, form).content.decode()
    assert "修改 1 处后重新报送" in page(client, cast.chen, form).content.decode()
    url = reverse("declarations:compare", args=[form.pk])
    client.force_login(cast.li)
    text = client.get(url).content.decode()
    assert "<ins>，由本人填写</ins>" in text
    client.force_login(cast.chen)
    assert "改了思想道德" not in client.get(url).content.decode()


def test_the_page_costs_the_same_for_few_items_and_many(client, cast, form):
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, cast.chen, form)
        return len(seen)

    count()  # signing in costs something once
    few = count()
    for n in range(30):
        make_item(form, title=f"第{n}项", post=cast.wang_post)
    assert count() == few


def test_who_gets_a_form_back_reads_the_reason_first(client, cast, form):
    ra.decide_declaration(
        Review.objects.get(state="waiting"), approve=False, opinion="请补充在验收环节如何发生", by=cast.li
    )
    client.force_login(cast.wang)
    text = client.get(reverse("declarations:show", args=[form.pk])).content.decode()
    assert text.index("退回，请修改后重新报送") < text.index("请补充在验收环节如何发生") < text.index("碍于情面")
    assert "去修改" in text
