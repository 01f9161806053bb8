"""The units, posts and people of the fictional school, entered as a party office would."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from config.sample.people import BRANCHES, BUREAU, DEPARTMENTS, GRADES, LEADERS, SCHOOL, TEMPLATES, Person, roster
from qingqu.accounts.models import User
from qingqu.library.actions import adopt_post, adopt_power
from qingqu.library.catalogue import catalogue
from qingqu.organisation import actions
from qingqu.organisation.models import Duty, Post, Unit
from qingqu.powers.actions import mark_key
from qingqu.powers.models import Power


@dataclass
class School:
    """What the rest of the sample needs to find again."""

    unit: Unit
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    lines: list[Person] = field(default_factory=list)

    def holder(self, post: str) -> User:
        """The one who holds a post that exists once."""
        return self.people[next(line.name for line in self.lines if line.post == post)]


def build(since: date) -> School:
    """Enter bureau, school, departments, posts and 180 people."""
    bureau = actions.create_unit(None, kind="bureau", name=BUREAU[0], short_name=BUREAU[1], code=BUREAU[2], by=None)
    unit = actions.create_unit(
        bureau, kind="school", name=SCHOOL[0], short_name=SCHOOL[1], code=SCHOOL[2], by=None, order=1
    )
    school = School(unit, lines=roster())
    _units(school)
    _people(school, since)
    _charges(school)
    return school


def _units(school: School) -> None:
    names = [("校领导", ""), *((name, short) for name, short, *_ in DEPARTMENTS), *((f"{g}年级组", "") for g in GRADES)]
    for order, (name, short) in enumerate(names, 1):
        school.units[name] = actions.create_unit(
            school.unit,
            kind="department",
            name=name,
            short_name=short,
            by=None,
            order=order,
            duties=DUTIES.get(name, ""),
        )
    for order, (name, _) in enumerate(BRANCHES, 50):
        school.units[name] = actions.create_unit(school.unit, kind="branch", name=name, by=None, order=order)


def _people(school: School, since: date) -> None:
    posts: dict[tuple[str, str], Post] = {}

    def post_of(unit: str, name: str, tier: str) -> Post:
        if (unit, name) not in posts:
            duties = f"承担{name}岗位的日常工作，按制度办理并留存记录。"
            posts[unit, name] = actions.create_post(school.units[unit], name=name, tier=tier, by=None, duties=duties)
        return posts[unit, name]

    for line in school.lines:
        person = actions.add_person(name=line.name, number=line.number, joined_on=line.since, by=None)
        school.people[line.name] = person
        actions.appoint(person, post_of(line.unit, line.post, line.tier), started_on=line.since, by=None)
        if line.second_post:
            second = post_of(line.second_unit, line.second_post, "staff")
            actions.appoint(person, second, started_on=since, by=None, is_main=False)
        if line.branch:
            actions.set_branch(person, school.units[line.branch], by=None)


def _charges(school: School) -> None:
    for name, _post, duty in LEADERS:
        actions.give_duty(school.unit, school.people[name], duty, started_on=date(2022, 9, 1), by=None)
    for extra in ("赵文静",):
        actions.give_duty(school.unit, school.people[extra], Duty.Kind.TEAM, started_on=date(2022, 9, 1), by=None)
    actions.give_duty(school.unit, school.people["陈思"], Duty.Kind.PARTY_OFFICE, started_on=date(2022, 9, 1), by=None)
    admin = school.holder("网络管理员")
    actions.give_duty(school.unit, admin, Duty.Kind.SYSTEM_ADMIN, started_on=date(2023, 9, 1), by=None)
    secretary = school.people[LEADERS[0][0]]
    actions.set_responsible(school.unit, secretary, by=None)
    actions.put_in_charge(school.units["校领导"], responsible=secretary, leader=secretary, by=None)
    for name, _short, head, _others, leader in DEPARTMENTS:
        actions.put_in_charge(
            school.units[name], responsible=school.holder(head), leader=school.people[LEADERS[leader][0]], by=None
        )
    for name, post in BRANCHES:
        actions.put_in_charge(school.units[name], responsible=school.holder(post), leader=secretary, by=None)
    for grade in GRADES:
        unit = f"{grade}年级组"
        head = next(line.name for line in school.lines if line.unit == unit and line.post == "年级主任")
        actions.put_in_charge(
            school.units[unit], responsible=school.people[head], leader=school.people["刘敏行"], by=None
        )


def adopt(school: School, by: User) -> list[Power]:
    """The party office takes over the starter library: the powers of each department, a template for each post."""
    books = catalogue()
    by_name = {alias: unit for name, unit in school.units.items() for alias in (name, unit.short_name) if alias}
    powers = []
    for template in books.powers.values():
        unit = by_name.get(template.owner) or school.units["校长办公室（行政办）"]
        powers.append(adopt_power(template, unit=unit, by=by))
    for power in powers:
        if power.three_major != Power.ThreeMajor.NONE and power.code in {"P01", "P06", "P07", "P09", "P12"}:
            mark_key(power, is_key=True, by=school.people["赵文静"])
    wanted: dict[str, list[Post]] = {}
    for post in Post.objects.filter(unit__school=school.unit):
        code = TEMPLATES.get(post.name) or ("G16" if post.name.endswith("教师") else "")
        if code:
            wanted.setdefault(code, []).append(post)
    for code, posts in sorted(wanted.items()):
        adopt_post(books.posts[code], posts, by=by)
    return powers


DUTIES = {
    "总务处（后勤）": "负责物资与服务采购、食堂、基建维修、资产与后勤保障。",
    "财务室": "负责预算、收费、报销、资金支付与会计核算。",
    "教务处": "负责招生、编班、课务、考试、教材与教辅征订。",
    "德育处（政教处）": "负责学生管理、评优、校服选用、研学与校外活动。",
    "人事室": "负责教师招聘、职称、绩效、考核与档案。",
    "党委办公室（党办）": "负责党建、干部选拔、登记表收件与年度工作推进。",
}
