"""What offices type, and what it means."""

from __future__ import annotations

import re
import time
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingqu.common.tabular.clean import Problem
from qingqu.datasets import capitals, cells, hashing
from qingqu.datasets.catalogue import templates
from qingqu.datasets.models import ColumnType

DAY = (date(2026, 4, 30) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("￥1,234.50元", 123450),
        ("１２３４．５", 123450),
        (" 1234.50 ", 123450),
        ("1.2万", 1200000),
        ("0.3万元", 300000),
        ("(1,000.00)", -100000),
        ("（1000）", -100000),
        ("-12.345", -1235),
        ("RMB 1200", 120000),
        ("人民币1,200.00元整", 120000),
        ("1200元人民币", 120000),
        ("-￥100", -10000),
        ("3千元", 300000),
        ("1.2百万", 120000000),
        ("1,2345", 1234500),
        (1234.5, 123450),
        (0.1 + 0.2, 30),
        (100, 10000),
        ("", None),
        ("—", None),
        ("——", None),
        ("/", None),
        ("暂无", None),
        ("NULL", None),
        (None, None),
        ("免费", 0),
        ("不收费", 0),
        ("零元整", 0),
        ("壹万贰仟叁佰元整", 1230000),
        ("人民币壹万贰仟叁佰圆伍角陆分", 1230056),
        ("人民币（大写）壹万贰仟叁佰元正", 1230000),
        ("叁佰元零伍分", 30005),
        ("壹万元零角零分", 1000000),
        ("拾万元整", 10000000),
        ("贰亿零叁万元整", 20003000000),
        ("一万二千三百元", 1230000),
        ("两千元", 200000),
        ("负壹佰元整", -10000),
        ("12,300元5角6分", 1230056),
        ("3万5千元", 3500000),
        ("５角", 50),
        ("12300.00（大写：壹万贰仟叁佰元整）", 1230000),
        ("人民币壹万贰仟叁佰元整（¥12,300.00）", 1230000),
    ],
)
def test_money(written: Any, fen: int | None) -> None:
    assert cells.money(written) == fen


@pytest.mark.parametrize("written", ["约三千", "12.3.4", "1e400", "9" * 20, True, "nan", "12 34 元 5", "0¹", "3²元"])
def test_money_that_is_none(written: Any) -> None:
    assert isinstance(cells.money(written), Problem)


@pytest.mark.parametrize("parse", [cells.money, cells.number, cells.count, cells.money_in(10_000)])
@pytest.mark.parametrize("written", ["100\n50", "1\n000", "100元\r\n 50元\n20", "3 5", "１０\n５"])
def test_several_numbers_in_a_cell_are_not_one(parse: cells.Parser, written: str) -> None:
    found = parse(written)
    assert isinstance(found, Problem)
    assert "像是几个数" in found or "元" in written


def test_blanks_between_thousands_part_no_numbers() -> None:
    assert cells.money("1 234 500.50\n") == 123_450_050
    assert cells.count("2 000") == 2000


@pytest.mark.parametrize(
    "written",
    [
        *("1.234,50", "1234,50", "12,5", "1,23,456", "$100", "USD 100", "100美元"),
        *("三千六", "一万五", "1万2", "叁佰元伍", "壹贰叁", "元", "仟元", "一", "300元/人", "3000-5000", "约3000"),
        *("1.23E+05", "12300（壹万贰仟叁佰伍拾元整）", "壹万元整（¥1,000.00）"),
        *("12300（含税）", "壹万元整（含税）", "100(200)"),
    ],
)
def test_money_that_could_mean_something_else_is_asked(written: str) -> None:
    assert isinstance(cells.money(written), Problem)


def test_in_a_column_of_wan_an_amount_that_says_its_unit_means_that() -> None:
    in_wan = cells.money_in(10_000)
    assert in_wan("1.2") == 1200000
    assert in_wan("壹万贰仟元整") == 1200000
    assert in_wan("免费") == 0
    assert in_wan("5角") == 50
    assert isinstance(in_wan("伍仟"), Problem), "yuan, or ten thousands of them"


@pytest.mark.parametrize("type_", ["money", "number", "count", "date", "moment", "flag", "text"])
def test_a_failed_formula_is_called_that_in_every_column(type_: str) -> None:
    assert cells.parser_of(type_)("#N/A") == "单元格里的公式出错，请改成具体内容"


def in_capitals(fen: int) -> str:
    """An amount as it is written on a cheque."""

    def section(number: int) -> str:
        said = "".join(
            "零" if digit == "0" else "零壹贰叁肆伍陆柒捌玖"[int(digit)] + place
            for digit, place in zip(f"{number:04d}", ("仟", "佰", "拾", ""), strict=True)
        )
        return re.sub("零+", "零", said).rstrip("零")

    yuan, said = fen // 100, ""
    for number, place in ((yuan // 10**8, "亿"), (yuan // 10**4 % 10**4, "万"), (yuan % 10**4, "")):
        if number:
            said += section(number) + place
        elif said and not said.endswith("零"):
            said += "零"
    jiao, ones = fen // 10 % 10, fen % 10
    said = f"{said.rstrip('零').lstrip('零')}元" if yuan else ""
    said += f"{'零壹贰叁肆伍陆柒捌玖'[jiao]}角" if jiao else "零" if said and ones else ""
    return said + (f"{'零壹贰叁肆伍陆柒捌玖'[ones]}分" if ones else "整")


@given(st.one_of(st.integers(1, 10**14 - 1), st.integers(1, 10**9), st.integers(1, 10**6).map(lambda n: n * 100)))
def test_capitals_say_the_amount_that_they_were_made_of(fen: int) -> None:
    written = in_capitals(fen)
    assert cells.money(written) == fen
    assert cells.money(written.translate(str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千"))) == fen
    assert cells.money(f"人民币{written.replace('元', '圆')}") == fen


@given(st.text("零一二两三壹贰叁拾佰仟十百千万亿元角分整123", max_size=9))
def test_whatever_is_read_as_an_amount_reads_so_again(written: str) -> None:
    """Nothing is dropped on the way: what was understood, written out again, is what stood there."""
    fen = capitals.fen(written)
    if fen and not any(sign in "123" for sign in written):
        bare = re.sub("[零整元]", "", written.replace("两", "贰"))
        plain = bare.translate(str.maketrans("一二三十百千", "壹贰叁拾佰仟"))
        said = re.sub("[零整元]", "", in_capitals(fen))
        assert plain in (said, said.removeprefix("壹"))


def test_things_are_counted_with_their_words() -> None:
    assert cells.number("10箱") == 10_000
    assert cells.number("3 人次") == 3_000
    assert cells.count("12 名") == 12
    assert isinstance(cells.number("5斤"), Problem), "half a kilogram is not one"


@pytest.mark.parametrize(
    ("written", "thousandths"), [("3", 3000), ("2.5公斤", 2500), ("1.2345", 1235), ("12,000 KM", 12000000), (0.5, 500)]
)
def test_numbers(written: Any, thousandths: int) -> None:
    assert cells.number(written) == thousandths


@pytest.mark.parametrize(
    "written",
    [
        *(
            "2026.4.30",
            "2026年4月30日",
            "2026/4/30",
            "20260430",
            "２０２６－４－３０",
            date(2026, 4, 30),
            "46142",
            46142.0,
        ),
        *(
            "二〇二六年四月三十日",
            "二零二六年四月卅日",
            "26.4.30",
            "26年4月30日",
            "2026-04-30 星期四",
            "2026年4月30日（周四）",
        ),
        *("2026 4 30", "2026年4月30日下午", "20260430090500", "26. 4. 30"),
        *("2026-4-30 10:00:00 AM", "2026年4月30日 下午3:05", "2026-04-29T16:00:00.000Z", "2026-04-30T09:05:00+08:00"),
    ],
)
def test_days(written: Any) -> None:
    assert cells.day(written) == DAY


@pytest.mark.parametrize(
    ("written", "minute"),
    [
        ("2026-04-30 09:05", 545),
        ("2026.4.30 9：05", 545),
        ("2026-04-30T09:05:59.000+08:00", 545),
        (datetime(2026, 4, 30, 9, 5), 545),  # noqa: DTZ001 as Excel has it
        ("2026-04-30T01:05:00Z", 545),
        ("2026-04-29T20:05-0500", 545),
        ("2026年4月30日9时5分", 545),
        ("2026年4月30日 上午9:05", 545),
        ("2026-04-30 09点05分", 545),
        ("2026/4/30 下午 3:05", 905),
        ("2026-4-30 3:05 PM", 905),
        ("2026-4-30 12:05 AM", 5),
        ("2026-4-30 中午12:05", 725),
        ("20260430090500", 545),
        (46142 + 545 / 1440, 545),
        (f"{46142 + 545 / 1440:.6f}", 545),
        ("2026-04-30 24:00", 1440),
        ("2026年4月30日下午3点半", 930),
        ("2026年4月30日 下午3点05", 905),
        ("2026-04-30", 0),
    ],
)
def test_moments(written: Any, minute: int) -> None:
    assert cells.moment(written) == DAY * 1440 + minute


@pytest.mark.parametrize(("written", "is_"), [("是", 1), ("√", 1), ("Y", 1), ("否", 0), ("×", 0), (1, 1), (False, 0)])
def test_flags(written: Any, is_: int) -> None:
    assert cells.flag(written) == is_


@pytest.mark.parametrize(
    ("parse", "written"),
    [
        (cells.day, "去年春天"),
        (cells.day, "2026-02-30"),
        (cells.moment, "2026-04-30 25:00"),
        (cells.day, "4月30日"),
        (cells.day, "4/5/2026"),
        (cells.flag, "也许"),
        (cells.moment, "2026-04-30 下午"),
        (cells.moment, "2026-04-30 晚上12点"),
        (cells.moment, "2026-04-30 晚上1:30"),
        (cells.day, "2026-4-3 9"),
        (cells.day, "2026.1 2"),
        (cells.day, "20263"),
        (cells.moment, "20263.5"),
        (cells.day, "30.4.26"),
        (cells.day, "98.4.30"),
        (cells.day, "2026一1一5"),
    ],
)
def test_what_cannot_be_read_says_so(parse: cells.Parser, written: str) -> None:
    assert isinstance(parse(written), Problem)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("4月30日", "没有写年份"),
        ("四月三十日", "没有写年份"),
        ("4/30", "没有写年份"),
        (4.3, "没有写年份"),
        ("26-4-30", "年份不足四位"),
        ("4/30/26", "年份不足四位"),
        ("260430", "年份不足四位"),
        (260430, "年份不足四位"),
        ("2026.4.28-4.30", "一段时间"),
        ("2026年4月28日至30日", "一段时间"),
    ],
)
def test_a_date_that_lacks_something_says_what(written: Any, why: str) -> None:
    assert why in str(cells.day(written))
    assert why in str(cells.moment(written))


def test_a_year_of_two_digits_may_be_of_the_last_century() -> None:
    assert cells.day("98年4月30日") == (date(1998, 4, 30) - date(1970, 1, 1)).days


def test_texts_are_tidied_and_not_endless() -> None:
    assert cells.text(" 云川  文印 ") == "云川文印"
    assert cells.text("  ") is None
    assert cells.text("无") is None
    assert cells.text(" — ") is None
    assert cells.text("无锡文印") == "无锡文印"
    assert isinstance(cells.text("长" * 201), Problem)


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.none(), st.dates()))
def test_no_cell_breaks_a_parser(written: Any) -> None:
    for type_ in cells.PARSERS:
        found = cells.parser_of(type_)(written)
        assert found is None or isinstance(found, int | str)


@pytest.mark.parametrize("type_", ["money", "number", "count", "date", "moment"])
@pytest.mark.parametrize("sign", ["(", "1(", "壹", "2026年", " 1"])
def test_a_cell_of_many_pages_keeps_nobody_waiting(type_: str, sign: str) -> None:
    begun = time.process_time()
    assert isinstance(cells.parser_of(type_)(sign * 20_000), Problem)
    assert time.process_time() - begun < 1


def test_persons_become_digests_that_stay_equal() -> None:
    one = hashing.digest("name", "王 雨桐")
    assert one == hashing.digest("name", "王雨桐")
    assert one is not None
    assert len(one) == 32
    assert one != hashing.digest("number", "王雨桐")
    assert hashing.digest("phone", "139-0000 0000") == hashing.digest("phone", "+86 13900000000")
    assert hashing.digest("name", "") is None
    several = hashing.digest("name", "王雨桐、吴 晓\n王雨桐")
    assert several
    assert several.split(" ") == sorted(hashing.digest("name", name) or "" for name in ("王雨桐", "吴晓"))
    assert several == hashing.digest("name", "吴晓/王雨桐")
    assert hashing.digest("name", "管理员；王雨桐") == one
    phones = hashing.digest("phone", "13900000000、0571-88888888")
    assert phones == hashing.digest("phone", "0571-88888888,+86 139 0000 0000")
    assert phones
    assert " " in phones


def test_the_salt_is_its_owners_alone(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    hashing.salt.cache_clear()
    try:
        first = hashing.digest("name", "王雨桐")
        assert (tmp_path / "records.salt").stat().st_mode & 0o077 == 0
        (tmp_path / "records.salt").write_bytes(b"another")
        hashing.salt.cache_clear()
        assert hashing.digest("name", "王雨桐") != first
    finally:
        hashing.salt.cache_clear()


def test_the_catalogue_fits_together() -> None:
    for template in templates().values():
        ids = [column.id for column in template.columns]
        assert len(ids) == len(set(ids)), template.code
        assert set(template.key) <= set(ids)
        assert all(column.type in ColumnType.values for column in template.columns)
        assert all(bool(column.hashed_as) == (column.type == "hashed") for column in template.columns)


@pytest.mark.parametrize("text", ["系统", " 系统管理员 ", "STAFF MEMBER", "System", "匿名", "/", "无"])
def test_a_word_that_names_nobody_is_no_person(text: str) -> None:
    """Two steps of one log by «系统» are not two steps by one person."""
    assert cells.parser_of("hashed", "name")(text) is None
    assert cells.parser_of("hashed", "number")("系统") is not None, "a number is what it is"
    assert cells.parser_of("hashed", "name")("管理") is not None


@pytest.mark.parametrize("kind", ["name", "phone", "number"])
@pytest.mark.parametrize("written", ["无", "暂无", "——", "--", "/", "NULL"])
def test_people_without_a_number_are_not_all_one_person(kind: str, written: str) -> None:
    assert cells.parser_of("hashed", kind)(written) is None


def test_what_is_no_time_is_not_asked_to_become_a_day() -> None:
    assert cells.moment("昨天下午") == "“昨天下午”不是时间，请写成 2026-04-30 09:05"
