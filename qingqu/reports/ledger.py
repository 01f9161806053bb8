"""廉政风险台账: which risk points, in which order, how many (S11, S37, S40). Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.paging import COUNT_AT_MOST, CappedPaginator
from qingqu.organisation.models import Tier, Unit
from qingqu.organisation.queries import standing
from qingqu.risks import queries as risk_queries
from qingqu.risks.models import Category, LedgerState, Level, RiskPoint, RiskPointQuerySet

PER_PAGE = 25
CHIPS_AT_MOST = 1_000
"""So far the chips count where nothing is searched for: the same work at 5,000 and at 500,000 risk points."""
NEEDED = ("unit", "owner", "person", "post", "power", "step")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader filters by; empty is everything. Without a state the ledger shows what is not struck off."""

    q: str = ""
    unit: int | None = None
    category: str = ""
    level: int | None = None
    state: str = ""
    late: bool = False
    year: int | None = None
    likelihood: int | None = None
    impact: int | None = None
    tier: str = ""
    power: int | None = None
    step: int | None = None

    @property
    def tier_label(self) -> str:
        """«领导岗位», where one tier is asked for."""
        return str(Tier(self.tier).label) if self.tier else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Asked()

    def as_query(self) -> dict[str, str]:
        """The same as the query of an address."""
        return {key: "1" if value is True else str(value) for key, value in asdict(self).items() if value}


def asked_of(said: QueryDict | Mapping[str, str]) -> Asked:
    """What an address's query filters by; what it does not know is left out."""

    def number(key: str, most: int = 2**31) -> int | None:
        text = str(said.get(key) or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= most else None

    def one_of(key: str, values: list[Any]) -> str:
        return str(said.get(key)) if said.get(key) in values else ""

    return Asked(
        q=str(said.get("q") or "").strip()[:60],
        unit=number("unit"),
        category=one_of("category", Category.values),
        level=number("level", 3),
        state=one_of("state", LedgerState.values),
        late=said.get("late") == "1",
        year=number("year", 9999),
        likelihood=number("likelihood", 5),
        impact=number("impact", 5),
        tier=one_of("tier", Tier.values),
        power=number("power"),
        step=number("step"),
    )


def found(rows: RiskPointQuerySet, asked: Asked) -> RiskPointQuerySet:
    """Those of `rows` that the reader asked for, gravest first (S11)."""
    closed = asked.state == LedgerState.CLOSED
    rows = rows.filter(state=RiskPoint.State.CLOSED if closed else RiskPoint.State.HELD)
    wanted = {
        "unit_id": asked.unit,
        "category": asked.category,
        "year": asked.year,
        "likelihood": asked.likelihood,
        "impact": asked.impact,
        "post__tier": asked.tier,
        "power_id": asked.power,
        "step_id": asked.step,
    }
    rows = rows.filter(**{key: value for key, value in wanted.items() if value})
    if asked.level:  # rank holds the level in its thousands: the ledger's own index finds it (risks.rules.rank)
        rows = rows.filter(level=asked.level, rank__gt=1000 * (asked.level - 1), rank__lte=1000 * asked.level)
    if asked.state and not closed:
        rows = risk_queries.with_ledger_state(rows).filter(ledger_state=asked.state)  # type: ignore[misc]
    if asked.late:
        rows = rows.filter(_overdue())
    for word in asked.q.split():
        rows = rows.filter(_says(word))
    return rows.order_by("rank", "id")


def _says(word: str) -> Q:
    fields = ("title", "manifestation", "power__name", "owner__name", "person__name", "code")
    said = Q()
    for field in fields:
        said |= Q(**{f"{field}__icontains": word})
    return said


def visible(user: User, asked: Asked) -> RiskPointQuerySet:
    """The part of the ledger that `user` may see and asked for."""
    return found(RiskPoint.objects.visible_to(user), asked)


def shown(rows: RiskPointQuerySet) -> RiskPointQuerySet:
    """Rows with all that a line of the ledger shows, in one statement."""
    return risk_queries.with_due(risk_queries.with_ledger_state(rows.select_related(*NEEDED)))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are, as far as we count: for the chips above the ledger."""

    asked: int
    """With every filter."""
    all: int
    levels: list[tuple[int, str, int]]
    late: int
    late_at_least: bool = False
    """Whether only the gravest CHIPS_AT_MOST were looked through for what is late."""


def counts(user: User, asked: Asked, rows: RiskPointQuerySet) -> Counts:
    """The figures of the chips in one SQL statement, or two where very much was found; `rows` are the asked ones.

    Unfiltered lists are counted along the ledger's index, each chip as far as CHIPS_AT_MOST; a search has to read
    everything anyway, so it reads once and tells levels and lateness apart on the way.
    """
    base = replace(asked, level=None, late=False)
    if base.q or base.state:
        told = _counted_in_one_pass(user, base)
        total = sum(n for n, _late in told.values())
        if total < COUNT_AT_MOST:
            return _told_apart(told, asked)
    everything = rows if asked == base else visible(user, base)
    parts = {f"level{level}": everything.of_level(level) for level in Level.values}
    first = RiskPoint.objects.filter(pk__in=everything.values("pk")[:CHIPS_AT_MOST])
    parts["late"] = first.filter(_overdue()).order_by()
    if asked != base:
        parts["all"] = everything
    parts["asked"] = rows
    counted = capped_counts(parts, dict.fromkeys(parts, CHIPS_AT_MOST) | {"asked": COUNT_AT_MOST})
    levels = [(level, str(Level(level).label), counted[f"level{level}"]) for level in Level.values]
    most = max(counted.get("all", 0), counted["asked"])
    return Counts(counted["asked"], most, levels, counted["late"], late_at_least=most > CHIPS_AT_MOST)


def _overdue() -> Exists:
    return Exists(risk_queries.overdue().filter(risk=OuterRef("pk")))


def _counted_in_one_pass(user: User, base: Asked) -> dict[int, tuple[int, int]]:
    """By level: how many, and how many of them overdue."""
    first = RiskPoint.objects.filter(pk__in=visible(user, base).values("pk")[:COUNT_AT_MOST]).order_by()
    rows = first.values_list("level").annotate(n=Count("pk"), late=Count("pk", filter=_overdue()))
    return {level: (n, late) for level, n, late in rows}


def _told_apart(told: Mapping[int, tuple[int, int]], asked: Asked) -> Counts:
    levels = [(level, str(Level(level).label), told.get(level, (0, 0))[0]) for level in Level.values]
    wanted = [found for level, found in told.items() if asked.level in (None, level)]
    return Counts(
        asked=sum(late if asked.late else n for n, late in wanted),
        all=sum(n for n, _late in told.values()),
        levels=levels,
        late=sum(late for _n, late in told.values()),
    )


def capped_counts(parts: Mapping[str, QuerySet[Any]], most: Mapping[str, int]) -> dict[str, int]:
    """How many rows each part has, up to one more than `most` says for it, in one statement."""
    texts: list[str] = []
    values: list[Any] = []
    for name, rows in parts.items():
        text, given = rows.order_by().values("pk")[: most[name] + 1].query.sql_with_params()
        texts.append(f"(SELECT COUNT(*) FROM ({text}) part{len(texts)})")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(texts)}", values)
        return dict(zip(parts, cursor.fetchone(), strict=True))


def counted(user: User, asked: Asked) -> int:
    """How many lines there are with every filter, up to one more than COUNT_AT_MOST."""
    return capped_counts({"asked": visible(user, asked)}, {"asked": COUNT_AT_MOST})["asked"]


class LedgerPages(CappedPaginator):
    """Pages of the ledger whose rows are counted already."""

    def __init__(self, rows: RiskPointQuerySet, counted: int) -> None:
        super().__init__(rows, PER_PAGE)
        self._counted = counted


def units_of(school: Unit | None) -> QuerySet[Unit]:
    """The units by which the ledger can be filtered."""
    kinds = (Unit.Kind.DEPARTMENT, Unit.Kind.BRANCH)
    return Unit.objects.active().filter(school=school, kind__in=kinds).order_by("order", "id")


def school_of(user: User) -> Unit | None:
    """The reader's school."""
    return standing(user).school


def is_late(risk: Any) -> bool:
    """Whether a measure of a line of the ledger is overdue: such a line turns amber (G4)."""
    return bool(risk.next_due and risk.next_due < today())
