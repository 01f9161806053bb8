"""Cells on their way to the product, however the file wrote them, and the sheets that they make."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")


class Refused(Exception):
    """A file that is not read; `about` is the answer to the product."""

    def __init__(self, refused: str, **about: Any) -> None:
        super().__init__(refused)
        self.about = {"refused": refused, **about}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a sheet may have, and all sheets together."""

    rows: int
    columns: int
    cells: int


@dataclass(slots=True)
class Cell:
    """What a cell says, and over how many columns and rows it goes."""

    value: Any = None
    across: int = 1
    down: int = 1
    is_merged: bool = True
    fault: str = ""

    @property
    def is_filled(self) -> bool:
        return bool(self.fault) or self.value not in ("", None)


Placed = dict[int, dict[int, Cell]]
"""Row → column → what stands there, both from 0."""


def as_number(text: str) -> Any:
    """A number; one with more digits than a computer counts with stays as it is written."""
    return text if re.fullmatch(r"\d{16,}", text) or not math.isfinite(float(text)) else float(text)


def answer(found: Sequence[tuple[str, Placed, list[int]]], hidden: list[str], limits: Limits) -> dict[str, Any]:
    """What the product is told: sheets with their rows, merged ranges, faults and hidden rows. Raises Refused."""
    sheets: list[dict[str, Any]] = []
    cells = 0
    for name, at, hidden_rows in found:
        name = _unlike(name or (f"工作表{len(sheets) + 1}" if len(found) > 1 else ""), [s["name"] for s in sheets])
        height, width = _size(at)
        if height > limits.rows or width > limits.columns:
            raise Refused("size", sheet=name, rows=height, columns=width)
        cells += height * width
        if cells > limits.cells:
            raise Refused("cells")
        sheets.append({"name": name, "hidden_rows": hidden_rows, **_laid_out(at, height, width)})
    return {"sheets": sheets, "hidden": hidden}


def _size(at: Placed) -> tuple[int, int]:
    """How many rows and columns it takes to hold what is filled."""
    ends = {row: max((n for n, cell in line.items() if cell.is_filled), default=-1) for row, line in at.items()}
    return max((row for row, end in ends.items() if end >= 0), default=-1) + 1, max(ends.values(), default=-1) + 1


def _unlike(name: str, others: Sequence[str]) -> str:
    return name if name not in others else _unlike(f"{name} ({len(others) + 1})", others)


def _laid_out(at: Placed, height: int, width: int) -> dict[str, Any]:
    rows: list[list[Any]] = [[None] * width for _ in range(height)]
    merged, faults = [], []
    for row, line in at.items():
        for column, cell in line.items():
            if not cell.is_filled:
                continue
            rows[row][column] = cell.value
            if cell.fault:
                faults.append([row, column, cell.fault])
            bottom, right = min(row + cell.down, height) - 1, min(column + cell.across, width) - 1
            if cell.is_merged and (bottom > row or right > column):
                merged.append([row, column, bottom, right])
    return {"rows": rows, "merged": merged, "faults": faults[:1000]}
