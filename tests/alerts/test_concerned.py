"""A leader whom a warning concerns: what he is refused, in which words, by page and API, and who acts for him."""

from __future__ import annotations

import re

import pytest

from qingqu.accounts.models import User
from qingqu.alerts import access, actions, queries, telling
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
    shown = re.search(r'办结</div><p class="small muted">(.*?)</p>', page)
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
    assert telling.next_of(alert) == [cast.qian]
    said = {"result": "dispelled", "text": "核对无误"}
    answer = client_of(cast.qian).post(f"/api/v1/alerts/{alert.pk}/close", said, content_type="application/json")
    assert answer.json()["state"] == "closed"


@pytest.mark.parametrize("part", ["approver", "acceptor"])
def test_whom_the_records_name_does_not_close(cast: Cast, purchases: Dataset, part: str) -> None:
    people = {"applicant": cast.zhao.name, "approver": cast.zhao.name} if part == "approver" else {}
    alert = closing(cast, purchases, **people, **({part: f"王雨桐、{cast.zhao.name}"} if part == "acceptor" else {}))
    assert refusals(cast.zhao, alert) == ["明细中有您的姓名或工号，由书记办结"] * 2
    assert queries.mine(cast.zhao, access.visible(cast.zhao)) == []
    assert queries.mine(cast.qian, access.visible(cast.qian)) == [alert]
    assert telling.next_of(alert) == [cast.qian]
    make_duty(cast.school, cast.feng, "discipline")
    assert refusals(cast.zhao, alert) == ["明细中有您的姓名或工号，由纪委办结"] * 2
    assert telling.next_of(alert) == [cast.feng]


def test_what_concerns_all_three_asks_for_somebody_from_outside(cast: Cast, purchases: Dataset) -> None:
    alert = closing(cast, purchases, buyer="、".join([cast.zhao.name, cast.qian.name, cast.sun.name]))
    says = "明细中有您的姓名或工号，纪委、书记和校长都与此有关，请报上级纪检机构，另行指定纪检委员办结"
    for person in (cast.zhao, cast.qian, cast.sun):
        assert refusals(person, alert) == [says] * 2
    assert telling.next_of(alert) == []


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ([], "待纪委办结"),
        (["zhao"], "待书记办结"),
        (["zhao", "qian"], "待校长办结"),
        (["zhao", "qian", "sun"], "待办结"),
    ],
)
def test_a_prompt_says_who_closes_it(cast: Cast, purchases: Dataset, named: list[str], says: str) -> None:
    people = {"buyer": "、".join(cast.everyone[one].name for one in named)} if named else {}
    alert = closing(cast, purchases, **people)
    li, at = client_of(cast.li), f"/alerts/{alert.pk}"
    assert re.search(rf"<span[^>]*>{says}</span>", li.get(at).content.decode())
    assert f"{says}</td>" in li.get(f"{at}/sheet.print").content.decode()
    said = {"opinion": "dispelled", "text": "与单据一致"}
    late = li.post(f"/api/v1{at}/confirm", said, content_type="application/json").json()["detail"]
    assert f"现在是“{says}”" in late
    page = li.get("/alerts/?state=closing").content.decode()
    assert page.count("待办结") == 2, "the choice above the list, and the line in it"
    assert "待纪委办结" not in page


def test_the_secretary_confirms_where_nobody_heads_or_leads(cast: Cast, purchases: Dataset) -> None:
    cast.office.leader = cast.office.responsible = None
    cast.office.save()
    cells = {"po_no": "P1", "supplier": "东湖家具", "amount": "500", "applicant": "王雨桐", "approver": "王雨桐"}
    tables.put_rows(purchases, [tables.clean(purchases, cells)], batch=None, by=None)
    alert = actions.explain(Alert.objects.get(), text="批准人由经办人代签", by=cast.wang)
    page = client_of(cast.zhao).get(f"/alerts/{alert.pk}").content.decode()
    assert "上级确认" in page
    assert "负责人确认" not in page.partition('id="disposal"')[2]
    assert "由书记或校长确认" in page
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
