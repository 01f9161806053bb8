"""The schools, their people, suppliers and days, out of one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from qingqu.common.calendar import is_working_day

EPOCH = date(1970, 1, 1)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文辉力博雨欣怡晨宇轩子涵思远清源安宁"
PLACES = ("云川", "临江", "东湖", "南岭", "新城", "平川", "长河", "青石", "白沙", "松林")
TRADES = {
    "办公耗材": ("文印", 8, 2_600),
    "电脑及配件": ("科技", 6, 8_500),
    "教学仪器": ("教仪", 7, 9_000),
    "图书教材": ("书业", 5, 6_000),
    "体育器材": ("体育", 5, 5_500),
    "实验药品": ("试剂", 5, 3_000),
    "五金水电": ("五金", 8, 1_900),
    "绿化养护": ("园艺", 4, 4_200),
    "维修工程": ("建设", 7, 16_000),
    "家具": ("家具", 5, 9_500),
    "印刷宣传": ("广告", 6, 3_200),
    "校服床品": ("服饰", 4, 14_000),
    "保洁用品": ("日化", 6, 1_500),
    "安防消防": ("安防", 5, 7_800),
    "车辆服务": ("汽修", 4, 2_200),
    "食材": ("农产品", 9, 6_800),
    "培训服务": ("教育咨询", 5, 7_200),
    "医药用品": ("医药", 4, 1_800),
    "音响设备": ("音视频", 4, 9_200),
    "软件服务": ("信息", 5, 12_000),
}
"""Category → what its suppliers are called, how many there are, usual amount of a purchase in yuan."""


@dataclass
class World:
    """`schools` schools over `years` calendar years that end with `last`; everything follows from `seed`."""

    seed: int = 1
    schools: int = 1
    years: int = 3
    last: int = 2025
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    @property
    def first_day(self) -> date:
        return date(self.last - self.years + 1, 1, 1)

    @cached_property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range((date(self.last, 12, 31) - self.first_day).days + 1)]

    @cached_property
    def working_days(self) -> np.ndarray:
        """Days since 1970 on which offices work, vacations of July/August and late January left out."""
        open_ = [d for d in self.days if is_working_day(d) and not is_vacation(d)]
        return np.array([number(d) for d in open_], dtype=np.int64)

    @cached_property
    def office_days(self) -> np.ndarray:
        """Days on which the offices work, vacations included."""
        return np.array([number(d) for d in self.days if is_working_day(d)], dtype=np.int64)

    def person(self, school: int, index: int) -> str:
        """The name of somebody of a school; no two alike within 1,600 people."""
        n = school * 977 + index
        return SURNAMES[n % 40] + GIVEN[n // 40 % 40] + (GIVEN[(n // 1600 + 7) % 40] if n >= 1600 else "")

    def staff_id(self, school: int, index: int) -> str:
        return f"{school:03d}{index:04d}"

    def phone(self, kind: int, index: int) -> str:
        """A number of a range that no operator has given out."""
        return f"1990{kind}{index:06d}"

    def supplier(self, school: int, category: str, index: int) -> str:
        trade = TRADES[category][0]
        n = school * 131 + index * 7 + len(category) * 3 + sum(map(ord, category)) % 97
        kind = "经营部" if n % 3 else "有限公司"
        return f"{PLACES[n % 10]}{GIVEN[n // 10 % 40]}{GIVEN[(n // 3 + 11) % 40]}{trade}{kind}"

    def tax_no(self, name: str) -> str:
        """Not a valid code: its check digit never fits."""
        return f"9X{sum(ord(c) * 31**k for k, c in enumerate(name)) % 10**16:016d}"


def is_vacation(day: date) -> bool:
    return ((day.month, day.day) >= (7, 10) and (day.month, day.day) <= (8, 25)) or (
        (day.month, day.day) >= (1, 20) and (day.month, day.day) <= (2, 12)
    )


def number(day: date) -> int:
    return (day - EPOCH).days


def school_term(day: int) -> str:
    when = EPOCH + timedelta(days=day)
    return f"{when.year}春" if 2 <= when.month <= 7 else f"{when.year if when.month >= 8 else when.year - 1}秋"
