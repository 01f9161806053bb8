"""The picture of links: suppliers on the left, staff by number on the right, a line for each thing shared. Geometry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 480
ROW = 48
BOX = 34
LEFT = 230
RIGHT = 120
MOST = 12
"""At most so many on either side; the table beside the picture has all."""
LONGEST = 14


@dataclass(frozen=True, slots=True)
class Node:
    text: str
    y: float

    @property
    def middle(self) -> float:
        return self.y + BOX / 2


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a supplier to a person; its dashes say by which field."""

    path: str
    field: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template writes out as SVG."""

    suppliers: list[Node]
    people: list[Node]
    edges: list[Edge]
    is_whole: bool
    width: int = WIDTH
    box: int = BOX
    left: int = LEFT
    right: int = RIGHT

    @property
    def height(self) -> int:
        return max(len(self.suppliers), len(self.people), 1) * ROW

    @property
    def right_x(self) -> int:
        return WIDTH - RIGHT - 1

    @property
    def right_text(self) -> int:
        return self.right_x + 11


def draw(ties: Iterable[tuple[str, int, str]]) -> Drawing:
    """Place suppliers, persons and the lines between them: (supplier, person's number, field)."""
    ties = list(dict.fromkeys(ties))
    names = list(dict.fromkeys(supplier for supplier, _person, _field in ties))
    numbers = sorted({person for _supplier, person, _field in ties})
    suppliers, people = _column(names[:MOST]), _column([str(n) for n in numbers[:MOST]])
    at, to = dict(zip(names, suppliers, strict=False)), dict(zip(numbers, people, strict=False))
    shown = [tie for tie in ties if tie[0] in at and tie[1] in to]
    between: dict[tuple[str, int], int] = {}
    edges = []
    for supplier, person, field in shown:
        nth = between[supplier, person] = between.get((supplier, person), -1) + 1
        edges.append(_edge(at[supplier].middle + 5 * nth, to[person].middle + 5 * nth, field))
    return Drawing(suppliers, people, edges, len(shown) == len(ties))


def _column(texts: list[str]) -> list[Node]:
    cut = (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for text in texts)
    return [Node(text, n * ROW + (ROW - BOX) / 2) for n, text in enumerate(cut)]


def _edge(y1: float, y2: float, field: str) -> Edge:
    x1, x2 = LEFT + 1, WIDTH - RIGHT - 1
    bend = (x1 + x2) / 2
    return Edge(f"M{x1} {y1:g} C{bend:g} {y1:g} {bend:g} {y2:g} {x2} {y2:g}", field)
