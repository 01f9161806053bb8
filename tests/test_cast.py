"""The cast itself: who they are is what every other test builds on."""

from qingqu.organisation.queries import holders, staff_of, standing
from tests.people import Cast


def test_everyone_stands_where_the_walks_say(cast: Cast) -> None:
    assert standing(cast.chen).is_party_office
    assert standing(cast.zhao).is_discipline
    assert standing(cast.li).heads == {cast.office.pk}
    assert cast.office.pk in standing(cast.he).leads
    assert standing(cast.sun).is_top_leader
    assert standing(cast.zhou).school == cast.other_school


def test_a_person_with_two_posts_is_counted_once(cast: Cast) -> None:
    assert list(staff_of(cast.school)).count(cast.wang) == 1
    assert cast.zhou not in staff_of(cast.school)


def test_holders_are_of_one_school(cast: Cast) -> None:
    assert list(holders(cast.school, "party_office")) == [cast.chen]
