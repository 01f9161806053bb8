"""Amounts as offices write them out: 壹万贰仟叁佰元整, 一万二千三百元五角, 3万5千元, 12300元5角."""

from __future__ import annotations

import re

DIGITS = {sign: str(n) for n, signs in enumerate(("零〇○", *"一二三四五六七八九")) for sign in signs}
DIGITS |= {sign: str(n) for n, sign in enumerate("壹贰叁肆伍陆柒捌玖", 1)}
DIGITS |= dict(zip("弌貳贰两兩叄參陸", "12222336", strict=True))
PLACES = str.maketrans("圆圓拾佰仟萬億", "元元十百千万亿")
SECTION = re.compile(r"(?:0?([1-9])千)?(?:0?([1-9])百)?(?:0?([1-9])十)?(?:0([1-9])|(?<=十)([1-9]))?")
"""1 to 9,999. A last digit needs its 零 or its 拾 before it: 三百五 is 350 to some and 305 to others."""
AMOUNT = re.compile(r"(?:([^元角分]+)元)?(?:0?(\d)角)?(?:0?(\d)分)?[整正]?")
COUNTED = re.compile(r"(?:(\d{1,4})亿)?(?:(\d{1,4})万)?(?:(\d)千)?(?:(\d)百)?")


def fen(text: str) -> int | None:
    """The fen of an amount that is written out; None where it is none, or could be read in two ways."""
    plain = "".join(DIGITS.get(sign, sign) for sign in text.translate(PLACES))
    match = AMOUNT.fullmatch(plain) or (AMOUNT.fullmatch(f"{plain.rstrip('整正')}元") if plain[1:] else None)
    if not match or not any(match.groups()):
        return 0 if plain == "0" else None
    is_counted = any(sign in "0123456789" for sign in text)
    yuan = 0 if match[1] is None else _counted(match[1]) if is_counted else _spelt(match[1])
    return None if yuan is None else yuan * 100 + int(match[2] or 0) * 10 + int(match[3] or 0)


def _counted(text: str) -> int | None:
    """12300, or 3万5千 with its places in their order."""
    if text.isdecimal():
        return int(text)
    match = COUNTED.fullmatch(text)
    if not match:
        return None
    return sum(int(n or 0) * times for n, times in zip(match.groups(), (10**8, 10**4, 1000, 100), strict=True))


def _spelt(text: str) -> int | None:
    """一亿零三万 and below: sections of four digits each, the larger first."""
    whole, rest = 0, text
    for place, times in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = rest.partition(place)
        if found:
            section = _section(head, is_first=not whole)
            if section is None:
                return None
            whole, rest = whole + section * times, tail
    if not rest:
        return whole
    section = _section(rest, is_first=not whole)
    return None if section is None else whole + section


def _section(text: str, *, is_first: bool) -> int | None:
    if is_first and len(text) == 1 and text.isdecimal():
        return int(text)
    match = SECTION.fullmatch(f"1{text}" if is_first and text.startswith("十") else text)
    if not text or not match:
        return None
    thousands, hundreds, tens, after_nought, after_ten = (int(n or 0) for n in match.groups())
    return thousands * 1000 + hundreds * 100 + tens * 10 + after_nought + after_ten
