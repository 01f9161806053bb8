"""The rows of a text with separators. A quotation mark that is never closed spoils its own line, not those below."""

from __future__ import annotations

import csv
import itertools
from collections import deque
from collections.abc import Iterator

QUOTE = "quote"
"""The fault of a cell whose quotation mark has no partner."""


class _Lines:
    """The lines of a text: those that went into a row are at hand, and can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.back, self.taken = lines, deque[str](), list[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else next(self.lines)
        self.taken.append(line)
        return line

    def give_back(self) -> str:
        """Keep the first of the lines that were taken, and be ready to take the others again."""
        first, *others = self.taken
        self.back.extendleft(reversed(others))
        return first


def rows_of(text: Iterator[str], separator: str, faults: dict[int, dict[int, str]]) -> Iterator[list[str]]:
    """The rows of a text, read from its lines. Raises csv.Error where a cell is enormous.

    A line with a quotation mark that has no partner is a row by itself; `faults` gets its number, from 1, and where.
    """
    lines, width, spoilt = _Lines(text), 0, 0
    reader = csv.reader(lines, delimiter=separator, strict=True)
    for number in itertools.count(1):
        lines.taken.clear()
        try:
            row = next(reader, None)
        except csv.Error:
            row = next(csv.reader(lines.taken, delimiter=separator)) if len(lines.taken) == 1 else []
            is_open = not row or _is_odd(lines.taken[0])
        else:
            if row is None:
                return
            several = len(lines.taken) > 1
            is_open = _swallows(row, separator, width) if several else spoilt > 0 and _is_odd(lines.taken[0])
        spoilt -= len(lines.taken)
        if is_open:
            spoilt = max(spoilt, 0) + len(lines.taken) - 1
            row, position = _alone(lines.give_back(), separator)
            faults[number] = {position: QUOTE}
        width = max(width, len(row))
        yield row


def _is_odd(line: str) -> bool:
    return line.count('"') % 2 == 1


def _swallows(row: list[str], separator: str, width: int) -> bool:
    """Whether a cell of several lines holds rows of a table of so many columns, not just lines of its own."""
    width, longer = max(width, len(row)), [cell for cell in row if len(cell.splitlines()) > 1]
    if len(row) < width and any(separator in cell for cell in longer):
        return True
    return width > 2 and any(line.count(separator) >= width - 2 for cell in longer for line in cell.splitlines()[1:])


def _alone(line: str, separator: str) -> tuple[list[str], int]:
    """A line as a row by itself, and in which of its cells the quotation mark is."""
    *whole, last = next(csv.reader([line], delimiter=separator))
    row = [*whole, *last.rstrip("\r\n").split(separator)]
    return row, min(len(whole), next((n for n, cell in enumerate(row) if '"' in cell), len(whole)))
