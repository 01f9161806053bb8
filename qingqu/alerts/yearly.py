"""年度预警情况: what became of the prompts of a year, in figures alone; one statement at any size (S55, S69, S79)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.utils import timezone

from qingqu.alerts import rules
from qingqu.alerts.board import area_of
from qingqu.alerts.models import Alert, AlertQuerySet, Colour
from qingqu.alerts.queries import OPEN
from qingqu.risks.models import Rating

RATED = Rating.objects.filter(risk=OuterRef("risk_point"), at__gte=OuterRef("closed_at"))
COUNTS = {
    "raised": Count("pk"),
    **{result: Count("pk", filter=Q(result=result)) for result in Alert.Result.values},
    "lapsed": Count("pk", filter=Q(state=Alert.State.LAPSED)),
    "open": Count("pk", filter=OPEN),
    "ordered": Count("pk", filter=Q(rectification__isnull=False)),
    "put_right": Count(
        "pk", filter=Q(rectification__isnull=False, rectification__next_due_on=None, rectification__stopped_at=None)
    ),
    "to_rate": Count("pk", filter=Q(result__in=Alert.GRAVE, risk_point__isnull=False)),
    "rated": Count("pk", filter=Q(Exists(RATED), result__in=Alert.GRAVE)),
}


@dataclass(slots=True)
class Line:
    """The prompts of one colour or domain, or all of them: what became of them up to now."""

    name: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys([*COUNTS, "late"], 0))

    @property
    def results(self) -> list[int]:
        """How many were closed with each result."""
        return [self.counts[result] for result in Alert.Result.values]

    @property
    def precision(self) -> float | None:
        return rules.precision(self.counts[Alert.Result.DISPELLED], sum(self.results))


@dataclass(frozen=True, slots=True)
class Year:
    """The figures of the prompts that were raised in a year, as they stand now."""

    year: int
    colours: list[Line]
    areas: list[Line]
    """The domains, that with the most first."""
    total: Line


def year_of(rows: AlertQuerySet, year: int, day: date) -> Year:
    """Count those of `rows` that were raised in `year`; late are those that were not settled by their day."""
    late = Q(OPEN, due_on__lt=day) | Q(closed_at__date__gt=F("due_on"))
    found = list(
        rows.filter(raised_at__year=year)
        .order_by()
        .values("colour", "rule__code")
        .annotate(**COUNTS, late=Count("pk", filter=late))
    )
    areas: dict[str, list[Mapping[str, Any]]] = {}
    for row in found:
        areas.setdefault(area_of(row["rule__code"]), []).append(row)
    lines = [_line(name, own) for name, own in areas.items()]
    return Year(
        year,
        [_line(str(label), (row for row in found if row["colour"] == colour)) for colour, label in Colour.choices],
        sorted(lines, key=lambda line: (-line.counts["raised"], line.name)),
        _line("", found),
    )


def _line(name: str, rows: Iterable[Mapping[str, Any]]) -> Line:
    line = Line(name)
    for row in rows:
        for key in line.counts:
            line.counts[key] += row[key]
    return line


def years_of(rows: AlertQuerySet, day: date) -> list[int]:
    """The years from the first prompt to this one, the newest first; one statement."""
    first = rows.aggregate(first=Min("raised_at"))["first"]
    return list(range(day.year, (timezone.localtime(first).year if first else day.year) - 1, -1))
