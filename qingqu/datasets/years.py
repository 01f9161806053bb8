"""Days that are written without their year, 1月5日, below a title that says it: 2026年采购台账, 2025-2026学年第一学期.

A month whose year the title leaves open has none: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from qingqu.common.tabular.clean import as_text, clean_label
from qingqu.datasets.raw import RawRow

MONTHS = range(1, 13)
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年(?:(\d{1,2})月)?(?!\d)")
"""Not that of a whole date: on that day the table was made."""
WHOLE_DATE = re.compile(r"(?:19|20)\d\d(?:年\d{1,2}月|[-./]\d{1,2}[-./])\d{1,2}日?")
MADE_ON = re.compile(r"(?:日期|时间)[:：]")
"""填报时间：2026年1月 is not the year of the rows."""
BARE = re.compile(r"(?:19|20)\d\d")
SCHOOL_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d\d)年?(?:[-—–~～至/]+((?:19|20)?\d\d)年?)?学年度?(?:[（(]?第?([一二上下12])(?:学?期)?[）)]?)?"
)
TERM = re.compile(r"(?<!\d)((?:19|20)\d\d)年?([春秋])季?")
SPAN = re.compile(r"(?<!\d)((?:19|20)\d\d)年(\d{1,2})月份?[-—–~～至到]+(?:((?:19|20)\d\d)年)?(\d{1,2})月")
FIRST_TERM, SECOND_TERM = frozenset("一上1秋"), frozenset("二下2春")
CHINESE = {ord(sign): str(n) for n, sign in enumerate("〇一二三四五六七八九")} | {ord(sign): "0" for sign in "○零"}
IN_CHINESE = re.compile(r"[一二][〇○零一二三四五六七八九]{3}(?=年)")
LACKING = re.compile(
    r"(?P<month>\d{1,2}|十[一二]?|[一二三四五六七八九])"
    r"(?:[-./月](?P<day>\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]?|月份?)"
    r"(?P<rest>(?:[T\s(（周星礼凌早上中下晚].*)?)"
)
"""A day or a month without its year, alone or with a weekday or a time behind it. Not 26.4.30, not 1月5日-8日."""
LOOSE = re.compile(r"\s+(?=[月日号])|(?<=月)\s+")
ONE_OR_TEN = frozenset({"1", "2", "3"})
"""1.1 as a number may be 1 January, or the 10th whose nought Excel has dropped."""


@dataclass(frozen=True, slots=True)
class Year:
    """Of which years the months below a title are."""

    title: str
    """What says so: the title, the name of the sheet or of the file."""
    of: tuple[int, ...]
    """The year of each month from January; 0 where it cannot be told."""

    @property
    def is_one(self) -> bool:
        """Whether all months are of one year."""
        return len(set(self.of)) == 1

    @property
    def words(self) -> dict[str, str]:
        """For sentences: the year, or the first and the last month."""
        if self.is_one:
            return {"year": str(self.of[0])}
        known = sorted((year, month) for month, year in zip(MONTHS, self.of, strict=True) if year)
        return {"first": "{}-{:02}".format(*known[0]), "last": "{}-{:02}".format(*known[-1])}


def year_of(title: Iterable[object], *names: str) -> Year | None:
    """What the title says, else the name of the sheet, else that of the file; nothing where they leave it open."""
    for texts in (title, *((name,) for name in names)):
        if found := said_in(texts):
            return found if any(found.of) else None
    return None


def said_in(texts: Iterable[object]) -> Year | None:
    """What texts say about the year; where they contradict each other, months without one."""
    plain = [_plain(text) for text in texts if isinstance(text, str)]
    said = [(text, of) for text in plain if not MADE_ON.search(text) for of in _said(text)]
    if not said:
        return None
    years = [set(each) - {0} for each in zip(*(of for _text, of in said), strict=True)]
    return Year(said[0][0][:40], tuple(found.pop() if len(found) == 1 else 0 for found in years))


def _plain(text: str) -> str:
    bare = re.sub(r"\s", "", clean_label(text))
    return IN_CHINESE.sub(lambda found: found[0].translate(CHINESE), bare)


def _said(text: str) -> list[tuple[int, ...]]:
    """Each statement of a text: the year of each month."""
    if BARE.fullmatch(text):
        return [(int(text),) * 12]
    found = []
    for pattern, months in ((SCHOOL_YEAR, _of_school_year), (TERM, _of_term), (SPAN, _of_span)):
        found += [months(match) for match in pattern.finditer(text)]
        text = pattern.sub("，", text)
    return found + [_of_year(match) for match in YEAR.finditer(WHOLE_DATE.sub("，", text))]


def _of_school_year(match: re.Match[str]) -> tuple[int, ...]:
    first, second, term = int(match[1]), match[2], match[3] or ""
    if not second or int(second) % 100 != (first + 1) % 100:
        return (0,) * 12
    if term:
        return _of_terms(first, first + 1, term)
    return tuple(first if month > 8 else 0 if month == 8 else first + 1 for month in MONTHS)


def _of_term(match: re.Match[str]) -> tuple[int, ...]:
    year = int(match[1])
    return _of_terms(year, year + 1, match[2]) if match[2] in FIRST_TERM else _of_terms(year - 1, year, match[2])


def _of_terms(first: int, second: int, term: str) -> tuple[int, ...]:
    """From August to February; from February to August."""
    if term in FIRST_TERM:
        return tuple(first if month >= 8 else second if month <= 2 else 0 for month in MONTHS)
    return tuple(second if 2 <= month <= 8 else 0 for month in MONTHS)


def _of_span(match: re.Match[str]) -> tuple[int, ...]:
    start = int(match[1]) * 12 + int(match[2]) - 1
    end = int(match[3] or match[1]) * 12 + int(match[4]) - 1
    years = {each % 12: each // 12 for each in range(start, end + 1)}
    return tuple(years.get(n, 0) for n in range(12)) if 0 <= end - start < 12 else (0,) * 12


def _of_year(match: re.Match[str]) -> tuple[int, ...]:
    """In 2025年12月 a day in January may be of the next year."""
    near = int(match[2] or 0)
    return tuple(int(match[1]) if not near or abs(month - near) < 6 else 0 for month in MONTHS)


def completed(cell: object, year: Year | None) -> str:
    """A day that lacks its year with the one that the title says; empty where it lacks none, or none is said."""
    if year is None or not isinstance(cell, str | float):
        return ""
    match = LACKING.fullmatch(LOOSE.sub("", clean_label(cell)))
    if match is None or (isinstance(cell, float) and match["day"] in ONE_OR_TEN):
        return ""
    month = _number(match["month"])
    if not 1 <= month <= 12 or not (said := year.of[month - 1]):
        return ""
    day = f"{_number(match['day'])}日" if match["day"] else ""
    return f"{said}年{month}月{day}{match['rest']}"


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    digits = [int(sign.translate(CHINESE)) if sign else 0 for sign in (tens, ones)]
    return digits[1] + (10 * (digits[0] or 1) if ten else 0)


@dataclass(slots=True)
class Standing:
    """The year that stands above the rows that are just being read; a title between them may say another."""

    year: Year | None

    def hear(self, text: object) -> None:
        """Read a line that stands alone between the rows: 2026年1月采购."""
        if found := said_in([text]):
            self.year = found if any(found.of) else None


def with_years(
    rows: Iterable[RawRow], positions: Mapping[int, Year | None], standing: Standing, told: Callable[..., None]
) -> Iterator[RawRow]:
    """The rows; a day in one of these columns that lacks its year has it.

    `positions` of the columns, with the year that a heading says itself; `told`: hears of the first under each title
    its position, its row, what was written, and the year.
    """
    known = set[tuple[int, Year]]()
    for row in rows:
        for n, fixed in positions.items():
            year = fixed or standing.year
            if year and n < len(row.cells) and (whole := completed(row.cells[n], year)):
                if (n, year) not in known:
                    known.add((n, year))
                    told(n, row.number, as_text(row.cells[n]).strip(), year)
                row.cells = [*row.cells[:n], whole, *row.cells[n + 1 :]]
        yield row
