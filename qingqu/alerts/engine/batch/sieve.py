"""Before the exact work on DuckDB: drop groups that cannot hit, by sorting digests of their keys.

Counting ten million groups exactly costs seconds; sorting their digests a fraction. A sieve never loses a group that
hits: it reads from `having` the parts that need many rows or a large sum, and two groups of one digest only let both
through. What passes is then computed exactly, by the same expression as everywhere. Spark does without.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from qingqu.alerts.engine.batch.frames import Table, column, expression, holding, in_arrow, on_duckdb, present
from qingqu.alerts.engine.expressions import compile_python
from qingqu.alerts.engine.expressions.checking import Checked, Node
from qingqu.alerts.engine.prepared import Atom, Measures, Prepared

SMALL = 200_000
"""Tables of fewer rows are not worth a sieve."""
SAMPLE = 50_000
"""So many rows show whether groups are small: a sieve of large groups holds nothing back."""
PLACES = 2**22
FAR = 2**20
"""Added to days, so that none is below zero."""
FLIPPED = {"<": ">", "<=": ">="}


@cache
def _hasher(types: tuple[str, ...]) -> Any:
    """DuckDB's `hash` of as many values as there are types."""

    def hash(*values: Any) -> Any: ...

    names = [inspect.Parameter(f"v_{n}", inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in range(len(types))]
    hash.__signature__ = inspect.Signature(names)  # type: ignore[attr-defined]
    return ibis.udf.scalar.builtin(hash, signature=(types, "uint64"))


@dataclass(frozen=True)
class Need:
    """A group that hits has at least `least` rows (that satisfy `arg`), or a sum of `arg` of at least `least`."""

    function: str
    arg: Node | None
    least: float


def needs(p: Prepared, measures: Measures) -> list[Need]:
    """The parts of `having` that more rows can only help to satisfy, such as `n >= 3` or `total >= limit`."""
    return [need for part in _parts(p.own["having"].node) if (need := _need(p, measures, part))]


def _parts(node: Node) -> Iterator[Node]:
    if node.op == "and":
        for arg in node.args:
            yield from _parts(arg)
    else:
        yield node


def _need(p: Prepared, measures: Measures, part: Node) -> Need | None:
    if part.op not in (">", ">=", "<", "<="):
        return None
    large, small = part.args if part.op in (">", ">=") else part.args[::-1]
    atom = _atom(measures, large)
    if atom is None or _names(small):
        return None
    least = compile_python(small, p.context.today, p.context.calendar)({})
    if least is None:
        return None
    strictly = FLIPPED.get(part.op, part.op) == ">"
    counted = atom.function != "sum"
    least = least + 1 if strictly and counted and least == int(least) else least
    return Need("count", None, least) if atom.function == "distinct" else Need(atom.function, atom.arg, least)


def _atom(measures: Measures, node: Node) -> Atom | None:
    """The plain count or sum that a measure is, if it is one; n distinct values need at least n rows."""
    if node.op != "name" or node.value not in measures.named:
        return None
    inner = measures.named[node.value]
    if inner.op != "name":
        return None
    atom = next((one for one in measures.atoms if one.name == inner.value), None)
    return atom if atom and atom.function in ("count", "count_if", "distinct", "sum") else None


def _names(node: Node) -> bool:
    return node.op in ("name", "agg") or any(_names(arg) for arg in node.args)


def digest_of(rows: Table, by: Sequence[str]) -> Any:
    """A 64-bit digest of school and key."""
    values = [rows["school"], *(rows[column(name)] for name in by)]
    types = tuple("string" if value.type().is_string() else "int64" for value in values)
    return _hasher(types)(*values)


def sieved(p: Prepared, rows: Table, by: Sequence[str], measures: Measures) -> Table:
    """The rows of groups that have as many rows as `having` needs; all rows if sieving would not help."""
    counts = [need for need in needs(p, measures) if need.function != "sum" and need.least >= 2]
    if not counts or not on_duckdb(rows):
        return rows
    need = max(counts, key=lambda one: one.least)
    counted = _satisfying(p, present(rows, by), need)
    keyed = counted.select(h=digest_of(counted, by))
    some = _column(keyed.limit(SAMPLE)) if SAMPLE else ()
    if len(some) < SAMPLE or len(np.unique(some)) * 2 < SAMPLE:
        return rows
    digests = _column(keyed)
    if len(digests) < SMALL:
        return rows
    short = (digests >> np.uint64(32)).astype(np.uint32)
    del digests
    short.sort()
    apart = int(need.least) - 1
    kept = np.unique(short[apart:][short[apart:] == short[:-apart]])
    return _kept(rows, by, kept, 32)


def sieved_windows(p: Prepared, rows: Table, by: Sequence[str], day: str, days: int) -> Table:
    """The rows of groups that reach, within some `days` days, the number of rows or the sum that `having` needs."""
    wanted = needs(p, p.measures)
    counts = [need for need in wanted if need.function != "sum" and need.least >= 2]
    sums = [need for need in wanted if need.function == "sum" and need.least > 0 and need.arg is not None]
    if not (counts or sums) or not on_duckdb(rows):
        return rows
    if sums:
        rows = _in_full_periods(p, rows, by, day, days, sums[0])
    need = max(counts, key=lambda one: one.least, default=None)
    counted = _satisfying(p, rows, need) if need and not sums else rows
    amounts = {"amount": expression(p, arg, counted).fill_null(0).clip(0)} if sums and (arg := sums[0].arg) else {}
    when = counted[column(day)]
    table = in_arrow(counted.select(h=digest_of(counted, by), day=when.cast("int32"), **amounts))
    if len(table) < SMALL:
        return rows
    days_of = table["day"].to_numpy()
    first, last = int(days_of.min()), int(days_of.max())
    if last - first >= 2**16:
        return rows
    least = int(need.least) if need and (need.function == "count" or not sums) else 1
    values = table["amount"].to_numpy() if sums else None
    digests = table["h"].to_numpy()
    del table
    packed = Packed(digests, days_of, first, last, days)
    del digests, days_of
    kept = packed.large(values, float(sums[0].least), least) if sums else packed.dense(least)
    return _kept(rows, by, np.unique(kept), packed.shift)


def _in_full_periods(p: Prepared, rows: Table, by: Sequence[str], day: str, days: int, need: Need) -> Table:
    """The rows whose group has a large enough sum in two periods of `days` days that follow each other.

    Every window lies in two such periods. Sums are kept in an array indexed by digest + period; collisions only add.
    """
    assert need.arg is not None
    amounts = expression(p, need.arg, rows).fill_null(0).clip(0)
    place = ((digest_of(rows, by) >> 32) + (rows[column(day)] + FAR) // days).cast("uint64") & (PLACES - 1)
    sums, count = np.zeros(PLACES), 0
    placed = in_arrow(rows.select(place=place.cast("int32"), amount=amounts.cast("float64")))
    for batch in placed.to_batches():
        count += len(batch)
        np.add.at(sums, batch["place"].to_numpy(), batch["amount"].to_numpy())
    if count < SMALL:
        return rows
    both = sums + np.maximum(np.roll(sums, 1), np.roll(sums, -1))
    full = np.flatnonzero(both >= need.least)
    if len(full) * 4 > PLACES:
        return rows
    some = ibis.memtable(pa.table({"kept": pa.array(full.astype(np.int32))}))
    marked = rows.mutate(h_=place.cast("int32"))
    return marked.semi_join(some, marked["h_"] == some["kept"]).select(*rows.columns).cache()


class Packed:
    """Digest, day and place of each row in 64 bits, sorted: one plain sort orders the rows of every group by day."""

    def __init__(self, digests: Any, when: Any, first: int, last: int, days: int) -> None:
        self.for_place, for_day = max(1, len(digests).bit_length()), max(1, (last - first).bit_length())
        self.shift, self.days = self.for_place + for_day, days
        self.day_mask = np.uint64((1 << for_day) - 1)
        keys = digests >> np.uint64(self.shift)
        keys <<= np.uint64(for_day)
        keys |= (when - first).astype(np.uint64)
        keys <<= np.uint64(self.for_place)
        keys |= np.arange(len(keys), dtype=np.uint64)
        keys.sort()
        self.place = (keys & np.uint64((1 << self.for_place) - 1)).astype(np.uint32)
        keys >>= np.uint64(self.for_place)
        self.keys = keys
        """Digest and day."""

    def _dense(self, least: int) -> Any:
        """The positions, in order, of rows that are the last of `least` rows within `days` days."""
        apart = least - 1
        near = self.keys[apart:] - self.keys[: len(self.keys) - apart] <= np.uint64(self.days - 1)
        # Keys of neighbouring digests may lie close together as well; only rows of one digest belong together.
        same = (self.keys[apart:] ^ self.keys[: len(self.keys) - apart]) <= self.day_mask
        return np.flatnonzero(near & same) + apart

    def _digests(self, keys: Any) -> Any:
        return keys >> np.uint64(self.shift - self.for_place)

    def dense(self, least: int) -> Any:
        """Digests of groups of which `least` rows stand within `days` days."""
        return self._digests(self.keys[self._dense(least)])

    def large(self, amounts: Any, least: float, rows: int) -> Any:
        """Digests of groups in which `rows` rows within `days` days make a sum of at least `least`."""
        total = np.concatenate(([0], np.cumsum(amounts[self.place])))
        ends = self.keys[self._dense(rows)]
        back = np.minimum(ends & self.day_mask, np.uint64(self.days - 1))
        start = np.searchsorted(self.keys, ends - back)
        stop = np.searchsorted(self.keys, ends, side="right")
        return self._digests(ends[total[stop] - total[start] >= least])


def _satisfying(p: Prepared, rows: Table, need: Need | None) -> Table:
    if need is None or need.function != "count_if" or need.arg is None:
        return rows
    return holding(p, Checked("", need.arg, frozenset(), frozenset()), rows)


def _column(table: Table) -> Any:
    return in_arrow(table)["h"].to_numpy()


def _kept(rows: Table, by: Sequence[str], digests: Any, shift: int) -> Table:
    """The rows whose group's digest, shortened by `shift` bits, is among them."""
    some = ibis.memtable(pa.table({"kept": pa.array(digests.astype(np.uint64))}))
    names = rows.columns
    marked = rows.mutate(h_=digest_of(rows, by))
    marked = marked.mutate(h_=(marked["h_"] >> shift).cast("uint64"))
    return marked.semi_join(some, marked["h_"] == some["kept"]).select(*names).cache()
