"""The tables of all schools while cases are planted in them, and the register of those who plant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from config.sample.records.shapes import Table
from config.sample.records.world import GOODS, World

Row = dict[str, Any]
Test = Callable[[Row], bool]


class NoRoom(ValueError):
    """A small school has no rows left in which such a case could be."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One case: the indicator that should see it, the school, and the `id`s of the rows that show it."""

    rule: str
    school: int
    rows: frozenset[int]


@dataclass(frozen=True, slots=True)
class Planter:
    """Somebody who does the thing that an indicator looks for.

    `also`: other indicators that see such a case rightfully, each with the reason; nothing else excuses a finding.
    `once`: a case fills a whole category or year, so that a school has room for one.
    """

    rule: str
    make: Callable[[Books, int], list[int]]
    also: Mapping[str, str] = field(default_factory=dict)
    once: bool = False

    @property
    def why(self) -> str:
        """What such a case is, in a sentence."""
        return (self.make.__doc__ or "").strip()

    def __call__(self, books: Books, school: int) -> None:
        """Plant a case. Raises NoRoom."""
        books.planted.append(Planted(self.rule, school, frozenset(self.make(books, school))))


PLANTERS: dict[str, Planter] = {}
"""Indicator → its planter."""


def plants(
    rule: str, *, also: Mapping[str, str] | None = None, once: bool = False
) -> Callable[[Callable[[Books, int], list[int]]], Planter]:
    """Enter a function as the planter of an indicator; it returns the ids of the rows that show its case."""

    def enter(make: Callable[[Books, int], list[int]]) -> Planter:
        return PLANTERS.setdefault(rule, Planter(rule, make, also or {}, once))

    return enter


class Books:
    """The tables of all schools while cases are planted in them; every row has an `id` of its own across tables."""

    def __init__(self, world: World, tables: dict[str, Table]) -> None:
        self.world, self.rng, self.tables = world, np.random.default_rng(world.seed + 7_919), tables
        self.planted: list[Planted] = []
        self.added: dict[str, list[Row]] = {code: [] for code in tables}
        self.touched: set[tuple[str, int]] = set()
        self.gone: dict[str, list[int]] = {code: [] for code in tables}
        self.serial = 0
        self.next_id = number_rows(tables)

    def rows(self, code: str, school: int, test: Test | None = None) -> list[int]:
        """Positions of honest rows of a school that pass `test` and were not used for a case before."""
        at = np.flatnonzero(self.tables[code]["school"] == school)
        free = [int(k) for k in at if (code, int(k)) not in self.touched]
        return [k for k in free if test is None or test(self.row(code, k))]

    def row(self, code: str, at: int) -> Row:
        return {name: plain(column[at]) for name, column in self.tables[code].items()}

    def where(self, code: str, column: str, value: Any) -> list[int]:
        """Positions of the rows that have this value."""
        return [int(k) for k in np.flatnonzero(self.tables[code][column] == value)]

    def pick(self, code: str, school: int, test: Test | None = None) -> int:
        """The position of one of these rows, by chance. Raises NoRoom."""
        return self.picks(code, school, 1, test)[0]

    def picks(self, code: str, school: int, count: int, test: Test | None = None) -> list[int]:
        found: list[int] = []
        for at in map(int, self.rng.permutation(np.flatnonzero(self.tables[code]["school"] == school))):
            if (code, at) not in self.touched and (test is None or test(self.row(code, at))):
                found.append(at)
                if len(found) == count:
                    return found
        raise NoRoom

    def change(self, code: str, at: int, **cells: Any) -> int:
        """Write `cells` into an honest row; returns its id."""
        table = self.tables[code]
        self.touched.add((code, at))
        for name, value in cells.items():
            if table[name].dtype != object and value is None:
                table[name] = table[name].astype(object)
            table[name][at] = value
        return int(table["id"][at])

    def remove(self, code: str, at: int) -> None:
        """A row that was never written."""
        self.touched.add((code, at))
        self.gone[code].append(at)

    def add(self, code: str, like: int, **cells: Any) -> int:
        """A new row like an honest one, with other `cells`; returns its id."""
        row = {**self.row(code, like), **cells, "id": self.next_id}
        self.added[code].append(row)
        self.next_id += 1
        return int(row["id"])

    def fresh(self, prefix: str = "") -> str:
        """The number of a paper that no honest row has."""
        self.serial += 1
        return f"{prefix}{90_000_000 + self.serial}"

    def piece(self, trade: str) -> str:
        """Something to buy that nobody else bought: its unit price has no like."""
        self.serial += 1
        return f"{GOODS[trade][self.serial % 8]}（{self.serial} 号清单）"

    def fee(self) -> str:
        """What a fee is called that is on no list."""
        self.serial += 1
        return f"资料费（{self.serial} 号通知）"

    def trader(self) -> str:
        """A supplier that no honest row names."""
        self.serial += 1
        return self.world.trader(self.serial)

    def close(self) -> dict[str, Table]:
        """The tables with the added rows in them and without those that are gone."""
        for code, table in self.tables.items():
            for name, column in table.items():
                kept = np.delete(column, self.gone[code]) if self.gone[code] else column
                if rows := self.added[code]:
                    extra = np.empty(len(rows), dtype=object)
                    extra[:] = [row[name] for row in rows]
                    kept = np.concatenate([kept.astype(object), extra])
                table[name] = kept
        return self.tables


def number_rows(tables: Mapping[str, Table]) -> int:
    """Give every row an `id` of its own across tables; returns the next free one."""
    first = 1
    for table in tables.values():
        size = len(table["school"])
        table["id"] = np.arange(first, first + size)
        first += size
    return first


def plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def office_day(books: Books, near: int) -> int:
    """The next day on which the offices work."""
    days = books.world.office_days
    return int(days[min(int(np.searchsorted(days, near)), len(days) - 1)])
