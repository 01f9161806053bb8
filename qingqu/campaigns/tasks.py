"""What the clock starts in a year's work."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy

from qingqu.campaigns import actions, queries
from qingqu.campaigns.task_links import address_of
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message


def open_reassessments(day: date) -> int:
    """Open a task for every post taken over since the year was opened; returns how many (S15)."""
    first = queries.first_day_of_open_years()
    return actions.open_reassessments(first) if first else 0


SOON = gettext_lazy("任务“%(task)s”还有 %(left)s 天到期")
LATE = gettext_lazy("任务“%(task)s”已逾期")


def remind_tasks(day: date) -> int:
    """3 days and 1 day before a task is due, and the day after: a line to whoever has it. Returns how many were told.

    Tasks of every department are reminded of by the party office itself. At most one reminder a day reaches a person.
    """
    told = 0
    for task in queries.tasks_to_remind(day):
        person = task.person or (task.unit.responsible if task.unit else None)
        if person is None:
            continue
        left = (task.due_on - day).days
        words = {"task": task.title, "left": left}
        key = f"task:{task.pk}:{left}"
        told += tell(
            person, SOON if left > 0 else LATE, address_of(task), Message.Kind.REMINDER, key=key, on=day, words=words
        )
    return told


def run_due(day: date) -> int:
    """Everything of this app that is due on `day`; may run twice without harm."""
    return open_reassessments(day) + remind_tasks(day)
