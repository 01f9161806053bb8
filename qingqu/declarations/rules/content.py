"""What stands in a form or in one of its groups, as plain values that can be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

TITLE_MOST = 120
TEXT_MOST = 2000
MEASURE_MOST = 300


@dataclass(frozen=True, slots=True)
class MeasureContent:
    """A measure as the form says it."""

    phase: str
    text: str
    frequency: str = "term"
    frequency_note: str = ""
    evidence_kind: str = ""
    post: int | None = None


@dataclass(frozen=True, slots=True)
class ItemContent:
    """A risk as the form says it; `pk` is None for one that is not yet there."""

    category: str
    pk: int | None = None
    title: str = ""
    manifestation: str = ""
    cause: str = ""
    post: int | None = None
    power: int | None = None
    step: int | None = None
    likelihood: int | None = None
    impact: int | None = None
    answers: str = "00000"
    level: int | None = None
    level_reason: str = ""
    confirmed: bool = False
    measures: tuple[MeasureContent, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Nothing was written into it."""
        return not (self.title or self.manifestation or self.measures)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The unit's answer for one step: risk or none, with a note."""

    has_risk: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A form or a part of it. What is None is not spoken of."""

    duties: str | None = None
    political_status: str | None = None
    pledged: bool | None = None
    items: tuple[ItemContent, ...] = ()
    none: Mapping[str, str] = field(default_factory=dict)
    """Reasons why a category has no risk, by category; an empty one takes the answer back."""
    judgements: Mapping[int, Judgement] = field(default_factory=dict)
    """By the id of the step."""

    def digest(self) -> str:
        """A short fingerprint: a page that carries it can tell later whether anything has changed since."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:20]
