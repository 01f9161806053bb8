"""One of many people is chosen out of his department, which comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from qingqu.common.clock import today
from qingqu.organisation.models import Appointment
from qingqu.organisation.person_field import PersonField
from qingqu.organisation.queries import by_department
from tests.make import make_unit
from tests.people import Cast


class OwnerForm(forms.Form):
    owner = PersonField(label="责任人")


def test_the_department_comes_first_and_everybody_once(cast: Cast) -> None:
    groups = by_department(cast.school, cast.teaching)
    assert groups[0][0] == cast.teaching.name
    assert f"{cast.feng.name} · " in groups[0][1][0][1]
    people = [pk for _name, some in groups for pk, _label in some]
    assert len(people) == len(set(people))
    assert cast.wang.pk in people, "he holds two posts"
    assert cast.zhou.pk not in people, "of another school"
    assert by_department(cast.school)[0][0] != cast.teaching.name


def test_who_has_left_is_not_offered(cast: Cast) -> None:
    Appointment.objects.filter(person=cast.wang).update(ended_on=today() - timedelta(days=1))
    assert cast.wang.pk not in [pk for _name, some in by_department(cast.school) for pk, _label in some]


def test_one_statement_for_any_number_of_departments(cast: Cast, django_assert_num_queries: Any) -> None:
    make_unit("信息中心", parent=cast.school)
    with django_assert_num_queries(1):
        by_department(cast.school, cast.office)


def test_only_the_schools_own_people_are_taken(cast: Cast) -> None:
    for person, is_valid in ((cast.wang, True), (cast.zhou, False)):
        form = OwnerForm({"owner": person.pk})
        field: Any = form.fields["owner"]
        field.offer(cast.school, cast.office)
        assert form.is_valid() is is_valid
        html = form.as_p()
        assert html.index(f'<optgroup label="{cast.office.name}">') == html.index("<optgroup"), "his department first"
        assert 'data-find="' in html
