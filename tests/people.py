"""The cast: always the same people, all fictional. Wang fills in, Li leads Wang's office, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.test import Client

from qingqu.accounts.models import User
from qingqu.organisation.models import Appointment, Duty, Post, Unit
from tests.make import make_appointment, make_duty, make_post, make_unit, make_user


@dataclass
class Cast:
    """A small school with everyone who matters, and another school that must see nothing."""

    bureau: Unit
    school: Unit
    office: Unit
    """总务处: Li leads it, Wang works in it."""
    teaching: Unit
    """教务处: another department."""
    branch: Unit
    other_school: Unit
    wang: User
    li: User
    zhao: User
    chen: User
    sun: User
    qian: User
    he: User
    """Deputy principal, in charge (分管) of the general affairs office."""
    feng: User
    """Heads the teaching office: another department's head."""
    wu: User
    """A colleague of Wang's in the same department."""
    zhou: User
    wang_post: Post
    wang_second_post: Post
    wang_appointment: Appointment
    li_post: Post

    @property
    def everyone(self) -> dict[str, User]:
        names = ("wang", "li", "zhao", "chen", "sun", "qian", "he", "feng", "wu", "zhou")
        return {name: getattr(self, name) for name in names}


def make_cast() -> Cast:
    """Build the cast in the database, in a fixed number of rows."""
    since = date(2023, 9, 1)
    bureau = make_unit("云川市教育局", kind="bureau", code="YCJY")
    school = make_unit("云川市第五中学", kind="school", parent=bureau, code="YC5Z")
    other_school = make_unit("云川市第九中学", kind="school", parent=bureau, code="YC9Z")
    party_office = make_unit("党委办公室", parent=school, short_name="党办")
    commission = make_unit("纪委", parent=school)
    principal_office = make_unit("校领导", parent=school)
    office = make_unit("总务处", parent=school)
    teaching = make_unit("教务处", parent=school)
    branch = make_unit("第一党支部", kind="branch", parent=school)
    people = {
        name: make_user(name, full)
        for name, full in {
            "wang": "王雨桐",
            "li": "李明远",
            "zhao": "赵文静",
            "chen": "陈思",
            "sun": "孙立国",
            "qian": "钱志远",
            "he": "何建平",
            "feng": "冯立言",
            "wu": "吴晓",
            "zhou": "周平",
        }.items()
    }
    wang_post = make_post(office, "采购员", tier="staff", template_code="G19")
    wang_second = make_post(teaching, "班主任", tier="staff", template_code="G15")
    li_post = make_post(office, "总务主任", tier="middle", template_code="G11")
    wang_appointment = make_appointment(people["wang"], wang_post, since)
    make_appointment(people["wang"], wang_second, since, is_main=False)
    make_appointment(people["wu"], make_post(office, "保管员", template_code="G19"), since)
    make_appointment(people["li"], li_post, since)
    make_appointment(people["feng"], make_post(teaching, "教务主任", tier="middle", template_code="G09"), since)
    make_appointment(people["chen"], make_post(party_office, "党办主任", tier="middle", template_code="G07"), since)
    make_appointment(people["zhao"], make_post(commission, "纪委书记", tier="leader", template_code="G03"), since)
    make_appointment(people["sun"], make_post(principal_office, "校长", tier="leader", template_code="G02"), since)
    make_appointment(people["qian"], make_post(principal_office, "党委书记", tier="leader", template_code="G01"), since)
    make_appointment(
        people["he"], make_post(principal_office, "分管后勤副校长", tier="leader", template_code="G05"), since
    )
    make_appointment(people["zhou"], make_post(make_unit("教务处", parent=other_school), "任课教师"), since)
    for name, kind in (
        ("chen", Duty.Kind.PARTY_OFFICE),
        ("zhao", Duty.Kind.DISCIPLINE),
        ("zhao", Duty.Kind.TEAM),
        ("sun", Duty.Kind.PRINCIPAL),
        ("qian", Duty.Kind.SECRETARY),
        ("he", Duty.Kind.TEAM),
    ):
        make_duty(school, people[name], kind, since)
    make_duty(other_school, people["zhou"], Duty.Kind.PARTY_OFFICE, since)
    for unit, responsible, leader in (
        (office, "li", "he"),
        (teaching, "feng", "he"),
        (party_office, "chen", "qian"),
        (commission, "zhao", "qian"),
        (principal_office, "qian", "qian"),
    ):
        unit.responsible, unit.leader = people[responsible], people[leader]
        unit.save(update_fields=["responsible", "leader"])
    school.responsible = people["qian"]
    school.save(update_fields=["responsible"])
    return Cast(
        bureau=bureau,
        school=school,
        office=office,
        teaching=teaching,
        branch=branch,
        other_school=other_school,
        wang_post=wang_post,
        wang_second_post=wang_second,
        wang_appointment=wang_appointment,
        li_post=li_post,
        **people,
    )


def client_of(person: User) -> Client:
    """A browser in which `person` has signed in."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client
