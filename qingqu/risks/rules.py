"""How grave a risk is and when a measure is due again: plain values in, plain values out (S11, S30–S33)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PHASES = ("pre", "mid", "post")
TERM_ENDS = ((1, 31), (7, 15))
"""A term ends with January, or with the first half of July."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the rule says: the level, and the codes of the conditions that led to it.

    `reasons` holds «product:1» (likelihood × impact reaches level 1), «hits:2» (enough of the five questions), or
    «otherwise:3»; `wording.explain()` puts them into sentences.
    """

    level: int
    score: int
    reasons: tuple[str, ...]
    version: str
    likelihood: int
    impact: int
    answers: str

    @property
    def hits(self) -> int:
        """How many of the five questions are answered yes."""
        return self.answers.count("1")


@cache
def scoring() -> dict[str, Any]:
    """The rule in force, out of `scoring.yaml`."""
    text = (Path(__file__).parent / "scoring.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def suggest(likelihood: int, impact: int, answers: str) -> Suggestion:
    """The level of a risk from likelihood (1–5), impact (1–5) and the five answers («10010»), with its reasons (S30).

    Three hits without the first question are two hits and more: level 2. Raises ValueError on anything out of range.
    """
    if not (1 <= likelihood <= 5 and 1 <= impact <= 5):
        raise ValueError("likelihood and impact go from 1 to 5")
    if len(answers) != 5 or set(answers) - {"0", "1"}:
        raise ValueError("answers are five digits, 0 or 1")
    rule, score = scoring(), likelihood * impact
    for level, needed in sorted(rule["levels"].items()):
        reasons = [f"product:{level}"] if score >= needed["product"] else []
        first = needed.get("needs")
        if answers.count("1") >= needed["hits"] and (first is None or answers[first - 1] == "1"):
            reasons.append(f"hits:{level}")
        if reasons:
            break
    else:
        level = rule["otherwise"]
        reasons = [f"otherwise:{level}"]
    return Suggestion(level, score, tuple(reasons), rule["version"], likelihood, impact, answers)


@dataclass(frozen=True, slots=True)
class RatedOnce:
    """One rating of a risk as far as its history asks."""

    at: datetime
    settled_at: datetime | None
    """From when on it stood; None where a second person has not agreed."""
    level: int
    computed: int


def level_before(moment: datetime, ratings: Iterable[RatedOnce], present: int) -> int:
    """The level that a risk had just before `moment`: the last one settled by then, otherwise what the rule said first.

    `present` where nothing is known of that time.
    """
    known = [rating for rating in ratings if rating.at < moment]
    settled = [rating for rating in known if rating.settled_at is not None and rating.settled_at < moment]
    if settled:
        return max(settled, key=lambda rating: rating.settled_at or rating.at).level
    return min(known, key=lambda rating: rating.at).computed if known else present


def rank(level: int, score: int, key: bool) -> int:
    """One number for the order of every list: level, then the higher score, then key fields first (S11)."""
    return level * 1000 - score * 10 - (1 if key else 0)


def ranks_of(level: int) -> tuple[int, int]:
    """Between which ranks every risk of `level` lies, and no other: a range that an index can read."""
    return rank(level, 25, True), rank(level, 0, False)


def period_end(frequency: str, day: date) -> date | None:
    """The last day of the period of `frequency` in which `day` lies; None where there is no calendar (event)."""
    match frequency:
        case "week":
            return day + timedelta(days=6 - day.weekday())
        case "month":
            return _last_of(day.year, day.month)
        case "quarter":
            return _last_of(day.year, (day.month + 2) // 3 * 3)
        case "term" | "once":
            ends = (date(year, *end) for year in (day.year, day.year + 1) for end in TERM_ENDS)
            return next(end for end in ends if end >= day)
        case "year":
            return date(day.year, 12, 31)
    return None


def next_due(frequency: str, after: date | None, start: date) -> date | None:
    """When a measure has to be done next.

    `after` is the due day that was just met (None before the first time), `start` the day from which we count: the
    day the measure was set up, or was done. Done late, it skips the periods that are over; done early, it waits for
    the next one.
    """
    if after is None:
        return period_end(frequency, start)
    if frequency == "once":
        return None
    return period_end(frequency, max(start, after + timedelta(days=1)))


def missing_phases(level: int, phases: set[str]) -> list[str]:
    """The phases that a risk of `level` still needs: grave ones all three, others at least one measure (S12)."""
    if level == 1:
        return [phase for phase in PHASES if phase not in phases]
    return [] if phases else ["pre"]


def _last_of(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
