"""A leader whom a warning concerns: what he is refused, in which words, by page and API, and who acts for him."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.accounts.models import User
from qingqu.alerts import access, actions, queries, turn_words, turns
from qingqu.alerts.models import Alert
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from qingqu.organisation.models import Duty
from qingqu.trace.models import Entry
from tests.make import make_duty
from tests.people import Cast, client_of


def closing(cast: Cast, purchases: Dataset, **people: str) -> Alert:
    """A warning that waits to be closed, out of a purchase with these people."""
    cells = {"po_no": "P1", "apply_date": "2026-03-02", "supplier": "东湖家具", "amount": "500", "dept": "总务处"}
    row = tables.clean(purchases, {**cells, "applicant": "王雨桐", "approver": "王雨桐", **people})
    tables.put_rows(purchases, [row], batch=None, by=None)
    alert = Alert.objects.get()
    actions.explain(alert, text="批准人由经办人代签", by=cast.wang)
    actions.confirm(alert, opinion="dispelled", text="与授权书一致", by=cast.li)
    return Alert.objects.get()


def refusals(person: User, alert: Alert) -> list[str]:
    """How page, address and API refuse to close it."""
    client, at = client_of(person), f"/alerts/{alert.pk}"
    page = client.get(at).content.decode()
    shown = re.search(r'办结(?:<small>.*?</small>)?</div><p class="small muted">(.*?)</p>', page)
    assert shown
    asked = client.get(f"{at}/close")
    assert asked.status_code == 403
    said = {"result": "dispelled", "text": "核对无误"}
    answer = client.post(f"/api/v1{at}/close", said, content_type="application/json")
    assert answer.status_code == 403
    assert "close" not in client.get(f"/api/v1{at}").json()["may"]
    assert answer.json()["detail"] in asked.content.decode()
    return [shown[1], answer.json()["detail"]]


def test_who_leads_the_department_does_not_close(cast: Cast, purchases: Dataset) -> None:
    cast.office.leader = cast.zhao
    cast.office.save()
    alert = closing(cast, purchases)
    assert refusals(cast.zhao, alert) == ["您负责或分管这一部门，由书记办结"] * 2
    refused = Entry.objects.filter(act="access.denied", actor=f"u:{cast.zhao.pk}").last()
    assert refused
    assert refused.payload.reason == "您负责或分管这一部门，由书记办结"
    assert refusals(cast.sun, alert) == ["由书记办结"] * 2
    assert "书记办结" in client_of(cast.qian).get(f"/alerts/{alert.pk}").content.decode()
    assert turns.next_of(alert) == [cast.qian]
    said = {"result": "dispelled", "text": "核对无误"}
    answer = client_of(cast.qian).post(f"/api/v1/alerts/{alert.pk}/close", said, content_type="application/json")
    assert answer.json()["state"] == "closed"


@pytest.mark.parametrize("part", ["approver", "acceptor"])
def test_whom_the_records_name_does_not_close(cast: Cast, purchases: Dataset, part: str) -> None:
    people = {"applicant": cast.zhao.name, "approver": cast.zhao.name} if part == "approver" else {}
    alert = closing(cast, purchases, **people, **({part: f"王雨桐、{cast.zhao.name}"} if part == "acceptor" else {}))
    assert refusals(cast.zhao, alert) == ["明细中有您的姓名或工号（同名的也回避），由书记办结"] * 2
    assert queries.mine(cast.zhao, access.visible(cast.zhao)) == []
    assert queries.mine(cast.qian, access.visible(cast.qian)) == [alert]
    assert turns.next_of(alert) == [cast.qian]
    make_duty(cast.school, cast.feng, "discipline")
    assert refusals(cast.zhao, alert) == ["明细中有您的姓名或工号（同名的也回避），由纪委办结"] * 2
    assert turns.next_of(alert) == [cast.feng]


def test_what_concerns_all_three_asks_for_somebody_from_outside(cast: Cast, purchases: Dataset) -> None:
    alert = closing(cast, purchases, buyer="、".join([cast.zhao.name, cast.qian.name, cast.sun.name]))
    says = "明细中有您的姓名或工号（同名的也回避），纪委、书记和校长都应回避，请报上级纪检机构，另行指定纪检委员办结"
    for person in (cast.zhao, cast.qian, cast.sun):
        assert refusals(person, alert) == [says] * 2
    assert turns.next_of(alert) == []


@pytest.mark.parametrize(
    ("named", "says", "aside"),
    [
        ([], "待纪委办结", ""),
        (["zhao"], "待书记办结", "纪委回避"),
        (["zhao", "qian"], "待校长办结", "纪委、书记回避"),
        (["zhao", "qian", "sun"], "待办结", "纪委、书记、校长回避"),
    ],
)
def test_a_prompt_says_who_closes_it_and_who_stands_aside(
    cast: Cast, purchases: Dataset, named: list[str], says: str, aside: str
) -> None:
    people = {"buyer": "、".join(cast.everyone[one].name for one in named)} if named else {}
    alert = closing(cast, purchases, **people)
    li, at = client_of(cast.li), f"/alerts/{alert.pk}"
    page = li.get(at).content.decode()
    assert re.search(rf"<span[^>]*>{says}</span>", page)
    assert ("同名的也回避；这不说明本人与此有关" in page, f"<small>{aside}</small>" in page) == (
        bool(aside),
        bool(aside),
    )
    assert f"{says}{f'（{aside}）' if aside else ''}</td>" in li.get(f"{at}/sheet.print").content.decode()
    said = {"opinion": "dispelled", "text": "与单据一致"}
    late = li.post(f"/api/v1{at}/confirm", said, content_type="application/json").json()["detail"]
    assert f"现在是“{says}”" in late
    page = li.get("/alerts/?state=closing").content.decode()
    assert re.search(rf"<span[^>]*>{says}</span>", page), "the list says it, too"
    assert f"<td>{says}</td>" in re.sub(r"<td[^>]*>", "<td>", li.get("/alerts/register.print").content.decode())
    assert li.get("/api/v1/alerts").json()["items"][0]["state_said"] == says


def test_whoever_bears_a_name_of_the_records_leaves_nobody_stuck(cast: Cast, purchases: Dataset) -> None:
    """A name is kept as a digest: who only bears it stands aside like him who is meant, and another one closes."""
    alert = closing(cast, purchases, buyer="、".join([cast.zhao.name, cast.qian.name, cast.sun.name]))
    assert queries.nobodys(cast.qian, access.visible(cast.qian)) == [alert], "the secretary is asked to see to it"
    make_duty(cast.school, cast.feng, "discipline")
    assert turns.next_of(alert) == [cast.feng]
    assert turn_words.state_in_words(alert) == "待纪委办结"
    assert turn_words.aside(alert, turns.around(alert)) == ""
    client = client_of(cast.feng)
    client.post(f"/alerts/{alert.pk}/close", {"result": "dispelled", "text": "与单据一致"})
    assert Alert.objects.get().state == Alert.State.CLOSED
    assert "纪委办结 · 排除" in client_of(cast.li).get(f"/alerts/{alert.pk}").content.decode()


@pytest.mark.parametrize(
    ("explained", "state", "step", "confirms"),
    [
        ("wang", "待负责人确认", "负责人确认", "li"),
        ("li", "待分管领导确认", "分管领导确认", "he"),
        ("li he", "待书记确认", "书记确认", "qian"),
        ("li he qian", "待校长确认", "校长确认", "sun"),
        ("li he qian sun", "待确认", "确认", ""),
    ],
)
def test_a_prompt_says_who_confirms_it(
    cast: Cast, purchases: Dataset, explained: str, state: str, step: str, confirms: str
) -> None:
    cells = {"po_no": "P1", "supplier": "东湖家具", "amount": "500", "applicant": "王雨桐", "approver": "王雨桐"}
    tables.put_rows(purchases, [tables.clean(purchases, cells)], batch=None, by=None)
    alert = actions.explain(Alert.objects.get(), text="批准人由经办人代签", by=cast.everyone[explained.split()[0]])
    for name in explained.split()[1:]:
        alert.disposals.create(step="explained", text="补充说明", by=cast.everyone[name])
    zhao, at = client_of(cast.zhao), f"/alerts/{alert.pk}"
    for page in (at, "/alerts/"):
        assert re.search(rf"<span[^>]*>{state}</span>", zhao.get(page).content.decode()), page
    for paper in (f"{at}/sheet.print", "/alerts/register.print"):
        assert re.search(rf"<td[^>]*>{state}</td>", zhao.get(paper).content.decode()), paper
    assert zhao.get("/api/v1/alerts").json()["items"][0]["state_said"] == state
    assert f'<div class="disposal-name">{step}<small>' in zhao.get(at).content.decode()
    if confirms:
        actions.confirm(alert, opinion="dispelled", text="与单据一致", by=cast.everyone[confirms])
        assert f"{step} · 排除" in zhao.get(at).content.decode()
        assert f"{step}</td>" in zhao.get(f"{at}/sheet.print").content.decode()


def test_a_list_of_states_asks_as_often_for_many_as_for_one(cast: Cast, django_assert_num_queries: Any) -> None:
    def make(count: int) -> list[Alert]:
        for n in range(count):
            Alert.objects.create(
                school=cast.school, unit=cast.office, number=f"HC-{Alert.objects.count()}", colour="red", identity="1",
                due_on="2026-05-01", source="records", state=("explaining", "confirming", "closing")[n % 3],
            )  # fmt: skip
        return list(Alert.objects.select_related("unit"))

    few = make(3)
    with CaptureQueriesContext(connection) as asked:
        turn_words.states_in_words(few)
    many = make(60)
    with django_assert_num_queries(len(asked)):
        assert set(turn_words.states_in_words(many).values()) == {"待经办人说明", "待负责人确认", "待纪委办结"}


def test_the_secretary_confirms_where_nobody_heads_or_leads(cast: Cast, purchases: Dataset) -> None:
    cast.office.leader = cast.office.responsible = None
    cast.office.save()
    cells = {"po_no": "P1", "supplier": "东湖家具", "amount": "500", "applicant": "王雨桐", "approver": "王雨桐"}
    tables.put_rows(purchases, [tables.clean(purchases, cells)], batch=None, by=None)
    alert = actions.explain(Alert.objects.get(), text="批准人由经办人代签", by=cast.wang)
    page = client_of(cast.zhao).get(f"/alerts/{alert.pk}").content.decode()
    assert "书记确认" in page
    assert "负责人确认" not in page.partition('id="disposal"')[2]
    assert "由书记确认" in page
    assert access.can_confirm(cast.qian, alert)


def test_too_late_is_no_refusal_over_the_api_either(cast: Cast, purchases: Dataset) -> None:
    alert = closing(cast, purchases)
    answer = client_of(cast.li).post(
        f"/api/v1/alerts/{alert.pk}/confirm",
        {"opinion": "dispelled", "text": "与单据一致"},
        content_type="application/json",
    )
    assert answer.status_code == 409
    assert "不在等待确认，现在是“待纪委办结”" in answer.json()["detail"]
    assert not Entry.objects.filter(act="access.denied").exists()
    assert not Duty.objects.filter(person=cast.li, kind="discipline").exists()
