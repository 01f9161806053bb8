"""How long a line may be."""

LONGEST = 300


def shorten(text: str) -> str:
    """`text` as far as a message holds it."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
