"""What a rule finds: equal byte for byte in batch and on writing, on every engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

Value = int | float | str | None
Row = dict[str, Any]
"""Column → value as kept (see ColumnType), with `id` (the record's), `school` and `version`."""

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_named = json.JSONEncoder(ensure_ascii=False).encode


class Hit(NamedTuple):
    """One finding of one check.

    `rule` and `check` name it, `school` is the unit's id, `key` what the rows have in common, `rows` their record ids
    in ascending order, `numbers` the measures (and the parameters that the sentence names).
    """

    rule: str
    check: str
    school: int
    key: tuple[Value, ...]
    rows: tuple[int, ...]
    numbers: tuple[tuple[str, Value], ...]
    colour: str
    anchor: int
    """The day, as days since 1970, on which it came about: that of the last row; 0 where rows have no day."""

    def canonical(self) -> str:
        """The hit as text, equal on every engine."""
        return _written(self)

    @property
    def identity(self) -> str:
        """Rule, check, school and key: two hits of one identity that share a row are the same hit, grown or shrunk."""
        return identity_of(self.rule, self.check, self.school, self.key)


def identity_of(rule: str, check: str, school: int, key: tuple[Value, ...]) -> str:
    """The identity that all hits of one key share."""
    return hashlib.sha256(_named([rule, check, school, list(key)]).encode()).hexdigest()


def digest(hits: Iterable[Hit]) -> str:
    """SHA-256 over all hits in canonical order: equal digests, equal hits."""
    return hashlib.sha256("\n".join(sorted(hit.canonical() for hit in hits)).encode()).hexdigest()
