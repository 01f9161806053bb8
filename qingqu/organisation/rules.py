"""What fits together in the tree of units, in posts and in duties: plain values in, plain values out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "auditor"})
"""三员: each of them excludes the others and every business duty (S5.2)."""

BELOW = {
    "": frozenset({"bureau", "school"}),
    "bureau": frozenset({"school"}),
    "school": frozenset({"department", "branch"}),
    "department": frozenset({"department"}),
    "branch": frozenset(),
}
KEPT = ("party_office", "discipline")
"""Duties that a school cannot be without: nobody could set things right again."""

SINGLE = ("secretary", "principal")
"""Duties that one person holds at a time."""
BY_POST = {
    "secretary": re.compile(r"^(?!.*(副|纪委|团委|支部)).*书记"),
    "principal": re.compile(r"^(?!.*(副|助理)).*校长"),
    "team": re.compile(r"副校长|党委副书记|党总支副书记|党委委员|工会主席"),
    "discipline": re.compile(r"纪委|纪检"),
    "party_office": re.compile(r"(党办|党委办公室|党总支办公室)主任"),
}
"""The duty that the name of a post suggests; a person decides."""


def duties_of_post(post: str) -> list[str]:
    """The duties that the holder of a post probably has, by the post's name."""
    return [kind for kind, pattern in BY_POST.items() if pattern.search(post)]


def may_stand_below(kind: str, parent_kind: str) -> bool:
    """Whether a unit of `kind` may be made below one of `parent_kind` (empty: at the root)."""
    return kind in BELOW[parent_kind]


def path_of(parent_path: str, pk: int) -> str:
    """Ids from the root, each padded, so that «all below» is one prefix."""
    return f"{parent_path}{pk:08d}."


def clashing_duty(kind: str, held: Iterable[str]) -> str | None:
    """The duty among `held` that excludes `kind`, or None (三员分立)."""
    for other in held:
        if other != kind and (kind in ADMINISTRATORS or other in ADMINISTRATORS):
            return other
    return None


def overlaps(started_on: date, ended_on: date | None, other_start: date, other_end: date | None) -> bool:
    """Whether two spans share a day; the end is the first day that no longer counts."""
    return (ended_on is None or other_start < ended_on) and (other_end is None or started_on < other_end)
