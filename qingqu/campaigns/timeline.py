"""The four stages on one line: where everything stands, as the strings that the drawing needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qingqu.campaigns import rules
from qingqu.campaigns.models import Stage
from qingqu.common.language import is_english

Part = tuple[int, int, str]
LEFT, RIGHT, ROW, TOP = 232.0, 880.0, 42, 50


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage on the line: its banks, the water in them, its words."""

    name: str
    span: str
    note: str
    kind: str
    x1: str
    x2: str
    water: str
    """Length of the water; empty where none flows yet."""
    y_text: int
    y_top: str
    y_bottom: str
    y_water: int
    is_now: bool
    is_later: bool
    percent: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole drawing."""

    months: list[tuple[str, str, str]]
    bars: list[Bar]
    today_x: str
    """Empty where today lies outside the year's line."""
    today_text_x: str
    today_anchor: str
    height: int
    bottom: int


def draw(stages: Sequence[Stage], today: date, parts: Mapping[str, Part]) -> Timeline:
    """The line of a year. `parts` gives for a stage what is done of how many, and the words for it."""
    first = min(stage.starts_on for stage in stages).replace(day=1)
    last = max(stage.ends_on for stage in stages)

    def place(day: date) -> float:
        return rules.timeline_place(day, first, last, LEFT, RIGHT - LEFT)

    months = [
        (f"{place(day):.1f}", f"{place(day) + 5:.1f}", month_name(day)) for day in rules.month_starts(first, last)
    ]
    bars = [_bar(row, stage, today, place, parts.get(stage.kind)) for row, stage in enumerate(stages)]
    height = TOP + ROW * len(stages) + 4
    here = place(today) if first <= today <= last else None
    near_edge = here is not None and here > RIGHT - 120
    return Timeline(
        months=months,
        bars=bars,
        today_x="" if here is None else f"{here:.1f}",
        today_text_x="" if here is None else f"{here + (-6 if near_edge else 6):.1f}",
        today_anchor="end" if near_edge else "start",
        height=height,
        bottom=height - 6,
    )


def _bar(row: int, stage: Stage, today: date, place: Callable[[date], float], part: Part | None) -> Bar:
    middle = TOP + ROW * row
    done, whole, words = part or (0, 0, "")
    look = rules.stage_look(stage.starts_on, stage.ends_on, closed=stage.closed_at is not None, today=today)
    x1, x2 = place(stage.starts_on), place(stage.ends_on)
    share = 1.0 if look == "closed" else (done / whole if whole else 0.0)
    return Bar(
        name=f"{ordinals()[stage.order - 1]}  {stage.get_kind_display()}",
        span=f"{stage.starts_on.month}.{stage.starts_on.day} – {stage.ends_on.month}.{stage.ends_on.day}",
        note=words,
        kind=stage.kind,
        x1=f"{x1:.1f}",
        x2=f"{x2:.1f}",
        water=f"{(x2 - x1) * share:.1f}" if share and look != "later" else "",
        y_text=middle + 5,
        y_top=f"{middle - 6.5:.1f}",
        y_bottom=f"{middle + 6.5:.1f}",
        y_water=middle - 4,
        is_now=look in ("now", "over"),
        is_later=look == "later",
        percent=int(100 * share),
    )


def ordinals() -> tuple[str, str, str, str]:
    """一 to 四, or 1 to 4."""
    return (
        pgettext("stage", "一"),
        pgettext("stage", "二"),
        pgettext("stage", "三"),
        pgettext("stage", "四"),
    )


def month_name(day: date) -> str:
    """3月, or Mar."""
    return date_format(day, "M") if is_english() else f"{day.month}月"


def note_of(look: str, done: int, whole: int) -> str:
    """The words at the right end of a stage."""
    if look == "later":
        return _("未开始")
    if look == "closed":
        return _("已办结")
    return _("%(done)s / %(whole)s 项") % {"done": done, "whole": whole}
