"""The swim-lane picture of a procedure: who does what, downwards in order, on a sheet of A4. Pure geometry."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

WIDTH = 1000
HEAD = 44
ROW = 92
BOX_HEIGHT = 64
MARGIN = 12
WIDEST_BOX = 230
FONT = 13


@dataclass(frozen=True, slots=True)
class LaneStep:
    """A step as the picture needs it; `mark` is the level of its gravest risk where the caller may show it."""

    number: int
    name: str
    actor: str
    note: str = ""
    is_public: bool = False
    is_key: bool = False
    mark: int | None = None
    letter: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A step, placed: its frame, its lines of text, the mark at its corner."""

    step: LaneStep
    x: float
    y: float
    width: float
    lines: list[Line]
    note: Line
    mark_x: float
    mark_y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    path: str
    head: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template writes out as SVG."""

    height: float
    lanes: list[Line]
    borders: list[float]
    boxes: list[Box]
    arrows: list[Arrow]
    steps: list[LaneStep] = field(default_factory=list)
    width: int = WIDTH
    head: int = HEAD
    box_height: int = BOX_HEIGHT

    @property
    def frame_height(self) -> float:
        return self.height - 2

    @property
    def foot(self) -> float:
        return self.height - 1


def lay_out(steps: Sequence[LaneStep], nobody: str = "—") -> Drawing:
    """Place each step under its actor's name, one row a step, arrows between."""
    actors = list(dict.fromkeys(step.actor or nobody for step in steps)) or [nobody]
    lane = WIDTH / len(actors)
    boxes = [_box(step, lane, actors.index(step.actor or nobody), row) for row, step in enumerate(steps)]
    return Drawing(
        height=HEAD + ROW * max(len(steps), 1) + MARGIN,
        lanes=[
            Line(round(lane * (n + 0.5), 1), 27, _cut(actor, int((lane - 8) / FONT))) for n, actor in enumerate(actors)
        ],
        borders=[round(lane * n, 1) for n in range(1, len(actors))],
        boxes=boxes,
        arrows=[_arrow(a, b) for a, b in pairwise(boxes)],
        steps=list(steps),
    )


def _box(step: LaneStep, lane: float, column: int, row: int) -> Box:
    width = min(lane - 2 * MARGIN, WIDEST_BOX)
    x = round(lane * (column + 0.5) - width / 2, 1)
    y = HEAD + MARGIN + ROW * row
    room = int((width - 16) / FONT)
    words = wrap(f"{step.number} {step.name}", room, 2)
    first = y + (22 if len(words) == 1 else 19)
    lines = [Line(x + 8, first + 17 * n, text) for n, text in enumerate(words)]
    note = Line(x + 8, y + (44 if len(words) == 1 else 55), _cut(step.note, room))
    return Box(step, x, y, round(width, 1), lines, note, round(x + width, 1), y)


def _arrow(above: Box, below: Box) -> Arrow:
    """From the foot of a box down to the head of the next, sideways between the rows where the lane changes."""
    x1, y1 = round(above.x + above.width / 2, 1), above.y + BOX_HEIGHT
    x2, y2 = round(below.x + below.width / 2, 1), below.y
    middle = round((y1 + y2) / 2 - 3, 1)
    path = f"M{x1} {y1}V{y2 - 5}" if x1 == x2 else f"M{x1} {y1}V{middle}H{x2}V{y2 - 5}"
    return Arrow(path, f"M{x2} {y2}l-4 -7h8z")


def width_of(text: str) -> float:
    """How wide a text is in units of a Chinese character."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.56 for char in text)


def wrap(text: str, room: float, lines: int) -> list[str]:
    """`text` in at most so many lines of about equal length, none wider than `room`; too much ends in an ellipsis."""
    out: list[str] = []
    rest, wide = text, width_of(text)
    if room < wide <= room * lines:
        room = min(room, wide / ceil(wide / room) + 1)
    while rest and len(out) < lines:
        last = len(out) == lines - 1
        piece = _cut(rest, room) if last else _take(rest, room)
        out.append(piece.strip())
        rest = "" if last else rest[len(piece) :].lstrip()
    return out or [""]


def _take(text: str, room: float) -> str:
    taken = 0.0
    for at, char in enumerate(text):
        taken += width_of(char)
        if taken > room and at:
            space = text.rfind(" ", 1, at)
            latin = char.isascii() and char.isalnum() and text[at - 1].isascii() and text[at - 1].isalnum()
            return text[:space] if latin and space > 1 else text[:at]
    return text


def _cut(text: str, room: float) -> str:
    return text if width_of(text) <= room else _take(text, max(room - 1, 1)).rstrip() + "…"
