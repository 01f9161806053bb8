"""Units, posts and people: what changes, what is refused, what is left in the trace, who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.organisation import access, actions, page_queries, queries, rules
from qingqu.organisation.models import Appointment, BranchMembership, Duty, Unit
from qingqu.trace.models import Entry
from tests.make import make_appointment, make_duty, make_post
from tests.people import Cast

DAY = date(2026, 3, 2)


def acts() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("act", flat=True))


@pytest.mark.parametrize(
    ("kind", "held", "clash"),
    [
        ("system_admin", ["auditor"], "auditor"),
        ("system_admin", ["security_admin"], "security_admin"),
        ("auditor", ["party_office"], "party_office"),
        ("principal", ["system_admin"], "system_admin"),
        ("discipline", ["team"], None),
        ("auditor", [], None),
    ],
)
def test_three_administrators_exclude_each_other_and_business(kind: str, held: list[str], clash: str | None) -> None:
    assert rules.clashing_duty(kind, held) == clash


@pytest.mark.parametrize(
    ("kind", "parent", "allowed"),
    [
        ("school", "bureau", True),
        ("department", "school", True),
        ("department", "department", True),
        ("branch", "school", True),
        ("branch", "department", False),
        ("school", "department", False),
        ("department", "bureau", False),
        ("bureau", "", True),
        ("department", "", False),
    ],
)
def test_what_stands_below_what(kind: str, parent: str, allowed: bool) -> None:
    assert rules.may_stand_below(kind, parent) is allowed


def test_a_new_unit_finds_its_place_in_the_tree(cast: Cast) -> None:
    unit = actions.create_unit(cast.office, kind="department", name=" 食堂 ", by=cast.chen)
    assert unit.name == "食堂"
    assert unit.school == cast.school
    assert unit.path == f"{cast.office.path}{unit.pk:08d}."
    assert unit in Unit.objects.under(cast.office)
    assert acts() == ["organisation.unit_created"]
    with pytest.raises(NotPossible, match="已有同名"):
        actions.create_unit(cast.office, kind="department", name="食堂", by=cast.chen)
    with pytest.raises(NotPossible, match="下面不能设"):
        actions.create_unit(cast.office, kind="school", name="分校", by=cast.chen)


def test_renaming_a_unit(cast: Cast) -> None:
    unit = actions.edit_unit(cast.office, name="后勤处", short_name="后勤", by=cast.chen)
    assert (unit.name, str(unit)) == ("后勤处", "后勤")
    with pytest.raises(NotPossible):
        actions.edit_unit(cast.office, name="教务处", by=cast.chen)
    assert acts() == ["organisation.unit_edited"]


def test_a_unit_in_use_keeps_somebody_responsible(cast: Cast) -> None:
    assert actions.set_responsible(cast.office, cast.wu, by=cast.chen).responsible == cast.wu
    with pytest.raises(NotPossible, match="须有第一责任人"):
        actions.set_responsible(cast.office, None, by=cast.chen)
    with pytest.raises(NotPossible, match="没有任职"):
        actions.set_responsible(cast.office, cast.zhou, by=cast.chen)
    actions.set_leader(cast.office, cast.sun, by=cast.chen)
    assert acts() == ["organisation.responsible_set", "organisation.leader_set"]


def test_a_unit_with_people_cannot_be_retired(cast: Cast) -> None:
    with pytest.raises(NotPossible, match="3 人次在任"):
        actions.retire_unit(cast.office, by=cast.chen)
    Appointment.objects.filter(post__unit=cast.office).update(ended_on=date(2024, 1, 1))
    assert not actions.retire_unit(cast.office, by=cast.chen).is_active
    assert actions.restore_unit(cast.office, by=cast.chen).is_active


def test_posts(cast: Cast) -> None:
    post = actions.create_post(cast.office, name="食堂管理员", tier="staff", by=cast.chen)
    with pytest.raises(NotPossible, match="已有岗位"):
        actions.create_post(cast.office, name="食堂管理员", tier="staff", by=cast.chen)
    post = actions.edit_post(post, name="食堂主管", tier="middle", duties="管食堂", by=cast.chen)
    assert (post.name, post.tier, post.duties) == ("食堂主管", "middle", "管食堂")
    assert actions.mark_key_post(post, True, by=cast.zhao).is_key
    with pytest.raises(NotPossible, match="没有变化"):
        actions.mark_key_post(post, True, by=cast.zhao)
    assert not actions.retire_post(post, by=cast.chen).is_active
    with pytest.raises(NotPossible, match="还有人在任"):
        actions.retire_post(cast.wang_post, by=cast.chen)
    with pytest.raises(NotPossible, match="已停用"):
        actions.appoint(cast.wu, post, started_on=DAY, by=cast.chen)
    assert actions.restore_post(post, by=cast.chen).is_active


def test_a_new_teacher_arrives(cast: Cast) -> None:
    person = actions.add_person(name="郑新", number="2026001", joined_on=DAY, by=cast.chen)
    assert not person.has_usable_password()
    actions.appoint(person, cast.wang_second_post, started_on=DAY, by=cast.chen)
    assert person in queries.staff_of(cast.school)
    with pytest.raises(NotPossible, match="已有人使用"):
        actions.add_person(name="郑新", number="2026001", by=cast.chen)
    assert acts() == ["organisation.person_added", "organisation.appointed"]


def test_appointing_twice_is_refused(cast: Cast) -> None:
    with pytest.raises(NotPossible, match="已在"):
        actions.appoint(cast.wang, cast.wang_post, started_on=DAY, by=cast.chen)


def test_a_second_main_post_makes_the_first_a_side_one(cast: Cast) -> None:
    actions.appoint(cast.wang, make_post(cast.teaching, "教研组长"), started_on=DAY, by=cast.chen)
    cast.wang_appointment.refresh_from_db()
    assert not cast.wang_appointment.is_main


def test_changing_the_post_ends_one_and_begins_the_other(cast: Cast) -> None:
    new = make_post(cast.teaching, "教研组长")
    moved = actions.change_post(cast.wang_appointment, new, on=DAY, by=cast.chen)
    cast.wang_appointment.refresh_from_db()
    assert cast.wang_appointment.ended_on == DAY
    assert (moved.post, moved.started_on, moved.is_main) == (new, DAY, True)
    assert list(queries.appointments_started_since(DAY)) == [moved]
    assert acts() == ["organisation.appointment_ended", "organisation.appointed"]
    with pytest.raises(NotPossible, match="相同"):
        actions.change_post(moved, new, on=DAY, by=cast.chen)


def test_who_answers_for_a_unit_cannot_just_leave(cast: Cast) -> None:
    appointment = Appointment.objects.get(person=cast.li)
    with pytest.raises(NotPossible, match="总务处"):
        actions.end_appointment(appointment, ended_on=DAY, by=cast.chen)
    actions.set_responsible(cast.office, cast.wu, by=cast.chen)
    assert actions.end_appointment(appointment, ended_on=DAY, by=cast.chen).ended_on == DAY
    with pytest.raises(NotPossible, match="已于"):
        actions.end_appointment(appointment, ended_on=DAY, by=cast.chen)
    with pytest.raises(NotPossible, match="不能早于"):
        actions.end_appointment(cast.wang_appointment, ended_on=date(2020, 1, 1), by=cast.chen)


def test_duties(cast: Cast) -> None:
    duty = actions.give_duty(cast.school, cast.wu, "party_office", started_on=DAY, by=cast.chen)
    with pytest.raises(NotPossible, match="已是"):
        actions.give_duty(cast.school, cast.wu, "party_office", started_on=DAY, by=cast.chen)
    with pytest.raises(NotPossible, match="不能由同一人担任"):
        actions.give_duty(cast.school, cast.wu, "auditor", started_on=DAY, by=cast.chen)
    actions.end_duty(duty, ended_on=DAY, by=cast.chen)
    with pytest.raises(NotPossible, match="接任者"):
        actions.end_duty(Duty.objects.get(person=cast.chen), ended_on=DAY, by=cast.chen)
    assert acts() == ["organisation.duty_given", "organisation.duty_ended"]


def test_branch(cast: Cast) -> None:
    assert actions.set_branch(cast.wang, cast.branch, by=cast.chen) is not None
    with pytest.raises(NotPossible, match="不是在用的党支部"):
        actions.set_branch(cast.wang, cast.office, by=cast.chen)
    actions.set_branch(cast.wang, None, by=cast.chen)
    assert not BranchMembership.objects.exists()
    assert acts() == ["organisation.branch_set", "organisation.branch_membership.deleted"]


@pytest.mark.parametrize(
    ("question", "yes"),
    [
        (lambda user, cast: access.can_manage(user, cast.school), {"chen"}),
        (lambda user, cast: access.can_write_duties(user, cast.office), {"chen", "li"}),
        (lambda user, cast: access.can_mark_key(user, cast.wang_post), {"zhao"}),
        (lambda user, cast: access.can_give_duty(user, cast.school, cast.wu), {"chen"}),
        (lambda user, cast: access.can_give_duty(user, cast.school, cast.chen), set()),
        (lambda user, cast: access.can_see_phone(user, cast.wang, cast.school), {"chen", "wang"}),
    ],
    ids=["manage", "write-duties", "mark-key", "give-duty", "give-duty-to-self", "see-phone"],
)
def test_who_may(cast: Cast, question: Callable[[User, Cast], object], yes: set[str]) -> None:
    assert {name for name, user in cast.everyone.items() if question(user, cast)} == yes


def test_the_system_administrator_keeps_the_tree_but_gives_no_duties(cast: Cast) -> None:
    admin = User.objects.create(username="admin", name="管理")
    make_duty(cast.school, admin, "system_admin")
    assert access.can_manage(admin, cast.school)
    assert not access.can_give_duty(admin, cast.school)
    assert not access.can_write_duties(admin, cast.office)


def test_the_tree_counts_posts_and_people(cast: Cast) -> None:
    nodes = {node.unit: node for node in page_queries.tree(cast.school)}
    assert cast.other_school not in nodes
    assert (nodes[cast.office].posts, nodes[cast.office].people, nodes[cast.office].depth) == (3, 3, 1)
    assert nodes[cast.school].depth == 0


def test_finding_people(cast: Cast) -> None:
    assert list(page_queries.people_of(cast.school, text="雨桐")) == [cast.wang]
    assert list(page_queries.people_of(cast.school, text="班主任")) == [cast.wang]
    assert set(page_queries.people_of(cast.school, unit=cast.office.pk)) == {cast.wang, cast.wu, cast.li}
    assert set(page_queries.people_of(cast.school, tier="middle")) == {cast.li, cast.feng, cast.chen}
    assert cast.zhou not in page_queries.people_of(cast.school)


def test_a_past_post_is_no_post(cast: Cast) -> None:
    make_appointment(cast.zhou, make_post(cast.office, "门卫"), ended_on=date(2024, 1, 1))
    assert cast.zhou not in page_queries.people_of(cast.school)
    page = page_queries.person_page(cast.wang, cast.school)
    assert {a.post for a in page.current} == {cast.wang_post, cast.wang_second_post}
