"""What depends on the reader's language and is no message of its own."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language


def is_english() -> bool:
    """Whether the reader reads English; else Chinese."""
    return (get_language() or "").startswith("en")


def listed(items: Iterable[object]) -> str:
    """Several things in a sentence: «甲、乙、丙», or «A, B, C»."""
    return (", " if is_english() else "、").join(map(str, items))
