"""A changed appointment is examined anew (S15, G8)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_lazy

from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign, Task
from qingqu.campaigns.task_links import address_of
from qingqu.common.calendar import add_working_days
from qingqu.common.clock import today
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Appointment
from qingqu.organisation.queries import appointments_started_since
from qingqu.trace.actions import record_many


@transaction.atomic
def open_reassessments(since: date) -> int:
    """Open a task for every post that somebody has taken over since a day: 10 working days, once per person and post.

    Only while a year is open and not for what was before its opening; and only for those who were in office before: a
    new teacher fills in his first form anyway. Returns how many were opened.
    """
    opened = {c.school_id: c for c in Campaign.objects.filter(state=Campaign.State.OPEN).prefetch_related("stages")}
    found = [a for a in appointments_started_since(since) if _is_within(opened.get(a.post.unit.school_id or 0), a)]
    first_day = dict(
        Appointment.objects.filter(person__in={a.person_id for a in found})
        .values("person_id")
        .order_by()
        .annotate(first=Min("started_on"))
        .values_list("person_id", "first")
    )
    asked = Task.objects.filter(campaign__in=opened.values(), kind=Task.Kind.REASSESS)
    known = set(asked.values_list("person_id", "post_id"))
    tasks = [
        _task(opened[a.post.unit.school_id or 0], a)
        for a in found
        if first_day[a.person_id] < a.started_on and (a.person_id, a.post_id) not in known
    ]
    Task.objects.bulk_create(tasks)
    record_many("campaigns.reassessment_opened", tasks, by=None)
    for task in tasks:
        _tell(task)
    return len(tasks)


def _is_within(campaign: Campaign | None, appointment: Appointment) -> bool:
    if campaign is None:
        return False
    begun = timezone.localdate(campaign.opened_at) if campaign.opened_at else campaign.stages.all()[0].starts_on
    return appointment.started_on >= begun


def _task(campaign: Campaign, appointment: Appointment) -> Task:
    post = appointment.post
    return Task(
        campaign=campaign,
        kind=Task.Kind.REASSESS,
        title=f"岗位变动重新查找：{post.unit} · {post.name}"[:120],
        unit=post.unit,
        person=appointment.person,
        post=post,
        due_on=add_working_days(max(appointment.started_on, today()), rules.REASSESS_DAYS),
    )


DO_IT_BY = gettext_lazy("%(task)s，%(day)s前完成")


def _tell(task: Task) -> None:
    assert task.person is not None
    words = {"task": task.title, "day": task.due_on}
    tell(task.person, DO_IT_BY, address_of(task), Message.Kind.TASK, key=f"reassess:{task.post_id}", words=words)
