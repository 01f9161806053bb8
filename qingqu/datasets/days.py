"""Dates that account books keep in columns of their own, 年 月 日: put together where the day stands.

The heading of that column becomes 日期（年、月、日）, so that it is offered, named and remembered like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from qingqu.common.tabular.clean import as_text
from qingqu.common.tabular.header import plain
from qingqu.datasets.cells import is_ditto

if TYPE_CHECKING:
    from qingqu.datasets.reading import RawRow

GROUP = r"(?:((?:19|20)\d\d)年?)?(\S*(?:日期|时间))?"
"""What may stand above 月 and 日: 2025年, 采购日期."""
BELOW, BEFORE = re.compile(rf"{GROUP}([年月日号])份?"), re.compile(rf"([年月日号])份?{GROUP}")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年(?!\s*\d{1,2}\s*月\s*\d)")
"""Not that of a whole date: on that day the table was made."""
OTHER_YEAR = re.compile(r"学年|学期|(?:日期|时间)\s*[:：]")
"""A school year has two; 填报时间：2026年1月 is not the year of the rows."""


@dataclass(frozen=True, slots=True)
class Parted:
    """A date in two or three columns."""

    day: int
    """The position of its day; that of its month stands before it."""
    heading: str
    """What the office calls the column of the day."""
    label: str
    year: str
    """The year of all rows where the headings or the title say it; empty: it stands before the month."""

    @property
    def head(self) -> str:
        """The heading of the whole date."""
        return f"{self.label}（{f'{self.year} 年，月、日' if self.year else '年、月、日'}）"

    @property
    def positions(self) -> range:
        return range(self.day - (1 if self.year else 2), self.day + 1)


def parted(heads: Sequence[str], whole: Sequence[str], above: Iterable[Any]) -> list[Parted]:
    """The dates that stand under headings 年, 月, 日; `whole`: with what stands over these; `above`: the title.

    Without a year anywhere there is none.
    """
    said = [_part(head) for head in whole]
    found = []
    for n in range(1, len(said)):
        (before, label, month), (after, other, day) = said[n - 1], said[n]
        if month != "月" or day not in ("日", "号"):
            continue
        has_year = n > 1 and said[n - 2][2] == "年"
        year = "" if has_year else before or after or _year(above)
        if has_year or year:
            found.append(Parted(n, heads[n], label or other or (said[n - 2][1] if has_year else "") or "日期", year))
    return found


def _part(head: str) -> tuple[str, str, str]:
    """Year, name and part of a date that a heading says."""
    text = plain(head)
    if match := BELOW.fullmatch(text):
        year, label, part = match.groups("")
    elif match := BEFORE.fullmatch(text):
        part, year, label = match.groups("")
    else:
        return "", "", ""
    return year, label, part


def _year(above: Iterable[Any]) -> str:
    """The one year that the title names."""
    texts = [text for text in above if isinstance(text, str) and not OTHER_YEAR.search(text)]
    years = {year for text in texts for year in YEAR.findall(text)}
    return years.pop() if len(years) == 1 else ""


def put_together(rows: Iterable[RawRow], dates: Sequence[Parted]) -> Iterator[RawRow]:
    """The rows with their dates in one cell. Year and month may be left out, or 同上, where they are those above."""
    above: dict[int, str] = {}
    for row in rows:
        for one in dates:
            _put_together(row, one, above)
        yield row


def _put_together(row: RawRow, one: Parted, above: dict[int, str]) -> None:
    cells = [*row.cells, *[None] * (one.day + 1 - len(row.cells))]
    if isinstance(cells[one.day], date):
        return
    given = {n: text for n in one.positions if not is_ditto(cells[n]) and (text := _bare(cells[n]))}
    known = above | given
    above |= {n: text for n, text in given.items() if text.isnumeric()}
    if one.day in given or is_ditto(cells[one.day]):
        said = [known.get(n, "") for n in one.positions]
    else:
        said = [known.get(n, "") for n in one.positions[:-1]] if one.day - 1 in given else []
    parts = zip([one.year, *said] if one.year and said else said, "年月日", strict=False)
    cells[one.day] = "".join(f"{text}{sign}" for text, sign in parts if text) or None
    row.cells = cells
    if fault := next((row.faults[n] for n in one.positions if n in row.faults), ""):
        row.faults = {**row.faults, one.day: fault}


def _bare(cell: Any) -> str:
    text = as_text(cell).strip()
    return text[:-1].strip() if text[-1:] in ("年", "月", "日", "号") else text
