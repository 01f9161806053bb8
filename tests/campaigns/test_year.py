"""Making, changing, opening and closing a year: state, trace, refusals, who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qingqu.accounts.models import User
from qingqu.campaigns import access, actions, comparison, queries, rules, tasks
from qingqu.campaigns.actions.year import plan_text
from qingqu.campaigns.models import Campaign, Mobilisation, Reading, Stage, StudyDocument, Task
from qingqu.common.errors import NotPossible
from qingqu.notifications.models import Message
from qingqu.organisation import actions as organisation
from qingqu.trace.models import Entry
from qingqu.trace.reconcile import Rows
from tests.make import make_appointment, make_campaign, make_post, make_unit, make_user
from tests.people import Cast


@pytest.fixture
def year(cast: Cast, settings: object) -> Campaign:
    settings.QINGQU_TODAY = date(2026, 4, 10)  # type: ignore[attr-defined]
    return actions.create_campaign(cast.school, 2026, by=cast.chen)


def acts() -> set[str]:
    return set(Entry.objects.values_list("act", flat=True))


def test_a_year_is_made_from_the_regulation(cast: Cast, year: Campaign) -> None:
    assert [(s.kind, s.starts_on, s.ends_on) for s in year.stages.all()] == [
        (kind, *span) for kind, span in rules.regulation_spans(2026).items()
    ]
    assert year.due_on == date(2026, 4, 30)
    assert year.state == Campaign.State.PREPARING
    assert "4 月 30 日前报党办" in year.plan
    assert year.tasks.filter(stage__kind="mobilise", person=cast.chen).count() == 3
    assert year.tasks.filter(person=None, unit=None).exists()
    assert acts() == {"campaigns.task_added", "campaigns.created"}
    with pytest.raises(NotPossible, match="已经建立"):
        actions.create_campaign(cast.school, 2026, by=cast.chen)


def test_dates_are_moved_and_must_be_sane(cast: Cast, year: Campaign) -> None:
    spans = {**rules.regulation_spans(2026), "mobilise": (date(2026, 3, 3), date(2026, 5, 6))}
    year = actions.edit_dates(year, spans=spans, due_on=date(2026, 4, 28), escalate_days=2, by=cast.chen)
    assert (year.due_on, year.escalate_days) == (date(2026, 4, 28), 2)
    assert year.stages.get(kind="mobilise").starts_on == date(2026, 3, 3)
    with pytest.raises(NotPossible, match="查找风险"):
        actions.edit_dates(year, spans=spans, due_on=date(2026, 6, 1), by=cast.chen)


def test_the_plan_moves_with_the_dates_until_somebody_rewrites_it(cast: Cast, year: Campaign) -> None:
    spans = {**rules.regulation_spans(2026), "mobilise": (date(2026, 3, 3), date(2026, 5, 6))}
    year = actions.edit_dates(year, spans=spans, due_on=date(2026, 4, 28), by=cast.chen)
    assert "3 月 3 日至 5 月 6 日" in year.plan
    assert "4 月 28 日前报党办" in year.plan
    actions.edit_plan(year, "自己写的方案", by=cast.chen)
    year = actions.edit_dates(year, spans=spans, due_on=date(2026, 4, 29), by=cast.chen)
    assert year.plan == "自己写的方案"


def test_a_day_of_the_next_year_says_its_year_in_the_plan() -> None:
    spans = rules.regulation_spans(2026) | {"build": (date(2026, 12, 2), date(2027, 7, 4))}
    assert "12 月 2 日至 2027 年 7 月 4 日" in plan_text(2026, spans, date(2026, 4, 30))


def test_an_opened_years_plan_stays_as_it_was_frozen(cast: Cast, year: Campaign) -> None:
    year = actions.open_campaign(year, by=cast.chen)
    year = actions.edit_dates(year, spans=rules.regulation_spans(2026), due_on=date(2026, 4, 28), by=cast.chen)
    assert "4 月 30 日前报党办" in year.plan
    assert queries.plan_versions(year).get().content["text"] == year.plan


def test_the_plan_is_frozen_on_opening_and_anew_with_every_change(cast: Cast, year: Campaign) -> None:
    year = actions.edit_plan(year, "# 一、目标\n查准。", by=cast.chen)
    assert not queries.plan_versions(year).exists()
    year = actions.open_campaign(year, by=cast.chen)
    first = queries.plan_versions(year).get()
    assert (first.number, first.unit, first.frozen_by) == ("YC5Z-SSFA-2026-0001", cast.school, cast.chen)
    assert first.content["text"] == "# 一、目标\n查准。"
    assert first.is_intact
    year = actions.edit_plan(year, "# 一、目标\n查准、查全。", by=cast.qian)
    second, before = queries.plan_versions(year)
    assert (before, second.previous, second.title[-6:]) == (first, first, "第 2 版）")
    assert second.digest != first.digest
    actions.edit_plan(year, "# 一、目标\r\n查准、查全。\r\n", by=cast.qian)
    assert queries.plan_versions(year).count() == 2
    assert Entry.objects.filter(act="records.frozen").count() == 2
    with pytest.raises(NotPossible, match="不能为空"):
        actions.edit_plan(year, "  ", by=cast.chen)
    Campaign.objects.update(state="closed")
    with pytest.raises(NotPossible, match="已结束"):
        actions.edit_plan(year, "另写", by=cast.chen)


def test_without_a_plan_opening_freezes_nothing_and_the_first_text_is_a_version(cast: Cast) -> None:
    year = actions.open_campaign(make_campaign(cast.school, state="preparing"), by=cast.chen)
    assert not queries.plan_versions(year).exists()
    actions.edit_plan(year, "查准", by=cast.chen)
    assert queries.plan_versions(year).get().content["text"] == "查准"


def test_what_an_earlier_opened_year_said_is_kept_before_it_changes(cast: Cast) -> None:
    year = make_campaign(cast.school, plan="旧方案")
    actions.edit_plan(year, "新方案", by=cast.chen)
    assert [plan.content["text"] for plan in queries.plan_versions(year)] == ["新方案", "旧方案"]


def test_opening_tells_everybody_once(cast: Cast, year: Campaign) -> None:
    year = actions.open_campaign(year, by=cast.chen)
    assert year.state == Campaign.State.OPEN
    assert Message.objects.filter(person=cast.wang).count() == 1
    assert not Message.objects.filter(person=cast.zhou).exists()
    with pytest.raises(NotPossible, match="已经启动"):
        actions.open_campaign(year, by=cast.chen)
    other = actions.create_campaign(cast.school, 2027, by=cast.chen)
    with pytest.raises(NotPossible, match="2026"):
        actions.open_campaign(other, by=cast.chen)


def test_a_stage_closes_when_nothing_is_unmet_or_with_a_reason(cast: Cast, year: Campaign) -> None:
    stage = year.stages.get(kind="mobilise")
    with pytest.raises(NotPossible, match="还没有启动"):
        actions.close_stage(stage, unmet=[], by=cast.chen)
    actions.open_campaign(year, by=cast.chen)
    with pytest.raises(NotPossible, match="没有登记动员会"):
        actions.close_stage(stage, unmet=["没有登记动员会"], by=cast.chen)
    stage = actions.close_stage(stage, unmet=["没有登记动员会"], exemption="会议并入开学大会", by=cast.chen)
    assert (stage.closed_by, stage.exemption) == (cast.chen, "会议并入开学大会")
    with pytest.raises(NotPossible, match="已办结"):
        actions.close_stage(stage, unmet=[], by=cast.chen)
    with pytest.raises(NotPossible, match="理由"):
        actions.reopen_stage(stage, reason=" ", by=cast.chen)
    assert actions.reopen_stage(stage, reason="补开", by=cast.chen).closed_at is None
    for each in year.stages.all():
        actions.close_stage(each, unmet=[], by=cast.chen)
    year.refresh_from_db()
    assert year.state == Campaign.State.CLOSED
    assert {"campaigns.stage_closed", "campaigns.stage_reopened", "campaigns.closed"} <= acts()


def test_next_year_from_this_one(cast: Cast, year: Campaign) -> None:
    actions.edit_dates(
        year,
        spans={**rules.regulation_spans(2026), "mobilise": (date(2026, 3, 3), date(2026, 5, 1))},
        due_on=date(2026, 4, 28),
        escalate_days=5,
        by=cast.chen,
    )
    task = actions.add_task(
        year.stages.get(kind="find"), title="核对食堂采购", due_on=date(2026, 4, 20), unit=cast.office, by=cast.chen
    )
    year.refresh_from_db()
    after = actions.create_next(year, by=cast.chen)
    assert (after.year, after.previous, after.title) == (2027, year, "2027 年廉政风险防控工作")
    assert after.due_on == date(2027, 4, 28)
    assert after.escalate_days == 5
    assert after.stages.get(kind="mobilise").starts_on == date(2027, 3, 3)
    copied = after.tasks.get(title=task.title)
    assert (copied.unit, copied.due_on, copied.done_at) == (cast.office, date(2027, 4, 20), None)
    assert "2027 年" in after.plan
    assert after.tasks.count() == year.tasks.count()
    actions.remove_task(copied, by=cast.chen)
    groups = {group.name: group.changes for group in comparison.of(year, after)}
    assert [c.what for c in groups["实施方案"]] == []
    assert "核对食堂采购" in {c.what for c in groups["任务"] if not c.after}
    assert "报送截止" in {c.what for c in groups["日期与设置"]}
    with pytest.raises(NotPossible):
        actions.create_next(year, by=cast.chen)


def test_tasks(cast: Cast, year: Campaign) -> None:
    actions.open_campaign(year, by=cast.chen)
    Message.objects.all().delete()
    task = actions.add_task(
        year.stages.get(kind="find"), title=" 盘点 ", due_on=date(2026, 4, 20), unit=cast.office, by=cast.chen
    )
    assert task.title == "盘点"
    assert Message.objects.get().person == cast.li
    task = actions.edit_task(task, title="年中盘点", due_on=date(2026, 4, 21), person=cast.wang, by=cast.chen)
    assert list(queries.tasks_waiting_for(cast.wang)) == [task]
    task = actions.finish_task(task, note="已盘点，账实相符", by=cast.wang)
    assert task.done_by == cast.wang
    for refused in (
        lambda: actions.finish_task(task, note="", by=cast.wang),
        lambda: actions.edit_task(task, title="x", due_on=task.due_on, by=cast.chen),
        lambda: actions.remove_task(task, by=cast.chen),
    ):
        with pytest.raises(NotPossible, match="已完成"):
            refused()
    actions.reopen_task(task, by=cast.wang)
    actions.remove_task(task, by=cast.chen)
    assert not Task.objects.filter(title="年中盘点").exists()
    assert "campaigns.task.deleted" in acts()


def test_meetings_are_entered_after_they_were_held(cast: Cast, year: Campaign) -> None:
    facts: dict[str, Any] = {"title": "动员会", "held_on": date(2026, 3, 15), "attendance": 120}
    held = actions.record_mobilisation(year, kind=Mobilisation.Kind.MEETING, by=cast.chen, **facts)
    assert held.attendance == 120
    with pytest.raises(NotPossible, match="还没有到"):
        actions.record_mobilisation(year, kind="meeting", by=cast.chen, title="x", held_on=date(2026, 5, 1))
    with pytest.raises(NotPossible, match="部门或支部"):
        actions.record_mobilisation(year, kind="study", by=cast.li, **facts)
    assert actions.edit_mobilisation(held, by=cast.chen, **{**facts, "place": "报告厅"}).place == "报告厅"


def test_a_document_waits_for_everybody_until_it_is_opened(cast: Cast, year: Campaign, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("通知.txt", "请认真学习".encode())
    document = actions.publish_document(year, title="市局通知", number="教发〔2026〕1 号", files=[file], by=cast.chen)
    assert list(queries.unread_documents(year, cast.wang)) == [document]
    assert actions.mark_opened(document, by=cast.wang) is True
    assert actions.mark_opened(document, by=cast.wang) is False
    assert not queries.unread_documents(year, cast.wang).exists()
    rows = {row.unit: (row.people, row.opened) for row in queries.reading_by_department(document)}
    assert rows[cast.office] == (3, 1)
    assert rows[cast.teaching] == (1, 0)  # Wang is counted once, at his main post
    actions.withdraw_document(document, by=cast.chen)
    assert not queries.unread_documents(year, cast.li).exists()
    with pytest.raises(NotPossible, match="已撤下"):
        actions.withdraw_document(document, by=cast.chen)
    with pytest.raises(NotPossible, match="请上传文件"):
        actions.publish_document(year, title="空", by=cast.chen)


def test_who_has_opened_a_document_cannot_be_changed_unseen(cast: Cast, year: Campaign, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("通知.txt", "请认真学习".encode())
    document = actions.publish_document(year, title="市局通知", number="教发〔2026〕1 号", files=[file], by=cast.chen)
    for person in (cast.wang, cast.li):
        actions.mark_opened(document, by=person)
    assert Rows().compare(StudyDocument, [document.pk]) == []
    Reading.objects.filter(person=cast.wang).delete()
    assert [problem.kind for problem in Rows().compare(StudyDocument, [document.pk])] == ["row-changed"]


def test_a_changed_post_is_examined_anew_once(cast: Cast, settings: object) -> None:
    settings.QINGQU_TODAY = date(2026, 9, 1)  # type: ignore[attr-defined]
    year = make_campaign(cast.school)
    other = make_campaign(cast.other_school)
    new = make_post(cast.teaching, "教研组长")
    organisation.change_post(cast.wang_appointment, new, on=date(2026, 9, 1), by=cast.chen)
    newcomer = make_user(name="郑新")
    make_appointment(newcomer, new, started_on=date(2026, 9, 1))
    assert tasks.run_due(date(2026, 9, 1)) == 1
    task = Task.objects.get(kind=Task.Kind.REASSESS)
    assert (task.campaign, task.person, task.post) == (year, cast.wang, new)
    assert task.due_on == date(2026, 9, 15)
    assert Message.objects.get(person=cast.wang).kind == Message.Kind.TASK
    assert tasks.run_due(date(2026, 9, 2)) == 0
    assert not other.tasks.exists()
    assert list(queries.visible_tasks(year, cast.wu).filter(kind="reassess")) == []
    assert list(queries.visible_tasks(year, cast.feng).filter(kind="reassess")) == [task]


def test_a_reassessment_is_done_by_its_form_or_by_the_party_office_with_a_reason(cast: Cast, year: Campaign) -> None:
    task = Task.objects.create(
        campaign=year, kind=Task.Kind.REASSESS, title="重新查找", person=cast.wang, post=cast.wang_post,
        due_on=date(2026, 5, 8),
    )  # fmt: skip
    assert "自动完成" in str(access.can_finish_task(cast.wang, task).reason)
    assert not access.can_finish_task(cast.li, task)
    assert access.can_finish_task(cast.chen, task)
    with pytest.raises(NotPossible, match="为什么不需要"):
        actions.finish_task(task, note=" ", by=cast.chen)
    assert actions.finish_task(task, note="长期病休", by=cast.chen).done_at


def test_a_change_before_the_year_began_is_none_of_its_business(cast: Cast, settings: object) -> None:
    settings.QINGQU_TODAY = date(2026, 4, 1)  # type: ignore[attr-defined]
    make_campaign(cast.school)
    organisation.change_post(cast.wang_appointment, make_post(cast.teaching), on=date(2026, 2, 1), by=cast.chen)
    assert tasks.run_due(date(2026, 4, 1)) == 0


@pytest.mark.parametrize(("day", "told"), [(16, 0), (17, 1), (19, 1), (20, 0), (21, 1)])
def test_tasks_are_reminded_of(cast: Cast, year: Campaign, settings: Any, day: int, told: int) -> None:
    actions.open_campaign(year, by=cast.chen)
    year.tasks.all().delete()
    actions.add_task(
        year.stages.get(kind="find"), title="盘点", due_on=date(2026, 4, 20), unit=cast.office, by=cast.chen
    )
    when = settings.QINGQU_TODAY = date(2026, 4, day)
    assert tasks.remind_tasks(when) == told
    assert tasks.remind_tasks(when) == 0
    assert Message.objects.filter(kind=Message.Kind.REMINDER, person=cast.li).count() == told


QUESTIONS: dict[str, tuple[Callable[..., object], set[str]]] = {
    "manage": (lambda user, cast, year, **_: access.can_manage(user, cast.school), {"chen"}),
    "plan": (lambda user, cast, year, **_: access.can_edit_plan(user, year), {"chen", "qian"}),
    "publish": (lambda user, cast, year, **_: access.can_publish_document(user, year), {"chen", "zhao"}),
    "record-study": (
        lambda user, cast, year, **_: access.can_record_mobilisation(user, year, cast.office.pk),
        {"chen", "li"},
    ),
    "finish-task": (lambda user, cast, year, task, **_: access.can_finish_task(user, task), {"chen", "li"}),
    "see-reading": (
        lambda user, cast, year, document, **_: access.can_see_reading(user, document),
        {"chen", "zhao", "sun", "qian", "he", "li", "feng"},
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_who_may(cast: Cast, year: Campaign, question: str) -> None:
    task = actions.add_task(
        year.stages.get(kind="find"), title="盘点", due_on=date(2026, 4, 20), unit=cast.office, by=cast.chen
    )
    document = actions.publish_document(year, title="通知", text="要点", by=cast.chen)
    ask, yes = QUESTIONS[question]

    def may(user: User) -> bool:
        return bool(ask(user, cast, year, task=task, document=document))

    assert {name for name, user in cast.everyone.items() if may(user)} == yes


def test_the_open_year_is_the_current_one(cast: Cast, year: Campaign) -> None:
    assert queries.current_campaign(cast.school) == year
    open_ = make_campaign(cast.school, year=2025)
    assert queries.current_campaign(cast.school) == open_
    assert queries.current_campaign(make_unit("另一校", kind="school")) is None
    assert Stage.objects.filter(campaign=open_).count() == 4
