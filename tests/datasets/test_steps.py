"""Event logs: what their own names of steps mean."""

from __future__ import annotations

import gzip
from typing import Any

from qingqu.datasets import actions
from qingqu.datasets.models import Batch, Record
from qingqu.trace.models import Entry
from tests.datasets.uploading import mapped, upload
from tests.people import Cast, client_of


def test_an_event_log_with_unknown_steps(cast: Cast) -> None:
    (log,) = actions.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)
    events = "".join(
        f'<event><string key="concept:name" value="{step}"/><string key="org:resource" value="甲"/>'
        f'<date key="time:timestamp" value="2026-03-0{day}T10:00:00+08:00"/></event>'
        for day, step in enumerate(["填单", "部门审批", "支付"], 1)
    )
    case = '<string key="concept:name" value="c1"/>'
    xes = f'<log xmlns="http://www.xes-standard.org/"><trace>{case}{events}</trace></log>'
    wang = client_of(cast.wang)
    upload(wang, log, gzip.compress(xes.encode()), "日志.xes.gz")
    batch = Batch.objects.get()
    mapped(wang, batch)
    wang.post(f"/datasets/batches/{batch.pk}/begin")
    assert Record.objects.count() == 3
    page = wang.get(f"/datasets/{log.pk}").content.decode()
    assert "未识别的环节" in page
    names = ["填单", "支付", "部门审批"]
    typed = {f"step{n}": step for n, step in enumerate(["申请", "付款", "审批"])}
    assert [n for n in names if n in wang.get(f"/datasets/{log.pk}/steps").content.decode()] == names
    assert wang.post(f"/datasets/{log.pk}/steps", typed).status_code == 302
    log.refresh_from_db()
    assert log.steps == {"填单": "申请", "支付": "付款", "部门审批": "审批"}
    assert "未识别的环节" not in wang.get(f"/datasets/{log.pk}").content.decode()


def events(*steps: str, case: str = "c1") -> list[dict[str, Any]]:
    return [
        {"case": case, "step": step, "operator": "甲", "time": f"2026-03-0{day} 10:00"}
        for day, step in enumerate(steps, 1)
    ]


def test_standard_names_of_steps_need_nobody_to_say_what_they_are(cast: Cast) -> None:
    (log,) = actions.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)
    for row in events("申请", "审批", "付款"):
        actions.enter_record(log, row, by=cast.wang)
    wang = client_of(cast.wang)
    log.refresh_from_db()
    assert log.steps == {}, "without a mapping they mean themselves"
    assert "未识别的环节" not in wang.get(f"/datasets/{log.pk}").content.decode()
    for row in events("填单", "申请", case="c2"):
        actions.enter_record(log, row, by=cast.wang)
    page = wang.get(f"/datasets/{log.pk}").content.decode()
    assert "未识别的环节：填单（1）" in page
    names = ["填单", "付款", "审批", "申请"]
    form = wang.get(f"/datasets/{log.pk}/steps").context["form"]
    assert [(field.label, field.initial) for field in form] == [(name, name.replace("填单", "")) for name in names]
    typed = {f"step{n}": step for n, step in enumerate(["申请", "付款", "审批", "申请"])}
    wang.post(f"/datasets/{log.pk}/steps", typed)
    log.refresh_from_db()
    assert log.steps == {"填单": "申请", "付款": "付款", "审批": "审批", "申请": "申请"}
    rows = [actions.clean(log, row) for row in events("验收", "入库", case="c3")]
    actions.put_rows(log, rows, batch=None, by=cast.wang)
    log.refresh_from_db()
    assert log.steps["验收"] == "验收", "one that the log begins to use later as well"
    assert "未识别的环节：入库（1）" in wang.get(f"/datasets/{log.pk}").content.decode()
    assert Entry.objects.filter(act="datasets.steps_mapped").count() == 2


def test_a_standard_name_may_mean_nothing(cast: Cast) -> None:
    (log,) = actions.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)
    actions.enter_record(log, events("归档")[0], by=cast.wang)
    client_of(cast.wang).post(f"/datasets/{log.pk}/steps", {"step0": ""})
    log.refresh_from_db()
    assert log.steps == {"归档": ""}
    actions.enter_record(log, events("归档", case="c2")[0], by=cast.wang)
    log.refresh_from_db()
    assert log.steps == {"归档": ""}
