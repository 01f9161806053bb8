"""How much of a text is copied: shared runs of three characters, laws and filler left out (S61).

A ratio says which part of the writer's own words also stands in the other text. Order does not matter, punctuation and
width do not, names of laws and empty phrases do not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

COPIED = 0.9
"""From here on a text is named as copied."""
ALIKE = 0.6
"""From here on a mild hint."""
SHORT = 8
"""Shorter texts say too little to be called copies."""

TITLE_OF_LAW = re.compile(r"《[^《》]{1,60}》")
NUMBER_OF_LAW = re.compile(r"[^\W\d_]{0,10}[〔\[(]\d{4}[〕\])]\s*第?\d{1,4}号")
ARTICLE = re.compile(r"第[一二三四五六七八九十百零\d]{1,5}[条款项]")
NOT_WORDS = re.compile(r"[\W_]+")

FILLER = (
    "存在一定的廉政风险",
    "存在一定廉政风险",
    "存在廉政风险",
    "存在一定的风险",
    "存在一定风险",
    "容易产生廉政风险",
    "有可能产生",
    "可能会存在",
    "可能存在",
    "存在着",
    "存在",
    "可能",
    "需要引起高度重视",
    "需要高度重视",
    "应当引起重视",
    "要引起重视",
    "引起高度重视",
    "在实际工作中",
    "在日常工作中",
    "在平时工作中",
    "在工作过程中",
    "在具体工作中",
    "工作当中",
    "日常工作中",
    "一定程度上",
    "在一定程度",
    "不够规范",
    "不够到位",
    "不够严格",
    "不到位",
    "有待加强",
    "需要加强",
    "进一步加强",
    "切实加强",
    "等情况",
    "等问题",
    "等现象",
    "等行为",
    "的情况",
    "的问题",
    "的现象",
    "的行为",
    "的风险",
    "或者",
    "以及",
    "并且",
)
"""Phrases that add length but no content; longest first, so that none hides inside another."""
FILLER_PATTERN = re.compile("|".join(sorted(FILLER, key=len, reverse=True)) + "|(?:情况|问题|现象|行为|风险)$")


ANAGRAM = 0.85
"""Two texts of the same characters to this extent are one text with its words moved about."""


@dataclass(frozen=True, slots=True)
class Match:
    """How much of a text also stands in another one: 0 nothing, 1 all."""

    label: str
    ratio: float
    kept: float = 0.0
    """The other way round: how much of the other text is still there, whatever was added around it."""

    @property
    def percent(self) -> int:
        """For the page, rounded down: 100 means wholly."""
        return int(self.ratio * 100)


def normalise(text: str, names: Iterable[str] = ()) -> str:
    """`text` without laws, `names` of regulations, punctuation, width, case and filler."""
    text = unicodedata.normalize("NFKC", text)
    text = ARTICLE.sub(" ", NUMBER_OF_LAW.sub(" ", TITLE_OF_LAW.sub(" ", text)))
    for name in sorted(names, key=len, reverse=True):
        if len(name) >= 4:
            text = text.replace(unicodedata.normalize("NFKC", name), " ")
    text = NOT_WORDS.sub("", text).lower()
    return FILLER_PATTERN.sub("", text)


@dataclass(frozen=True, slots=True)
class Print:
    """What is compared of a text: its letters and its runs of three."""

    letters: str = ""
    grams: frozenset[str] = frozenset()


@lru_cache(maxsize=8192)
def print_of(text: str, names: tuple[str, ...] = ()) -> Print:
    """The print of `text`; an empty one where it is too short to judge."""
    plain = normalise(text, names)
    if len(plain) < SHORT:
        return Print()
    return Print(plain, frozenset(plain[n : n + 3] for n in range(len(plain) - 2)))


def grams(text: str, names: Collection[str] = ()) -> frozenset[str]:
    """The runs of three characters of `text`; none where it is too short to judge."""
    return print_of(text, tuple(names)).grams


def match(label: str, own: Print, other: Print) -> Match:
    """`own` against `other`."""
    shared = len(own.grams & other.grams)
    if not shared:
        return Match(label, 0.0)
    ratio, kept = shared / len(own.grams), shared / len(other.grams)
    if ratio < ANAGRAM and (moved := _same_letters(own.letters, other.letters)) >= ANAGRAM:
        ratio, kept = max(ratio, moved), max(kept, moved)
    return Match(label, ratio, kept)


def _same_letters(own: str, other: str) -> float:
    """How far both texts consist of the same characters, in whatever order."""
    shorter, longer = sorted((len(own), len(other)))
    if shorter < ANAGRAM * longer:
        return 0.0
    return (Counter(own) & Counter(other)).total() / longer


def compare(text: str, others: Mapping[str, str], names: Collection[str] = ()) -> list[Match]:
    """`text` against each of `others`, the most similar first; those with nothing in common are left out.

    `names`: regulations whose names everybody must write the same way.
    """
    names = tuple(names)
    own = print_of(text, names)
    found = (match(label, own, print_of(other, names)) for label, other in others.items())
    return sorted((m for m in found if m.ratio > 0), key=lambda m: (-m.ratio, m.label))


def added(text: str, other: str, names: Collection[str] = ()) -> str:
    """What `text` says beyond `other`: its letters that lie in no shared run of three."""
    own, source = print_of(text, tuple(names)), print_of(other, tuple(names))
    covered: set[int] = set()
    for n in range(len(own.letters) - 2):
        if own.letters[n : n + 3] in source.grams:
            covered.update((n, n + 1, n + 2))
    return "".join(letter for n, letter in enumerate(own.letters) if n not in covered)


NEAR = 0.2
"""Below this share of common runs two texts are not worth a closer look."""


class Shelf:
    """Many texts, arranged so that those near to one are found without comparing it with each."""

    def __init__(self, texts: Sequence[str], names: Collection[str] = ()) -> None:
        self.names = tuple(names)
        self.places: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            for gram in print_of(text, self.names).grams:
                self.places.setdefault(gram, []).append(number)

    def nearest(self, text: str, admit: Callable[[int], bool], most: int = 5) -> list[int]:
        """The numbers of the texts that share most with `text`, those that `admit` refuses left out."""
        own = print_of(text, self.names).grams
        if not own:
            return []
        shared = Counter(chain.from_iterable(self.places.get(gram, ()) for gram in own))
        least = NEAR * len(own)
        near = sorted((number for number, count in shared.items() if count >= least), key=lambda n: (-shared[n], n))
        return list(islice(filter(admit, near), most))
