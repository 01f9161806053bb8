"""What a warning leads to: closed as a flaw, it orders what has to be put right, at its risk point, by a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from qingqu.alerts import access, actions, chain, queries
from qingqu.alerts import tasks as clock
from qingqu.alerts.indicators import rule_actions, rulebook
from qingqu.alerts.models import Alert
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from qingqu.notifications.models import Message
from qingqu.notifications.queries import days_of, unread_count, with_lines
from qingqu.risks import measures
from qingqu.risks.actions import rate
from qingqu.risks.chain import chain as chain_of
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import Category, ControlMeasure, RiskPoint
from qingqu.trace.models import Entry, Payload
from tests.alerts.buying import plant
from tests.make import make_power, make_risk_point
from tests.people import Cast, client_of

DAY = date(2026, 4, 20)


@pytest.fixture
def alert(cast: Cast, settings: Any, tmp_path: Any) -> Alert:
    """Applicant and approver are one, in the department that Li heads: explained, confirmed, with the commission."""
    settings.VAR_DIR, settings.QINGQU_TODAY = tmp_path, DAY
    rule_actions.adopt(cast.school, ["F15"], by=cast.zhao)
    plant(tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)[0], range(1))
    alert = actions.explain(Alert.objects.get(), text="批准人由经办人代签", by=cast.wang)
    return actions.confirm(alert, opinion="flaw", text="补办审批手续", by=cast.li)


def order(**changes: Any) -> dict[str, Any]:
    plan = {"text": "补办审批，修订授权清单", "due_on": "2026-05-08", "evidence_kind": "补签的审批单"}
    return {**plan, **changes}


def test_a_flaw_is_put_right_at_its_risk_point(cast: Cast, alert: Alert) -> None:
    power = make_power(cast.office, origin="library:1:P12")
    risk = make_risk_point(cast.office, cast.li, power=power, step=power.steps.first())
    at, zhao = f"/alerts/{alert.pk}", client_of(cast.zhao)
    assert zhao.get(f"{at}/rectify").status_code == 403
    unsure = zhao.post(f"{at}/close", {"result": "flaw", "text": "手续倒置属实"})
    assert (unsure.status_code, "请选择所涉风险点" in unsure.content.decode()) == (422, True)
    closed = zhao.post(f"{at}/close", {"result": "flaw", "text": "手续倒置属实", "risk": risk.pk})
    assert (closed.status_code, closed["Location"]) == (302, f"{at}/rectify")
    assert client_of(cast.li).get(f"{at}/rectify").status_code == 403
    assert zhao.post(f"{at}/rectify", order(risk=risk.pk, owner=cast.wang.pk, due_on="2026-04-19")).status_code == 422
    assert zhao.post(f"{at}/rectify", order(risk=risk.pk, owner=cast.wang.pk)).status_code == 302

    alert.refresh_from_db()
    measure = ControlMeasure.objects.get()
    assert (alert.rectification, alert.risk_point) == (measure, risk)
    assert (measure.phase, measure.frequency, measure.next_due_on) == ("post", "once", date(2026, 5, 8))
    assert Entry.objects.filter(act="alerts.rectification_ordered").count() == 1
    assert measure.text in client_of(cast.wang).get("/").content.decode(), "at once, not a week before its day"
    tasks = client_of(cast.wang).get("/risks/tasks")
    assert (tasks.context["soon"], tasks.context["later"]) == ([], [measure])
    assert "一周之内" not in tasks.content.decode(), "it is due in eighteen days"
    told = Message.objects.get(person=cast.wang, key=f"alert:{alert.pk}:rectify")
    assert "补办审批，修订授权清单" in client_of(cast.wang).get(told.url).content.decode()
    again = zhao.post(f"{at}/rectify", order(risk=risk.pk, owner=cast.wang.pk))
    assert (again.status_code, "已经布置整改" in again.content.decode()) == (422, True)

    def link() -> list[str]:
        (found,) = [each for each in chain_of(RiskPoint.objects.get(pk=risk.pk)) if each.kind == "整改"]
        return [found.name, found.note]

    assert link() == ["1 项待整改", "5 月 8 日前完成"]
    measures.do(measure, by=cast.wang, note="已补签，见附件")
    assert link() == ["1 项已整改", ""]
    page = client_of(cast.wang).get(at).content.decode()
    assert "已补签，见附件" in page
    assert power.name in page
    assert risk.step is not None
    assert risk.step.name in page
    measure.refresh_from_db()
    assert measure.next_due_on is None

    noted = timezone.localtime(measure.runs.get().recorded_at).date()
    told_on = [clock.tell_rectified(noted + timedelta(days=days)) for days in (0, 1, 1, 2)]
    assert told_on == [0, 1, 0, 0], "once, when it can no longer be taken back"
    told = Message.objects.get(key=f"alert:{alert.pk}:rectified")
    assert (told.person, told.text, told.url) == (cast.zhao, f"核查提示 {alert.number} 的整改已完成，请查看", at)


def test_closing_says_which_risk_point_it_is(cast: Cast, alert: Alert) -> None:
    """What was found by the indicator's powers may be another matter; only who rates the right one is asked."""
    found, right = (make_risk_point(cast.office, cast.li, power=make_power(cast.office)) for _ in range(2))
    Alert.objects.filter(pk=alert.pk).update(risk_point=found)
    zhao, at = client_of(cast.zhao), f"/alerts/{alert.pk}/close"
    assert f'value="{found.pk}" selected' in zhao.get(at).content.decode()
    elsewhere = make_risk_point(cast.teaching, cast.li, power=make_power(cast.teaching))
    assert zhao.post(at, {"result": "flaw", "text": "手续倒置属实", "risk": elsewhere.pk}).status_code == 422
    assert zhao.post(at, {"result": "flaw", "text": "手续倒置属实", "risk": right.pk}).status_code == 302
    alert.refresh_from_db()
    assert alert.risk_point == right
    concerned = Entry.objects.filter(act="alerts.concerned").values_list("obj", flat=True)
    assert list(concerned) == [f"risks.riskpoint:{right.pk}"]


def test_the_api_asks_for_the_risk_point_as_the_page_does(cast: Cast, alert: Alert) -> None:
    zhao, at = client_of(cast.zhao), f"/api/v1/alerts/{alert.pk}"
    risk = make_risk_point(cast.office, cast.li)
    said = {"result": "flaw", "text": "手续倒置属实"}
    refused = zhao.post(f"{at}/close", said, content_type="application/json")
    assert (refused.status_code, "请选择所涉风险点" in refused.content.decode()) == (409, True)
    assert [one["id"] for one in zhao.get(f"{at}/risk-points").json()] == [risk.pk]
    closed = zhao.post(f"{at}/close", {**said, "risk_point_id": risk.pk}, content_type="application/json")
    assert (closed.status_code, closed.json()["risk_point_id"]) == (200, risk.pk)


def test_a_guess_that_is_closed_by_now_is_not_taken_for_another(cast: Cast, alert: Alert) -> None:
    """The browser would choose the first of the list where nothing stands for «not chosen»."""
    gone, other = (make_risk_point(cast.office, cast.li) for _ in range(2))
    RiskPoint.objects.filter(pk=gone.pk).update(state=RiskPoint.State.CLOSED)
    Alert.objects.filter(pk=alert.pk).update(risk_point=gone)
    page = client_of(cast.zhao).get(f"/alerts/{alert.pk}/close").content.decode()
    assert f'value="{other.pk}"' in page
    assert "不选" in page


def test_what_is_handed_over_has_its_number_said_beside_the_field(cast: Cast, alert: Alert) -> None:
    answer = client_of(cast.zhao).post(f"/alerts/{alert.pk}/close", {"result": "handed_over", "reference": " "})
    assert answer.status_code == 422
    assert answer.context["form"].errors["reference"] == ["请填写移交编号，不写线索内容"]


def test_the_power_of_the_indicator_stays_where_the_risk_point_has_none(cast: Cast, alert: Alert) -> None:
    (code, *_) = rulebook.known("F15").powers
    power = make_power(cast.office, origin=f"library:1:{code}")
    alert.risk_point = make_risk_point(cast.office, cast.li, power=None)
    assert chain.power_of(alert) == power


def test_without_a_risk_point_the_page_says_what_comes_first(cast: Cast, alert: Alert) -> None:
    asked = client_of(cast.zhao).get(f"/alerts/{alert.pk}/close").content.decode()
    assert f"还没有登记可选的风险点：请{alert.unit}先登记，再布置整改" in asked
    actions.close(alert, result="tendency", text="有苗头，须提醒", by=cast.zhao)
    page = client_of(cast.zhao).get(f"/alerts/{alert.pk}/rectify").content.decode()
    assert "还没有登记对应的风险点" in page
    assert "<form" not in page.partition("<main")[2]


@pytest.mark.parametrize("result", ["dispelled", "clerical"])
def test_what_was_nothing_is_not_put_right(cast: Cast, alert: Alert, result: str) -> None:
    alert.risk_point = risk = make_risk_point(cast.office, cast.li)
    alert.save(update_fields=["risk_point"])
    actions.close(alert, result=result, text="核对无误", by=cast.zhao)
    assert client_of(cast.zhao).get(f"/alerts/{alert.pk}/rectify").status_code == 403
    assert alert.number not in client_of(cast.feng).get(f"/risks/{risk.pk}").content.decode()
    assert queries.to_rate_anew(cast.li) == []


def test_who_sent_it_back_or_reopened_it_still_closes_it(cast: Cast, alert: Alert) -> None:
    for back in (actions.send_back, actions.reopen):
        alert = back(alert, text="请附上授权书", by=cast.zhao)
        alert = actions.explain(alert, text="已附授权书", by=cast.wang)
        alert = actions.confirm(alert, opinion="dispelled", text="与授权书一致", by=cast.li)
        assert access.can_close(cast.zhao, alert)
        alert = actions.close(alert, result="dispelled", text="核对无误", by=cast.zhao)


def test_an_open_one_is_not_put_right(cast: Cast, alert: Alert) -> None:
    risk = make_risk_point(cast.office, cast.li)
    with pytest.raises(NotPossible):
        actions.rectify(
            alert, risk, MeasurePlan("post", "整改", cast.li, due_on=DAY, evidence_kind="单据"), by=cast.zhao
        )
    assert not ControlMeasure.objects.exists()


def test_the_risk_points_to_choose_from_are_the_departments_and_those_of_its_powers(cast: Cast, alert: Alert) -> None:
    power = make_power(cast.teaching, origin="library:1:P12")
    own = make_risk_point(cast.office, cast.li, level=3)
    of_the_power = make_risk_point(cast.teaching, cast.feng, level=2, power=power)
    make_risk_point(cast.teaching, cast.feng, level=1)
    make_risk_point(cast.office, cast.li, state=RiskPoint.State.CLOSED)
    assert list(chain.candidates(alert, cast.zhao)) == [own, of_the_power], "the department's own first"
    assert chain.power_of(alert) == power


def test_closing_stands_in_the_history_of_the_risk_point_and_its_department_rates_it_anew(
    cast: Cast, alert: Alert
) -> None:
    """The risk point belongs to another department than the records: its head sees no prompt, and needs to see none."""
    alert.risk_point = risk = make_risk_point(cast.teaching, cast.wang)
    alert.save(update_fields=["risk_point"])
    actions.close(alert, result="flaw", text="手续倒置属实", by=cast.zhao)
    assert queries.to_rate_anew(cast.wang) == []
    assert queries.to_rate_anew(cast.feng) == [(risk, alert)]
    url = Message.objects.get(person=cast.feng, key=f"alert:{alert.pk}:rate").url
    page = client_of(cast.feng).get(url)
    assert page.status_code == 200
    assert alert.number in page.content.decode()
    assert client_of(cast.feng).get(f"{url}/rate").status_code == 200
    track = client_of(cast.zhao).get(f"/alerts/{alert.pk}").content.decode()
    assert "重评等级<small>冯立言</small>" in track
    rate(risk, likelihood=3, impact=4, answers="10100", reason="", by=cast.feng)
    track = client_of(cast.zhao).get(f"/alerts/{alert.pk}").content.decode()
    assert f"重评等级 · {risk.ratings.latest('id').get_level_display()}" in track
    assert queries.to_rate_anew(cast.feng) == []


def test_what_is_handed_over_leaves_its_number_and_no_word(cast: Cast, alert: Alert) -> None:
    data = {"result": "handed_over", "text": "线索内容", "reference": "移字〔2026〕3号"}
    assert client_of(cast.zhao).post(f"/alerts/{alert.pk}/close", data).status_code == 302
    page = client_of(cast.wang).get(f"/alerts/{alert.pk}").content.decode()
    assert "移字〔2026〕3号" in page
    assert "线索内容" not in page
    assert not Payload.objects.filter(reason__contains="线索内容").exists()


def test_a_persons_own_risk_is_rated_by_his_head_and_shown_to_who_may_see_it(cast: Cast, alert: Alert) -> None:
    own = make_risk_point(cast.office, cast.wang, person=cast.wang, title="询价造假")
    make_risk_point(cast.office, cast.wang, person=cast.wang, category=Category.THOUGHT)
    assert list(chain.candidates(alert, cast.zhao)) == [own]
    actions.close(alert, result="flaw", text="手续倒置属实", risk=own, by=cast.zhao)
    actions.rectify(alert, own, MeasurePlan("post", "整改", cast.li, due_on=DAY, evidence_kind="单据"), by=cast.zhao)
    assert [risk for risk, _alert in queries.to_rate_anew(cast.li)] == [own]
    assert queries.to_rate_anew(cast.wang) == []
    assert "询价造假" in client_of(cast.wang).get(f"/alerts/{alert.pk}").content.decode()
    assert "询价造假" not in client_of(cast.wu).get(f"/alerts/{alert.pk}").content.decode()


def test_a_heads_own_risk_is_rated_by_the_leader_in_charge(cast: Cast, alert: Alert) -> None:
    alert.risk_point = own = make_risk_point(cast.office, cast.li, person=cast.li)
    alert.save(update_fields=["risk_point"])
    actions.close(alert, result="tendency", text="有苗头，须提醒", by=cast.zhao)
    assert queries.to_rate_anew(cast.li) == []
    assert [risk for risk, _alert in queries.to_rate_anew(cast.he)] == [own]


def test_whose_turn_it_is_has_one_message_a_day(cast: Cast, alert: Alert) -> None:
    plant(Dataset.objects.get(), range(1, 4))
    more = list(Alert.objects.exclude(pk=alert.pk))
    assert len(more) == 3
    for one in more:
        actions.explain(one, text="批准人由经办人代签", by=cast.wang)
    (day,) = with_lines(cast.li, days_of(cast.li))
    told = [line.url for line in day.lines if line.url.startswith("/alerts/")]
    assert told == [f"/alerts/{one.pk}" for one in [alert, *more]]
    assert unread_count(cast.li) == 1


def test_a_flaw_from_which_nothing_came_is_still_to_do(cast: Cast, alert: Alert) -> None:
    actions.close(alert, result="flaw", text="手续倒置属实", by=cast.zhao)
    page = client_of(cast.zhao).get("/").content.decode()
    assert f"/alerts/{alert.pk}/rectify" in page
    assert f"/alerts/{alert.pk}/rectify" not in client_of(cast.li).get("/").content.decode()
    risk = make_risk_point(cast.office, cast.li)
    plan = MeasurePlan("post", "整改", cast.li, due_on=DAY, evidence_kind="单据")
    actions.rectify(alert, risk, plan, by=cast.zhao)
    assert f"/alerts/{alert.pk}/rectify" not in client_of(cast.zhao).get("/").content.decode()


def guess(table: Dataset, code: str, check: str) -> int | None:
    rule = rulebook.known(code)
    return chain.risk_of(table, rule, rulebook.check_of(rule, check))


def test_a_risk_point_is_guessed_by_its_words_and_the_department(
    cast: Cast, alert: Alert, django_assert_num_queries: Any
) -> None:
    """The office keeps the table of purchases; the gravest risk of the power is another matter."""
    table = Dataset.objects.get(code="DS1")
    power, other = make_power(cast.office, origin="library:1:P06"), make_power(cast.teaching, origin="library:1:P12")
    make_risk_point(cast.office, cast.li, level=1, power=power, title="擅自提高采购标准")
    same = make_risk_point(cast.office, cast.li, level=3, power=power, title="采购与验收由同一人办理，以次充好")
    assert guess(table, "F15", "buyer-acceptor") == same.pk
    grave = make_risk_point(cast.teaching, cast.feng, level=1, power=other, title="车辆私用")
    assert guess(table, "F15", "buyer-acceptor") == same.pk
    RiskPoint.objects.filter(unit=cast.office).update(state=RiskPoint.State.CLOSED)
    assert guess(table, "F15", "buyer-acceptor") is None, "another department's, about something else"
    RiskPoint.objects.filter(pk=grave.pk).update(title="采购、验收由同一人办理")
    with django_assert_num_queries(1):
        assert guess(table, "F15", "buyer-acceptor") == grave.pk, "the words are enough"
    RiskPoint.objects.filter(pk=grave.pk).update(person=cast.feng)
    assert guess(table, "F15", "buyer-acceptor") is None, "a person's own stays with him"


def test_a_guess_is_called_so_until_somebody_has_closed_the_warning(cast: Cast, alert: Alert) -> None:
    at, zhao = f"/alerts/{alert.pk}", client_of(cast.zhao)
    assert "没有推测出来，办结时选定" in zhao.get(at).content.decode()
    alert.risk_point = make_risk_point(cast.office, cast.li)
    alert.save(update_fields=["risk_point"])
    assert "系统推测，办结时确认或改选" in zhao.get(at).content.decode()
    assert "不对的请改选" in zhao.get(f"{at}/close").content.decode()
    actions.close(alert, result="flaw", text="手续倒置属实", by=cast.zhao)
    assert "系统推测" not in zhao.get(at).content.decode()
    Alert.objects.update(risk_point=None)
    assert "没有选定" in zhao.get(at).content.decode()
    Alert.objects.update(risk_point=alert.risk_point)
    actions.reopen(Alert.objects.get(), text="另有单据", by=cast.zhao)
    assert "系统推测" not in zhao.get(at).content.decode(), "it was confirmed before"
