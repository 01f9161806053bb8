"""核查提示 on the first page and beside their entry: whose turn it is, what to rate anew, which limits to set."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client, RequestFactory

from qingqu.alerts import actions, turns
from qingqu.alerts.access import can_close, can_confirm, can_explain, visible
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Rule
from qingqu.alerts.queries import count_mine, mine, with_disposals
from qingqu.datasets import actions as tables
from qingqu.organisation.models import Duty, Unit
from qingqu.workbench import queries
from qingqu.workbench.context import nav_groups
from tests.make import make_appointment, make_duty, make_post, make_risk_point, make_unit
from tests.people import Cast, client_of


def lines(person: Any) -> dict[str, str]:
    return {todo.verb: todo.title for todo in queries.todos(type(person).objects.get(pk=person.pk))}


def make_alert(cast: Cast, **fields: Any) -> Alert:
    kept = {"numbers": {"title": "登记表逾期未报", "text": "至今 2 件未报。"}, "source": "records", "signal": "form"}
    number = Alert.objects.count() + 1
    return Alert.objects.create(
        school=cast.school, number=f"HC-{number}", due_on=date(2026, 5, 1), colour="orange", identity=str(number),
        **{"unit": cast.office, **kept, **fields},
    )  # fmt: skip


def badge(person: Any) -> int:
    request = RequestFactory().get("/")
    request.resolver_match = None
    request.user = type(person).objects.get(pk=person.pk)
    return next(i.count for g in nav_groups(request) for i in g.items if i.url == "/alerts/")


def test_a_warning_goes_from_desk_to_desk(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li)
    alert = make_alert(cast, risk_point=risk)
    assert lines(cast.wang)["作说明"] == "登记表逾期未报"
    assert (badge(cast.wang), badge(cast.zhao), badge(cast.zhou)) == (1, 0, 0)
    actions.explain(alert, text="正在催办", by=cast.li)
    assert "确认" not in lines(cast.li), "he has explained it himself"
    assert lines(cast.he)["确认"] == "登记表逾期未报"
    actions.confirm(alert, opinion="flaw", text="限期补报", by=cast.he)
    assert lines(cast.zhao)["办结"] == "登记表逾期未报"
    assert badge(cast.zhao) == 1
    actions.close(alert, result="flaw", text="程序有瑕疵", by=cast.zhao)
    assert lines(cast.li)["评定"] == f"重新评定“{risk}”的等级"
    todo = f'href="/risks/{risk.pk}/rate"'
    assert todo in client_of(cast.li).get("/").content.decode(), "straight to where he rates it"
    assert todo in client_of(cast.li).get(f"/alerts/{alert.pk}").content.decode()
    assert todo not in client_of(cast.he).get(f"/alerts/{alert.pk}").content.decode()
    assert badge(cast.zhao) == 0


@pytest.mark.parametrize("state", ["explaining", "confirming", "closing"])
@pytest.mark.parametrize("explained_by", [None, "wang", "li", "zhao"])
@pytest.mark.parametrize("of_commission", [False, True])
@pytest.mark.parametrize("place", ["总务处", "纪委", "校领导", "云川市第五中学"])
@pytest.mark.parametrize("source", ["records", "internal"])
def test_the_list_and_the_doors_agree(
    cast: Cast, state: str, explained_by: str | None, of_commission: bool, place: str, source: str
) -> None:
    """And somebody finds it on his list, however small the school and whoever has had a hand in it."""
    if of_commission:
        make_duty(cast.school, cast.li, "discipline")
    alert = make_alert(cast, state=state, source=source, unit=Unit.objects.get(name=place))
    if explained_by:
        alert.disposals.create(step="explained", text="已说明", by=cast.everyone[explained_by])
    asked = turns.next_of(alert)
    assert asked
    assert all(mine(person, visible(person)) == [alert] for person in asked)
    leaders = {alert.unit.leader_id, cast.qian.pk if state == "confirming" else None}
    for name, person in cast.everyone.items():
        seen = with_disposals(visible(person)).filter(pk=alert.pk).first()
        may = seen is not None and any(can(person, seen) for can in (can_explain, can_confirm, can_close))
        listed = bool(mine(person, visible(person)))
        if not (state == "confirming" and person.pk in leaders):  # the leader confirms only where the head cannot
            assert listed == may, name
        assert count_mine(person, visible(person)) == int(listed)


@pytest.mark.parametrize(("state", "who"), [("explaining", "wang"), ("confirming", "li"), ("closing", "zhao")])
def test_what_is_long_late_stays_with_whose_turn_it_is(cast: Cast, settings: Any, state: str, who: str) -> None:
    """The messages end with the last step up, the to-do does not."""
    settings.QINGQU_TODAY = date(2026, 9, 1)
    make_alert(cast, state=state)
    for_today = queries.grouped(queries.todos(cast.everyone[who]))[0][1]
    assert [todo.due_on for todo in for_today if todo.title == "登记表逾期未报"] == [date(2026, 5, 1)]
    assert "逾期 123 天" in client_of(cast.everyone[who]).get("/").content.decode()


def test_what_nobody_may_see_to_stays_with_the_secretary(cast: Cast) -> None:
    def asked() -> list[str]:
        return sorted(name for name, one in cast.everyone.items() if "没有人可以办理" in said_to(one))

    def said_to(person: Any) -> str:
        return "".join(todo.meta for todo in queries.todos(type(person).objects.get(pk=person.pk)))

    closing = make_alert(cast, state="closing")
    assert asked() == []
    for person in (cast.zhao, cast.qian, cast.sun):
        closing.disposals.create(step="explained", text="已说明", by=person)
    assert asked() == ["qian"]
    make_duty(cast.school, cast.feng, "discipline")
    assert asked() == [], "another of the commission may"
    Alert.objects.update(state="closed")
    store = make_unit("仓库", parent=cast.school)
    waiting = make_alert(cast, unit=store)
    assert asked() == ["qian"]
    Duty.objects.filter(kind="secretary").delete()
    assert asked() == ["sun"]
    post = make_post(store, "保管员")
    seat = make_appointment(cast.wang, post)
    assert asked() == []
    seat.delete()
    store.leader = cast.he
    store.save()
    assert asked() == ["sun"], "a leader in charge does not explain records"
    Alert.objects.filter(pk=waiting.pk).update(source="internal")
    assert asked() == []


def test_the_leader_is_asked_to_confirm_only_where_the_head_cannot(cast: Cast) -> None:
    alert = make_alert(cast, state="confirming")
    assert mine(cast.he, visible(cast.he)) == []
    alert.disposals.create(step="explained", text="已说明", by=cast.li)
    assert mine(cast.he, visible(cast.he)) == [alert]


def test_nobody_closes_what_his_own_term_is_about(cast: Cast) -> None:
    term = cast.zhao.appointments.get()
    alert = make_alert(cast, state="closing", signal="rotation", key=[term.pk, 5], unit=cast.office)
    assert not can_close(cast.zhao, alert)
    assert turns.next_of(alert) == [cast.qian]
    assert mine(cast.zhao, visible(cast.zhao)) == []
    assert mine(cast.qian, visible(cast.qian)) == [alert]
    assert can_close(cast.qian, alert)


@pytest.mark.parametrize(
    ("missing", "closer"), [(["discipline"], "qian"), (["discipline", "secretary"], "sun"), (["secretary"], "zhao")]
)
def test_without_a_commission_the_secretary_closes_without_both_the_principal(
    cast: Cast, missing: list[str], closer: str
) -> None:
    Duty.objects.filter(kind__in=missing).delete()
    alert = make_alert(cast, state="closing")
    person = cast.everyone[closer]
    assert turns.next_of(alert) == [person]
    assert [one for one in cast.everyone.values() if can_close(one, alert)] == [person]
    assert [one for one in cast.everyone.values() if mine(one, visible(one))] == [person]
    assert count_mine(person, visible(person)) == 1


def test_a_drafted_version_waits_for_whoever_may_approve_it(cast: Cast) -> None:
    rule_actions.adopt(cast.school, ["F15"], by=cast.zhao)
    assert "批准" not in lines(cast.qian)
    rule = Rule.objects.get(code="F15")
    rule_actions.propose(rule, values={}, bases={}, holds_red=True, reason="试行一年", by=cast.zhao)
    assert lines(cast.qian)["批准"] == "1 个预警指标的新版本待批准"
    assert "批准" not in lines(cast.zhao), "nobody approves what he has drafted"
    assert "批准" not in lines(cast.li)


def test_limits_wait_for_those_who_may_set_them(cast: Cast) -> None:
    rule_actions.adopt(cast.school, ["F01", "F15"], by=cast.zhao)
    tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    for person in (cast.wang, cast.li, cast.zhao):
        assert lines(person)["设定"] == "1 个预警指标待设定限额"
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert "/alerts/rules/F01" in client.get("/").content.decode()
    assert "设定" not in lines(cast.feng)
    assert "设定" not in lines(cast.sun)
