"""Dates that account books keep in columns of their own, 年 月 日: put together where the day stands.

The heading of that column becomes 日期（年、月、日）, so that it is offered, named and remembered like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from qingqu.common.tabular.clean import as_text
from qingqu.common.tabular.header import plain
from qingqu.datasets.cells import is_ditto
from qingqu.datasets.columns import Column
from qingqu.datasets.raw import RawRow
from qingqu.datasets.years import Standing, Year, completed, said_in

GROUP = r"(?:((?:19|20)\d\d)年?)?(\S*(?:日期|时间))?"
"""What may stand above 月 and 日: 2025年, 采购日期."""
BELOW, BEFORE = re.compile(rf"{GROUP}([年月日号])份?"), re.compile(rf"([年月日号])份?{GROUP}")


@dataclass(frozen=True, slots=True)
class Parted:
    """A date in two or three columns."""

    day: int
    """The position of its day; that of its month stands before it."""
    heading: str
    """What the office calls the column of the day."""
    label: str
    year: Year | None
    """That of the rows where the headings or the title say it; None: it stands before the month."""
    is_fixed: bool = False
    """Whether the headings say it: a title further down does not change it."""

    @property
    def head(self) -> str:
        """The heading of the whole date."""
        if self.year is None:
            return f"{self.label}（年、月、日）"
        said = "{year} 年" if self.year.is_one else "{first} 至 {last}"
        return f"{self.label}（{said.format(**self.year.words)}，月、日）"

    @property
    def positions(self) -> range:
        return range(self.day - (1 if self.year else 2), self.day + 1)


def parted(heads: Sequence[str], whole: Sequence[str], year: Year | None) -> list[Parted]:
    """The dates that stand under headings 年, 月, 日; `whole`: with what stands over these; `year`: of the title.

    Without a year anywhere there is none.
    """
    said = [_part(head) for head in whole]
    found = []
    for n in range(1, len(said)):
        (before, label, month), (after, other, day) = said[n - 1], said[n]
        if month != "月" or day not in ("日", "号"):
            continue
        has_year = n > 1 and said[n - 2][2] == "年"
        fixed = None if has_year else said_in([before or after])
        if has_year or fixed or year:
            name = label or other or (said[n - 2][1] if has_year else "") or "日期"
            found.append(Parted(n, heads[n], name, None if has_year else fixed or year, fixed is not None))
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


def put_together(rows: Iterable[RawRow], dates: Sequence[Parted], standing: Standing) -> Iterator[RawRow]:
    """The rows with their dates in one cell. Year and month may be left out, or 同上, where they are those above.

    `standing`: the year that the title says, or one further down.
    """
    above: dict[int, str] = {}
    for row in rows:
        for one in dates:
            _put_together(row, one, above, one.year if one.is_fixed else standing.year)
        yield row


def _put_together(row: RawRow, one: Parted, above: dict[int, str], year: Year | None) -> None:
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
    signs = "年月日" if one.year is None else "月日"
    written = "".join(f"{text}{sign}" for text, sign in zip(said, signs, strict=False) if text)
    cells[one.day] = (one.year and completed(written, year)) or written or None
    row.cells = cells
    if fault := next((row.faults[n] for n in one.positions if n in row.faults), ""):
        row.faults = {**row.faults, one.day: fault}


def _bare(cell: Any) -> str:
    text = as_text(cell).strip()
    return text[:-1].strip() if text[-1:] in ("年", "月", "日", "号") else text


JUST_A_DATE = frozenset({"日期", "时间", "年月日", "日"})


def likely(
    heads: Sequence[str], guess: Mapping[int, str], columns: Sequence[Column], said: Sequence[Any]
) -> dict[int, str]:
    """Which column a heading means that says only 日期, by its position: the one that is needed, or of which the title
    speaks (合同台账: 合同日期), or the first. Only who keeps the table knows.
    """
    taken = set(guess.values())
    free = [column for column in columns if column.type in ("date", "moment") and column.id not in taken]
    place = next((n for n, head in enumerate(heads) if n not in guess and plain(head) in JUST_A_DATE), None)
    if place is None or not free:
        return {}
    title = "".join(text for text in said if isinstance(text, str))
    best = max(free, key=lambda column: (column.required, _stem(column.name) in title, -free.index(column)))
    return {place: best.id}


def _stem(name: str) -> str:
    return re.sub("(日期|时间)$", "", name) or name
