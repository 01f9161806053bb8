"""Phrases that depend on the reader's language without being messages: lists, brackets, days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language

from qingqu.common.clock import today


def is_english() -> bool:
    """Whether the reader reads English; else Chinese."""
    return (get_language() or "").startswith("en")


ENGLISH_MARKS = {"、": ", ", "；": "; "}


def listed(items: Iterable[object], mark: str = "、") -> str:
    """Several things in a sentence: «甲、乙、丙», or «A, B, C»; with «；» between what has commas of its own."""
    return (ENGLISH_MARKS[mark] if is_english() else mark).join(map(str, items))


def aside(said: object) -> str:
    """What is said in brackets behind a word: «每年（寒假前）», or «Yearly (before winter)»."""
    return f" ({said})" if is_english() else f"（{said}）"


def under(heading: object, said: object) -> str:
    """What is said of something: «金额：请填写», or «Amount: fill it in»."""
    return f"{heading}{': ' if is_english() else '：'}{said}"


def said_day(day: date) -> str:
    """4 月 30 日, or 30 April; with its year where that is not this one."""
    return date_format(day, "MONTH_DAY_FORMAT" if day.year == today().year else "DATE_FORMAT")
