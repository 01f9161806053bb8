"""How two reminders of a day become one."""

LONGEST = 300


def merged(old: str, new: str) -> str | None:
    """`old` with `new` added to it, or None where it says that already."""
    if new in old:
        return None
    return shorten(f"{old.rstrip('。')}；{new}")


def shorten(text: str) -> str:
    """`text` as far as a message holds it."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
