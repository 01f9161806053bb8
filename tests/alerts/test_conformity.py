"""Whether the cases of a log follow their procedure: counted, shown, and never said of a case with holes."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.alerts import tasks
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Conformity
from qingqu.alerts.running import batches, conformity
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions, importing, missing, pushing
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, MissingEvent, Record
from qingqu.datasets.queries import columns_for
from qingqu.trace.models import Entry
from tests.people import Cast, client_of

HEADS = "办件编号,环节,办理人,办理时间,金额\n"
WHOLE = "{0},申请,甲,2026-03-02 09:00,\n{0},审批,乙,2026-03-03 09:00,\n{0},询价,丙,2026-03-04 09:00,\n"
WHOLE += "{0},签约,丙,2026-03-05 09:00,\n{0},验收,丁,2026-03-09 09:00,\n{0},付款,戊,2026-03-10 09:00,\n"


@pytest.fixture
def log(cast: Cast, settings: Any, tmp_path: Any) -> Dataset:
    settings.VAR_DIR = settings.MEDIA_ROOT = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    made = actions.adopt(cast.school, ["EV1"], keeper=cast.office, by=cast.chen)[0]
    rule_actions.adopt(cast.school, ["E10"], by=cast.zhao)
    return made


def take_in(cast: Cast, log: Dataset, text: str) -> Batch:
    batch = importing.upload(log, SimpleUploadedFile("日志.csv", (HEADS + text).encode()), by=cast.wang)
    importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=cast.wang)
    done = importing.begin(batch, by=cast.wang)
    log.refresh_from_db()
    return done


def counted(log: Dataset) -> dict[str, int]:
    Conformity.objects.update(seconds=0)
    tasks.count_conformity()
    found = Conformity.objects.get(dataset=log).counts
    return {kind: n for kind, n in found.items() if n}


def alerts() -> set[str]:
    return set(Alert.objects.exclude(state=Alert.State.LAPSED).values_list("key__0", flat=True))


def test_the_cases_of_a_log_are_counted_with_the_reasons(cast: Cast, log: Dataset) -> None:
    text = (
        WHOLE.format("A1") + WHOLE.format("A2").replace("A2,询价", "A2,打听") + WHOLE.format("A3").replace("丁", "系统")
    )
    text += (
        WHOLE.format("A4").replace("2026-03-09", "很久以前")
        + "A5,申请,甲,2026-03-02 09:00,\nA5,签约,丙,2026-03-03 09:00,\n"
    )
    text += "A6,申请,甲,2026-03-02 09:00,\nA6,审批,乙,2026-03-02 09:00,\nA6,询价,乙,2026-03-02 09:00,\n"
    text += "A7,申请,甲,2026-03-02 09:00,\n"
    take_in(cast, log, text)
    assert counted(log) == {
        "follows": 1, "leaves": 1, "under_way": 1, "unknown": 3, "other": 1, "step": 1, "person": 1, "refused": 1,
    }  # fmt: skip
    assert alerts() == {"A5"}, "a case whose row was refused is not said to leave out that step"
    page = client_of(cast.wang).get(f"/datasets/{log.pk}").content.decode()
    assert "办件是否按程序办理" in page
    assert "有环节未识别</a>（1）" in page
    listed = client_of(cast.wang).get(f"/alerts/logs/{log.pk}?kind=step").content.decode()
    assert ">A2<" in listed
    assert ">A3<" not in listed
    assert "打听（1）" in listed
    shown = client_of(cast.wang).get(f"/alerts/logs/{log.pk}/case?no=A5").content.decode()
    assert "偏离程序" in shown
    assert "首先是“签约”" in shown
    assert "未识别" in client_of(cast.wang).get(f"/alerts/logs/{log.pk}/case?no=A2").content.decode()


def test_a_refused_row_keeps_its_case_from_conforming_until_it_is_put_right(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1").replace("2026-03-09 09:00", ""))
    assert counted(log) == {"unknown": 1, "refused": 1}
    assert not alerts()
    page = client_of(cast.wang).get(f"/alerts/logs/{log.pk}/case?no=A1").content.decode()
    assert "无法判断" in page
    assert "有误的列：办理时间" in page
    again = take_in(cast, log, WHOLE.format("A1").replace("2026-03-09 09:00", ""))
    assert len(missing.lack(log).ids) == 1, "the same file once more lacks the same row"
    mended = take_in(cast, log, "A1,验收,丁,2026-03-09 09:00,\n")
    assert counted(log) == {"follows": 1}
    actions.withdraw_batch(mended, reason="传错了", by=cast.wang)
    assert counted(log) == {"unknown": 1, "refused": 1}, "what had put it right is gone"
    actions.withdraw_batch(again, reason="传错了", by=cast.wang)
    assert counted(log) == {"unknown": 1, "refused": 1}, "the first import still lacks it"
    rows = {"case": "A1", "step": "验收", "operator": "丁", "time": "2026-03-11 09:00"}
    actions.enter_record(log, rows, by=cast.wang)
    assert counted(log) == {"leaves": 1}, "typed in, it came after the payment"
    assert alerts() == {"A1"}


def test_a_row_that_was_there_before_puts_nothing_right(cast: Cast, log: Dataset) -> None:
    """Accepted twice, once without a time: the other acceptance is not the missing one."""
    text = WHOLE.format("A1") + "A1,验收,丁,,\n"
    take_in(cast, log, text)
    take_in(cast, log, text)
    assert counted(log) == {"unknown": 1, "refused": 1}
    entry = Record.objects.get(values__step="验收")
    actions.correct_record(
        entry, {**entry.values, "operator": "丁", "time": "2026-03-09 09:00", "amount": "5"}, by=cast.wang
    )
    assert counted(log) == {"unknown": 1, "refused": 1}, "nor is a correction of it"
    take_in(cast, log, WHOLE.format("A1") + "A1,验收,丁,2026-03-09 10:00,\n")
    assert missing.lack(log).ids == ()


def test_a_row_faulty_elsewhere_is_there_once_its_event_is(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1") + "A1,付款,戊,2026-03-11 09:00,两百多\n")
    assert set(missing.lack(log).cases) == {"A1"}
    take_in(cast, log, "A1,付款,戊,2026-03-11 09:00,200\n")
    assert missing.lack(log).ids == ()


def test_rows_without_a_case_and_whole_cases_that_are_missing(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1") + ",付款,戊,2026-03-11 09:00,\nA9,申请,甲,去年,\n")
    assert counted(log) == {"follows": 1, "unknown": 1, "refused": 1}
    lack = missing.lack(log)
    assert (lack.cases, lack.homeless, lack.rows) == ({"A9": {"申请"}}, 1, 2)
    client = client_of(cast.wang)
    assert "也不知道属于哪些办件" in client.get(f"/alerts/logs/{log.pk}").content.decode()
    assert client.get(f"/alerts/logs/{log.pk}/case?no=A9").status_code == 200
    assert client.get(f"/alerts/logs/{log.pk}/case?no=A8").status_code == 404


def test_more_rows_than_can_be_noted(cast: Cast, log: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qingqu.datasets.checking.MISSING_KEPT", 2)
    monkeypatch.setattr("qingqu.datasets.missing.MISSING_KEPT", 2)
    take_in(cast, log, WHOLE.format("A1") + "".join(f"B{n},申请,甲,去年,\n" for n in range(5)))
    lack = missing.lack(log)
    assert (len(lack.ids), lack.homeless, lack.rows) == (2, 3, 5)


def test_pushed_rows_that_were_refused_are_missing_too(cast: Cast, log: Dataset) -> None:
    rows = [{"case": "A1", "step": "申请", "time": "2026-03-02 09:00"}, {"case": "A1", "step": "审批", "time": "明天"}]
    with pytest.raises(NotPossible):
        pushing.push(log, rows, by=cast.wang)
    assert not MissingEvent.objects.exists(), "nothing was written, the pusher knows"
    pushing.push(log, rows, partial=True, by=cast.wang)
    assert set(missing.lack(log).cases) == {"A1"}


def test_rows_need_not_be_put_right_for_a_reason(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1").replace("2026-03-09 09:00", "") + "A1,以上由总务处填报,,,\n")
    client, at = client_of(cast.wang), f"/datasets/{log.pk}/missing"
    remark, step = MissingEvent.objects.order_by("-row")
    assert client.post(at, {"row": [remark.pk], "reason": " "}).status_code == 422
    assert client.post(at, {"row": [remark.pk + 100, "x"], "reason": "不是环节"}).status_code == 422
    assert client_of(cast.zhao).post(at, {"row": [remark.pk], "reason": "不是环节"}).status_code == 403
    assert client_of(cast.zhou).get(at).status_code == 404
    tasks.judge_waiting()
    assert not alerts()
    assert client.post(at, {"row": [remark.pk], "reason": "不是环节"}).status_code == 302
    assert missing.lack(log).ids == (step.pk,)
    assert Entry.objects.filter(act="datasets.missing_let_be").count() == 1
    page = client_of(cast.zhao).get(at).content.decode()
    assert "不是环节" in page
    missing.let_be(log, [step.pk], reason="没有验收", by=cast.wang)
    assert counted(log) == {"leaves": 1}
    tasks.judge_waiting()
    assert alerts() == {"A1"}, "judged anew, since nothing is missing any more"


def test_what_is_masked_elsewhere_is_masked_in_rows_that_were_left_out(cast: Cast, log: Dataset) -> None:
    log.columns = [column | {"sensitive": column["id"] in ("case", "step")} for column in log.columns]
    log.save()
    take_in(cast, log, WHOLE.format("A1").replace("2026-03-09 09:00", ""))
    event = MissingEvent.objects.get()
    for name, sees in (("wang", True), ("zhao", True), ("he", False)):
        client = client_of(cast.everyone[name])
        page = client.get(f"/datasets/{log.pk}/missing").content.decode()
        assert ("A1" in page, "验收" in page) == (sees, sees), name
        assert "办理时间" in page
        (line,) = missing.lines(log, columns_for(cast.everyone[name], log), [event.pk])
        assert (line.case, line.said) == (("A1", ["验收"]) if sees else (MASKED, []))


def test_a_case_number_is_masked_in_lists_addresses_and_sentences(cast: Cast, log: Dataset) -> None:
    log.columns = [column | {"sensitive": column["id"] in ("case", "step")} for column in log.columns]
    log.save()
    take_in(cast, log, WHOLE.format("甲2026") + "乙2026,申请,甲,2026-03-02 09:00,\n乙2026,签约,丙,2026-03-03 09:00,\n")
    counted(log)
    at = f"/alerts/logs/{log.pk}"
    for name, sees in (("wang", True), ("zhao", True), ("he", False), ("qian", False)):
        client = client_of(cast.everyone[name])
        page = client.get(f"{at}?kind=leaves").content.decode()
        (query,) = re.findall(r"/case\?([^\"]*)", page)
        case = client.get(f"{at}/case?{query}")
        said = unquote(page + query) + case.content.decode()
        assert case.status_code == 200
        assert "偏离程序" in said
        assert ("乙2026" in said, "办件 •••" in said) == (sees, not sees), name
        assert ("签约</a>" in said) == sees
        assert ("敏感列由保管部门和纪委查看" in said) == (not sees)
        assert client.get(f"{at}/case?no=乙2026").status_code == (200 if sees else 404), "nobody finds it by guessing"
    assert client.get(f"{at}/case?key=x").status_code == client.get(f"{at}/case").status_code == 404


def test_nothing_says_that_a_step_is_not_there_while_its_row_is_refused(cast: Cast, log: Dataset) -> None:
    rule_actions.adopt(cast.school, ["E02"], by=cast.zhao)
    without = WHOLE.format("A1").replace("2026-03-09 09:00", "") + WHOLE.format("A2").replace(
        "A2,验收,丁,2026-03-09 09:00,\n", ""
    )
    take_in(cast, log, without + "A2,询价,丙,,\n")
    of = Alert.objects.filter(rule__code="E02")
    assert set(of.values_list("key__0", flat=True)) == {"A2"}, "what it lacks is no acceptance"
    batches.run(cast.school, by=None)
    assert set(of.values_list("key__0", flat=True)) == {"A2"}
    missing.let_be(log, missing.lack(log).ids, reason="没有这些环节", by=cast.wang)
    tasks.judge_waiting()
    assert set(of.values_list("key__0", flat=True)) == {"A1", "A2"}


def test_a_faulty_row_handed_in_later_makes_no_prompt_go_away(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, "A5,申请,甲,2026-03-02 09:00,\nA5,签约,丙,2026-03-03 09:00,\n")
    assert alerts() == {"A5"}
    take_in(cast, log, "A5,审批,乙,不详,\nA6,申请,甲,2026-03-02 09:00,\n")
    batches.run(cast.school, by=None)
    assert alerts() == {"A5"}
    assert counted(log)["refused"] == 1


def test_the_night_raises_nothing_about_a_case_that_lacks_rows(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1").replace("2026-03-09 09:00", ""))
    batches.run(cast.school, by=None)
    assert not alerts()


def test_steps_beside_the_procedure(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1") + "A1,打印,系统,2026-03-10 10:00,\n")
    assert counted(log) == {"unknown": 1, "step": 1, "person": 1}
    client, at = client_of(cast.wang), f"/datasets/{log.pk}/steps"
    assert "不属于程序的环节" in client.get(at).content.decode()
    form = client.get(at).context["form"]
    said = {name: form[name].initial or "" for name in form.fields}
    said[next(name for name, field in form.fields.items() if field.label == "打印")] = "-"
    assert client.post(at, said).status_code == 302
    log.refresh_from_db()
    assert counted(log) == {"follows": 1}
    page = client.get(f"/datasets/{log.pk}").content.decode()
    assert "未识别的环节" not in page
    assert "不属于程序的环节" in client.get(f"/alerts/logs/{log.pk}/case?no=A1").content.decode()


def test_a_standard_name_that_means_nothing_here_is_not_recognised(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1"))
    actions.map_steps(
        log, {step: step for step in ("申请", "审批", "签约", "验收", "付款")} | {"询价": ""}, by=cast.wang
    )
    assert counted(log) == {"unknown": 1, "step": 1}
    assert "询价（1）" in client_of(cast.wang).get(f"/datasets/{log.pk}").content.decode()


def test_counting_follows_every_change_and_rests_after_a_long_one(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1"))
    assert "正在统计" in client_of(cast.wang).get(f"/datasets/{log.pk}").content.decode()
    assert tasks.count_conformity() == 1
    assert tasks.count_conformity() == 0
    with CaptureQueriesContext(connection) as idle:
        tasks.count_conformity()
    assert len(idle) == 2, "nothing has changed"
    Conformity.objects.update(seconds=60)
    take_in(cast, log, WHOLE.format("A2"))
    assert tasks.count_conformity() == 0, "a log that takes a minute is not counted every second"
    assert "正在重新统计" in client_of(cast.wang).get(f"/datasets/{log.pk}").content.decode()
    Conformity.objects.update(seconds=0)
    assert counted(log) == {"follows": 2}
    rule_actions.switch_off(conformity.held(log)[0].rule, reason="试用", by=cast.zhao)
    assert "办件是否按程序办理" not in client_of(cast.wang).get(f"/datasets/{log.pk}").content.decode()


def test_pages_take_as_many_statements_for_a_hundred_cases(cast: Cast, log: Dataset) -> None:
    client, numbers = client_of(cast.wang), []
    for start, end in ((0, 10), (10, 110)):
        take_in(cast, log, "".join(WHOLE.format(f"A{n}").replace("2026-03-09", "x") for n in range(start, end)))
        counted(log)
        pages = (
            f"/datasets/{log.pk}",
            f"/alerts/logs/{log.pk}",
            f"/datasets/{log.pk}/missing",
            f"/alerts/logs/{log.pk}/case?no=A1",
        )
        for at in pages:
            client.get(at)
        with CaptureQueriesContext(connection) as seen:
            for at in pages:
                assert client.get(at).status_code == 200
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


def test_who_may_not_read_the_log_sees_no_case_of_it(cast: Cast, log: Dataset) -> None:
    take_in(cast, log, WHOLE.format("A1"))
    for at in (f"/alerts/logs/{log.pk}", f"/alerts/logs/{log.pk}/case?no=A1"):
        assert client_of(cast.zhou).get(at).status_code == 404
        assert client_of(cast.chen).get(at).status_code == 403, "who merely arranges the tables"
        assert client_of(cast.zhao).get(at).status_code == 200
