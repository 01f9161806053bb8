"""Tasks of a stage: add, change, finish with a note (S60)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign, Stage, Task
from qingqu.common.errors import NotPossible
from qingqu.common.text import neat
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Unit
from qingqu.trace.actions import record


@transaction.atomic
def add_task(
    stage: Stage,
    *,
    title: str,
    due_on: date,
    by: User | None,
    unit: Unit | None = None,
    person: User | None = None,
) -> Task:
    """Give a stage a further task, for a person, a department, or (neither) every department."""
    title = _title(title)
    stage = Stage.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=stage.pk)
    _not_closed(stage)
    _of_the_year(due_on, stage.campaign)
    task = Task.objects.create(
        campaign=stage.campaign, stage=stage, title=title, due_on=due_on, unit=unit, person=person
    )
    record("campaigns.task_added", task, by=by, after=title)
    _tell(task, by)
    return task


def _title(title: str) -> str:
    title = neat(title)
    if not title:
        raise NotPossible(_("请填写任务"))
    return title


def _not_closed(stage: Stage | None) -> None:
    if stage is not None and stage.closed_at:
        raise NotPossible(_("“%(stage)s”阶段已办结，任务不能再改") % {"stage": stage.get_kind_display()})


def _of_the_year(due_on: date, campaign: Campaign) -> None:
    if not rules.is_of_year(due_on, campaign.year):
        raise NotPossible(_("期限与 %(year)s 年度相差超过一年，请核对年份") % {"year": campaign.year})


NEW_TASK = gettext_lazy("新任务：%(task)s，%(day)s前完成")


def _tell(task: Task, by: User | None) -> None:
    """The person, or the head of the department, learns of it, unless he gave it himself."""
    person = task.person or (task.unit.responsible if task.unit else None)
    if person is None or person == by or task.campaign.state != Campaign.State.OPEN:
        return
    words = {"task": task.title, "day": task.due_on}
    tell(person, NEW_TASK, reverse("campaigns:home"), Message.Kind.TASK, words=words)


@transaction.atomic
def edit_task(
    task: Task, *, title: str, due_on: date, by: User | None, unit: Unit | None = None, person: User | None = None
) -> Task:
    """Change the words, the day or the one who answers for an unfinished task."""
    task = _locked(task)
    _not_closed(task.stage)
    if task.done_at:
        raise NotPossible(_("“%(task)s”已完成，请先撤回完成") % {"task": task.title})
    _of_the_year(due_on, task.campaign)
    before, changed = task.title, (task.unit, task.person) != (unit, person)
    task.title, task.due_on, task.unit, task.person = _title(title), due_on, unit, person
    task.save(update_fields=["title", "due_on", "unit", "person"])
    record("campaigns.task_edited", task, by=by, before=before, after=task.title)
    if changed:
        _tell(task, by)
    return task


def _locked(task: Task) -> Task:
    return Task.objects.select_for_update(of=("self",)).select_related("stage", "campaign").get(pk=task.pk)


@transaction.atomic
def remove_task(task: Task, *, by: User | None) -> None:
    """Take an unfinished task off the year; its trace remains."""
    task = _locked(task)
    _not_closed(task.stage)
    if task.done_at:
        raise NotPossible(_("“%(task)s”已完成，不能删除") % {"task": task.title})
    if task.kind != Task.Kind.STAGE:
        raise NotPossible(_("岗位变动产生的任务不能删除"))
    record("campaigns.task.deleted", task, by=by, before=task.title)
    task.delete()


@transaction.atomic
def finish_task(task: Task, *, note: str, by: User) -> Task:
    """Note that a task is done, and how: a re-assessment by its form, or without one for a reason that is said."""
    task = _locked(task)
    if task.done_at:
        raise NotPossible(_("“%(task)s”已完成") % {"task": task.title})
    if task.kind == Task.Kind.REASSESS and not note.strip():
        raise NotPossible(_("请写明为什么不需要填写新岗位的登记表"))
    task.done_at, task.done_by, task.note = timezone.now(), by, note.strip()
    task.save(update_fields=["done_at", "done_by", "note"])
    record("campaigns.task_finished", task, by=by, after="done")
    return task


@transaction.atomic
def reopen_task(task: Task, *, by: User) -> Task:
    """Take back that a task is done."""
    task = _locked(task)
    _not_closed(task.stage)
    if not task.done_at:
        raise NotPossible(_("“%(task)s”还没有完成") % {"task": task.title})
    task.done_at, task.done_by = None, None
    task.save(update_fields=["done_at", "done_by"])
    record("campaigns.task_reopened", task, by=by, before="done")
    return task
