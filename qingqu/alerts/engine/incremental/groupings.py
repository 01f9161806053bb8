"""The look-ups a check needs to find, by an index, the rows that a change can touch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from qingqu.alerts.engine import days
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.engine.spec import Aggregate, Events, Link, Nested, Progression, Trail, Window
from qingqu.alerts.engine.spec import Sequence as SequenceCheck
from qingqu.datasets.rules import people_in

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Grouping:
    """Rows of a data set under what they have in `columns`, in the order of `order` (an integer column, or none).

    Cells of the columns `each` may name several people: such a row stands under each of them.
    """

    dataset: str
    columns: tuple[str, ...]
    order: str = ""
    each: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The grouping's own number, the same for ever: under it its postings stand."""
        return _number(self)

    def key(self, row: Row) -> Key | None:
        """What a row stands under; None: it belongs to no group."""
        key = tuple(row.get(column) for column in self.columns)
        return None if None in key else key

    def keys(self, row: Row) -> Sequence[Key]:
        """All that a row stands under: one key, none, or with `each` several."""
        key = self.key(row)
        if key is None:
            return ()
        return list(apart(self.columns, key, self.each)) if self.each else (key,)

    def postings(self, school: int, row: Row) -> Sequence[tuple[int, int]]:
        """Key and day of each of a row's postings."""
        day = row.get(self.order) if self.order else 0
        return () if day is None else [(posting_key(school, key), day) for key in self.keys(row)]


@lru_cache(maxsize=10_000)
def _number(grouping: Grouping) -> int:
    each = ["each"] if grouping.each else []
    return _hash([grouping.dataset, list(grouping.columns), grouping.order, *each], 31)


def apart(names: Sequence[str], key: Key, each: Collection[str]) -> Iterator[Key]:
    """A key with one person each, where the cells of some of its columns name several."""
    return product(*(people_in(value) if name in each else (value,) for name, value in zip(names, key, strict=True)))


@lru_cache(maxsize=100_000)
def posting_key(school: int, key: Key) -> int:
    """A group's key as 63 bits; whoever looks up compares the values themselves again."""
    return _hash([school, *key], 63)


_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _hash(what: list[Any], bits: int) -> int:
    text = _written(what)
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return number >> (64 - bits)


Fetch = Callable[[Grouping, int, Key, int | None, int | None], Sequence[Row]]
"""Grouping, school, key, first and last of the order (None: open) → the rows as they stand, with `id` and `school`."""


def remembered(fetch: Fetch) -> Fetch:
    """Wrap a look-up so that all checks judging one change share its results."""
    found: dict[tuple[Any, ...], Sequence[Row]] = {}

    def look_up(grouping: Grouping, school: int, key: Key, low: int | None, high: int | None) -> Sequence[Row]:
        asked = (grouping, school, key, low, high)
        if asked not in found:
            found[asked] = fetch(*asked)
        return found[asked]

    return look_up


SPANS: Mapping[str, Callable[[int], tuple[int, int]]] = {
    "month": lambda n: (days.first_of_month(n), days.first_of_month(n + 1) - 1),
    "year": lambda n: (days.first_of_month(n * 12), days.first_of_month(n * 12 + 12) - 1),
    "term": lambda n: (days.first_of_month(n * 6 + 1), days.first_of_month(n * 6 + 7) - 1),
}


def dated_key(p: Prepared, by: Sequence[str]) -> tuple[str, str, str] | None:
    """A named key that is the year, month or term of a date column: (key, function, column)."""
    for name in by:
        node = p.keys[name].node if name in p.keys else None
        if node and node.op in SPANS and node.args[0].op == "name" and node.args[0].value in p.types:
            return name, node.op, node.args[0].value
    return None


def group_grouping(p: Prepared, by: Sequence[str]) -> Grouping:
    """For the rows that share `by`: its plain columns, and the date of which a named key is the year or month."""
    dated = dated_key(p, by)
    return _of_columns(p, by, dated[2] if dated else "")


def series_grouping(p: Prepared, order: str) -> Grouping:
    return _of_columns(p, p.by, order if p.row.names[order].cls == "int" and order in p.types else "")


def window_grouping(p: Prepared) -> Grouping:
    return _of_columns(p, p.by, p.check.day)


def _of_columns(p: Prepared, by: Sequence[str], order: str) -> Grouping:
    plain = tuple(name for name in by if name in p.types)
    return Grouping(p.dataset, plain, order, tuple(name for name in plain if name in p.apart))


def link_groupings(p: Prepared, pair: tuple[str, str]) -> tuple[Grouping, Grouping]:
    """For the rows of both tables that share a value of this pair of columns: of people each for himself."""
    mine, theirs = pair
    people = p.types[mine] == "hashed"
    return (
        Grouping(p.dataset, (mine,), each=(mine,) if people else ()),
        Grouping(p.check.other, (theirs,), each=(theirs,) if people else ()),
    )


def needed(p: Prepared) -> tuple[Grouping, ...]:
    """All look-ups that a check makes when records change."""
    found = []
    for join in p.joins.values():
        found += [Grouping(join.spec.dataset, tuple(join.spec.on.values())), Grouping(p.dataset, tuple(join.spec.on))]
    match p.check:
        case Aggregate() | Progression():
            found.append(group_grouping(p, p.by))
        case Nested():
            found.append(group_grouping(p, p.check.outer))
        case Events():
            found.append(Grouping(p.dataset, p.by))
        case Window():
            found.append(window_grouping(p))
        case Trail() | SequenceCheck():
            found.append(series_grouping(p, p.check.order[0]))
        case Link():
            for pair in p.check.pairs:
                found += link_groupings(p, pair)
    return tuple(dict.fromkeys(found))
