"""Which records an indicator looks at, as a school narrows it: those with some words in a column, or all others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from qingqu.alerts.engine.spec import AnyCheck, Fence, Peer
from qingqu.datasets.catalogue import ColumnTemplate, DatasetTemplate

MOST_WORDS, LONGEST = 50, 60
SPLIT = re.compile(r"[、，,；;\n]+")
WRITTEN = re.compile(r"(?:missing\(\w+\) or not \((\w+) in (\[.*\])\)|(\w+) in (\[.*\]))\Z")


@dataclass(frozen=True, slots=True)
class RecordScope:
    """Records that say one of `words` in `column`: only these, or all but these."""

    column: str
    words: tuple[str, ...]
    only: bool = False

    def expression(self) -> str:
        """As a condition of applicability; a record that says nothing there is not left out."""
        inside = f"{self.column} in {json.dumps(self.words, ensure_ascii=False)}"
        return inside if self.only else f"missing({self.column}) or not ({inside})"


def scope_of(conditions: Iterable[str]) -> RecordScope | None:
    """The scope that the conditions of an indicator's checks say; None where there is none, or another one."""
    for text in conditions:
        if found := WRITTEN.match(text):
            but, but_words, only, only_words = found.groups()
            return RecordScope(but or only, tuple(json.loads(but_words or only_words)), only=bool(only))
    return None


def words_of(text: str) -> tuple[str, ...]:
    """What was typed, word by word."""
    return tuple(dict.fromkeys(word.strip() for word in SPLIT.split(text) if word.strip()))


def can_narrow(one: AnyCheck) -> bool:
    """Not where cases are judged whole: a case with steps left out would look like one that skipped them."""
    return one.primitive != "events"


def narrowing(table: DatasetTemplate) -> list[ColumnTemplate]:
    """The columns by whose words an indicator can be narrowed: open texts."""
    return [column for column in table.columns if column.type == "text" and not column.sensitive]


def compared_by(one: AnyCheck) -> tuple[str, ...] | None:
    """The columns that records share with their peers; None for checks that compare with none."""
    if isinstance(one, Peer):
        return one.by
    return one.peers if isinstance(one, Fence) else None


def comparable(one: AnyCheck, table: DatasetTemplate) -> list[ColumnTemplate]:
    """The columns among which peers can be chosen: none that names a row; of groups, those by which they are formed."""
    open_ = [column for column in narrowing(table) if column.id not in table.key]
    return [column for column in open_ if not isinstance(one, Fence) or column.id in one.by]
