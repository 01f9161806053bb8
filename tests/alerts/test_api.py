"""Warnings over the API: the whole way of one, who is refused, what the list is narrowed to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingqu.alerts import actions, tasks
from qingqu.alerts.models import Alert
from qingqu.common.clock import today
from qingqu.datasets.models import Dataset
from qingqu.notifications.models import Message
from qingqu.trace.models import Entry
from tests.alerts.buying import plant
from tests.calling import Caller
from tests.make import make_risk_point
from tests.people import Cast


def test_a_warning_goes_its_way(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    at = f"alerts/{Alert.objects.get().pk}"
    wang, li, zhao = Caller(cast.wang), Caller(cast.li), Caller(cast.zhao)
    shown = wang.get(at).json()
    assert (shown["rule"], shown["dataset"], shown["state"]) == ("F15", "DS1", "explaining")
    assert shown["may"] == ["explain", "replay"]
    assert "500 元" in str(shown["rows"]["lines"][0]["cells"])
    assert "•••" in shown["rows"]["lines"][0]["cells"]
    assert "王雨桐" not in str(shown)
    assert Entry.objects.filter(act="alerts.viewed").count() == 1
    assert wang.post(f"{at}/explain", {"text": " "}).status_code == 422
    assert wang.post(f"{at}/explain", {"text": "无"}).status_code == 409
    assert wang.post(f"{at}/explain", {"text": "批准人一栏录错了"}).json()["state"] == "confirming"
    assert wang.post(f"{at}/confirm", {"opinion": "clerical", "text": "已经更正"}).status_code == 403
    assert li.post(f"{at}/send-back", {"text": "请附审批单"}).json()["state"] == "explaining"
    wang.post(f"{at}/explain", {"text": "审批单已补录，见附件"})
    assert li.post(f"{at}/confirm", {"opinion": "handed_over", "text": "移交办理"}).status_code == 422
    assert li.post(f"{at}/confirm", {"opinion": "clerical", "text": "已经更正"}).json()["state"] == "closing"
    assert li.post(f"{at}/close", {"result": "clerical", "text": "已经更正"}).status_code == 403
    assert zhao.post(f"{at}/close", {"result": "handed_over", "text": "移交上级"}).status_code == 409
    zhao.post(f"{at}/send-back", {"text": "请负责人写明何时更正"})
    wang.post(f"{at}/explain", {"text": "四月十日已更正"})
    li.post(f"{at}/confirm", {"opinion": "clerical", "text": "已经更正"})
    closed = zhao.post(f"{at}/close", {"result": "dispelled", "text": "签字页已核", "quiet_days": 30}).json()
    assert (closed["state"], closed["result"], closed["may"]) == ("closed", "dispelled", ["reopen", "replay"])
    steps = ["explained", "sent_back", "explained", "confirmed", "sent_back", "explained", "confirmed", "closed"]
    assert [step["step"] for step in closed["history"]] == steps
    assert closed["history"][0]["by"] == cast.wang.name
    assert set(Entry.objects.filter(ok=False).values_list("act", flat=True)) == {"access.denied", "api.refused"}


def closed(cast: Cast, alert: Alert) -> Alert:
    alert = actions.explain(alert, text="批准人一栏录错了", by=cast.wang)
    alert = actions.confirm(alert, opinion="clerical", text="已经更正", by=cast.li)
    return actions.close(alert, result="clerical", text="已经更正", by=cast.zhao)


def test_a_closed_one_is_reopened(cast: Cast, purchases: Dataset, settings: Any) -> None:
    plant(purchases, range(1))
    alert = closed(cast, Alert.objects.get())
    settings.QINGQU_TODAY = alert.due_on + timedelta(days=30)
    at = f"alerts/{alert.pk}"
    assert Caller(cast.li).post(f"{at}/reopen", {"text": "另有单据"}).status_code == 403
    zhao = Caller(cast.zhao)
    assert zhao.post(f"{at}/reopen", {"text": " "}).status_code == 422
    again = zhao.post(f"{at}/reopen", {"text": "审计发现另一张审批单"}).json()
    assert (again["state"], again["result"]) == ("explaining", "")
    assert again["due_on"] > settings.QINGQU_TODAY.isoformat(), "its term begins anew"
    assert again["history"][-1]["text"] == "审计发现另一张审批单"
    assert Message.objects.filter(person=cast.wang, text__contains="重新核查").count() == 1
    assert zhao.post(f"{at}/reopen", {"text": "再看一次"}).status_code == 409


def test_what_has_to_be_put_right_is_ordered_at_a_risk_point(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = closed(cast, Alert.objects.get())
    Alert.objects.update(result=Alert.Result.FLAW)
    risk, strange = make_risk_point(cast.office, cast.li), make_risk_point(cast.teaching, cast.feng)
    at = f"alerts/{alert.pk}"
    zhao, li = Caller(cast.zhao), Caller(cast.li)
    assert zhao.get(at).json()["may"] == ["rectify", "reopen", "replay"]
    assert li.get(at).json()["may"] == ["replay"]
    assert [row["id"] for row in zhao.get(f"{at}/risk-points").json()] == [risk.pk]
    assert li.get(f"{at}/risk-points").status_code == 403
    order = {
        "risk_point_id": risk.pk,
        "text": "补办审批手续",
        "due_on": (today() + timedelta(days=20)).isoformat(),
        "evidence_kind": "补签的审批单",
    }
    assert li.post(f"{at}/rectify", order).status_code == 403
    assert zhao.post(f"{at}/rectify", order | {"risk_point_id": strange.pk}).status_code == 404
    assert zhao.post(f"{at}/rectify", order | {"owner_id": cast.zhou.pk}).status_code == 409, "of another school"
    assert zhao.post(f"{at}/rectify", order | {"due_on": "2020-01-01"}).status_code == 409
    assert zhao.post(f"{at}/rectify", order | {"text": " "}).status_code == 422
    done = zhao.post(f"{at}/rectify", order).json()
    assert done["rectification"]["owner"] == cast.li.name, "the head of the department where nobody else is named"
    assert (done["rectification"]["due_on"], done["risk_point_id"]) == (order["due_on"], risk.pk)
    assert done["may"] == ["reopen", "replay"]
    assert Entry.objects.filter(act="alerts.rectification_ordered").count() == 1
    assert zhao.post(f"{at}/rectify", order).status_code == 409, "once"


def test_a_warning_is_computed_anew(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    at = f"alerts/{Alert.objects.get().pk}/replay"
    wang, sun, feng = Caller(cast.wang), Caller(cast.sun), Caller(cast.feng)
    assert wang.get(at).status_code == 404
    assert [who.post(at, {}).status_code for who in (sun, feng)] == [403, 404]
    asked = wang.post(at, {})
    assert (asked.status_code, asked.json()["ended_at"], asked.json()["same"]) == (202, None, None)
    wang.post(at, {})
    assert tasks.replay_waiting() == 1
    found = wang.get(at).json()
    assert (found["outcome"], found["same"]) == ("same", True)
    assert "逐位相同" in found["said"]


def test_findings_are_kept_quiet_and_raised_again(cast: Cast, purchases: Dataset) -> None:
    zhao, sun, li = Caller(cast.zhao), Caller(cast.sun), Caller(cast.li)
    at, until = "indicators/F15/suppressions", (today() + timedelta(days=30)).isoformat()
    scope = {"until": until, "reason": "补录旧账"}
    assert li.post(at, scope).status_code == 403
    assert zhao.post(at, scope | {"check_id": "none"}).status_code == 404
    assert zhao.post(at, scope | {"until": "2020-01-01"}).status_code == 409
    assert zhao.post(at, scope | {"reason": " "}).status_code == 422
    assert zhao.post("indicators/F02/suppressions", scope).status_code == 404, "it does not run here"
    made = zhao.post(at, scope)
    assert made.status_code == 201
    assert (made.json()["rule"], made.json()["until"], made.json()["by"]) == ("F15", until, cast.zhao.name)
    plant(purchases, range(1))
    assert not Alert.objects.exists()
    assert [row["id"] for row in sun.get("suppressions").json()] == [made.json()["id"]]
    assert li.get("suppressions").status_code == 403
    lift = f"suppressions/{made.json()['id']}/lift"
    assert sun.post(lift, {"reason": "补录完毕"}).status_code == 403
    assert zhao.post(lift, {"reason": "补录完毕"}).json()["lifted_at"]
    assert zhao.post(lift, {"reason": "再来一次"}).status_code == 409
    assert Entry.objects.filter(act__in=("alerts.suppressed", "alerts.suppression_lifted")).count() == 2


def test_papers_come_with_an_explanation(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(1))
    alert = Alert.objects.get()
    at = f"/api/v1/alerts/{alert.pk}"
    wang, sun, feng = (Caller(who).client for who in (cast.wang, cast.sun, cast.feng))
    content = "审批单：同意".encode()

    def sent(client: Client, name: str, content: bytes = content) -> Any:
        return client.post(f"{at}/papers", {"file": SimpleUploadedFile(name, content)})

    kept = sent(wang, "审批单.txt")
    assert kept.status_code == 201, kept.content
    assert (kept.json()["name"], kept.json()["by"]) == ("审批单.txt", cast.wang.name)
    refused = sent(wang, "审批单.pdf")
    assert refused.status_code == 409
    assert "与扩展名不符" in refused.content.decode()
    assert wang.post(f"{at}/papers", {}).status_code == 422
    assert [sent(client, "a.txt").status_code for client in (sun, feng)] == [403, 404]
    assert [paper["id"] for paper in wang.get(at).json()["papers"]] == [kept.json()["id"]]
    assert sun.get(at).json()["papers"] == [], "who sees no rows sees no papers"
    there = f"{at}/papers/{kept.json()['id']}"
    assert b"".join(wang.get(there).streaming_content) == content
    assert [client.get(there).status_code for client in (sun, feng)] == [403, 404]
    actions.explain(alert, text="批准人一栏录错了", by=cast.wang)
    assert sent(wang, "b.txt").status_code == 409, "what the head compares does not change under his eyes"


def test_a_paper_is_asked_for_under_its_own_warning(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(2))
    first, second = Alert.objects.order_by("pk")
    client = Caller(cast.wang).client
    file = SimpleUploadedFile("审批单.txt", "同意".encode())
    paper = client.post(f"/api/v1/alerts/{first.pk}/papers", {"file": file}).json()["id"]
    assert client.get(f"/api/v1/alerts/{second.pk}/papers/{paper}").status_code == 404


@pytest.mark.parametrize(
    ("name", "status", "sees_rows"),
    [("he", 200, True), ("qian", 200, True), ("sun", 200, False), ("feng", 404, None), ("zhou", 404, None)],
)
def test_who_sees_a_warning(cast: Cast, purchases: Dataset, name: str, status: int, sees_rows: bool | None) -> None:
    plant(purchases, range(1))
    caller = Caller(cast.everyone[name])
    answer = caller.get(f"alerts/{Alert.objects.get().pk}")
    assert answer.status_code == status
    assert len(caller.get("alerts").json()["items"]) == (status == 200)
    if status == 200:
        assert (answer.json()["rows"] is not None) is sees_rows


def test_the_list_is_narrowed_and_read_page_by_page(cast: Cast, purchases: Dataset) -> None:
    plant(purchases, range(5))
    Alert.objects.filter(pk=Alert.objects.order_by("pk").first().pk).update(colour="red", state="closed")  # type: ignore[union-attr]
    zhao = Caller(cast.zhao)

    def counted(asked: str) -> int:
        return len(zhao.get(f"alerts?{asked}").json()["items"])

    whole = Alert.objects.count()
    assert counted("state=all") == whole
    assert counted("") == whole - 1
    assert counted("state=closed&colour=red") == 1
    assert counted("rule=F15&state=all") == 5
    assert counted("dataset=DS9&state=all") == 0
    assert counted("dataset=DS1&state=all") == whole
    assert zhao.get("alerts?state=unheard-of").status_code == 422
    seen: list[int] = []
    after: Any = ""
    while after is not None:
        page = zhao.get(f"alerts?state=all&limit=2&after={after}" if after else "alerts?state=all&limit=2").json()
        seen += [line["id"] for line in page["items"]]
        after = page["next"]
    assert seen == list(Alert.objects.order_by("-id").values_list("pk", flat=True))


def test_a_long_list_takes_no_more_statements(cast: Cast, purchases: Dataset) -> None:
    zhao = Caller(cast.zhao)
    zhao.get("alerts")
    counts = []
    for numbers in (range(2), range(2, 20)):
        plant(purchases, numbers)
        with CaptureQueriesContext(connection) as asked:
            assert zhao.get("alerts?limit=100").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_indicators_with_the_schools_values(cast: Cast, purchases: Dataset) -> None:
    feng = Caller(cast.feng)
    lines = {line["code"]: line for line in feng.get("indicators").json()}
    assert (lines["F15"]["state"], lines["F15"]["version"]) == ("on", 1)
    assert lines["F02"]["state"] is None
    whole = feng.get("indicators/F01").json()
    assert whole["checks"]
    assert {p["name"] for p in whole["parameters"]}
    assert whole["why"]
    assert feng.get("indicators/F99").status_code == 404
