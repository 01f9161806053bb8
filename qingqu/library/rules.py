"""How the starter library fits into a school: matching of names, reading of frequencies. Plain values only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

EXACT = {"每周": "week", "每月": "month", "每季": "quarter", "每季度": "quarter", "每学期": "term", "每年": "year"}
FREQUENCIES = (
    ("招生期", "event"),
    ("重要节日", "event"),
    ("每日", "week"),
    ("每周", "week"),
    ("每半月", "month"),
    ("每月", "month"),
    ("每季", "quarter"),
    ("学期", "term"),
    ("开学", "term"),
    ("学年", "year"),
    ("每年", "year"),
    ("一次性", "once"),
)
ASIDE = re.compile(r"[（(]([^）)]*)[）)]")
STEM = re.compile(r"(办公室|中心|[处室办科部])$")


def frequency_of(text: str) -> str:
    """Which of our frequencies a wording such as «每学期» means; «每笔», «每次变更» happen with their occasion.

    A daily duty is watched by the week: nobody is asked to tick a box every day.
    """
    return next((value for sign, value in FREQUENCIES if sign in text), "event")


def frequency_note(text: str) -> str:
    """The wording itself where our frequency does not say all of it."""
    return "" if text in EXACT else text


def names_in(name: str) -> frozenset[str]:
    """Every name that «总务处（后勤）» or «会计与出纳» may stand for."""
    outside = ASIDE.sub("", name).strip()
    inside = (part.strip() for part in ASIDE.findall(name))
    parts = [*re.split(r"[与、]", outside), *inside]
    return frozenset(part for part in (name.strip(), outside, *parts) if part)


def best_unit(wanted: Iterable[str], units: Mapping[int, Iterable[str]]) -> int | None:
    """The unit that is called as one of `wanted`; None where no name fits, or where two fit equally well."""
    names = frozenset().union(*(names_in(name) for name in wanted))
    stems = {STEM.sub("", name) for name in names}
    for fits in (
        lambda name: name in names,
        lambda name: STEM.sub("", name) in stems,
        lambda name: any(len(stem) >= 2 and name.startswith(stem) for stem in stems),
    ):
        found = [pk for pk, called in units.items() if any(fits(n) for name in called for n in names_in(name))]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    return None


def fits_post(template: str, post: str) -> bool:
    """Whether a post of this name does the work of the template: «高一年级主任» does that of «年级主任».

    A deputy is not his superior: «副校长» is no «校长».
    """
    wanted = {_plain(name) for name in names_in(template)}
    return any(_ends_as(_plain(name), want) for name in names_in(post) for want in wanted)


def _plain(name: str) -> str:
    return re.sub(r"[处科]", "", name)


def _ends_as(name: str, want: str) -> bool:
    if not name.endswith(want):
        return False
    before = name[: -len(want)]
    return not before.endswith(("副", "班")) or name == want


def best_post(wanted: str, posts: Mapping[int, str]) -> int | None:
    """The post that is called exactly so, else the only one that does this work."""
    exact = [pk for pk, name in posts.items() if wanted in names_in(name)]
    if exact:
        return exact[0]
    near = [pk for pk, name in posts.items() if fits_post(wanted, name)]
    return near[0] if len(near) == 1 else None


def changed_fields(then: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """The names under which an entry says something else now than when it was adopted."""
    return [key for key in now if key in then and then[key] != now[key]]
