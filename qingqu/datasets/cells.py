"""What a cell of an office's table means: amounts in fen, numbers in thousandths, days and minutes since 1970, flags.

The parsers take what people type and what Excel gives. They answer a value, None for an empty cell, or a Problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.common.calendar import day_of
from qingqu.common.tabular.clean import Problem, clean_code, clean_label, parse_date, parse_int
from qingqu.datasets import hashing

Cell = int | str | None
Parser = Callable[[Any], "Cell | Problem"]
MOST = 10**15
EMPTY = frozenset({"", "-", "—", "–", "/", "无", "——", "N/A", "n/a"})
UNITS = re.compile(r"(元整|元|圆整|圆|RMB|CNY)$", re.IGNORECASE)
MEASURES = re.compile(
    r"(公斤|千克|kg|升|l|公里|千米|km|平方米|㎡|m2|个|件|台|套|本|张|份|节|课时|小时|天|分|人)$", re.IGNORECASE
)
TIMES = {"万": 10_000, "亿": 100_000_000}
YES = frozenset({"是", "有", "√", "✓", "✔", "y", "yes", "true", "1", "对", "已", "在", "中标", "成交"})
NO = frozenset({"否", "无", "×", "✗", "x", "n", "no", "false", "0", "错", "未", "不在", "没有", "未中标", "未成交"})
CLOCK = re.compile(r"^(.*?)[T\s]+(\d{1,2})[:：](\d{2})(?:[:：]\d{2}(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
PLAIN = re.compile(r"([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.([0-9]{1,3}))?")
PLAIN_TEXT = re.compile("[!-&(-~\u4e00-\u9fff（）、]{1,200}")
"""Nothing in it that could be written another way: taken as it is, for most cells are like that."""
LONGEST = 200
NO_MONEY = gettext_lazy("“%(text)s”不是金额，请只填数字，如 1234.50")
NO_NUMBER = gettext_lazy("“%(text)s”不是数字")


def money(value: Any) -> Cell | Problem:
    """Fen. Takes 1,234.50, ￥1234.5元, 1.2万, （1,000.00） for minus, full-width digits, Excel's numbers."""
    return _scaled(value, 2, UNITS, NO_MONEY)


def number(value: Any) -> Cell | Problem:
    """Thousandths."""
    return _scaled(value, 3, MEASURES, NO_NUMBER)


def _scaled(value: Any, places: int, units: re.Pattern[str], wrong: Promise) -> Cell | Problem:
    if isinstance(value, str) and (match := PLAIN.fullmatch(value)):
        decimals = match[2] or ""
        if len(decimals) <= places:
            return int(match[1].replace(",", "") + decimals.ljust(places, "0"))
    if value is None:
        return None
    if isinstance(value, bool):
        return Problem(str(wrong) % {"text": value})
    text = clean_code(value) if isinstance(value, str) else repr(value)
    if text in EMPTY:
        return None
    bare = units.sub("", text.lstrip("￥¥$")).replace(",", "")
    times = TIMES.get(bare[-1:], 1)
    bare = bare.rstrip("万亿")
    minus = bare.startswith("(") and bare.endswith(")")
    try:
        amount = Decimal(bare.strip("()")) * times * 10**places
    except InvalidOperation:
        return Problem(str(wrong) % {"text": text[:30]})
    if not amount.is_finite() or abs(amount) >= MOST:
        return Problem(_("“%(text)s”超出范围，请核对") % {"text": text[:30]})
    whole = int(amount.quantize(Decimal(1), ROUND_HALF_UP))
    return -whole if minus else whole


def count(value: Any) -> Cell | Problem:
    """A whole number."""
    if isinstance(value, str) and value in EMPTY:
        return None
    return parse_int(value)


def day(value: Any) -> Cell | Problem:
    """Days since 1970-01-01."""
    if isinstance(value, str) and clean_code(value) in EMPTY:
        return None
    found = parse_date(value)
    return day_of(found) if isinstance(found, date) else found


def moment(value: Any) -> Cell | Problem:
    """Minutes since 1970-01-01 00:00 on the school's clock; a day alone is its first minute.

    A time that names its zone (…Z, …+00:00) is brought to the school's.
    """
    if isinstance(value, datetime):
        return day_of(value.date()) * 1440 + value.hour * 60 + value.minute
    text = value if isinstance(value, str) else ""
    hours = 0
    if match := CLOCK.match(text.strip()):
        hours = int(match[2]) * 60 + int(match[3])
        if int(match[2]) > 23 or int(match[3]) > 59:
            return Problem(_("“%(text)s”不是时间，请写成 2026-04-30 09:05") % {"text": text[:30]})
        value = match[1]
        if match[4]:
            return _from_zone(match[1], hours, match[4])
    found = day(value)
    return found * 1440 + hours if isinstance(found, int) else found


def _from_zone(written: str, minutes: int, zone: str) -> Cell | Problem:
    found = day(written)
    if not isinstance(found, int):
        return found
    ahead = 0 if zone == "Z" else (int(zone[1:3]) * 60 + int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=found, minutes=minutes - ahead)
    here = then.astimezone(timezone.get_default_timezone())
    return day_of(here.date()) * 1440 + here.hour * 60 + here.minute


def flag(value: Any) -> Cell | Problem:
    """1 or 0."""
    if value is None:
        return None
    if isinstance(value, bool):
        return int(value)
    text = clean_label(value).casefold()
    if text == "" or text in ("-", "—", "/"):
        return None
    if text in YES:
        return 1
    if text in NO:
        return 0
    return Problem(_("“%(text)s”请填“是”或“否”") % {"text": text[:30]})


def text(value: Any) -> Cell | Problem:
    """A text in one line; an empty one, a dash and «无» are missing: none of them is the number of a paper."""
    if isinstance(value, str) and value.strip() in EMPTY:
        return None
    if isinstance(value, str) and PLAIN_TEXT.fullmatch(value):
        return value
    plain = clean_label(value)
    if len(plain) > LONGEST:
        return Problem(_("不超过 %(most)d 字，现有 %(now)d 字") % {"most": LONGEST, "now": len(plain)})
    return plain or None


PARSERS: dict[str, Parser] = {
    "text": text,
    "money": money,
    "number": number,
    "count": count,
    "date": day,
    "moment": moment,
    "flag": flag,
}


def parser_of(type_: str, hashed_as: str = "") -> Parser:
    """What reads the cells of a column."""
    if type_ == "hashed":
        return lambda value: hashing.digest(hashed_as or "number", value)
    return PARSERS[type_]
