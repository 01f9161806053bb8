"""What people type in cells."""

from datetime import UTC, date, datetime

import pytest

from qingqu.common.tabular import clean
from qingqu.common.tabular.clean import Choice, Problem, says_names_unparted, several_names, several_phones

LEVELS = [
    Choice("leader", "领导岗位", ["校领导"]),
    Choice("middle", "环节干部岗位", ["中层"]),
    Choice("staff", "教职工岗位", ["教师"]),
]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026.4.30", date(2026, 4, 30)),
        ("2026-4-30", date(2026, 4, 30)),
        ("2026/04/30", date(2026, 4, 30)),
        ("2026年4月30日", date(2026, 4, 30)),
        ("2026年 4月 30日", date(2026, 4, 30)),
        ("2026年4月30号", date(2026, 4, 30)),
        ("2026年4月", date(2026, 4, 1)),
        ("2026.4", date(2026, 4, 1)),
        ("2026.10", date(2026, 10, 1)),
        ("２０２４．９．１", date(2024, 9, 1)),
        ("２０２４年９月１日", date(2024, 9, 1)),
        ("２０２４－０９－０１", date(2024, 9, 1)),
        ("2024。9。1", date(2024, 9, 1)),
        ("20260430", date(2026, 4, 30)),
        (20260430, date(2026, 4, 30)),
        ("202604", date(2026, 4, 1)),
        (45536, date(2024, 9, 1)),
        (45536.5, date(2024, 9, 1)),
        ("45536", date(2024, 9, 1)),
        ("2024/9/1 0:00:00", date(2024, 9, 1)),
        ("2024-09-01T00:00:00", date(2024, 9, 1)),
        ("2024.9.1.", date(2024, 9, 1)),
        ("4/30/2026", date(2026, 4, 30)),
        ("30/4/2026", date(2026, 4, 30)),
        ("5/5/2026", date(2026, 5, 5)),
        ("二〇二四年九月三十日", date(2024, 9, 30)),
        ("二○二四年十二月十一日", date(2024, 12, 11)),
        (2024.9, date(2024, 9, 1)),
        (datetime(2024, 9, 1, 8, tzinfo=UTC), date(2024, 9, 1)),
        (date(2024, 9, 1), date(2024, 9, 1)),
        ("\u3000 2024-09-01\u00a0", date(2024, 9, 1)),
    ],
)
def test_a_date_however_it_is_written(typed, day):
    assert clean.parse_date(typed) == day


@pytest.mark.parametrize(
    "typed", ["去年九月", "2024.13.1", "2024-02-30", "24.9.1", "1850-01-01", "2024", 2024, 2024.1, "9月1日", "0", -5]
)
def test_what_is_no_date_gets_a_sentence(typed):
    assert isinstance(clean.parse_date(typed), Problem)


def test_where_day_and_month_cannot_be_told_apart_nobody_guesses():
    assert "分不清" in str(clean.parse_date("3/4/2026"))
    assert "没有" in str(clean.parse_date("13/31/2026"))


def test_a_typed_2024_point_1_could_be_october():
    assert "2024-10-01" in str(clean.parse_date(2024.1))


@pytest.mark.parametrize("empty", [None, "", " ", "\u3000", "\u200b"])
def test_an_empty_cell_is_nothing(empty):
    assert clean.parse_date(empty) is None
    assert clean.parse_int(empty) is None
    assert clean.parse_choice(empty, LEVELS) is None
    assert clean.clean_text(empty) == ""


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张 三", "张三"),
        ("张\u3000三", "张三"),
        (" 方\u00a0立\u200b ", "方立"),
        ("阿拉坦•巴特尔", "阿拉坦·巴特尔"),
        ("阿拉坦．巴特尔", "阿拉坦·巴特尔"),
        ("John  Smith", "John Smith"),
        ("王\n强", "王强"),
        ("𠮷野", "𠮷野"),
    ],
)
def test_a_name(typed, name):
    assert clean.clean_name(typed) == name


def test_text_keeps_chinese_punctuation_and_lines():
    assert clean.clean_text("７．１班（重点）：　采购、验收\r\n 第２行") == "7．1班（重点）： 采购、验收\n第2行"
    assert clean.clean_label("总 务 处") == "总务处"
    assert clean.clean_label("Class 1 班") == "Class 1 班"


@pytest.mark.parametrize(
    ("typed", "code"), [(13800138000.0, "13800138000"), ("００１２ ", "0012"), ("T－１", "T-1"), (7, "7")]
)
def test_a_number_that_is_a_name(typed, code):
    assert clean.clean_code(typed) == code


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86-13800138000", "13800138000"),
        (13800138000, "13800138000"),
        ("0475-8312345", "0475-8312345"),
        ("", ""),
    ],
)
def test_a_telephone(typed, phone):
    assert clean.clean_phone(typed) == phone


def test_no_telephone():
    assert isinstance(clean.clean_phone("办公室"), Problem)


@pytest.mark.parametrize(("typed", "number"), [("４", 4), ("4 分", 4), (3.0, 3), ("1,200", 1200), ("－2", -2)])
def test_a_whole_number(typed, number):
    assert clean.parse_int(typed) == number


def test_a_number_out_of_range():
    assert clean.parse_int("6", 1, 5) == "只能填 1 至 5"
    assert isinstance(clean.parse_int("四个半"), Problem)


@pytest.mark.parametrize(
    ("typed", "value"), [("领导岗位", "leader"), ("中 层", "middle"), ("STAFF", "staff"), ("教师", "staff")]
)
def test_a_choice(typed, value):
    assert clean.parse_choice(typed, LEVELS) == value


def test_a_choice_that_is_nearly_right():
    assert clean.parse_choice("环节干部岗", LEVELS) == "没有“环节干部岗”这一项，是否为“环节干部岗位”？"
    assert "只能填：" in str(clean.parse_choice("保洁", LEVELS))


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("张三丰、李四", ["张三丰", "李四"]),
        ("张 三/李四;阿拉坦·巴特尔，", ["张 三", "李四", "阿拉坦·巴特尔"]),
        ("张三\n李四", ["张三", "李四"]),
        ("欧阳 娜娜", ["欧阳 娜娜"]),
        ("张三（代）、李四", ["张三（代）、李四"]),
        ("王、李", ["王、李"]),
        ("/", ["/"]),
        ("", [""]),
    ],
)
def test_the_people_of_a_cell(typed, names):
    assert several_names(typed) == names


@pytest.mark.parametrize(
    ("typed", "unparted"),
    [
        ("王雨桐 李明", True),
        ("王雨桐（代）、李明", True),
        ("欧阳 娜娜", False),
        ("王雨桐、李明", False),
        ("王雨桐", False),
    ],
)
def test_names_that_nobody_can_part_are_seen(typed, unparted):
    assert says_names_unparted(typed) is unparted


def test_telephones_of_a_cell_and_an_extension():
    assert several_phones("13800000000、0571-88888888") == ["13800000000", "0571-88888888"]
    assert several_phones("88888888/01") == ["88888888/01"]
