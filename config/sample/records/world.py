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
GOODS = {
    "办公耗材": ["签字笔", "文件夹", "档案盒", "订书机", "计算器", "复印纸", "墨盒", "硒鼓"],
    "电脑及配件": ["U盘", "键盘鼠标", "路由器", "固态硬盘", "投影灯泡", "显示器", "打印机", "笔记本电脑"],
    "教学仪器": ["量筒", "滑轨", "电表", "天平", "电源箱", "教学模型", "显微镜", "示波器"],
    "图书教材": ["报刊", "绘本", "课外读物", "字典", "教辅用书", "试题汇编", "工具书", "馆藏图书"],
    "体育器材": ["跳绳", "篮球", "羽毛球拍", "实心球", "标枪", "体操垫", "跨栏架", "乒乓球台"],
    "实验药品": ["试纸", "指示剂", "试管", "烧杯", "酒精", "盐酸", "硫酸铜", "氢氧化钠"],
    "五金水电": ["插座", "开关", "灯管", "电线", "角阀", "水管", "水龙头", "门锁"],
    "绿化养护": ["花肥", "草花", "盆栽", "除草", "草坪养护", "绿篱修剪", "病虫害防治", "树木移栽"],
    "维修工程": ["地面修补", "门窗维修", "围栏维修", "墙面粉刷", "管道改造", "电路改造", "屋面防水", "厕所改造"],
    "家具": ["讲台", "课桌椅", "储物柜", "书架", "文件柜", "办公桌", "学生床", "会议桌"],
    "印刷宣传": ["奖状", "横幅", "条幅", "展板", "画册", "校刊", "试卷印刷", "宣传栏"],
    "校服床品": ["枕芯", "床单", "蚊帐", "床垫", "被褥", "运动服", "校服", "礼服"],
    "保洁用品": ["抹布", "扫帚", "拖把", "垃圾袋", "卫生纸", "洗手液", "洁厕剂", "消毒液"],
    "安防消防": ["警示牌", "应急灯", "灭火器", "消防水带", "对讲机", "防暴器材", "监控摄像头", "门禁"],
    "车辆服务": ["洗车", "年检", "保养", "轮胎", "维修", "加油卡", "保险", "校车租赁"],
    "食材": ["青菜", "豆腐", "大米", "面粉", "牛奶", "鸡蛋", "食用油", "猪肉"],
    "培训服务": ["技能考核", "心理讲座", "安全培训", "专家讲座", "教师培训", "党员培训", "拓展活动", "课程开发"],
    "医药用品": ["棉签", "创可贴", "口罩", "碘伏", "绷带", "退热贴", "体温计", "急救箱"],
    "音响设备": ["线材", "耳机", "话筒", "扩音器", "音箱", "功放", "调音台", "录播设备"],
    "软件服务": ["短信服务", "杀毒软件", "数据备份", "网站维护", "软件授权", "平台续费", "排课系统", "阅卷系统"],
}
"""Category → what is bought, from the cheapest to the dearest."""


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

    def trader(self, index: int) -> str:
        """A supplier of no particular trade."""
        return f"{PLACES[index % 10]}{GIVEN[index // 10 % 40]}{GIVEN[(index // 400 + 5) % 40]}商贸有限公司"

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
