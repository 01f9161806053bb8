"""What fits together in the tree of units, in posts and in duties: plain values in, plain values out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "auditor"})
"""三员: each of them excludes the others and every business duty (S5.2)."""

BELOW = {
    "": frozenset({"bureau", "school"}),
    "bureau": frozenset({"school"}),
    "school": frozenset({"department", "branch"}),
    "department": frozenset({"department"}),
    "branch": frozenset(),
}
KEPT = ("party_office", "discipline")
"""Duties that a school cannot be without: nobody could set things right again."""

SINGLE = ("secretary", "principal")
"""Duties that one person holds at a time."""
BY_POST = {
    "secretary": re.compile(r"^(?!.*(副|纪委|团委|支部)).*书记"),
    "principal": re.compile(r"^(?!.*(副|助理)).*校长"),
    "team": re.compile(r"副校长|党委副书记|党总支副书记|党委委员|工会主席"),
    "discipline": re.compile(r"纪委|纪检"),
    "party_office": re.compile(r"(党办|党委办公室|党总支办公室)主任"),
}
"""The duty that the name of a post suggests; a person decides."""


def duties_of_post(post: str) -> list[str]:
    """The duties that the holder of a post probably has, by the post's name."""
    return [kind for kind, pattern in BY_POST.items() if pattern.search(post)]


def may_stand_below(kind: str, parent_kind: str) -> bool:
    """Whether a unit of `kind` may be made below one of `parent_kind` (empty: at the root)."""
    return kind in BELOW[parent_kind]


def path_of(parent_path: str, pk: int) -> str:
    """Ids from the root, each padded, so that «all below» is one prefix."""
    return f"{parent_path}{pk:08d}."


def clashing_duty(kind: str, held: Iterable[str]) -> str | None:
    """The duty among `held` that excludes `kind`, or None (三员分立)."""
    for other in held:
        if other != kind and (kind in ADMINISTRATORS or other in ADMINISTRATORS):
            return other
    return None


def overlaps(started_on: date, ended_on: date | None, other_start: date, other_end: date | None) -> bool:
    """Whether two spans share a day; the end is the first day that no longer counts."""
    return (ended_on is None or other_start < ended_on) and (other_end is None or started_on < other_end)


ASIDE = re.compile(r"\([^()]*\)")
DAYS = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[至到~—–-]+(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日)?")
LONGEST = 15
"""Days off in a row; more is a slip of the pen."""
IN_EVERY_YEAR = ((1, 1), (5, 1), (10, 1))
"""New Year, Labour Day and the National Day are in every notice."""


class Unreadable(ValueError):
    """A part of the notice that cannot be so: why (`neither`, `day`, `weekday`, `both`) and the part."""


def holidays_of(notice: str, year: int) -> tuple[list[date], list[date]]:
    """The days off, and the weekend days worked for them, out of the State Council's notice as it is published.

    «1月28日（农历除夕、周二）至2月4日（周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。»
    Days of other years are left out. Raises Unreadable with the part that says neither, or works on a weekday.
    """
    off, worked = set[date](), set[date]()
    month = 1
    for part in re.split(r"[。；;，,\n]", ASIDE.sub("", unicodedata.normalize("NFKC", notice).replace(" ", ""))):
        days = list[date]()
        for found in DAYS.finditer(part):
            month = int(found[2] or month)
            days += _stretch(part, found, year, month)
            month = int(found[5] or month)
        if not days:
            continue
        if "上班" in part:
            if any(day.weekday() < 5 for day in days):
                raise Unreadable("weekday", part)
            worked.update(days)
        elif "休" in part or "放假" in part:
            off.update(days)
        else:
            raise Unreadable("neither", part)
    if off & worked:
        raise Unreadable("both", f"{min(off & worked):%m-%d}")
    return sorted(day for day in off if day.year == year), sorted(day for day in worked if day.year == year)


def _stretch(part: str, found: re.Match[str], year: int, month: int) -> Iterator[date]:
    try:
        first = date(int(found[1] or year), month, int(found[3]))
        last = first
        if found[6]:
            last = date(int(found[4] or first.year), int(found[5] or month), int(found[6]))
    except ValueError:
        raise Unreadable("day", part) from None
    if not 0 <= (last - first).days < LONGEST:
        raise Unreadable("day", part)
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """First and last day of each run of days, which come in order."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
