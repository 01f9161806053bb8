"""When a list may be filed, and how two lists differ: plain values in, plain values out (S35, S36)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = Mapping[str, Any]
FIELDS = (
    *("level", "category", "title", "manifestation", "cause", "power", "step", "post", "person", "owner", "leader"),
    *("regulation", "measures"),
)
"""What is compared, in the order in which the paper says it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row that now says something else; measures are compared line by line."""

    field: str
    before: str
    after: str
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedRow:
    code: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """What a later list says otherwise than an earlier one, by the code of the risk point."""

    added: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    changed: list[ChangedRow] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def compare(before: Sequence[Row], after: Sequence[Row]) -> Differences:
    """How `after` differs from `before`: rows added, removed, and changed field by field (S36)."""
    old, new = {row["code"]: row for row in before}, {row["code"]: row for row in after}
    changed = []
    for code, row in new.items():
        if code in old and (changes := _changes(old[code], row)):
            changed.append(ChangedRow(code, str(row.get("title", "")), changes))
    return Differences(
        added=[row for code, row in new.items() if code not in old],
        removed=[row for code, row in old.items() if code not in new],
        changed=changed,
    )


def _changes(old: Row, new: Row) -> tuple[Change, ...]:
    found = []
    for name in FIELDS:
        if name == "measures":
            before, after = measure_lines(old), measure_lines(new)
            gone = tuple(line for line in before if line not in after)
            fresh = tuple(line for line in after if line not in before)
            if gone or fresh:
                found.append(Change(name, "\n".join(before), "\n".join(after), gone, fresh))
        elif (was := str(old.get(name) or "")) != (now := str(new.get(name) or "")):
            found.append(Change(name, was, now))
    return tuple(found)


def measure_lines(row: Row) -> list[str]:
    """The measures of a row, a line each, as papers print them."""
    lines = []
    for said in row.get("measures") or ():
        about = "；".join(str(said[key]) for key in ("owner", "frequency", "evidence") if said.get(key))
        lines.append(f"{said.get('phase', '')}：{said.get('text', '')}" + (f"（{about}）" if about else ""))
    return lines


@dataclass(frozen=True, slots=True)
class Standing:
    """What filing asks about a publication."""

    notice: str | None
    """State of the notice, None where it was never published."""
    ends_on: date | None
    objections: tuple[tuple[str, bool], ...] = ()
    """State of each objection, and whether it was settled with «须修改»."""
    filing: str | None = None
    """State of the last filing."""
    superseded: bool = False
    """Whether a newer list of the same line has been frozen."""


def what_prevents_filing(now: Standing, day: date) -> str | None:
    """Why a list cannot be filed on `day`, as a code; None where it can (S35, S36)."""
    if now.filing in ("filed", "accepted"):
        return f"already_{now.filing}"
    if now.superseded:
        return "superseded"
    if now.notice is None:
        return "not_published"
    if now.notice == "withdrawn":
        return "withdrawn"
    if any(state != "settled" for state, _changes_needed in now.objections):
        return "objections"
    if any(changes_needed for _state, changes_needed in now.objections):
        return "changes_needed"
    if now.ends_on is not None and day <= now.ends_on:
        return "running"
    return None
