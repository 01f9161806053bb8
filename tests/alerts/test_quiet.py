"""What is kept quiet for some time, and the list narrowed by domain and age."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.alerts import actions, queries
from qingqu.alerts.indicators import quiet_actions, rule_access, rule_actions, rule_queries, rulebook
from qingqu.alerts.models import Alert, Rule, Run, Suppression
from qingqu.alerts.running import batches, runs
from qingqu.common.errors import NotPossible
from qingqu.datasets.models import Dataset
from qingqu.organisation.models import Duty
from qingqu.trace.models import Entry
from tests.alerts.buying import plant
from tests.make import make_duty
from tests.people import Cast, client_of


def test_quiet_until_lifted_then_raised_at_night(cast: Cast, purchases: Dataset) -> None:
    zhao = client_of(cast.zhao)
    assert zhao.get("/alerts/rules/F15/quiet").status_code == 200
    typed = {"check_id": "applicant-approver", "until": "2026-06-01", "reason": "补录旧账"}
    assert zhao.post("/alerts/rules/F15/quiet", {**typed, "until": "2026-04-20"}).status_code == 422
    late = zhao.post("/alerts/rules/F15/quiet", {**typed, "until": "2027-05-01"})
    assert late.status_code == 422
    assert re.search("截止日期应在 4.月.21.日到 2027.年.4.月.20.日之间", late.content.decode())
    assert zhao.post("/alerts/rules/F15/quiet", {**typed, "check_id": ""}).status_code == 422, "all is chosen, not left"
    assert zhao.post("/alerts/rules/F15/quiet", {**typed, "check_id": "no-such-check"}).status_code == 422
    assert not Suppression.objects.exists()
    assert zhao.post("/alerts/rules/F15/quiet", typed).status_code == 302
    plant(purchases, range(1))
    batches.run(cast.school, by=None)
    assert not Alert.objects.exists()
    quiet = Suppression.objects.get()
    page = zhao.get("/alerts/quiet").content.decode()
    assert "补录旧账" in page
    assert f"/alerts/quiet/{quiet.pk}/lift" in page
    assert zhao.post(f"/alerts/quiet/{quiet.pk}/lift", {"reason": ""}).status_code == 422
    assert zhao.post(f"/alerts/quiet/{quiet.pk}/lift", {"reason": "补录完毕"}).status_code == 302
    assert Entry.objects.filter(act="alerts.suppression_lifted").count() == 1
    with pytest.raises(NotPossible, match="已经恢复"):
        quiet_actions.lift(quiet, reason="再来一次", by=cast.zhao)
    batches.run(cast.school, by=None)
    assert Alert.objects.count() == 1
    page = zhao.get("/alerts/quiet").content.decode()
    assert "已恢复提示" in page
    assert "赵文静恢复：补录完毕" in page
    row = zhao.get("/api/v1/suppressions").json()[0]
    assert (row["lifted_by"], row["lift_reason"]) == (cast.zhao.name, "补录完毕")


def test_what_is_quiet_already_is_not_made_quiet_again(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F15")
    quiet_actions.suppress(rule, until=date(2026, 6, 1), reason="补录旧账", by=cast.zhao)
    for check in ("", "applicant-approver"):
        with pytest.raises(NotPossible, match="已经暂不提示，到 6 月 1 日"):
            quiet_actions.suppress(rule, check_id=check, until=date(2026, 5, 1), reason="再设一次", by=cast.zhao)
    longer = quiet_actions.suppress(
        rule, check_id="applicant-approver", until=date(2026, 7, 1), reason="延长", by=cast.zhao
    )
    quiet_actions.lift(longer, reason="不再需要", by=cast.zhao)
    assert quiet_actions.suppress(rule, until=date(2026, 6, 2), reason="延长一天", by=cast.zhao)


def test_lifting_one_of_two_scopes_says_what_stays_quiet(cast: Cast, purchases: Dataset) -> None:
    rule, zhao = Rule.objects.get(code="F15"), client_of(cast.zhao)

    def quiet(check_id: str, until: date) -> int:
        return quiet_actions.suppress(rule, check_id=check_id, until=until, reason="补录旧账", by=cast.zhao).pk

    def lifted(pk: int) -> str:
        answer = zhao.post(f"/alerts/quiet/{pk}/lift", {"reason": "补录完毕"}, follow=True)
        return str(next(iter(answer.context["messages"])))

    whole, one = quiet("", date(2026, 6, 1)), quiet("applicant-approver", date(2026, 7, 1))
    assert "另外，全部检查仍暂不提示，到 6 月 1 日" in zhao.get(f"/alerts/quiet/{one}/lift").content.decode()
    assert lifted(one) == "这一项已恢复，但全部检查仍暂不提示，到 6 月 1 日，此后才补作提示。"
    one = quiet("applicant-approver", date(2026, 7, 1))
    assert lifted(whole) == "已恢复，今晚核算时补作提示，但申请人与审批人相同仍暂不提示，到 7 月 1 日。"
    other = quiet("buyer-acceptor", date(2026, 7, 1))
    assert lifted(other) == "已恢复，今晚核算时补作提示。", "what another check keeps quiet is none of its"
    rule_actions.switch_off(rule, reason="采购系统换代", by=cast.zhao)
    assert "重新启用后才会提示" in lifted(one)


def test_the_page_of_an_indicator_says_what_is_quiet(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F15")
    quiet_actions.suppress(rule, check_id="applicant-approver", until=date(2026, 6, 1), reason="补录旧账", by=cast.zhao)
    said = "申请人与审批人相同，到 6 月 1 日"
    assert said in client_of(cast.zhao).get("/alerts/rules/F15").content.decode()
    assert said in client_of(cast.sun).get("/alerts/rules/F15").content.decode()
    assert "部分检查暂不提示" in client_of(cast.sun).get("/alerts/rules").content.decode()
    assert "部分检查暂不提示" not in client_of(cast.wang).get("/alerts/rules").content.decode()
    assert said not in client_of(cast.wang).get("/alerts/rules/F15").content.decode()
    quiet = Suppression.objects.get()
    assert f"不相容岗位同一人：{said}" in client_of(cast.zhao).get(f"/alerts/quiet/{quiet.pk}/lift").content.decode()


def test_the_list_of_indicators_says_what_is_quiet(cast: Cast, purchases: Dataset, settings: Any) -> None:
    rule = Rule.objects.get(code="F15")
    zhao = client_of(cast.zhao)
    quiet_actions.suppress(rule, until=date(2026, 5, 8), reason="系统切换", by=cast.zhao)
    quiet_actions.suppress(rule, check_id="applicant-approver", until=date(2026, 6, 1), reason="旧账", by=cast.zhao)
    assert "暂不提示，到 5 月 8 日" in zhao.get("/alerts/rules").content.decode()
    settings.QINGQU_TODAY = date(2026, 5, 9)
    assert "部分检查暂不提示" in zhao.get("/alerts/rules").content.decode()
    settings.QINGQU_TODAY = date(2026, 6, 2)
    page = zhao.get("/alerts/rules").content.decode()
    assert "部分检查" not in page
    assert "暂不提示，到" not in page


def test_list_and_board_say_how_much_is_held_back(cast: Cast, purchases: Dataset) -> None:
    zhao, he = client_of(cast.zhao), client_of(cast.he)
    quiet = quiet_actions.suppress(
        Rule.objects.get(code="F15"), until=date(2026, 6, 1), reason="补录旧账", by=cast.zhao
    )
    plant(purchases, range(3))
    link = '<a href="/alerts/quiet">暂不提示 1 项'
    assert f"{link}</a>" in zhao.get("/alerts/").content.decode(), "no run has counted them yet"
    runs.carry_out(runs.ask(cast.school, by=None))
    for at in ("/alerts/", "/alerts/board"):
        assert f"{link}，上次核算时有 3 条没有作出提示</a>" in zhao.get(at).content.decode()
        assert link in client_of(cast.sun).get(at).content.decode()
        assert link not in he.get(at).content.decode(), "who may not see what is kept quiet"
    Run.objects.create(school=cast.school, failed=True, ended_at=timezone.now())
    assert "有 3 条" in zhao.get("/alerts/").content.decode(), "a run that failed has not counted all"
    quiet_actions.lift(quiet, reason="补录完毕", by=cast.zhao)
    assert "没有作出提示" not in zhao.get("/alerts/").content.decode()


def test_what_is_looked_into_again_is_no_longer_quiet(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    actions.explain(alert, text="批准人由经办人代签", by=cast.wang)
    actions.confirm(alert, opinion="dispelled", text="与授权书一致", by=cast.li)
    actions.close(alert, result="dispelled", text="核对无误", quiet_days=30, by=cast.zhao)
    zhao = client_of(cast.zhao)
    assert "同一情形到 5 月 20 日" in zhao.get(f"/alerts/{alert.pk}").content.decode()
    assert f"只限 {alert.number} 的情形" in zhao.get("/alerts/quiet").content.decode()
    assert "同一情形到" not in client_of(cast.li).get(f"/alerts/{alert.pk}").content.decode()
    assert zhao.post(f"/alerts/{alert.pk}/reopen", {"reason": "授权书不全"}).status_code == 302
    quiet = Suppression.objects.get()
    assert (quiet.lifted_by, quiet.lift_reason) == (cast.zhao, "授权书不全")
    assert "同一情形到" not in zhao.get(f"/alerts/{alert.pk}").content.decode()


def test_quiet_ends_by_itself(cast: Cast, purchases: Dataset, settings: Any) -> None:
    rule = Rule.objects.get(code="F15")
    quiet_actions.suppress(rule, until=date(2026, 5, 1), reason="补录期间", by=cast.zhao)
    plant(purchases, range(1))
    settings.QINGQU_TODAY = date(2026, 5, 1)
    batches.run(cast.school, by=None)
    assert not Alert.objects.exists(), "its last day is still quiet"
    settings.QINGQU_TODAY = date(2026, 5, 2)
    batches.run(cast.school, by=None)
    assert Alert.objects.count() == 1
    assert [quiet.is_over for quiet in rule_queries.suppressions(cast.school)] == [True]


@pytest.mark.parametrize(
    ("day", "last"), [(date(2028, 2, 29), date(2029, 2, 28)), (date(2026, 4, 20), date(2027, 4, 20))]
)
def test_at_most_a_year(cast: Cast, purchases: Dataset, settings: Any, day: date, last: date) -> None:
    settings.QINGQU_TODAY = day
    rule = Rule.objects.get(code="F15")
    with pytest.raises(NotPossible, match="截止日期应在"):
        quiet_actions.suppress(rule, until=last + timedelta(days=1), reason="补录期间", by=cast.zhao)
    assert quiet_actions.suppress(rule, until=last, reason="补录期间", by=cast.zhao).until == last


def test_nobody_quiets_his_own_department(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F15")
    assert rule_access.can_suppress(cast.zhao, rule)
    assert not rule_access.can_suppress(cast.qian, rule)
    purchases.keeper.leader = cast.zhao
    purchases.keeper.save()
    zhao, qian = client_of(cast.zhao), client_of(cast.qian)
    typed = {"check_id": "all", "until": "2026-06-01", "reason": "补录旧账"}
    for address in ("quiet", "off"):
        refused = zhao.post(f"/alerts/rules/F15/{address}", typed)
        assert refused.status_code == 403
        assert "您在保管部门任职或者分管，由书记办理" in refused.content.decode()
    page = zhao.get("/alerts/rules/F15").content.decode()
    assert "/alerts/rules/F15/off" not in page
    assert "您在保管部门任职或者分管，由书记办理" in page
    asked = {"until": "2026-06-01", "reason": "补录旧账"}
    at = "/api/v1/indicators/F15/suppressions"
    assert zhao.post(at, asked, content_type="application/json").status_code == 403
    assert "/alerts/rules/F15/off" in qian.get("/alerts/rules/F15").content.decode()
    assert qian.post("/alerts/rules/F15/quiet", typed).status_code == 302
    make_duty(cast.school, cast.feng, Duty.Kind.DISCIPLINE)
    assert not rule_access.can_suppress(User.objects.get(pk=cast.qian.pk), rule), "another of the commission is there"
    assert "由纪委其他人员办理" in zhao.get("/alerts/rules/F15").content.decode()
    assert rule_access.can_suppress(User.objects.get(pk=cast.feng.pk), rule)


def test_closing_quiets_nothing_of_ones_own_department(cast: Cast, purchases: Dataset) -> None:
    """A member of the commission who works there may close it, and is not asked for how long it stays quiet."""
    plant(purchases, range(2))
    one, other = Alert.objects.order_by("pk")
    for alert in (one, other):
        actions.confirm(
            actions.explain(alert, text="批准人由经办人代签", by=cast.wang),
            opinion="dispelled",
            text="与授权书一致",
            by=cast.li,
        )
    assert "不再提示" in client_of(cast.zhao).get(f"/alerts/{one.pk}/close").content.decode()
    make_duty(cast.school, cast.wu, Duty.Kind.DISCIPLINE)
    wu = client_of(cast.wu)
    assert "不再提示" not in wu.get(f"/alerts/{one.pk}/close").content.decode()
    data = {"result": "dispelled", "text": "核对无误", "quiet_days": 30}
    assert wu.post(f"/api/v1/alerts/{other.pk}/close", data, content_type="application/json").status_code == 403
    assert wu.post(f"/alerts/{one.pk}/close", data).status_code == 302
    assert not Suppression.objects.exists()


def test_another_school_lifts_nothing(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F15")
    quiet = quiet_actions.suppress(rule, until=date(2026, 5, 1), reason="补录期间", by=cast.zhao)
    for name, status in (("zhou", (403, 404)), ("wang", (403,)), ("qian", (403,))):
        client = client_of(cast.everyone[name])
        assert client.post(f"/alerts/quiet/{quiet.pk}/lift", {"reason": "补录完毕"}).status_code in status
    quiet.refresh_from_db()
    assert quiet.lifted_at is None


def test_the_list_by_domain_and_age(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(2))
    fresh, old = Alert.objects.order_by("id")
    Alert.objects.create(
        school=cast.school, number="X-1", source="internal", unit=cast.office, colour="yellow", identity="x",
        numbers={"title": "依据未核", "text": "一项"}, due_on=date(2026, 5, 1),
    )  # fmt: skip

    noon = datetime(2026, 4, 20, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    Alert.objects.update(raised_at=noon)
    Alert.objects.filter(pk=old.pk).update(raised_at=noon - timedelta(days=12))

    def shown(**said: str) -> set[str]:
        return {alert.number for alert in queries.found(Alert.objects.all(), queries.asked_of(said))}

    assert shown(area="internal") == {"X-1"}
    assert shown(area=rulebook.shipped()["F15"].area) == {fresh.number, old.number}
    assert shown(area="没有的领域") == {fresh.number, old.number, "X-1"}
    assert shown(older="10") == {old.number}
    assert shown(older="15") == set()
    assert shown(older="7") == {fresh.number, old.number, "X-1"}, "only the cuts of the board are asked for"
    assert client_of(cast.zhao).get("/alerts/", {"area": "internal", "older": "5"}).status_code == 200
