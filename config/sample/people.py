"""The roster of the fictional school: 180 people in 20 departments, drawn with a fixed seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

SCHOOL = ("云川市第五中学（示范）", "云川五中", "YC5Z")
BUREAU = ("云川市教育局（示范）", "市教育局", "YCJY")

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = [
    "雨桐",
    "明远",
    "文静",
    "思源",
    "立国",
    "志远",
    "建平",
    "立言",
    "晓岚",
    "国华",
    "一鸣",
    "敏行",
    "海燕",
    "玉洁",
    "永康",
    "春梅",
    "俊杰",
    "丽娜",
    "宏伟",
    "秀英",
    "子涵",
    "若曦",
    "泽宇",
    "嘉宁",
    "诗雨",
    "浩然",
    "欣怡",
    "博文",
    "雅琴",
    "振华",
    "桂芳",
    "少鹏",
    "凤霞",
    "庆丰",
    "慧敏",
    "晨曦",
    "乐山",
    "静怡",
    "承志",
    "佳音",
]

SUBJECTS = ("语文", "数学", "英语", "物理", "化学", "生物", "政治", "历史", "地理", "体育", "音乐", "美术", "信息技术")
GRADES = ("高一", "高二", "高三")


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the roster."""

    number: str
    name: str
    unit: str
    post: str
    tier: str
    since: date
    branch: str
    duty: str = ""
    second_unit: str = ""
    second_post: str = ""
    subject: str = ""
    grade: str = ""


LEADERS = (
    ("钱志远", "党委书记", "secretary"),
    ("孙立国", "校长", "principal"),
    ("赵文静", "纪委书记", "discipline"),
    ("沈立言", "分管教学副校长", "team"),
    ("何建平", "分管后勤副校长", "team"),
    ("刘敏行", "分管德育副校长", "team"),
)
"""The leadership team, in the unit 校领导."""

DEPARTMENTS = (
    # name, short name, head's post, other posts, who leads it (index into LEADERS)
    ("党委办公室（党办）", "党办", "党办主任", ("组织干事",), 0),
    ("纪委（纪检监察室）", "纪委", "纪检监察室主任", ("纪检干事",), 2),
    ("校长办公室（行政办）", "行政办", "办公室主任", ("文秘", "公务用车管理员"), 1),
    ("教务处", "", "教务主任", ("教务干事", "招生专干", "考务员"), 3),
    ("教研室（科研处）", "教研室", "教研室主任", ("科研干事",), 3),
    ("德育处（政教处）", "德育处", "德育主任", ("德育干事", "心理健康教师"), 5),
    ("总务处（后勤）", "总务处", "总务主任", ("采购员", "保管员", "食堂管理员", "食堂验收员", "维修管理员"), 4),
    ("财务室", "", "财务负责人", ("会计", "出纳"), 1),
    ("人事室", "", "人事室主任", ("人事干事",), 1),
    ("学生资助中心", "", "资助中心主任", ("资助专干",), 5),
    ("信息中心", "", "信息中心主任", ("网络管理员", "数据管理员"), 4),
    ("工会", "", "工会主席", ("工会干事",), 0),
    ("团委", "", "团委书记", ("团委干事",), 5),
    ("学籍档案室", "", "学籍档案室主任", ("学籍管理员", "档案员"), 3),
)

BRANCHES = (("第一党支部", "团委书记"), ("第二党支部", "教研室主任"), ("第三党支部", "工会主席"))
"""Each party branch and the post of its secretary, who belongs to it."""

TEMPLATES = {
    "党委书记": "G01", "校长": "G02", "纪委书记": "G03", "分管教学副校长": "G04", "分管后勤副校长": "G05",
    "分管德育副校长": "G06", "党办主任": "G07", "组织干事": "G07", "办公室主任": "G08", "教务主任": "G09",
    "德育主任": "G10", "总务主任": "G11", "财务负责人": "G12", "年级主任": "G13", "教研组长": "G14", "班主任": "G15",
    "会计": "G17", "出纳": "G17", "食堂管理员": "G18", "食堂验收员": "G18", "采购员": "G19", "保管员": "G19",
    "学籍管理员": "G20", "档案员": "G20", "资助专干": "G20",
}  # fmt: skip
"""Post → template of the starter library; teachers of a subject get G16."""


def roster() -> list[Person]:
    """Everybody, in the order of the personnel list; the same at every call."""
    draw = random.Random(20260424)
    names = _names(draw)
    people: list[Person] = []

    def add(unit: str, post: str, tier: str, name: str = "", **more: str) -> None:
        since = date(draw.randint(2010, 2024), draw.choice((3, 9)), 1)
        branch = (*(name for name, _ in BRANCHES), "")[len(people) % 4]
        number = f"{1001 + len(people)}"
        people.append(Person(number, name or next(names), unit, post, tier, since, branch, **more))

    for name, post, duty in LEADERS:
        add("校领导", post, "leader", name, duty=duty)
    for unit, short, head, others, _ in DEPARTMENTS:
        duty = {"党办": "party_office"}.get(short, "")
        given = {"党办": "陈思", "总务处（后勤）": "李明远", "教务处": "冯立言"}
        add(unit, head, "middle", given.get(short) or given.get(unit, ""), duty=duty)
        for post in others:
            add(unit, post, "staff")
    for grade in GRADES:
        unit = f"{grade}年级组"
        add(unit, "年级主任", "middle")
        for n in range(44):
            subject = SUBJECTS[n % len(SUBJECTS)]
            teacher = "王雨桐" if (grade, n) == ("高一", 0) else ""
            second = {"second_unit": unit, "second_post": "班主任"} if n < 12 else {}
            add(unit, f"{subject}教师", "staff", teacher, subject=subject, grade=grade, **second)
    return people


def _names(draw: random.Random):  # type: ignore[no-untyped-def]
    reserved = {name for name, _, _ in LEADERS} | {"陈思", "李明远", "冯立言", "王雨桐"}
    pairs = [f"{surname}{given}" for surname in SURNAMES for given in GIVEN]
    draw.shuffle(pairs)
    return (name for name in pairs if name not in reserved)
