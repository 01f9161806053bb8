"""Medians of peers, computed in batch and pinned, so that a verdict depends on the row alone and can be replayed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Key = tuple[Any, ...]
"""School (0 where peers are of all schools), month, then the columns that peers share."""


@dataclass(frozen=True)
class Snapshot:
    """For each group of peers and month: the median of the months before, and of how many rows."""

    entries: Mapping[Key, tuple[float, int]]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all entries in order: equal digests, equal medians."""
        lines = [json.dumps([*key, *value], ensure_ascii=False) for key, value in self.entries.items()]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    def find(self, school: int, month: int, key: Key) -> tuple[float, int] | None:
        return self.entries.get((school, month, *key))

    def as_rows(self) -> list[list[Any]]:
        """Rows for storage: [school, month, key …, median, peers]."""
        return sorted([*key, *value] for key, value in self.entries.items())

    @staticmethod
    def of_rows(rows: list[list[Any]]) -> Snapshot:
        return Snapshot({tuple(row[:-2]): (float(row[-2]), int(row[-1])) for row in rows})
