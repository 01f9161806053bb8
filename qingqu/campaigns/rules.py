"""The year's dates, reminders and escalation: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

Spans = Mapping[str, tuple[date, date]]

STAGES: tuple[tuple[str, tuple[int, int], tuple[int, int]], ...] = (
    ("mobilise", (3, 1), (5, 1)),
    ("find", (4, 1), (5, 1)),
    ("build", (5, 1), (12, 1)),
    ("inspect", (12, 1), (12, 20)),
)
"""The four stages of the regulation (§四); the first two overlap there, and may."""
DUE = (4, 30)
"""The day by which registration forms reach the party office (S63)."""
REMIND_DAYS = (15, 7, 3, 1)
"""So many days before the due day those who have not handed in are reminded (S63)."""
REASSESS_DAYS = 10
"""Working days in which a new post is examined anew (G8)."""
HEAD, LEADER, SECRETARY = 1, 2, 3
"""How far up the late list goes: head of the department, member of the team in charge, secretary (S21)."""


def regulation_spans(year: int) -> dict[str, tuple[date, date]]:
    """The stages of `year` as the regulation sets them."""
    return {kind: (date(year, *start), date(year, *end)) for kind, start, end in STAGES}


def regulation_due(year: int) -> date:
    """30 April."""
    return date(year, *DUE)


def a_year_later(day: date, years: int = 1) -> date:
    """The same day of the month, `years` later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def is_of_year(day: date, year: int) -> bool:
    """Whether a day can belong to the work of `year`, which may begin a year earlier or end a year later."""
    return abs(day.year - year) <= 1


def faults_in_dates(spans: Spans, due_on: date, year: int) -> list[tuple[str, str]]:
    """What is not sane in the dates of `year`: (stage, code), code one of backwards, other_year, due_outside,
    out_of_order.

    Overlap is allowed; a stage begins no earlier than the one before it.
    """
    faults = [(kind, "backwards") for kind, (start, end) in spans.items() if start > end]
    for kind, span in spans.items():
        if not all(is_of_year(day, year) for day in span):
            faults.append((kind, "other_year"))
    start, end = spans["find"]
    if not start <= due_on <= end:
        faults.append(("find", "due_outside"))
    order = [kind for kind, _start, _end in STAGES if kind in spans]
    for earlier, later in pairwise(order):
        if spans[later][0] < spans[earlier][0]:
            faults.append((later, "out_of_order"))
    return faults


def stage_look(start: date, end: date, *, closed: bool, today: date) -> str:
    """How a stage stands: closed, later (not begun), now, or over (past its last day and not closed)."""
    if closed:
        return "closed"
    if today < start:
        return "later"
    return "over" if today > end else "now"


def days_left_to_remind(due_on: date, today: date) -> int | None:
    """How many days are left, where today is one of the days on which reminders go out."""
    left = (due_on - today).days
    return left if left in REMIND_DAYS else None


def days_late(due_on: date, today: date, arrived: date | None = None) -> int:
    """By how many days something is late; who arrived after the due day is late from the day after his arrival."""
    since = max(due_on, arrived) if arrived else due_on
    return max(0, (today - since).days)


def escalated_to(late: int, every: int) -> int:
    """How far up the line a form that is `late` days late is reported: 0 nowhere, then HEAD, LEADER, SECRETARY.

    The day after the due day it is the head's, and one level higher after every further `every` days (S21).
    """
    if late <= 0:
        return 0
    return min(SECRETARY, HEAD + (late - 1) // max(1, every))


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what is different from last year: what, then and now."""

    what: str
    before: str
    after: str


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """What two years say differently, in the order of the later one."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change(name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def with_the_year(text: str, old: int, new: int) -> str:
    """A text with its year, and the one into which it reaches, moved on; everything else stays as it was written."""
    for after in (1, 0):
        for gap in ("", " "):
            text = text.replace(f"{old + after}{gap}年", f"{new + after}{gap}年")
    return text


def day_in_span(month: int, day: int, span: tuple[date, date]) -> date:
    """The day of a default task, pulled into its stage where the stage was moved."""
    start, end = span
    wanted = date(start.year, month, day)
    return min(max(wanted, start), end)


def timeline_place(day: date, first: date, last: date, left: float, width: float) -> float:
    """Where a day stands on a line from `first` to `last`."""
    whole = max(1, (last - first).days)
    return left + width * min(max((day - first).days, 0), whole) / whole


def month_starts(first: date, last: date) -> list[date]:
    """The first of each month between two days."""
    found, day = [], first.replace(day=1)
    while day <= last:
        if day >= first:
            found.append(day)
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return found


def next_step(*, state: str, has_plan: bool, has_meeting: bool, has_documents: bool, looks: Mapping[str, str]) -> str:
    """What comes next, as a code: plan, open, meeting, documents, collect, close:<stage>, wait, next."""
    if state == "closed":
        return "next"
    if not has_plan:
        return "plan"
    if state == "preparing":
        return "open"
    over = next((kind for kind, look in looks.items() if look == "over"), None)
    if looks.get("mobilise") != "closed":
        if not has_documents:
            return "documents"
        if not has_meeting:
            return "meeting"
    if over:
        return f"close:{over}"
    return "collect" if looks.get("find") == "now" else "wait"
