"""From draft to approved: which act leads where (S34, S63)."""

from __future__ import annotations

NEXT: dict[str, dict[str, str]] = {
    "draft": {"submit": "in_review"},
    "returned": {"submit": "in_review"},
    "in_review": {"approve": "approved", "return": "returned", "withdraw": "draft"},
    "approved": {},
}
OPEN = ("draft", "returned")
"""States in which the form may be filled in."""


def next_state(state: str, act: str) -> str | None:
    """The state that `act` leads to, or None where it is not possible."""
    return NEXT[state].get(act)
