"""The words by which the full-text index knows a risk point: plain values in, the same words for FTS5 and tsvector.

What it says is cut into pairs of neighbouring characters, so that a word of two Chinese characters is one look-up and a
longer one a run of pairs. Pairs are written as hexadecimal digits: neither database's parser then splits or folds them.
Its columns are words too: who may see it and what was filtered by is asked of the same index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

TEXTS = ("title", "manifestation", "code")
COLUMNS = (
    *("school_id", "state", "unit_id", "person_id", "owner_id", "post_id", "power_id", "step_id", "document_id"),
    *("category", "year", "level", "residual_level", "likelihood", "impact", "is_leader", "late"),
)
EVERY = "every"
"""A word that all of them have."""
KEYS = 2**40
"""More than there will be ids: `rank * KEYS + id` is a key in the order of every list."""


def key_of(rank: int, pk: int) -> int:
    """The place of a risk point among all others: by rank, then by id."""
    return rank * KEYS + pk


def tokens(risk: Any) -> str:
    """All words of a risk point (of anything with its attributes), with a space between them."""
    columns = [column(name, getattr(risk, name)) for name in COLUMNS]
    done = column("last_done_on__isnull", risk.last_done_on is None)
    return " ".join([EVERY, *columns, done, *pairs("\n".join(getattr(risk, name) for name in TEXTS))])


def column(name: str, value: Any) -> str:
    """The word that says that a column has a value."""
    return re.sub("[^a-z0-9]", "", f"{name}{value}".lower())


def pairs(text: str) -> Iterator[str]:
    """Each character of `text` with its next one, in order; the last one by itself."""
    digits = _digits(text)
    return (f"x{digits[n : n + 8]}" for n in range(0, len(digits), 4))


def run_of(word: str) -> list[str]:
    """The words that stand one after the other exactly where a text contains `word`; one half pair for a character."""
    run = list(pairs(word))
    return run[:-1] or run


def is_half(token: str) -> bool:
    """Whether it is one character, of which pairs begin."""
    return len(token) == 5


def says(texts: Iterable[str], word: str) -> bool:
    """What the index answers, said plainly: whether one of `texts` contains `word`, capital or small."""
    return any(word.casefold() in text.casefold() for text in texts)


def _digits(text: str) -> str:
    return text.casefold().encode("utf-16-be", "surrogatepass").hex()
