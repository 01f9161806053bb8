"""廉政风险台账: which risk points, in which order, how many (S11, S37, S40). Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.paging import COUNT_AT_MOST, CappedPaginator
from qingqu.organisation.models import Tier, Unit
from qingqu.organisation.queries import standing
from qingqu.risks import queries as risk_queries
from qingqu.risks.models import Category, LedgerState, Level, RiskPoint, RiskPointQuerySet

PER_PAGE = 25
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
        rows = rows.filter(Exists(risk_queries.overdue().filter(risk=OuterRef("pk"))))
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


def counts(user: User, asked: Asked) -> Counts:
    """The figures of the chips, each counted up to COUNT_AT_MOST: one SQL statement."""
    base = replace(asked, level=None, late=False)
    parts = {"asked": visible(user, asked), "all": visible(user, base)}
    parts |= {f"level{level}": visible(user, replace(base, level=level)) for level in Level.values}
    first = RiskPoint.objects.filter(pk__in=parts["all"].values("pk")[:COUNT_AT_MOST])
    parts["late"] = first.filter(Exists(risk_queries.overdue().filter(risk=OuterRef("pk")))).order_by()
    counted = capped_counts(parts)
    levels = [(level, str(Level(level).label), counted[f"level{level}"]) for level in Level.values]
    return Counts(counted["asked"], counted["all"], levels, counted["late"])


def capped_counts(parts: Mapping[str, QuerySet[Any]], most: int = COUNT_AT_MOST) -> dict[str, int]:
    """How many rows each part has, up to one more than `most`, in one statement."""
    texts: list[str] = []
    values: list[Any] = []
    for rows in parts.values():
        text, given = rows.order_by().values("pk")[: most + 1].query.sql_with_params()
        texts.append(f"(SELECT COUNT(*) FROM ({text}) part{len(texts)})")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(texts)}", values)
        return dict(zip(parts, cursor.fetchone(), strict=True))


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
