"""The three small pictures above the gap finder: dots on posts, holes on lines, a plane with a hole. Pure geometry."""

from __future__ import annotations

from dataclasses import dataclass

DOTS, ROWS = 36, 3


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    hole: bool


def holes_among(places: int, total: int, gaps: int) -> set[int]:
    """Which of `places` dots are drawn hollow: their share, spread evenly; one at least where there is any gap."""
    if gaps <= 0 or total <= 0 or places <= 0:
        return set()
    number = places if gaps >= total else min(max(1, round(places * gaps / total)), places - 1 or 1)
    return {int((n + 0.5) * places / number) for n in range(number)}


def dots(total: int, gaps: int) -> list[Dot]:
    """Posts as dots in three rows, at most 36 of them."""
    places = min(total, DOTS)
    hollow = holes_among(places, total, gaps)
    return [Dot(14 + 20 * (n // ROWS), 14 + 22 * (n % ROWS), n in hollow) for n in range(places)]


def beads(total: int, gaps: int) -> list[Dot]:
    """Steps as beads on three lines."""
    per_line, places = 9, min(total, 27)
    hollow = holes_among(places, total, gaps)
    return [Dot(16 + 28.5 * (n % per_line), 12 + 24 * (n // per_line), n in hollow) for n in range(places)]
