"""Texts: masking personal data, and tidying what people type or paste."""

from __future__ import annotations

import re
import unicodedata

PHONE = re.compile(r"\d{7,}")


def mask_name(name: str) -> str:
    """王雨桐 → 王**: the surname stays, the rest is starred."""
    name = name.strip()
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else name


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678; shorter numbers keep only their last two digits."""
    phone = phone.strip()
    if len(phone) >= 11:
        return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
    return "*" * max(len(phone) - 2, 0) + phone[-2:]


def mask_phones_in(text: str) -> str:
    """Stars every run of seven or more digits inside `text`."""
    return PHONE.sub(lambda found: mask_phone(found.group()), text)


def number_in(text: str) -> int | None:
    """The number that an address or a form names; None for what is none or fits no column of a table."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def tidy(text: str) -> str:
    """What a person typed or pasted, made comparable: half-width letters and digits, single spaces, no edges."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


HALF_WIDTH = {
    **{0xFF00 + n: 0x0020 + n for n in (*range(0x10, 0x1A), *range(0x21, 0x3B), *range(0x41, 0x5B))},
    0x3000: 0x20,
}


def neat(text: str) -> str:
    """A name or title, tidied for display: half-width letters and digits, single spaces; punctuation as it was."""
    return re.sub(r"\s+", " ", text.translate(HALF_WIDTH)).strip()


def plain(text: str) -> str:
    """A pasted text with our line ends, trimmed, without control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable() or sign in "\u200d\u3000\t").strip()


def plain_line(text: str) -> str:
    """The same in one line, half-width: a name, a title, a reason."""
    return neat(plain(text))
