from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.risks import actions
from qingqu.risks.models import ControlMeasure, MeasureRun, Rating, RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_measure, make_power, make_risk_point

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
GRAVE = {"likelihood": 4, "impact": 4, "answers": ["0", "1", "2", "4"]}


@pytest.fixture(autouse=True)
def spring(settings, tmp_path):
    settings.QINGQU_TODAY = date(2026, 4, 15)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def risk(cast):
    power = make_power(cast.office)
    step = power.steps.get(order=2)
    return make_risk_point(
        cast.office, cast.li, level=1, likelihood=4, impact=4, answers="11101", power=power, step=step, title="化整为零"
    )


def page(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(name, args=args))


def test_the_page_shows_the_chain_and_why(client, cast, risk):
    make_measure(risk, next_due_on=date(2026, 4, 12))
    html = page(client, cast.wang, "risks:show", risk.pk).content.decode()
    assert "= 16，15 及以上为一级" in html
    assert "且含第一问" in html
    assert "逾期 3 天" in html
    assert "is-dry" in html
    assert "缺中期监控" in html
    assert reverse("risks:rate", args=[risk.pk]) not in html  # Wang does not grade


def test_what_one_may_not_see_is_refused_with_the_reason_and_recorded(client, cast):
    thought = make_risk_point(cast.office, cast.wang, person=cast.wang, category="thought", title="座位换请托")
    response = page(client, cast.sun, "risks:show", thought.pk)
    assert response.status_code == 403
    assert "思想道德" in response.content.decode()
    assert "座位换请托" not in response.content.decode()
    assert Entry.objects.filter(act="access.denied", actor=f"u:{cast.sun.pk}", ok=False).exists()
    assert page(client, cast.zhou, "risks:show", thought.pk).status_code == 404
    assert page(client, cast.zhao, "risks:show", thought.pk).status_code == 200
    assert Entry.objects.filter(act="risks.viewed", actor=f"u:{cast.zhao.pk}").count() == 1
    assert page(client, cast.wang, "risks:show", thought.pk).status_code == 200
    assert Entry.objects.filter(act="risks.viewed").count() == 1


def test_statements_of_the_page_do_not_grow(client, cast, risk):
    counts = []
    for size in (1, 12):
        for n in range(size):
            measure = make_measure(risk, ("pre", "mid", "post")[n % 3])
            MeasureRun.objects.create(measure=measure, done_on=date(2026, 4, 1), done_by=cast.li, note="x")
            Rating.objects.create(
                risk=risk, likelihood=4, impact=4, answers="11101", score=16, computed_level=1, level=1, by=cast.li
            )
        page(client, cast.li, "risks:show", risk.pk)
        with CaptureQueriesContext(connection) as counted:
            page(client, cast.li, "risks:show", risk.pk)
        counts.append(len(counted))
    assert counts[0] == counts[1]
    assert counts[1] <= 40


def test_rating_on_the_page_and_by_the_second_person(client, cast, risk):
    client.force_login(cast.li)
    url = reverse("risks:rate", args=[risk.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"likelihood": 9}).status_code == 422
    client.post(url, {**GRAVE, "level": "2", "reason": "三人会签"})
    rating = risk.ratings.get()
    assert (rating.state, rating.answers) == (Rating.State.PROPOSED, "11101")
    agree = reverse("risks:agree", args=[rating.pk])
    assert client.post(agree).status_code == 403  # Li proposed it
    client.force_login(cast.he)
    assert "三人会签" in client.get(reverse("risks:show", args=[risk.pk])).content.decode()
    assert client.post(agree, {"note": "同意"}).status_code == 302
    risk.refresh_from_db()
    assert risk.level == 2
    assert client.get(agree).status_code == 405


def test_a_refusal_without_reason_says_so(client, cast, risk):
    rating = actions.rate(risk, likelihood=4, impact=4, answers="11101", level=2, reason="x", by=cast.li)
    client.force_login(cast.he)
    response = client.post(reverse("risks:refuse", args=[rating.pk]))
    assert response.status_code == 409
    assert "不同意的理由" in response.content.decode()


def test_measures_are_planned_on_the_page(client, cast, risk):
    client.force_login(cast.li)
    add = reverse("risks:add-measure", args=[risk.pk])
    assert client.get(add, {"phase": "mid"}).status_code == 200
    said = {"phase": "mid", "text": "按季筛查", "owner": cast.wu.pk, "frequency": "quarter", "evidence_kind": "筛查表"}
    assert client.post(add, {**said, "text": ""}).status_code == 422
    assert client.post(add, {**said, "owner": cast.zhou.pk}).status_code == 422
    assert client.post(add, said).status_code == 302
    measure = ControlMeasure.objects.get()
    assert measure.owner == cast.wu
    edit = reverse("risks:edit-measure", args=[measure.pk])
    assert "按季筛查" in client.get(edit).content.decode()
    client.post(edit, {**said, "frequency": "month"})
    measure.refresh_from_db()
    assert (measure.frequency, measure.next_due_on) == ("month", date(2026, 4, 30))
    make_measure(risk, "mid")
    assert client.post(reverse("risks:stop-measure", args=[measure.pk]), {"reason": "重复"}).status_code == 302
    client.force_login(cast.wang)
    assert client.get(add).status_code == 403


def test_a_task_is_done_with_a_photo_and_taken_back(client, cast, risk):
    measure = make_measure(risk, next_due_on=date(2026, 4, 12), frequency="week")
    measure.owner = cast.wu
    measure.save()
    html = page(client, cast.wu, "risks:tasks").content.decode()
    assert measure.text in html
    assert "已逾期" in html
    do = reverse("risks:do", args=[measure.pk])
    empty = client.post(do, {"from": "tasks"}, headers={"HX-Request": "true"})
    assert empty.status_code == 409
    response = client.post(do, {"upload": SimpleUploadedFile("盘点.png", PNG), "from": "tasks"})
    assert response.status_code == 302
    run = MeasureRun.objects.get()
    assert run.attachment is not None
    file = client.get(reverse("records:download", args=[run.attachment.pk]))
    assert b"".join(file.streaming_content) == PNG
    client.force_login(cast.zhou)
    assert client.get(reverse("records:download", args=[run.attachment.pk])).status_code == 404
    client.force_login(cast.li)
    assert client.post(reverse("risks:undo", args=[run.pk])).status_code == 403
    client.force_login(cast.wu)
    piece = client.post(reverse("risks:undo", args=[run.pk]), headers={"HX-Request": "true"})
    assert measure.text in piece.content.decode()
    measure.refresh_from_db()
    assert measure.next_due_on == date(2026, 4, 12)


def test_the_owner_of_a_measure_does_it_even_where_the_risk_is_not_his_to_see(client, cast):
    own = make_risk_point(cast.teaching, cast.feng, person=cast.feng)
    measure = make_measure(own, next_due_on=date(2026, 4, 15))
    ControlMeasure.objects.update(owner=cast.wu)
    client.force_login(cast.wu)
    assert client.get(reverse("risks:show", args=[own.pk])).status_code == 403
    assert client.post(reverse("risks:do", args=[measure.pk]), {"note": "已做", "from": "tasks"}).status_code == 302


@pytest.mark.parametrize("tab", ["late", "effect"])
def test_lists_of_tasks_cost_the_same_for_ten_and_a_hundred(client, cast, tab):
    def fill(count):
        for _n in range(count):
            risk = make_risk_point(cast.office, cast.li)
            make_measure(risk, next_due_on=date(2026, 4, 10), effect="partly", frequency="event" if _n % 3 else "week")

    counts = []
    for size in (10, 90):
        fill(size)
        client.force_login(cast.li)
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("risks:effects"), {"tab": tab})
            client.get(reverse("risks:tasks"))
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_judging_and_closing_are_the_commissions(client, cast, risk):
    measure = make_measure(risk)
    judge = reverse("risks:judge", args=[risk.pk])
    assert page(client, cast.li, "risks:judge", risk.pk).status_code == 403
    client.force_login(cast.zhao)
    assert measure.text in client.get(judge).content.decode()
    assert client.post(judge, {"residual_level": 2}).status_code == 422
    client.post(judge, {"residual_level": 1, "note": "抽查三笔", f"effect_{measure.pk}": "partly"})
    risk.refresh_from_db()
    assert risk.residual_level == 1
    html = page(client, cast.he, "risks:effects").content.decode()
    assert "我负责的范围" in html
    assert "您所负责、分管部门的风险点" in html
    assert "全校各部门的风险点" in page(client, cast.sun, "risks:effects").content.decode()
    client.force_login(cast.he)
    assert risk.title in client.get(reverse("risks:effects"), {"tab": "effect"}).content.decode()
    client.force_login(cast.zhao)
    assert client.post(reverse("risks:close", args=[risk.pk]), {"reason": "业务取消"}).status_code == 302
    risk.refresh_from_db()
    assert risk.state == RiskPoint.State.CLOSED
    assert "已销号" in client.get(reverse("risks:show", args=[risk.pk])).content.decode()


def test_a_risk_is_edited_by_its_head(client, cast, risk):
    client.force_login(cast.li)
    edit = reverse("risks:edit", args=[risk.pk])
    assert client.get(edit).status_code == 200
    said = {
        "title": "新题目",
        "manifestation": "写明",
        "owner": cast.li.pk,
        "power": risk.power.pk,
        "step": risk.step.pk,
    }
    assert client.post(edit, said).status_code == 302
    risk.refresh_from_db()
    assert risk.title == "新题目"
