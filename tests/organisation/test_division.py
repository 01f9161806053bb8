"""Who does what, for the whole school on one page (S17–S19)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from qingqu.organisation.models import Duty
from qingqu.organisation.queries import is_divided
from qingqu.organisation.rules import duties_of_post
from qingqu.trace.models import Entry
from tests.make import make_appointment, make_duty, make_post, make_unit, make_user
from tests.people import Cast

PAGE = reverse("organisation:division")


@pytest.mark.parametrize(
    ("post", "duties"),
    [
        ("党委书记", ["secretary"]),
        ("党总支书记、校长", ["secretary", "principal"]),
        ("副校长", ["team"]),
        ("党委副书记", ["team"]),
        ("纪委书记", ["discipline"]),
        ("纪检委员", ["discipline"]),
        ("党办主任", ["party_office"]),
        ("团委书记", []),
        ("第一党支部书记", []),
        ("校长助理", []),
        ("班主任", []),
    ],
)
def test_the_duty_that_a_post_suggests(post: str, duties: list[str]) -> None:
    assert duties_of_post(post) == duties


def posted(client: Client, **changes: str | list[str]) -> dict[str, str | list[str]]:
    """What the page would send, with changes."""
    form = client.get(PAGE).context["form"]
    said = {name: form[name].value() or "" for name in form.fields}
    return said | {"duties": []} | changes


def test_the_office_says_it_all_at_once(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    teaching, office = cast.teaching, cast.office
    said = posted(client, **{f"responsible{office.pk}": str(cast.wang.pk), f"leader{teaching.pk}": str(cast.sun.pk)})
    before = Entry.objects.count()

    answer = client.post(PAGE, said)

    assert answer.status_code == 302
    office.refresh_from_db()
    teaching.refresh_from_db()
    assert office.responsible == cast.wang
    assert teaching.leader == cast.sun
    acts = list(Entry.objects.order_by("pk").values_list("act", flat=True)[before:])
    assert acts == ["organisation.responsible_set", "organisation.leader_set"]  # nothing about what stayed


def test_somebody_of_another_school_is_no_choice(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    said = posted(client, **{f"responsible{cast.office.pk}": str(cast.zhou.pk)})

    answer = client.post(PAGE, said)

    assert answer.status_code == 422
    cast.office.refresh_from_db()
    assert cast.office.responsible == cast.li


def test_a_duty_is_offered_by_the_posts_name_and_given_when_ticked(client: Client, cast: Cast) -> None:
    deputy = make_user("vice", "范雪")
    make_appointment(deputy, make_post(cast.office, "副校长", tier="leader"))
    client.force_login(cast.chen)
    offered = f"team:{deputy.pk}"
    assert offered in [value for value, _label in client.get(PAGE).context["form"].fields["duties"].choices]

    client.post(PAGE, posted(client))
    assert not Duty.objects.filter(person=deputy).exists()
    client.post(PAGE, posted(client, duties=[offered]))

    assert Duty.objects.get(person=deputy).kind == "team"


def test_the_system_administrator_gives_no_duties(client: Client, cast: Cast) -> None:
    deputy, admin = make_user("vice", "范雪"), make_user("admin", "管理员")
    make_appointment(deputy, make_post(cast.office, "副校长", tier="leader"))
    make_duty(cast.school, admin, "system_admin")
    client.force_login(admin)

    answer = client.post(PAGE, posted(client, duties=[f"team:{deputy.pk}"]))

    assert answer.status_code == 422
    assert not Duty.objects.filter(person=deputy).exists()


def test_nobody_gives_himself_a_duty(client: Client, cast: Cast) -> None:
    make_appointment(cast.chen, make_post(cast.office, "副校长", tier="leader"))
    client.force_login(cast.chen)
    offered = [value for value, _label in client.get(PAGE).context["form"].fields["duties"].choices]
    assert f"team:{cast.chen.pk}" not in offered


def test_when_a_school_is_divided(cast: Cast) -> None:
    assert is_divided(cast.school)
    make_unit("图书馆", kind="department", parent=cast.school)
    assert not is_divided(cast.school)


def test_statements_do_not_grow_with_departments(
    client: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    client.force_login(cast.chen)
    for number in range(20):
        unit = make_unit(f"部门{number}", kind="department", parent=cast.school)
        make_appointment(make_user(f"p{number}", f"人员{number}"), make_post(unit, "干事"))
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        client.get(PAGE)
