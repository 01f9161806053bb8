"""Where the risks lie: the pictures of «全景与缺口», each from one statement over what the reader may see (S11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.organisation.models import Tier, Unit
from qingqu.risks.models import Category, Level, Rating, RiskPoint, RiskPointQuerySet
from qingqu.risks.rules import RatedOnce, level_before, scoring
from qingqu.risks.wording import impact_word, likelihood_word

SCALE = (1, 2, 3, 4, 5)
SHADES = 5


@dataclass(frozen=True, slots=True)
class HeatCell:
    """How many risk points are this likely and this grave; `area` is the level that the product alone would give."""

    likelihood: int
    impact: int
    count: int
    area: int

    @property
    def likelihood_word(self) -> str:
        return likelihood_word(self.likelihood)

    @property
    def impact_word(self) -> str:
        return impact_word(self.impact)


@dataclass(frozen=True, slots=True)
class HeatRow:
    likelihood: int
    word: str
    cells: list[HeatCell]
    total: int


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A level with its number, its share and its change since last year (None where there is no last year)."""

    level: int
    count: int
    share: str
    change: int | None = None

    @property
    def less(self) -> int:
        return -(self.change or 0)


@dataclass(frozen=True, slots=True)
class Heat:
    """Likelihood × impact, and the levels, from the same counts."""

    rows: list[HeatRow]
    columns: list[tuple[int, str, int]]
    """Impact, its word, its total."""
    levels: dict[int, int]
    total: int
    legend: list[tuple[int, int, int | None]]
    """Level, the least product, and the greatest (None: no bound above)."""


def area_of(product: int) -> int:
    """The level of a cell of the map by likelihood × impact alone; the five questions may still raise it."""
    rule = scoring()
    return next((lv for lv in sorted(rule["levels"]) if product >= rule["levels"][lv]["product"]), rule["otherwise"])


def held(user: User) -> RiskPointQuerySet:
    """The risk points that the school holds now and that `user` may see."""
    return RiskPoint.objects.visible_to(user).filter(state=RiskPoint.State.HELD)


def heat(risks: QuerySet[RiskPoint]) -> Heat:
    """Count `risks` by likelihood, impact and level. One statement."""
    cells: dict[tuple[int, int], int] = defaultdict(int)
    levels: dict[int, int] = dict.fromkeys(Level.values, 0)
    for row in risks.order_by().values("likelihood", "impact", "level").annotate(n=Count("pk")):
        cells[row["likelihood"], row["impact"]] += row["n"]
        levels[row["level"]] += row["n"]
    rows = []
    for likelihood in reversed(SCALE):
        line = [HeatCell(likelihood, i, cells[likelihood, i], area_of(likelihood * i)) for i in SCALE]
        rows.append(HeatRow(likelihood, likelihood_word(likelihood), line, sum(cell.count for cell in line)))
    columns = [(impact, impact_word(impact), sum(cells[other, impact] for other in SCALE)) for impact in SCALE]
    return Heat(rows, columns, levels, sum(levels.values()), _legend())


def _legend() -> list[tuple[int, int, int | None]]:
    rule, legend, above = scoring(), [], None
    for level in sorted(rule["levels"]):
        legend.append((level, rule["levels"][level]["product"], above))
        above = rule["levels"][level]["product"] - 1
    return [*legend, (rule["otherwise"], 1, above)]


def level_rows(counts: dict[int, int], last_year: dict[int, int] | None) -> list[LevelRow]:
    """Each level's number, share and change."""
    total = sum(counts.values())
    return [
        LevelRow(
            level=level,
            count=counts[level],
            share=f"{100 * counts[level] / total:.1f}%" if total else "—",
            change=counts[level] - last_year[level] if last_year else None,
        )
        for level in Level.values
    ]


@dataclass(frozen=True, slots=True)
class Count2:
    """A number in a table of counts, and how dark it is drawn."""

    key: str | int
    count: int
    shade: int


@dataclass(frozen=True, slots=True)
class CountRow:
    key: str | int
    name: str | Promise
    cells: list[Count2]
    total: int


@dataclass(frozen=True, slots=True)
class CountTable:
    """Rows × columns with totals."""

    columns: list[tuple[str | int, str | Promise]]
    rows: list[CountRow]
    totals: list[int]
    total: int


def by_unit_and_category(risks: QuerySet[RiskPoint], units: Iterable[Unit]) -> CountTable:
    """Category × department, the fullest first. One statement for the counts, one for the units."""
    counted: dict[tuple[str | int, str | int], int] = {
        (row["unit_id"], row["category"]): row["n"]
        for row in risks.order_by().values("unit_id", "category").annotate(n=Count("pk"))
    }
    names: list[tuple[str | int, str | Promise]] = [(unit.pk, str(unit)) for unit in units]
    made = _table(counted, names, [(value, label) for value, label in Category.choices])
    return replace(made, rows=sorted((row for row in made.rows if row.total), key=lambda row: -row.total))


def by_tier_and_level(risks: QuerySet[RiskPoint]) -> CountTable:
    """Tier of post × level (S10); risks that hang on no post are the unit's own. One statement."""
    counted: dict[tuple[str | int, str | int], int] = {
        (row["post__tier"] or "", row["level"]): row["n"]
        for row in risks.order_by().values("post__tier", "level").annotate(n=Count("pk"))
    }
    tiers: list[tuple[str | int, str | Promise]] = [*Tier.choices, ("", _("未对应岗位"))]
    return _table(counted, tiers, [(value, label) for value, label in Level.choices])


def _table(
    counted: dict[tuple[str | int, str | int], int],
    rows: list[tuple[str | int, str | Promise]],
    columns: list[tuple[str | int, str | Promise]],
) -> CountTable:
    most = max(counted.values(), default=0)
    made = []
    for key, name in rows:
        cells = [Count2(column, n := counted.get((key, column), 0), shade_of(n, most)) for column, _label in columns]
        made.append(CountRow(key, name, cells, sum(cell.count for cell in cells)))
    totals = [sum(row.cells[at].count for row in made) for at in range(len(columns))]
    return CountTable(columns, made, totals, sum(totals))


def shade_of(count: int, most: int) -> int:
    """0 for nothing, then 1 to 5 by the share of the largest number in the table."""
    return -(-count * SHADES // most) if count and most else 0


@dataclass(frozen=True, slots=True)
class YearRow:
    """How many risk points were held in a year, by level."""

    year: int
    levels: dict[int, int]

    @property
    def counts(self) -> list[int]:
        return [self.levels[level] for level in Level.values]

    @property
    def total(self) -> int:
        return sum(self.levels.values())


def years(risks: QuerySet[RiskPoint], this_year: int, back: int = 4) -> list[YearRow]:
    """The last years, oldest first: points held at the end of each, at the level that they had then.

    A point that is declared again carries the new year, but was there before: the day of its entry counts as well.
    `risks` includes closed points; years in which nothing was held are left out.
    Three statements: only points that had another level once need their history.
    """
    asked = range(this_year - back + 1, this_year + 1)
    counts = {f"y{year}": Count("pk", filter=_held_in(year)) for year in asked}
    by_level: dict[int, Any] = {row["level"]: row for row in risks.order_by().values("level").annotate(**counts)}
    none = dict.fromkeys(counts, 0)
    levels = {year: {lv: by_level.get(lv, none)[f"y{year}"] for lv in Level.values} for year in asked}
    for risk in _regraded(risks):
        for year in range(this_year - back + 1, this_year):
            if _was_held(risk, year):
                levels[year][risk.level] -= 1
                levels[year][_level_then(risk, _end_of(year))] += 1
    found = [YearRow(year, levels[year]) for year in asked]
    return [row for row in found if row.total] or found[-1:]


def _held_in(year: int) -> Q:
    end = _end_of(year)
    return (Q(year__lte=year) | Q(entered_at__lt=end)) & (Q(closed_at=None) | Q(closed_at__gte=end))


def _was_held(risk: RiskPoint, year: int) -> bool:
    """The same for one risk point."""
    end = _end_of(year)
    return (risk.year <= year or risk.entered_at < end) and (risk.closed_at is None or risk.closed_at >= end)


def _end_of(year: int) -> datetime:
    return make_aware(datetime(year + 1, 1, 1))  # noqa: DTZ001 -- made aware in the school's zone


def _regraded(risks: QuerySet[RiskPoint]) -> QuerySet[RiskPoint]:
    """The risk points that may have had another level once, each with its ratings."""
    other = ~Q(level=F("risk__level")) | ~Q(computed_level=F("risk__level"))
    once = Rating.objects.filter(other, risk=OuterRef("pk"))
    return risks.filter(Exists(once)).order_by().select_related(None).prefetch_related("ratings")


def _level_then(risk: RiskPoint, end: datetime) -> int:
    """The level of a risk point just before `end`, as its ratings tell it."""
    ratings = [
        RatedOnce(rating.at, _settled_at(rating), rating.level, rating.computed_level) for rating in risk.ratings.all()
    ]
    return level_before(end, ratings, risk.level)


def _settled_at(rating: Rating) -> datetime | None:
    return (rating.agreed_at or rating.at) if rating.state == Rating.State.SETTLED else None


def last_year_of(rows: list[YearRow], this_year: int) -> dict[int, int] | None:
    """The levels of the year before, or None where nothing was held then."""
    return next((row.levels for row in rows if row.year == this_year - 1), None)


def units_of(user_school: Unit | None) -> list[Unit]:
    """The departments of a school in their order."""
    return list(Unit.objects.filter(school=user_school).exclude(kind=Unit.Kind.BRANCH).order_by("order", "id"))
