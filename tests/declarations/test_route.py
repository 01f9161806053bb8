"""Who reviews whom."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingqu.declarations.rules.route import NobodyLeft, Owner, School, peer_of, route, supervisor

# Wang 1, Wu 2 under Li 3; Feng 4 heads teaching; Chen 5 party office; Zhao 6 discipline; Sun 7 principal;
# Qian 8 secretary; He 9 deputy.
SCHOOL = School(secretary=[8], principal=[7], team=[6, 7, 8, 9], discipline=[6], party_office=[5])
WANG = Owner(1, head=3, leader=9)
LI = Owner(3, head=3, leader=9, subordinates=frozenset({1, 2}))
CHEN = Owner(5, head=5, leader=8)
HE = Owner(9, head=8, leader=8, is_leader=True, subordinates=frozenset({1, 2, 3, 4}))
SUN = Owner(7, head=8, leader=8, is_leader=True)
QIAN = Owner(8, head=8, leader=8, is_leader=True, subordinates=frozenset({5}))
ZHAO = Owner(6, head=6, leader=8, is_leader=True)


def way(kind: str, owner: Owner, school: School = SCHOOL, **how) -> list[tuple[int, str, int | str]]:
    return [(s.turn, s.stage, s.person or s.duty) for s in route(kind, owner, school, **how)]


@pytest.mark.parametrize(
    ("kind", "owner", "grave", "expected"),
    [
        ("personal", WANG, False, [(1, "head", 3), (2, "leader", 9), (3, "party_office", "party_office")]),
        (
            "personal",
            WANG,
            True,
            [(1, "head", 3), (2, "leader", 9), (3, "party_office", "party_office"), (4, "group", 8)],
        ),
        ("personal", LI, False, [(1, "leader", 9), (2, "party_office", "party_office")]),
        ("personal", CHEN, False, [(1, "leader", 8), (2, "discipline", "discipline")]),
        (
            "personal",
            HE,
            False,
            [(1, "team", 8), (1, "team", 7), (1, "discipline", "discipline"), (2, "party_office", "party_office")],
        ),
        (
            "personal",
            SUN,
            True,
            [(1, "team", 8), (1, "team", 9), (1, "discipline", "discipline"), (2, "party_office", "party_office")],
        ),
        ("personal", QIAN, False, [(1, "team", 7), (1, "team", 9), (1, "discipline", "discipline")]),
        ("personal", ZHAO, False, [(1, "team", 8), (1, "team", 7), (2, "party_office", "party_office")]),
        ("unit", LI, False, [(1, "leader", 9), (2, "party_office", "party_office"), (3, "group", 8)]),
        ("unit", CHEN, False, [(1, "leader", 8), (2, "discipline", "discipline"), (3, "group", 7)]),
        ("unit", QIAN, False, [(1, "leader", 7), (2, "discipline", "discipline"), (3, "group", 9)]),
    ],
)
def test_the_route_of_the_cast(kind, owner, grave, expected):
    assert way(kind, owner, has_grave=grave) == expected


def test_a_missing_leader_falls_to_the_secretary():
    assert way("personal", Owner(1, head=3))[1] == (2, "leader", 8)
    assert way("personal", Owner(1)) == [(1, "leader", 8), (2, "party_office", "party_office")]


def test_a_colleague_looks_first_where_the_school_wants_it():
    assert way("personal", Owner(1, head=3, leader=9, peer=2))[0] == (1, "peer", 2)


def test_the_head_who_is_also_the_leader_comes_once():
    assert way("personal", Owner(1, head=9, leader=9))[:2] == [(1, "head", 9), (2, "leader", 8)]


def test_a_holder_who_may_not_come_is_passed_over_by_name():
    school = School(secretary=[8], principal=[7], team=[7, 8], discipline=[6], party_office=[5, 3])
    assert way("personal", WANG, school)[2] == (3, "party_office", 5)


def test_nobody_left():
    with pytest.raises(NobodyLeft):
        route("personal", QIAN, School(secretary=[8], team=[8], party_office=[5]))


PEOPLE = st.integers(1, 12)
SOME = st.lists(PEOPLE, unique=True, max_size=4)


@st.composite
def schools(draw):
    secretary, principal = draw(SOME)[:1], draw(SOME)[:1]
    team = sorted({*secretary, *principal, *draw(SOME)})
    return School(secretary, principal, team, draw(SOME), draw(SOME))


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(["personal", "unit"]),
    school=schools(),
    pk=PEOPLE,
    head=st.none() | PEOPLE,
    leader=st.none() | PEOPLE,
    under=st.frozensets(PEOPLE),
    grave=st.booleans(),
)
def test_never_oneself_never_a_subordinate_never_twice(kind, school, pk, head, leader, under, grave):
    below = under - {*school.team, *school.discipline, pk}
    owner = Owner(pk, head, leader, is_leader=pk in school.team, subordinates=frozenset(below))
    try:
        seats = route(kind, owner, school, has_grave=grave)
    except NobodyLeft:
        return
    named = [seat.person for seat in seats if seat.person]
    by_duty = [p for seat in seats if seat.duty for p in getattr(school, seat.duty)]
    assert seats
    assert pk not in named + by_duty
    assert not below & {*named, *by_duty}
    assert len(set(named)) == len(named)
    assert not set(named) & set(by_duty)
    assert [seat.turn for seat in seats] == sorted(seat.turn for seat in seats)


@pytest.mark.parametrize(
    ("owner", "expected"),
    [(WANG, 3), (LI, 9), (CHEN, 8), (HE, 8), (SUN, 8), (QIAN, 7), (ZHAO, 8), (Owner(1), 8)],
    ids=["staff", "head", "party office", "deputy", "principal", "secretary", "commission", "nobody named"],
)
def test_who_watches_over_a_person(owner, expected):
    """The head; over the head himself the leader in charge; over the secretary the principal."""
    assert supervisor(owner, SCHOOL) == expected


def test_nobody_watches_over_himself():
    assert supervisor(Owner(8, head=8, leader=8), School(secretary=[8], team=[8])) is None


@pytest.mark.parametrize(
    ("kind", "group_step", "grave", "decides"),
    [
        ("personal", "none", True, False),
        ("personal", "grave", False, False),
        ("personal", "grave", True, True),
        ("personal", "all", False, True),
        ("unit", "none", True, False),
        ("unit", "grave", False, True),
        ("unit", "all", False, True),
    ],
)
def test_where_the_leading_group_decides(kind, group_step, grave, decides):
    stages = [stage for _turn, stage, _who in way(kind, LI, has_grave=grave, group_step=group_step)]
    assert (stages[-1] == "group") == decides


def test_everybody_of_a_department_looks_at_one_colleague():
    people = [4, 9, 2, 7]
    assert sorted(str(peer_of(person, people)) for person in people) == ["2", "4", "7", "9"]
    assert peer_of(2, [2]) is None
    assert peer_of(5, people) == 7
