"""What a power must say, and in which order its steps stand. Plain values only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

BLOCKS = ("content", "basis", "procedure", "identity")
"""The four blocks that a power must have (S44): 权力内容、权力依据、办事流程、权力身份."""
MOVES = re.compile(r"(up|down|remove)-(\d+)|(add)")
NEXT = {"draft": {"put_in_force": "in_force"}, "in_force": {"retire": "retired"}, "retired": {"restore": "in_force"}}
Row = TypeVar("Row")
CODE = re.compile(r"^([A-Za-z]+)(\d+)$")


def missing_blocks(*, content: str, bases: int, steps: int, holders: int, decider: str, supervisor: str) -> list[str]:
    """Which of the four blocks are not there yet, in their order (S44)."""
    there = {
        "content": bool(content.strip()),
        "basis": bases > 0,
        "procedure": steps > 0,
        "identity": bool(holders and decider.strip() and supervisor.strip()),
    }
    return [block for block in BLOCKS if not there[block]]


def next_state(state: str, act: str) -> str | None:
    """The state that `act` leads to, or None where it is not possible."""
    return NEXT[state].get(act)


def total_days(days: Iterable[int | None]) -> int:
    """Working days of all steps together; steps without a limit count nothing."""
    return sum(number or 0 for number in days)


def next_code(codes: Iterable[str], prefix: str = "X") -> str:
    """The next free code of a series: X01, X02 … X100."""
    numbers = [int(found[2]) for code in codes if (found := CODE.match(code)) and found[1] == prefix]
    return f"{prefix}{max(numbers, default=0) + 1:02d}"


def rearrange(rows: Sequence[Row], press: str, blank: Row) -> list[Row]:
    """The rows of a table after one press of its buttons: «add», «up-2», «down-0», «remove-3»."""
    changed = list(rows)
    found = MOVES.fullmatch(press)
    if found is None:
        return changed
    if found[3]:
        return [*changed, blank]
    act, at = found[1], int(found[2])
    if at >= len(changed):
        return changed
    row = changed.pop(at)
    if act == "up":
        changed.insert(max(at - 1, 0), row)
    elif act == "down":
        changed.insert(at + 1, row)
    return changed
