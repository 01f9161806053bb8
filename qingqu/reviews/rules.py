"""How turns follow each other: plain values in, plain values out (S34)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WORKING_DAYS = 3
"""How long a reviewer has, unless the school sets another span."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One review as far as the order asks."""

    pk: int
    turn: int
    state: str


@dataclass(frozen=True, slots=True)
class After:
    """What follows: finished, or which seats open now, or neither while others of the turn still read."""

    finished: bool = False
    opens: tuple[int, ...] = ()


def after_approval(seats: Iterable[Seat]) -> After:
    """What is next once somebody has approved: all of one turn must approve before the next one opens."""
    counting = [seat for seat in seats if seat.state != "void"]
    open_ones = [seat for seat in counting if seat.state != "approved"]
    if not open_ones:
        return After(finished=True)
    if any(seat.state == "waiting" for seat in open_ones):
        return After()
    turn = min(seat.turn for seat in open_ones)
    return After(opens=tuple(seat.pk for seat in open_ones if seat.turn == turn))


def can_withdraw(seats: Iterable[Seat]) -> bool:
    """Whether the paper can still be taken back: nobody has decided in this round."""
    return not any(seat.state in ("approved", "returned") for seat in seats)
