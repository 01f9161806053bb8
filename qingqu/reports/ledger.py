"""廉政风险台账: which risk points, in which order, how many (S11, S37, S40). Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page
from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import QueryDict

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.paging import COUNT_AT_MOST, CappedPaginator
from qingqu.common.text import number_in
from qingqu.organisation.models import Post, Tier, Unit
from qingqu.organisation.queries import standing
from qingqu.risks import queries as risk_queries
from qingqu.risks import search
from qingqu.risks.models import Category, LedgerState, Level, RiskPoint, RiskPointQuerySet
from qingqu.risks.models import visible as visible_to
from qingqu.risks.rules import ranks_of

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
        number = number_in(str(said.get(key) or ""))
        return number if number and number <= most else None

    def one_of(key: str, values: list[Any]) -> str:
        return str(said.get(key)) if said.get(key) in values else ""

    return Asked(
        q=str(said.get("q") or "").replace("\0", " ").strip()[:60],
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


def condition(asked: Asked, school: Unit | None) -> Q:
    """What was filtered by, apart from words, said of a risk point's own columns."""
    wanted = {
        "unit_id": asked.unit,
        "category": asked.category,
        "year": asked.year,
        "level": asked.level,
        "likelihood": asked.likelihood,
        "impact": asked.impact,
        "power_id": asked.power,
        "step_id": asked.step,
        "late": asked.late,
    }
    chosen = Q(**{key: value for key, value in wanted.items() if value})
    chosen &= risk_queries.in_ledger_state(asked.state, school) if asked.state else Q(state=RiskPoint.State.HELD)
    if asked.tier:
        posts = Post.objects.filter(unit__school=school, tier=asked.tier).values_list("pk", flat=True)
        chosen &= Q(post_id__in=list(posts))
    return chosen


def found(rows: RiskPointQuerySet, asked: Asked, school: Unit | None) -> RiskPointQuerySet:
    """Those of `rows` that the reader asked for, gravest first (S11); all at once, for what leaves the house."""
    rows = rows.filter(condition(asked, school))
    if words := search.words_of(asked.q, school):
        rows = rows.filter(pk__in=search.ids(words))
    return rows.order_by("rank", "id")


def visible(user: User, asked: Asked) -> RiskPointQuerySet:
    """The part of the ledger that `user` may see and asked for."""
    return found(RiskPoint.objects.visible_to(user), asked, school_of(user))


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the ledger in their order, to be counted and read in pieces along an index: never all of them.

    With words the full-text index is asked, otherwise the columns; both are in the order of the ledger.
    """

    condition: Q
    """Everything but words, level and lateness."""
    chosen: tuple[str, Sequence[Any]]
    """The same as a SELECT of ids, put together once however much is counted."""
    words: list[search.Word]
    level: int | None
    late: bool

    @property
    def most(self) -> int:
        """How far they are counted; a search is narrowed rather than paged through."""
        return CHIPS_AT_MOST if self.words else COUNT_AT_MOST

    def statement(self, most: int, skip: int = 0, *, ordered: bool = True) -> tuple[str, Sequence[Any]]:
        """A SELECT of the ids of at most `most` lines after the first `skip`, `ordered` where not only counted."""
        if self.words:
            further = Q(**({"level": self.level} if self.level else {}), **({"late": True} if self.late else {}))
            return search.statement(self.words, self.condition & further, most, skip, ordered=ordered)
        text, values = self.chosen
        level = f" AND sort_rank BETWEEN {' AND '.join(map(str, ranks_of(self.level)))}" if self.level else ""
        late = " AND late" if self.late else ""
        return f"{text}{level}{late} ORDER BY sort_rank, id LIMIT %s OFFSET %s", [*values, most, skip]

    def page(self, most: int, skip: int) -> RiskPointQuerySet:
        """Some lines with all that the ledger shows of them, in one statement.

        PostgreSQL would join all risk points before it looks at the ids, unless they are an array.
        """
        text, values = self.statement(most, skip)
        if connection.vendor == "postgresql":
            first = RawSQL(f"risks_riskpoint.id = ANY(ARRAY({text}))", values, output_field=BooleanField())
            rows = RiskPoint.objects.filter(first)
        else:
            rows = RiskPoint.objects.filter(pk__in=RawSQL(text, values))
        return risk_queries.with_ledger_state(rows.select_related(*NEEDED)).order_by("rank", "id")


def lines(user: User, asked: Asked) -> Lines:
    """The lines of the ledger that `user` may see and asked for."""
    seen, school = visible_to(user), school_of(user)
    base = (seen or Q(pk__in=[])) & condition(replace(asked, level=None, late=False), school)
    try:
        chosen = RiskPoint.objects.filter(base).order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Lines(base, ("SELECT id FROM risks_riskpoint WHERE 1 = 0", ()), [], asked.level, asked.late)
    return Lines(base, chosen, search.words_of(asked.q, school), asked.level, asked.late)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are, as far as we count: for the chips above the ledger."""

    asked: int
    """With every filter."""
    all: int
    levels: list[tuple[int, str, int]]
    late: int


def counts(wanted: Lines) -> Counts:
    """The figures of the chips in one SQL statement; `wanted` are the lines that were asked for.

    Each is counted along an index as far as CHIPS_AT_MOST: the same work at 5,000 and at 500,000 risk points.
    """
    everything = replace(wanted, level=None, late=False)
    parts = {f"level{level}": replace(everything, level=level) for level in Level.values}
    parts["late"] = replace(everything, late=True)
    if wanted != everything:
        parts["all"] = everything
    parts["asked"] = wanted
    counted = capped_counts(parts, dict.fromkeys(parts, CHIPS_AT_MOST) | {"asked": wanted.most})
    levels = [(level, str(Level(level).label), counted[f"level{level}"]) for level in Level.values]
    return Counts(counted["asked"], max(counted.get("all", 0), counted["asked"]), levels, counted["late"])


def capped_counts(parts: Mapping[str, Lines], most: Mapping[str, int]) -> dict[str, int]:
    """How many lines each part has, up to one more than `most` says for it, in one statement."""
    texts: list[str] = []
    values: list[Any] = []
    for name, part in parts.items():
        text, given = part.statement(most[name] + 1, ordered=False)
        texts.append(f"(SELECT COUNT(*) FROM ({text}) part{len(texts)})")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(texts)}", values)
        return dict(zip(parts, cursor.fetchone(), strict=True))


def counted(wanted: Lines) -> int:
    """How many lines there are, up to one more than `wanted.most`."""
    return capped_counts({"asked": wanted}, {"asked": wanted.most})["asked"]


class LedgerPages(CappedPaginator):
    """Pages of the ledger whose lines are counted already; only the lines of one page are read."""

    def __init__(self, wanted: Lines, counted: int) -> None:
        super().__init__([], PER_PAGE)
        self.most = wanted.most
        self._wanted, self._counted = wanted, counted

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        return Page(list(self._wanted.page(PER_PAGE, (number - 1) * PER_PAGE)), number, self)


def units_of(school: Unit | None) -> QuerySet[Unit]:
    """The units by which the ledger can be filtered."""
    kinds = (Unit.Kind.DEPARTMENT, Unit.Kind.BRANCH)
    return Unit.objects.active().filter(school=school, kind__in=kinds).order_by("order", "id")


def school_of(user: User) -> Unit | None:
    """The reader's school."""
    return standing(user).school


def is_late(risk: Any) -> bool:
    """Whether a measure of a line of the ledger is overdue: such a line turns amber (G4)."""
    return bool(risk.next_due_on and risk.next_due_on < today())
