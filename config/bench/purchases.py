"""A school's purchases as an office's text file: amounts and days in several habits, persons by name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from config.sample.records.honest.procurement import purchases
from config.sample.records.world import World
from qingqu.common.calendar import date_of
from qingqu.datasets.catalogue import templates

DISTINCT = 100_000
"""So many purchases are made up; they come again under other numbers."""
HABITS = (str, lambda day: f"{day.year}年{day.month}月{day.day}日", lambda day: f"{day.year}/{day.month}/{day.day}")


def written(file: Path, rows: int) -> Path:
    """The file, made by a process of its own so that its memory does not count."""
    maker = get_context("spawn").Process(target=_write, args=(file, rows))
    maker.start()
    maker.join()
    return file


def _write(file: Path, rows: int) -> None:
    template = templates()["DS1"]
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        lines = csv.writer(out)
        lines.writerow([column.zh for column in template.columns])
        lines.writerows(cells(rows))


def cells(rows: int, seed: int = 7) -> Iterator[list[str]]:
    """The rows as an office writes them; with another seed, other purchases of the same school."""
    types = templates()["DS1"].schema()
    made = purchases(World(seed=seed, schools=1, years=3), min(rows, DISTINCT))
    once = [[_cell(value, types[name], n % 3) for n, value in enumerate(made[name])] for name in types]
    lines = list(zip(*once, strict=True))
    for n in range(rows):
        line = list(lines[n % len(lines)])
        line[0] = f"{line[0]}-{n // len(lines)}"
        yield line


def _cell(value: Any, type_: str, habit: int) -> str:
    if value is None:
        return ""
    match type_:
        case "money":
            return f"{value / 100:,.2f}" if habit else f"{value / 100:.2f}"
        case "number":
            return f"{value / 1000:g}"
        case "date":
            return HABITS[habit](date_of(int(value)))
    return str(value)
