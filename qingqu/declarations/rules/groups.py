"""The groups of a form, one a screen: seven for a person; for a unit one more for each of its powers (§2.1–2.2)."""

from __future__ import annotations

from collections.abc import Iterable

from qingqu.common.text import number_in

CATEGORIES = ("thought", "duty", "system", "other")
POWER = "power-"


def groups(kind: str, powers: Iterable[int] = ()) -> tuple[str, ...]:
    """The keys of the groups in their order; `powers` are the ids of the unit's powers."""
    if kind == "unit":
        return ("basic", *(f"{POWER}{pk}" for pk in powers), *CATEGORIES, "send")
    return ("basic", "duties", *CATEGORIES, "send")


def power_of(group: str) -> int | None:
    """The id of the power that `group` is about."""
    return number_in(group.removeprefix(POWER)) if group.startswith(POWER) else None


def group_of(kind: str, category: str, power: int | None, powers: Iterable[int] = ()) -> str:
    """In which group an item is shown: with its power in a unit's form, otherwise with its category."""
    return f"{POWER}{power}" if kind == "unit" and power is not None and power in set(powers) else category


def beside(keys: tuple[str, ...], group: str, by: int) -> str | None:
    """The group before (-1) or after (1) `group`."""
    place = keys.index(group) + by
    return keys[place] if 0 <= place < len(keys) else None
