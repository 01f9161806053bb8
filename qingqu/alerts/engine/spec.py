"""What a rule is: data, never code; an envelope with parameters, and checks from a closed set of primitives."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Expression = str
"""A condition or value over columns, parameters and measures: see `expressions`. Never SQL."""
Column = str


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Part):
    """A text on a screen in both languages."""

    zh: str
    en: str


class Parameter(Part):
    """A number or list that the school may set. A local one has no value until somebody enters it with a basis."""

    name: Words
    type: Literal[
        "money",
        "number",
        "count",
        "days",
        "ratio",
        "share",
        "texts",
        "dates",
        "amounts",
        "money_by_text",
        "count_by_text",
        "number_by_text",
    ]
    """Money in fen, number in thousandths, ratio and share (of one) floats; `*_by_text` tables of text → value."""
    value: Any = None
    low: float | None = None
    high: float | None = None
    local: bool = False
    optional: bool = False
    """Whether a list may be empty: there is nothing more to name."""
    basis: str = ""


class Join(Part):
    """Rows of another table with the same key as one row; without any the counts are 0, the rest missing."""

    dataset: str
    on: dict[Column, Column]
    """Column of this table → column of the other."""
    kept: bool = False
    """Only where the school has any row in that table: what nobody enters is not missing. For batch-only checks."""
    where: Expression = ""
    measures: dict[str, Expression]
    """`count()`, `sum(c)`, `min(c)`, `max(c)`, `distinct(c)`, `count_if(…)`."""


class Levels(Part):
    """When a hit is red or orange; otherwise it is yellow. `always` where the rule knows only one colour."""

    always: Literal["red", "orange", "yellow"] | None = None
    red: Expression = ""
    orange: Expression = ""


class Check(Part):
    """The fields that all checks share."""

    id: str
    name: Words
    dataset: str = ""
    """If another than the rule's."""
    day: Column = ""
    """The rows' day, from which a hit has its date; if empty, the first column of the table that is a date or time."""
    where: Expression = ""
    """Only rows that satisfy it take part: the applicability condition."""
    joins: dict[str, Join] = {}
    """Name → rows of another table; its measures are then written `name.measure`."""
    levels: Levels
    sentence: Words
    """Fields in braces: group columns, measures, parameters; formatted by their type."""
    evidence: tuple[Column, ...]
    """Columns shown of the rows."""
    powers: tuple[str, ...] = ()
    """Of the library; if others than the rule's."""
    on_write: bool = True
    """False: batch only, and the page says so."""

    @property
    def kept_tables(self) -> tuple[str, ...]:
        """The tables without any row of which the check looks at nothing."""
        return tuple(join.dataset for join in self.joins.values() if join.kept)


class Predicate(Check):
    """One row is enough: hits are the rows for which `when` holds."""

    primitive: Literal["predicate"]
    when: Expression
    measures: dict[str, Expression] = {}


class Aggregate(Check):
    """Rows that share `by` (columns or named expressions), counted and summed: hits: the groups where `having` holds.

    Covers duplicates (`n >= 2`), shares inside a group, sums of a year or month (a named expression as a key).
    """

    primitive: Literal["aggregate"]
    by: tuple[Column, ...]
    keys: dict[str, Expression] = {}
    """Named expressions that may stand in `by`: `year: year(apply_date)`."""
    measures: dict[str, Expression]
    having: Expression
    rows: Expression = ""
    """Which rows of the group are evidence; all, if empty. A group without such a row is no hit."""


class Window(Check):
    """As Aggregate, but over any `days` days in succession; windows that hit and share rows are one hit (an episode).

    A window ends at a row and holds the rows of its group of the last `days` days, that row's day included.
    The episode's measures are computed anew over all its rows.
    """

    primitive: Literal["window"]
    by: tuple[Column, ...]
    day: Column
    days: str
    """Name of a parameter."""
    measures: dict[str, Expression]
    having: Expression


class Nested(Check):
    """Groups inside groups: a supplier's share of a category's year, the spread of class averages."""

    primitive: Literal["nested"]
    outer: tuple[Column, ...]
    inner: tuple[Column, ...]
    keys: dict[str, Expression] = {}
    measures: dict[str, Expression]
    """Of the inner group."""
    outer_measures: dict[str, Expression]
    """Over the inner groups: `sum(total)`, `max(mean)`, `sum(total * total)`."""
    having: Expression
    hit: Literal["inner", "outer"] = "inner"


class Peer(Check):
    """A row's value against the median of its peers in the months before: `median` and `peers` are measures.

    Peers share `by`; the window is the `months` calendar months before the row's own. The medians stand in a versioned
    snapshot, computed in batch, so that a row's verdict depends on the row alone.
    """

    primitive: Literal["peer"]
    by: tuple[Column, ...]
    day: Column
    value: Expression
    months: str
    min_peers: str
    when: Expression
    across_schools: bool = False


class Trail(Check):
    """A row's value against the median of the `last` rows before it in its own series."""

    primitive: Literal["trail"]
    by: tuple[Column, ...]
    order: tuple[Column, ...]
    keys: dict[str, Expression] = {}
    value: Expression
    last: str
    min_peers: str
    when: Expression


class Sequence(Check):
    """Rows of a series in order, `prev.column` the one before: hits are runs of at least `run` rows where `when` holds.

    With a `when` on `prev`, the row before the run belongs to the evidence and counts.
    """

    primitive: Literal["sequence"]
    by: tuple[Column, ...]
    order: tuple[Column, ...]
    when: Expression
    run: str | int = 1
    measures: dict[str, Expression] = {}


class Progression(Check):
    """The values of a group stand at equal differences or ratios, within `tolerance` (quotes that were arranged)."""

    primitive: Literal["progression"]
    by: tuple[Column, ...]
    value: Column
    tolerance: str
    min_rows: str


class Companions(Check):
    """The same `size` members turn up together in at least `times` groups, and one of them always wins. Batch only."""

    primitive: Literal["companions"]
    by: tuple[Column, ...]
    member: Column
    winner: Column
    size: str
    times: str


class Fence(Check):
    """A group's value lies beyond the Tukey fence of its peers: Q3 + `reach` × IQR; not at IQR 0 or with few peers."""

    primitive: Literal["fence"]
    by: tuple[Column, ...]
    peers: tuple[Column, ...] = ()
    keys: dict[str, Expression] = {}
    measures: dict[str, Expression]
    value: Expression
    reach: str
    min_peers: str
    side: Literal["high", "low"] = "high"


class Link(Check):
    """A row and a row of another table have the same digest in one of the pairs of columns.

    A text column in its sentence is the least of the rows: whose they are, one of them by its number.
    """

    primitive: Literal["link"]
    other: str
    pairs: tuple[tuple[Column, Column], ...]
    unless: Expression = ""
    """Over both rows: `other.column` is the other's."""


class ModelStep(Part):
    """A row of the table of steps by which a procedure is written down; the net is drawn from it."""

    name: str
    after: tuple[str, ...] = ()
    """Steps before it; none: it begins the case."""
    join: Literal["all", "any"] = "all"
    """Whether all of them must be done (`5a&5b`) or one is enough (`3a|3b`)."""
    choice: bool = False
    """It is taken only under a condition: of the choices after one step exactly one is taken."""
    many: bool = False
    """It may be done again at any time: an approval on several levels, a payment in instalments."""
    beside: bool = False
    """It belongs to no place: a publication, an invoice, the filing. Nothing is said of it."""


class Events(Check):
    """A rule about the order, the persons and the times of a case's steps; see `procedures`."""

    primitive: Literal["events"]
    kind: Literal[
        "precedence",
        "response",
        "separation",
        "not_together",
        "gap",
        "deadline",
        "amount_requires",
        "evidence_present",
        "model",
    ]
    about: tuple[str, ...] = ()
    """Only cases that have one of these steps are looked at: they make it a purchase and no claim. Any, if empty."""
    first: tuple[str, ...] = ()
    """Names of steps, after the log's own names have been mapped to them."""
    then: tuple[str, ...] = ()
    at_least: str = ""
    at_most: str = ""
    """Names of parameters, as is `limit`."""
    limit: str = ""
    unit: Literal["days", "working_days", "minutes"] = "days"
    steps: tuple[ModelStep, ...] = ()
    """The procedure, for the kind `model`."""


AnyCheck = Annotated[
    Predicate
    | Aggregate
    | Window
    | Nested
    | Peer
    | Trail
    | Sequence
    | Progression
    | Companions
    | Fence
    | Link
    | Events,
    Field(discriminator="primitive"),
]


class Rule(Part):
    """An indicator: what it looks at, on which basis, with which parameters, and what it cannot know."""

    code: str
    version: int = 1
    title: Words
    area: str
    dataset: str
    core: bool = False
    why: Words
    blind: Words
    """What it cannot know: the innocent explanations, and what escapes it."""
    basis: str = ""
    verify: bool = True
    """The basis has not been confirmed by a person: «文号待核»."""
    powers: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = {}
    checks: tuple[AnyCheck, ...]
    quiet_days: int = 365
    """How long a dispelled hit stays quiet by default when its scope is suppressed."""
