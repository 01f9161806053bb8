"""What is found in a file before it goes into a table: rows to take in, faulty ones, what is left out and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from qingqu.common.tabular.clean import Problem
from qingqu.datasets.models import MissingEvent
from qingqu.datasets.notes import Kept
from qingqu.datasets.raw import RawRow
from qingqu.datasets.watching import Values

NOTES_KEPT = 50
LEFT_OUT_KEPT = 100
ROWS_NAMED = 5
"""So many rows a note names."""

SUM = _("第 %(rows)s 行是小计或合计，没有导入")
SUMS = _("第 %(rows)s 等 %(count)d 行是小计或合计，没有导入")
FOOT = _("第 %(rows)s 行是小标题、签名或说明，没有导入")
FEET = _("第 %(rows)s 等 %(count)d 行是小标题、签名或说明，没有导入")
HEAD = _("第 %(rows)s 行又是表头，没有导入")
HEADS = _("第 %(rows)s 等 %(count)d 行又是表头，没有导入")
OTHER = _("第 %(rows)s 行起是另一张表，没有导入；需要的请把它另存为一个文件再导入")
OTHERS = _("第 %(rows)s 等 %(count)d 行起各是另一张表，没有导入；需要的请把它们另存为文件再导入")
BELONGS = _("第 %(rows)s 行属于另一张表，没有导入")
BELONG = _("第 %(rows)s 等 %(count)d 行属于另一张表，没有导入")
ONE_OR_MORE = {SUM: SUMS, FOOT: FEET, HEAD: HEADS, OTHER: OTHERS, BELONGS: BELONG}
"""Why rows are left out, of those that can all be named and of more."""

WHY = {
    SUM: _("小计或合计"),
    FOOT: _("小标题、签名或说明"),
    HEAD: _("又是表头"),
    OTHER: _("另一张表的表头"),
    BELONGS: _("属于另一张表"),
}
"""The same in few words, beside what stands in the row."""


def is_of_rows(note: Kept) -> bool:
    """Whether a note names rows that are left out, and no more: a list of them says it better."""
    message = "" if isinstance(note, str) else note["message"]
    return message not in (OTHER, OTHERS) and message in {*ONE_OR_MORE, *ONE_OR_MORE.values()}


def are_others_left(notes: Iterable[Kept]) -> bool:
    """Whether the notes of an import name another table of the file that did not come in."""
    return any(not isinstance(note, str) and note["message"] in (OTHER, OTHERS) for note in notes)


@dataclass(slots=True)
class Checked:
    """A row of a file: what names it and its values as the database keeps them, or what is wrong with which column."""

    number: int
    cells: Sequence[Any]
    key: str = ""
    line: str = ""
    problems: dict[str, Problem] = field(default_factory=dict)
    same_as: int = 0
    """The row that says the same."""
    legible: Values = field(default_factory=dict)
    """Of a faulty row: what could be read."""

    @property
    def values(self) -> Values:
        values: Values = json.loads(self.line)
        return values


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is no record, and why."""

    number: int
    text: str
    why: str


@dataclass(slots=True)
class Survey:
    """Rows of a file, counted: what can be taken in, what cannot and why, what is left out.

    Of a very long file only the beginning is looked at before it goes in (`is_whole`); the rest is on the way.
    """

    good: int = 0
    faulty: int = 0
    totals: int = 0
    doubled: int = 0
    is_whole: bool = True
    faults: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Kept] = field(default_factory=list)
    sample: list[Checked] = field(default_factory=list)
    rejects: list[Checked] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    """The first of the rows that are no records; what they say is shown, and not kept."""
    left_out_count: int = 0
    missing: list[MissingEvent] = field(default_factory=list)
    """The events of a log among the faulty rows."""
    unused: list[str] = field(default_factory=list)
    """The headings of the file that are no column of the table."""
    heads: dict[str, str] = field(default_factory=dict)
    """Column → how the file calls it, where that is another name."""
    aside: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Why rows were left out → the note about it."""
    lines: dict[str, str] = field(default_factory=dict)
    """What names the rows that can be taken in → what they say, as far as the file was looked at."""

    @property
    def looked_at(self) -> int:
        return self.good + self.faulty + self.left_out_count + self.doubled

    def note(self, message: str, **words: object) -> None:
        """Keep what the reader should know; of very many notes the first."""
        note = {"message": message, "words": words}
        if len(self.notes) < NOTES_KEPT and note not in self.notes:
            self.notes.append(note)

    def leave_out(self, row: RawRow, why: str) -> None:
        """Count a row that is no record; of each reason there is one note, which names the first rows."""
        self.left_out_count += 1
        if len(self.left_out) < LEFT_OUT_KEPT:
            self.left_out.append(LeftOut(row.number, row.text, why))
        note = self.aside.setdefault(why, {"message": why, "words": {"rows": [], "count": 0}})
        words = note["words"]
        words["count"] += 1
        if words["count"] == 1:
            self.notes.append(note)
        if words["count"] <= ROWS_NAMED:
            words["rows"].append(str(row.number))
        else:
            note["message"] = ONE_OR_MORE[why]
