"""Parse the cells of office tables into fen, thousandths, days and minutes since 1970, flags and texts.

The parsers take what people type and what Excel gives. They return a value, None for an empty cell, or a Problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.common.tabular.clean import NO_DATE, Problem, clean_code, clean_label, clean_text, parse_date, parse_int
from qingqu.datasets import capitals, hashing

Cell = int | str | None
Parser = Callable[[Any], "Cell | Problem"]
MOST = 10**15
NO_TIME = _("“%(text)s”不是时间，请写成 2026-04-30 09:05")
EMPTY = frozenset({"", "-", "—", "–", "--", "---", "——", "/", "\\", "无", "暂无", "N/A", "n/a", "NULL", "null"})
FREE = frozenset({"免费", "免收", "不收费", "零"})
UNITS = re.compile(r"(?:元|圆|整|RMB|CNY|人民币)+$", re.IGNORECASE)
YUAN = re.compile(r"^([-+(]?)(?:￥|¥|RMB|CNY|人民币|[(]?大写[:)]*)+", re.IGNORECASE)
MISPLACED = re.compile(r",(?!\d{3,4}(?:,|\.|\)|$))")
"""A comma that parts no thousands: 1.234,50 and 12,5 mean something else to whoever wrote them."""
MEASURES = re.compile(
    r"(公斤|千克|kg|升|l|公里|千米|km|平方米|㎡|m2|课时|小时|人次|"
    r"[个件台套本张份节天分人名位次箱瓶袋桶包盒条支只把辆块棵副双卷批项组间])$",
    re.IGNORECASE,
)
TIMES = {"万": 10_000, "亿": 100_000_000, "千": 1_000, "百": 100}
TWICE = re.compile(r"(.+)[(](.+)[)]")
"""12300.00（大写：壹万贰仟叁佰元整）, 壹万贰仟叁佰元整（¥12,300.00）"""
SPELT = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟]")
PARTED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
SIGN = re.compile(r"-|负")
YES = frozenset({"是", "有", "√", "✓", "✔", "y", "yes", "true", "1", "对", "已", "在", "中标", "成交"})
NO = frozenset({"否", "无", "×", "✗", "x", "n", "no", "false", "0", "错", "未", "不在", "没有", "未中标", "未成交"})
CLOCK = re.compile(
    r"^(?P<day>.+?)(?:[T\s]+|(?<=[日号]))(?P<part>凌晨|早上|上午|中午|下午|晚上)?\s*(?P<hour>\d{1,2})"
    r"(?:[:：](?P<minute>\d{2})(?:[:：]\d{2}(?:\.\d+)?)?|[时点](?:(?P<minutes>\d{1,2}|半)分?)?(?:\d{1,2}秒)?)"
    r"\s*(?P<half>[AP]M)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
DIGITS = re.compile(r"(20\d{6})([01]\d|2[0-4])([0-5]\d)(?:[0-5]\d)?")
"""20260430090500, as systems write moments."""
SERIAL = re.compile(r"(?:2[1-9]|[3-7]\d)\d{3}\.\d+")
WEEKDAY = re.compile(r"[\s(（]*(?:星期|周|礼拜)[一二三四五六日天][)）]?")
HALF_DAY = re.compile(r"\s*(?:凌晨|早上|上午|中午|下午|晚上)$")
SHORT_YEAR = re.compile(
    r"(?:(?P<year>\d\d)年|(?P<dotted>\d\d)[.．])(?P<month>\d{1,2})(?:[.．]|(?<=\d)月)(?P<date>\d{1,2})[日号]?"
)
"""26年4月30日, 26.4.30; between dashes and slashes it could be a day or a month as well."""
FIRST_YEAR, OLD = 13, 70
"""12.4.30 may be a month first; 98年 is 1998."""
A_DAY = r"(?:\d{4}[-./年])?\d{1,2}(?:[-./]|月)\d{1,2}[日号]?"
MENDED = [
    (
        re.compile(r"\d{1,2}[-./月]\d{1,2}[日号]?|[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[日号]?"),
        _("“%(text)s”没有写年份，请写成 2026-04-30 这样的年月日"),
    ),
    (
        re.compile(r"\d{1,2}[-./]\d{1,2}[-./]\d{1,2}|(?:[0-2]\d|9\d)(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"),
        _("“%(text)s”的年份不足四位，分不清年月日，请写成 2026-04-30"),
    ),
    (
        re.compile(rf"{A_DAY}\s*[-~～—–至到]+\s*(?:{A_DAY}|\d{{1,2}}[日号]?)"),
        _("“%(text)s”是一段时间，请只填其中一天，如 2026-04-30"),
    ),
]
"""Dates that are refused → why, in words that say what to mend."""
AFTERNOON = ("中午", "下午", "晚上", "pm")
PLAIN = re.compile(r"([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.([0-9]{1,3}))?")
PLAIN_TEXT = re.compile("[!-&(-~\u4e00-\u9fff（）、]{1,200}")
"""Nothing in it that could be written another way: taken as it is, for most cells are like that."""
LONGEST = 200
SERIAL_OF_1970 = 25569
"""Excel's number of 1970-01-01."""
DITTO = frozenset({"同上", "同前", "〃", "〞", "″", "''", '"'})
"""What an office writes for «as above»."""
FAILED = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|#+)", re.IGNORECASE)
"""What a formula that failed leaves in a cell."""
ROUNDED = re.compile(r"\d(?:\.\d+)?E\+\d{2}", re.IGNORECASE)
EXACT = 10**15
"""From here on Excel drops the last digits of a number."""
OTHER_UNIT = re.compile(r"[亿万千百元圆角]")
PARTED_NUMBERS = re.compile(r"\d\s+\d")
THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:[^\S\r\n]\d{3})+(?!\d)")
SEVERAL = _("“%(text)s”像是几个数，每格请只填一个")
NO_MONEY = _("“%(text)s”不是金额，请只填数字，如 1234.50")
NO_NUMBER = _("“%(text)s”不是数字")


def money(value: Any) -> Cell | Problem:
    """Fen. Takes 1,234.50, ￥1234.5元, 人民币1200元整, 1.2万, （1,000.00） for minus, full-width digits, Excel's.

    Also what is written out (壹万贰仟叁佰元整), alone or in brackets behind the same in digits, and 免费.
    Other currencies and commas out of place are refused: a guess would be wrong by a hundred.
    """
    found = _scaled(value, 2, UNITS, NO_MONEY)
    if not isinstance(found, Problem) or not isinstance(value, str) or found.message == SEVERAL:
        return found
    return _written_out(value, found)


def _written_out(value: str, refusal: Problem) -> Cell | Problem:
    text = clean_code(value)
    if text in FREE:
        return 0
    if len(text) > LONGEST:
        return refusal
    if (both := TWICE.fullmatch(text)) and bool(SPELT.search(both[1])) != bool(SPELT.search(both[2])):
        one, other = money(both[1]), money(both[2])
        if isinstance(one, int) and isinstance(other, int) and one != other:
            return Problem(_("“%(text)s”中的数字与大写不一致，请核对"), {"text": text[:30]})
        return one if one == other else refusal
    sign = SIGN.match(text)
    found = capitals.fen(PARTED.sub("", YUAN.sub("", text[sign.end() :] if sign else text)))
    if found is None or found >= MOST:
        return refusal
    return -found if sign else found


def money_in(times: int) -> Parser:
    """Fen of amounts in a column that is headed 万元 (10,000) and the like; a cell that says its unit means that."""
    places = 1 + len(str(times))

    def parse(value: Any) -> Cell | Problem:
        if isinstance(value, str) and (OTHER_UNIT.search(value) or clean_code(value) in FREE):
            return money(value)
        return _scaled(value, places, UNITS, NO_MONEY)

    return parse


def number(value: Any) -> Cell | Problem:
    """Thousandths."""
    return _scaled(value, 3, MEASURES, NO_NUMBER)


def _scaled(value: Any, places: int, units: re.Pattern[str], wrong: str) -> Cell | Problem:
    if isinstance(value, str) and (match := PLAIN.fullmatch(value)):
        decimals = match[2] or ""
        if len(decimals) <= places:
            return int(match[1].replace(",", "") + decimals.ljust(places, "0"))
    if value is None:
        return None
    if isinstance(value, bool):
        return Problem(wrong, {"text": value})
    text = clean_code(value) if isinstance(value, str) else repr(value)
    if text in EMPTY:
        return None
    if text[:1] == "#" and FAILED.fullmatch(text):
        return Problem(FORMULA_FAILED)
    if isinstance(value, str) and _is_several(value):
        return Problem(SEVERAL, {"text": " ".join(value.split())[:30]})
    if "+" in text and isinstance(value, str) and ROUNDED.fullmatch(text):
        return Problem(CUT_SHORT, {"text": text})
    bare = units.sub("", text)
    if not bare[:1].isdigit():
        bare = YUAN.sub(r"\1", bare)
    times = 1
    while bare[-1:] in TIMES:
        times *= TIMES[bare[-1]]
        bare = bare[:-1]
    if "," in bare and MISPLACED.search(bare):
        return Problem(_("“%(text)s”中逗号的位置不对，不能确定是多少，请写成 1234.50"), {"text": text[:30]})
    bare = bare.replace(",", "")
    minus = bare.startswith("(") and bare.endswith(")")
    try:
        amount = Decimal(bare.strip("()")) * times * 10**places
    except InvalidOperation:
        return Problem(wrong, {"text": text[:30]})
    if not amount.is_finite() or abs(amount) >= MOST:
        return Problem(_("“%(text)s”超出范围，请核对"), {"text": text[:30]})
    whole = int(amount.quantize(Decimal(1), ROUND_HALF_UP))
    return -whole if minus else whole


def _is_several(text: str) -> bool:
    """Whether blanks or ends of lines part numbers, unless these are thousands: 2 000."""
    return PARTED_NUMBERS.search(THOUSANDS.sub("0", text)) is not None


def count(value: Any) -> Cell | Problem:
    """A whole number."""
    if isinstance(value, str):
        if _is_several(value):
            return Problem(SEVERAL, {"text": " ".join(value.split())[:30]})
        value = clean_code(value)
        if value in EMPTY:
            return None
        if value[:1] == "#" and FAILED.fullmatch(value):
            return Problem(FORMULA_FAILED)
        value = MEASURES.sub("", value) or value
    return parse_int(value)


def day(value: Any) -> Cell | Problem:
    """Days since 1970-01-01. Also takes 26.4.30, a weekday behind the date, a time of day that nobody asked for."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            return Problem(NO_DATE, {"text": value[:30]})
        text = clean_code(value)
        if text in EMPTY:
            return None
        if text[:1] == "#" and FAILED.fullmatch(text):
            return Problem(FORMULA_FAILED)
        if match := DIGITS.fullmatch(text):
            value = match[1]
    found = None if isinstance(value, str) and value[-1:] in "Zz" else parse_date(value)
    if isinstance(found, date):
        return day_of(found)
    if not isinstance(value, str):
        return _why_no_day(clean_text(value), found)
    if match := CLOCK.match(value.strip()):
        at = _on_the_clock(match, value)
        return at // 1440 if isinstance(at, int) else at
    found = parse_date(_said_in_full(value))
    return day_of(found) if isinstance(found, date) else _why_no_day(clean_text(value), found)


def _said_in_full(written: str) -> str:
    """A date without its weekday and 上午, with all of its year; 廿 and 卅 spelt out."""
    plain = HALF_DAY.sub("", WEEKDAY.sub(" ", clean_text(written))).strip().replace("廿", "二十").replace("卅", "三十")
    match = SHORT_YEAR.fullmatch(plain.replace(" ", ""))
    if not match or (match["dotted"] and not FIRST_YEAR <= int(match["dotted"]) <= today().year % 100 + 1):
        return plain
    year = int(match["dotted"] or match["year"])
    return f"{1900 + year if year >= OLD else 2000 + year}-{match['month']}-{match['date']}"


def _why_no_day(text: str, found: Problem | None) -> Problem | None:
    """The reason why a date was refused, where it is one of those that are easily mended."""
    message = next((message for pattern, message in MENDED if pattern.fullmatch(text)), None)
    return Problem(message, {"text": text[:30]}) if message else found


def moment(value: Any) -> Cell | Problem:
    """Minutes since 1970-01-01 00:00 on the school's clock; a day alone is its first minute.

    Takes 9:05, 9时5分, 下午3:05, 3:05 PM, 20260430090500 and Excel's serial numbers. A time that names its zone
    (…Z, …+00:00) is brought to the school's.
    """
    if isinstance(value, datetime):
        return day_of(value.date()) * 1440 + value.hour * 60 + value.minute
    if isinstance(value, str) and len(value) > LONGEST:
        return Problem(NO_TIME, {"text": value[:30]})
    if isinstance(value, str) and (match := CLOCK.match(value.strip())):
        return _on_the_clock(match, value)
    number = repr(value) if isinstance(value, int | float) else clean_code(value)
    if SERIAL.fullmatch(number):
        return round((float(number) - SERIAL_OF_1970) * 1440)
    if match := DIGITS.fullmatch(number):
        return moment(f"{match[1]} {match[2]}:{match[3]}")
    if isinstance(value, str) and HALF_DAY.search(value.strip()):
        return Problem(NO_TIME, {"text": value.strip()[:30]})
    found = day(value)
    if isinstance(found, Problem) and found.message == NO_DATE:
        return Problem(NO_TIME, found.words)  # not «write a day»: the time would be lost
    return found * 1440 if isinstance(found, int) else found


def _on_the_clock(match: re.Match[str], text: str) -> Cell | Problem:
    hour, minute = int(match["hour"]), int((match["minute"] or match["minutes"] or "0").replace("半", "30"))
    part = (match["part"] or match["half"] or "").casefold()
    is_night = part == "晚上" and (hour < 5 or hour == 12)
    if part in AFTERNOON and hour < 12 and not (part == "中午" and hour > 9):
        hour += 12
    elif part in ("凌晨", "am") and hour == 12:
        hour = 0
    if hour * 60 + minute > 24 * 60 or minute > 59 or is_night:  # 晚上12点: of which of two days?
        return Problem(NO_TIME, {"text": text[:30]})
    if match["zone"]:
        return _from_zone(match["day"], hour * 60 + minute, match["zone"].upper())
    found = day(match["day"])
    return found * 1440 + hour * 60 + minute if isinstance(found, int) else found


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
    if text in YES:
        return 1
    if text in NO:
        return 0
    if text in EMPTY:
        return None
    if text[:1] == "#" and FAILED.fullmatch(text):
        return Problem(FORMULA_FAILED)
    return Problem(_("“%(text)s”请填“是”或“否”"), {"text": text[:30]})


def text(value: Any) -> Cell | Problem:
    """A text in one line; an empty one, a dash and «无» are missing: none of them is the number of a paper."""
    if isinstance(value, str) and value.strip() in EMPTY:
        return None
    if wrong := _not_said(value):
        return wrong
    if isinstance(value, str) and PLAIN_TEXT.fullmatch(value):
        return value
    plain = clean_label(value)
    if len(plain) > LONGEST:
        return Problem(_("不超过 %(most)d 字，现有 %(now)d 字"), {"most": LONGEST, "now": len(plain)})
    return plain or None


def is_ditto(value: Any) -> bool:
    """Whether a cell says «as above»."""
    return isinstance(value, str) and value.strip() in DITTO


def _not_said(value: Any) -> Problem | None:
    """Why a cell of a text or a person does not say what it should; taken as it is, it would equal others like it."""
    if not isinstance(value, str):
        lost = isinstance(value, int | float) and abs(value) >= EXACT
        return Problem(LOST, {"text": repr(value)}) if lost else None
    text = value.strip()
    if text in DITTO:
        return Problem(_("请写出“%(text)s”所指的内容"), {"text": text})
    if text.startswith("#") and FAILED.fullmatch(text):
        return Problem(FORMULA_FAILED)
    return Problem(LOST, {"text": text}) if "+" in text and ROUNDED.fullmatch(text) else None


LOST = _("“%(text)s”末几位已被 Excel 舍去，请把这一列的格式设为“文本”后重新填写")
CUT_SHORT = _("“%(text)s”是科学计数法，末几位可能已被舍去，请把这一列的格式设为“数值”后重新导出")
FORMULA_FAILED = _("单元格里的公式出错，请改成具体内容")
FORMULA_OPEN = _("公式还没有计算结果，请在 Excel 或 WPS 中打开并保存一次")
TOO_WIDE = _("这一行的格数比表头多，可能是金额或文字中有分隔符号，分不清各格是什么，请核对整行")
QUOTE_OPEN = _("这一行有一个双引号没有成对，分不清各格从哪里起止，请核对整行")


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
    """The parser for the cells of a column."""
    if type_ == "hashed":
        return lambda value: _person(hashed_as or "number", value)
    return PARSERS[type_]


def _person(kind: str, value: Any) -> Cell | Problem:
    if isinstance(value, str) and value.strip() in EMPTY:
        return None  # whoever has no number is not the same as the next who has none
    return _not_said(value) or hashing.digest(kind, value)
