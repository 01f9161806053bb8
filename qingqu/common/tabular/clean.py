"""What a person typed, made plain: widths, blanks, names, dates, choices. The writing changes, not the content."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from qingqu.common.language import listed


class Problem(str):
    """Why a cell cannot be taken, as a sentence for the person who filled it in.

    `message` and `words` are what the sentence is made of: kept, they can be said in another reader's language.
    """

    __slots__ = ("message", "words")
    message: str
    words: Mapping[str, object]

    def __new__(cls, message: str, words: Mapping[str, object] | None = None) -> Problem:
        """`message` as it stands in the catalogue, with `words` for its %(names)s."""
        made = super().__new__(cls, gettext(message) % words if words else gettext(message))
        made.message, made.words = message, words or {}
        return made


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a cell may have, and how else people write it."""

    value: str
    label: str | Promise
    synonyms: Sequence[str] = ()


NO_DATE = _("“%(text)s”不是日期，请写成 2024-09-01 这样的年月日")
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\x00-\x08\x0b-\x1f\x7f]"
)
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BETWEEN_HAN = re.compile(f"(?<=[{HAN}]) +(?=[{HAN}])")
_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_WIDE_SIGNS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3002: 0x2E, 0x2212: 0x2D, 0x2014: 0x2D}
_RADICALS = re.compile("[\u2e80-\u2fdf]")
_DOTS = re.compile(r"\s*[·•・‧∙⋅．.]\s*")


def as_text(value: object) -> str:
    """A cell's value as it would be typed: 3 for 3.0, a date as 2024-09-01, nothing for an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(" ", "minutes")
    return str(value)


def clean_text(value: object) -> str:
    """Text with half-width digits and letters and single blanks; Chinese punctuation and line ends stay."""
    text = unicodedata.normalize("NFC", as_text(value)).replace("\r\n", "\n").replace("\r", "\n")
    text = _RADICALS.sub(lambda sign: unicodedata.normalize("NFKC", sign[0]), text)
    text = _BLANKS.sub(" ", _INVISIBLE.sub("", text.translate(_WIDE)))
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def clean_label(value: object) -> str:
    """A short label in one line (department, post): as `clean_text`, and no blanks between Chinese characters."""
    return _BETWEEN_HAN.sub("", clean_text(value).replace("\n", " "))


def clean_name(value: object) -> str:
    """A person's name: «张 三» is 张三, the dot of 阿拉坦·巴特尔 is always the same, John Smith keeps his blank."""
    text = clean_label(value)
    if re.search(f"[{HAN}]", text):
        return _DOTS.sub("·", text.replace(" ", ""))
    return text


def clean_code(value: object) -> str:
    """A number that is a name (staff number, telephone): half-width, no blanks, its leading zeros kept."""
    return re.sub(r"\s", "", clean_text(value).translate(_WIDE_SIGNS))


def clean_phone(value: object) -> str | Problem:
    """A telephone number without blanks and dashes between its digits; a landline keeps the dash of its area code."""
    text = clean_code(value)
    digits = re.sub(r"[-()]", "", text).removeprefix("+86")
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if re.fullmatch(r"1\d{10}", digits):
        return digits
    if not text or re.fullmatch(r"[-()+\d]{5,20}(?:转\d+)?", text):
        return text
    return Problem(_("电话号码应为 11 位手机号，或者带区号的座机号"))


_CHINESE_DIGITS = {sign: str(i) for i, sign in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_TIME = re.compile(r"[T\s]+\d{1,2}:\d\d(:\d\d(\.\d+)?)?$")
_BLANK = re.compile(r"\s")
_SPACED = re.compile(r"^(\d{4})\s+(\d{1,2})\s+(\d{1,2})$")
_LOOSE = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
"""Blanks that part no numbers: 2026 1 2 must not become 2026年12月."""
_YEAR_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_MIXED = re.compile("[0-9][〇○零一二三四五六七八九十]|[〇○零一二三四五六七八九十][0-9]")
"""2026一1一5: somebody meant dashes, and not 15 November."""
SERIAL_FROM = 21_000
"""Excel's number of a day in 1957; below, 20263 is rather a date of 2026 cut short than a day of 1955."""
_SERIAL_START = date(1899, 12, 30)


def parse_date(value: object) -> date | Problem | None:
    """The day that a cell means; nothing for an empty one.

    Takes 2026.4.30, 2026-4-30, 2026/4/30, 20260430, 2026年4月30日, 2026年4月 and 202604 (the first of the month),
    full-width digits, 二〇二六年四月三十日, Excel's serial numbers, real dates; 4/30/2026 and 30/4/2026 where only
    one of the two can be the month. A Problem says what to write instead.
    """
    if isinstance(value, datetime):
        return _in_range(value.date())
    if isinstance(value, date):
        return _in_range(value)
    text = _unspaced(_TIME.sub("", clean_text(value).translate(_WIDE_SIGNS)))
    if not text:
        return None
    if isinstance(value, float) and re.fullmatch(r"\d{4}\.1", text):
        return Problem(
            _("“%(text)s”可能是 1 月，也可能是 10 月，请写成 %(year)s-01-01 或 %(year)s-10-01"),
            {"text": text, "year": text[:4]},
        )
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and SERIAL_FROM <= float(text) <= 80_000:
        return _in_range(_SERIAL_START + timedelta(days=int(float(text))))
    numbers = _date_numbers(text)
    if match := _YEAR_LAST.fullmatch(text):
        one, two = int(match[1]), int(match[2])
        if one <= 12 and two <= 12 and one != two:
            return Problem(_("“%(text)s”分不清哪个是月、哪个是日，请写成 2024-09-01 这样的年月日"), {"text": text[:30]})
        numbers = int(match[3]), *((one, two) if two > 12 else (two, one))
    if numbers is None:
        return Problem(NO_DATE, {"text": text[:30]})
    year, month, day = numbers
    try:
        return _in_range(date(year, month, day))
    except ValueError:
        return Problem(_("没有“%(text)s”这一天，请核对月份和日期"), {"text": text[:30]})


def _unspaced(text: str) -> str:
    """A date without blanks; those that part its numbers have become dashes."""
    return text if not _BLANK.search(text) else _LOOSE.sub("", _SPACED.sub(r"\1-\2-\3", text))


def _date_numbers(text: str) -> tuple[int, int, int] | None:
    if _MIXED.search(text):
        return None
    if re.search("[〇○零一二三四五六七八九十]", text):
        text = _from_chinese(text)
    if match := re.fullmatch(r"(\d{4})(\d\d)(\d\d)?", text):
        return int(match[1]), int(match[2]), int(match[3] or 1)
    if match := re.fullmatch(r"(\d{4})[-./年](\d{1,2})(?:[-./月](?:(\d{1,2})[日号]?)?)?\.?", text):
        return int(match[1]), int(match[2]), int(match[3] or 1)
    return None


def says_no_day(text: str) -> bool:
    """Whether a date is a month only, which `parse_date` takes for its first day: 2026年4月, 2026.4, 202604."""
    plain = _from_chinese(_unspaced(clean_text(text).translate(_WIDE_SIGNS)))
    return re.fullmatch(r"(?:19|20)\d\d(?:[-./年]\d{1,2}月?\.?|\d\d)", plain) is not None


_PARTING = re.compile(r"[、，,;；/\n]+")
_A_NAME = re.compile(rf"[{HAN}·\s]{{2,}}")
_TWO_NAMES = re.compile(rf"[{HAN}]{{2,4}}\s+[{HAN}]{{3,4}}|[{HAN}]{{3,4}}\s+[{HAN}]{{2,4}}")


def several_names(text: str) -> list[str]:
    """The people that a cell names: 张三、李四; 张三/李四; one a line. A blank alone does not part them: 欧阳 娜娜."""
    return _several(text, lambda part: _A_NAME.fullmatch(part) is not None)


def several_phones(text: str) -> list[str]:
    """The telephones that a cell names: 13800000000、0571-88888888; an extension (88888888/01) is none."""
    return _several(text, lambda part: len(re.sub(r"\D", "", part)) >= 7)


def _several(text: str, is_one: Callable[[str], bool]) -> list[str]:
    """What stands between commas, slashes and ends of lines, where each part is one of its own; else the whole."""
    parts = [part.strip() for part in _PARTING.split(text) if part.strip()]
    return parts if len(parts) > 1 and all(map(is_one, parts)) else [text]


def says_names_unparted(text: str) -> bool:
    """Whether a cell seems to name several people but does not part them as `several_names` wants: 王雨桐 李明."""
    apart = _PARTING.search(text.strip()) or _TWO_NAMES.fullmatch(text.strip())
    return apart is not None and len(several_names(text)) == 1


def _from_chinese(text: str) -> str:
    """二〇二四年九月三十日 → 2024年9月30日."""

    def number(match: re.Match[str]) -> str:
        signs = match[0]
        if "十" not in signs:
            return "".join(_CHINESE_DIGITS[sign] for sign in signs)
        tens, _ten, ones = signs.partition("十")
        return str(int(_CHINESE_DIGITS.get(tens, "1")) * 10 + int(_CHINESE_DIGITS.get(ones, "0")))

    return re.sub("[〇○零一二三四五六七八九十]+", number, text)


def _in_range(day: date) -> date | Problem:
    if 1900 < day.year < 2100:
        return day
    return Problem(_("年份 %(year)d 不对，请核对"), {"year": day.year})


def parse_int(value: object, least: int | None = None, most: int | None = None) -> int | Problem | None:
    """The whole number that a cell means (4, ４, “4 分”, 1,200); nothing for an empty one."""
    text = clean_code(value).replace(",", "")
    if not text:
        return None
    match = re.fullmatch(r"([+-]?\d{1,15})(?:\.0+)?[个人次分元级年月日天件]?", text)
    if not match:
        return Problem(_("“%(text)s”不是整数"), {"text": text[:30]})
    number = int(match[1])
    if (least is not None and number < least) or (most is not None and number > most):
        return Problem(_("只能填 %(least)s 至 %(most)s"), {"least": least, "most": most})
    return number


def parse_choice(value: object, choices: Iterable[Choice]) -> str | Problem | None:
    """The value of the choice that a cell names by its label, its value or a synonym; nothing for an empty one.

    The Problem names the nearest choice, or all of them where they are few.
    """
    text = clean_label(value)
    if not text:
        return None
    known: dict[str, str] = {}
    labels: list[str] = []
    for choice in choices:
        labels.append(str(choice.label))
        for written in (str(choice.label), choice.value, *choice.synonyms):
            known.setdefault(_fold(written), choice.value)
    if _fold(text) in known:
        return known[_fold(text)]
    if near := did_you_mean(text, labels):
        return Problem(_("没有“%(text)s”这一项，是否为“%(near)s”？"), {"text": text[:30], "near": near})
    if len(labels) <= 12:
        return Problem(_("只能填：%(labels)s"), {"labels": listed(labels)})
    return Problem(_("没有“%(text)s”这一项"), {"text": text[:30]})


def did_you_mean(text: str, known: Iterable[str]) -> str | None:
    """The known text nearest to `text`, where one is near: 何健平 → 何建平."""
    near = difflib.get_close_matches(text, list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def _fold(text: str) -> str:
    return re.sub(r"[\s（）()、/]", "", clean_text(text)).casefold()
