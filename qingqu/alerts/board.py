"""The board: the warnings of a school or of a leader's field in figures; three statements at any size (S54, S88)."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from qingqu.alerts import rules, wording
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Alert, AlertQuerySet, Colour
from qingqu.alerts.queries import OPEN

WEEKS = 26
BURDEN_WEEKS = 12
SHADES = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a table and bar of its picture: how many by colour."""

    name: str
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Day:
    """A square of the calendar; days outside its range or in the future are blank."""

    day: date
    count: int
    shade: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A sheet of the calendar: whole weeks from Monday on, with nothing where a day is another month's."""

    day: date
    weeks: list[list[Day | None]]
    total: int


@dataclass(frozen=True, slots=True)
class Right:
    """How right an indicator was: its closed warnings, and the share not dispelled."""

    code: str
    title: str
    closed: int
    dispelled: int
    precision: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the page shows."""

    colours: dict[str, int]
    late: int
    areas: list[Bar]
    units: list[Bar]
    ages: list[Bar]
    weeks: list[Bar]
    """The latest first: the table reads so; the chart beside it draws them from left to right in time."""
    months: list[Month]
    """The calendar, the latest month first."""
    burden: float
    """Warnings a week, over the last `BURDEN_WEEKS` whole weeks."""
    rules: list[Right]

    @property
    def open(self) -> int:
        return sum(self.colours.values())


def board(rows: AlertQuerySet, day: date) -> Board:
    """Count `rows`: what is open by colour, domain, department and age; what was raised; how right the rules were."""
    opened = list(
        rows.filter(OPEN)
        .order_by()
        .values("colour", "unit__name", "rule__code", on=TruncDate("raised_at"))
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(due_on__lt=day)))
    )
    monday = day - timedelta(days=day.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    raised = list(
        rows.filter(raised_at__date__gte=first)
        .order_by()
        .values("colour", on=TruncDate("raised_at"))
        .annotate(n=Count("pk"))
    )
    colours: Counter[str] = Counter()
    for row in opened:
        colours[row["colour"]] += row["n"]
    return Board(
        colours={colour: colours[colour] for colour in Colour.values},
        late=sum(row["late"] for row in opened),
        areas=_bars(opened, lambda row: area_of(row["rule__code"])),
        units=_bars(opened, lambda row: row["unit__name"]),
        ages=_ages(opened, day),
        weeks=_weeks(raised, first),
        months=_months(raised, first, day),
        burden=_burden(raised, monday),
        rules=_rules(rows),
    )


def area_of(code: str | None) -> str:
    """The domain of an indicator; internal signals belong to the work of prevention."""
    shipped = rulebook.find(code or "")
    return wording.area(shipped.area) if shipped else _("防控工作")


def _bars(rows: Iterable[Mapping[str, Any]], name: Callable[[Mapping[str, Any]], str]) -> list[Bar]:
    """By name, the most first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[name(row)][row["colour"]] += row["n"]
    bars = [Bar(key, [counts[colour] for colour in Colour.values]) for key, counts in found.items()]
    return sorted(bars, key=lambda bar: (-bar.total, bar.name))


def _ages(rows: Iterable[Mapping[str, Any]], day: date) -> list[Bar]:
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        age = (day - row["on"]).days
        found[sum(age > cut for cut in rules.AGES)][row["colour"]] += row["n"]
    names = [
        _("%(n)s 天以内") % {"n": rules.AGES[0]},
        *(_("%(low)s 至 %(high)s 天") % {"low": a + 1, "high": b} for a, b in pairwise(rules.AGES)),
        _("%(n)s 天以上") % {"n": rules.AGES[-1]},
    ]
    return [Bar(name, [found[place][colour] for colour in Colour.values]) for place, name in enumerate(names)]


def _weeks(rows: Iterable[Mapping[str, Any]], first: date) -> list[Bar]:
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[(row["on"] - first).days // 7][row["colour"]] += row["n"]
    days = [first + timedelta(weeks=week) for week in range(WEEKS)]
    return [Bar(f"{day:%m-%d}", [found[n][colour] for colour in Colour.values]) for n, day in enumerate(days)][::-1]


def _months(rows: Iterable[Mapping[str, Any]], first: date, today: date) -> list[Month]:
    counts: Counter[date] = Counter()
    for row in rows:
        counts[row["on"]] += row["n"]
    places = {count: place for place, count in enumerate(sorted(set(counts.values())), 1)}
    # by place among the counts there are: one import of thousands does not make all other days look empty

    def square(day: date) -> Day:
        count = counts[day]
        return Day(day, count, -(-places[count] * SHADES // len(places)) if count else 0, first <= day <= today)

    def sheet(year: int, month: int) -> Month:
        weeks = Calendar().monthdatescalendar(year, month)
        days = [[square(day) if day.month == month else None for day in week] for week in weeks]
        return Month(date(year, month, 1), days, sum(day.count for week in days for day in week if day))

    reached = {(day.year, day.month) for day in (first + timedelta(n) for n in range((today - first).days + 1))}
    return [sheet(*month) for month in sorted(reached, reverse=True)]


def _burden(rows: Iterable[Mapping[str, Any]], monday: date) -> float:
    since = monday - timedelta(weeks=BURDEN_WEEKS)
    return sum(row["n"] for row in rows if since <= row["on"] < monday) / BURDEN_WEEKS


def _rules(rows: AlertQuerySet) -> list[Right]:
    closed = rows.filter(state=Alert.State.CLOSED, rule__isnull=False).order_by().values("rule__code")
    counted = closed.annotate(n=Count("pk"), dispelled=Count("pk", filter=Q(result=Alert.Result.DISPELLED)))
    found = [
        Right(
            row["rule__code"],
            wording.said(rulebook.known(row["rule__code"]).title),
            row["n"],
            row["dispelled"],
            rules.precision(row["dispelled"], row["n"]),
        )
        for row in counted
        if rulebook.find(row["rule__code"])
    ]
    return sorted(found, key=lambda right: (right.precision or 0.0, -right.closed, right.code))
