"""Pages of the organisation: a visit each, the doors, and the number of SQL statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.organisation.models import Appointment, Duty, Post, Unit
from tests.make import make_appointment, make_post, make_user
from tests.people import Cast


def see(client: Client, user: object, name: str, *args: int, status: int = 200) -> str:
    client.force_login(user)  # type: ignore[arg-type]
    answer = client.get(reverse(f"organisation:{name}", args=args))
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def test_everybody_sees_the_tree_and_who_answers(client: Client, cast: Cast) -> None:
    page = see(client, cast.wang, "home")
    assert "总务处" in page
    assert "李明远" in page
    assert "新设单位" not in page
    assert "新设单位" in see(client, cast.chen, "home")


def test_another_school_sees_nothing(client: Client, cast: Cast) -> None:
    see(client, cast.zhou, "unit", cast.office.pk, status=404)
    see(client, cast.zhou, "post", cast.wang_post.pk, status=404)
    see(client, cast.zhou, "person", cast.wang.pk, status=404)
    assert "王雨桐" not in see(client, cast.zhou, "people")


def test_the_phone_is_masked_but_for_owner_and_party_office(client: Client, cast: Cast) -> None:
    cast.wang.phone = "13800001234"
    cast.wang.save()
    assert "13800001234" not in see(client, cast.li, "person", cast.wang.pk)
    assert "138****1234" in see(client, cast.li, "people")
    assert "13800001234" in see(client, cast.chen, "person", cast.wang.pk)
    assert "13800001234" in see(client, cast.wang, "person", cast.wang.pk)


def test_chen_sets_up_a_unit_with_a_post_and_a_person(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    client.post(
        reverse("organisation:unit-new"),
        {"kind": "department", "name": "信息中心", "parent": cast.school.pk, "order": 3},
    )
    unit = Unit.objects.get(name="信息中心")
    client.post(reverse("organisation:post-new", args=[unit.pk]), {"name": "网络管理员", "tier": "staff"})
    post = Post.objects.get(unit=unit)
    answer = client.post(
        reverse("organisation:person-new"),
        {"name": "郑新", "number": "2026009", "post": post.pk, "started_on": "2026-03-01", "is_main": "on"},
    )
    held = Appointment.objects.get(post=post)
    assert answer.headers["Location"] == reverse("organisation:person", args=[held.person_id])
    client.post(reverse("organisation:unit-charge", args=[unit.pk]), {"responsible": held.person_id, "leader": ""})
    unit.refresh_from_db()
    assert unit.responsible_id == held.person_id
    assert "网络管理员" in see(client, cast.chen, "unit", unit.pk)
    assert "郑新" in see(client, cast.chen, "post", post.pk)


def test_a_refusal_stands_in_the_form_with_what_was_typed(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    answer = client.post(
        reverse("organisation:unit-new"), {"kind": "department", "name": "总务处", "parent": cast.school.pk, "order": 0}
    )
    assert answer.status_code == 422
    assert "已有同名的单位" in answer.content.decode()


def test_li_writes_the_duties_of_his_unit_and_its_posts_only(client: Client, cast: Cast) -> None:
    client.force_login(cast.li)
    client.post(reverse("organisation:unit-duties", args=[cast.office.pk]), {"duties": "物资采购与保管"})
    cast.office.refresh_from_db()
    assert cast.office.duties == "物资采购与保管"
    client.post(
        reverse("organisation:post-edit", args=[cast.wang_post.pk]),
        {"name": "总裁", "tier": "leader", "duties": "询价三家", "authority": ""},
    )
    cast.wang_post.refresh_from_db()
    assert (cast.wang_post.name, cast.wang_post.tier, cast.wang_post.duties) == ("采购员", "staff", "询价三家")
    assert client.post(reverse("organisation:unit-duties", args=[cast.teaching.pk])).status_code == 403


@pytest.mark.parametrize("who", ["wang", "li", "zhao", "sun"])
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("unit-edit", "office"),
        ("unit-charge", "office"),
        ("unit-retire", "office"),
        ("post-new", "office"),
        ("person-edit", "wang"),
        ("appoint", "wang"),
        ("give-duty", "wang"),
        ("set-branch", "wang"),
        ("change-post", "wang_appointment"),
        ("end-appointment", "wang_appointment"),
        ("post-retire", "wang_post"),
    ],
)
def test_only_the_party_office_manages(client: Client, cast: Cast, who: str, name: str, what: str) -> None:
    client.force_login(getattr(cast, who))
    assert client.post(reverse(f"organisation:{name}", args=[getattr(cast, what).pk])).status_code == 403


def test_moving_ending_and_duties_through_the_pages(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    other = make_post(cast.teaching, "教研组长")
    client.post(
        reverse("organisation:change-post", args=[cast.wang_appointment.pk]), {"post": other.pk, "on": "2026-03-02"}
    )
    moved = Appointment.objects.get(person=cast.wang, post=other)
    client.post(reverse("organisation:end-appointment", args=[moved.pk]), {"ended_on": "2026-04-01"})
    moved.refresh_from_db()
    assert str(moved.ended_on) == "2026-04-01"
    client.post(reverse("organisation:give-duty", args=[cast.wu.pk]), {"kind": "team", "started_on": "2026-03-01"})
    duty = Duty.objects.get(person=cast.wu)
    client.post(reverse("organisation:end-duty", args=[duty.pk]), {"ended_on": "2026-05-01"})
    client.post(reverse("organisation:set-branch", args=[cast.wu.pk]), {"branch": cast.branch.pk})
    assert cast.wu.branch_membership.branch == cast.branch
    assert "吴晓" in see(client, cast.chen, "unit", cast.branch.pk)
    client.force_login(cast.zhao)
    client.post(reverse("organisation:post-mark", args=[cast.wang_post.pk]), {"key": "1"})
    cast.wang_post.refresh_from_db()
    assert cast.wang_post.is_key


@pytest.mark.parametrize("name", ["home", "people"])
def test_as_many_statements_for_a_hundred_as_for_ten(client: Client, cast: Cast, name: str) -> None:
    def cost() -> int:
        see(client, cast.chen, name)
        with CaptureQueriesContext(connection) as seen:
            see(client, cast.chen, name)
        return len(seen)

    few = cost()
    for n in range(90):
        make_appointment(make_user(name=f"教师{n}"), make_post(cast.teaching, f"岗位{n}"))
    assert cost() == few


def test_api_gives_units_posts_and_masked_people(client: Client, cast: Cast) -> None:
    cast.wang.phone = "13800001234"
    cast.wang.save()
    client.force_login(cast.li)
    assert {u["name"] for u in client.get("/api/v1/units").json()["items"]} >= {"总务处", "教务处"}
    assert [p["name"] for p in client.get(f"/api/v1/posts?unit_id={cast.office.pk}").json()["items"]][:1] == ["采购员"]
    wang = client.get("/api/v1/people?q=雨桐").json()["items"][0]
    assert wang["phone"] == "138****1234"
    assert [held["post"] for held in wang["held"]] == ["采购员", "班主任"]
    client.force_login(cast.zhou)
    assert client.get(f"/api/v1/people/{cast.wang.pk}").status_code == 404
    assert client.get("/api/v1/units").json()["count"] == 2
