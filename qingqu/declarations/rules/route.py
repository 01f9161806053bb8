"""Who reviews a form, in which order: 自己查、相互帮、领导审、组织定 (S20, S34). People are ids.

Nobody reviews his own, nobody appears twice, nobody reviews a superior. A leader's form goes to his peers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

HEAD, LEADER, TEAM, DISCIPLINE = "head", "leader", "team", "discipline"
PARTY_OFFICE, GROUP, PEER = "party_office", "group", "peer"
DUTIES = {DISCIPLINE: "discipline", PARTY_OFFICE: "party_office"}
"""Stages that any holder of a duty may decide."""


class NobodyLeft(Exception):
    """No person of the school may review this form."""


@dataclass(frozen=True, slots=True)
class School:
    """Who holds what, each in a fixed order."""

    secretary: Sequence[int] = ()
    principal: Sequence[int] = ()
    team: Sequence[int] = ()
    """All members of the leadership team, secretary and principal among them."""
    discipline: Sequence[int] = ()
    party_office: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose form it is, and who stands around him."""

    pk: int
    head: int | None = None
    """第一责任人 of his unit."""
    leader: int | None = None
    """分管领导 of his unit."""
    is_leader: bool = False
    """A member of the leadership team, or holder of a leader's post."""
    subordinates: frozenset[int] = frozenset()
    """Who works in a unit that he heads or leads, the team and the discipline commission excepted."""
    peer: int | None = None
    """A colleague to look first, where the school wants that."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A turn of the route: a person, or any holder of a duty."""

    turn: int
    stage: str
    person: int | None = None
    duty: str = ""


@dataclass(slots=True)
class _Way:
    """The route while it grows: remembers who may not come (again)."""

    school: School
    owner: Owner
    seats: list[Seat] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def may(self, person: int | None) -> bool:
        return (
            person is not None
            and person != self.owner.pk
            and person not in self.used
            and person not in self.owner.subordinates
        )

    def first(self, people: Iterable[int | None]) -> int | None:
        return next((person for person in people if self.may(person)), None)

    @property
    def next_turn(self) -> int:
        return max((seat.turn for seat in self.seats), default=0) + 1

    def add(self, stage: str, people: Iterable[int | None], turn: int | None = None) -> bool:
        """Seat the first of `people` who may come."""
        person = self.first(people)
        if person is None:
            return False
        self.seats.append(Seat(turn or self.next_turn, stage, person))
        self.used.add(person)
        return True

    def add_duty(self, stage: str, held_by: Sequence[int], turn: int | None = None) -> bool:
        """Leave the seat to the duty where each of its holders may come, otherwise name the first who may."""
        able = [person for person in held_by if self.may(person)]
        if not able:
            return False
        if len(able) < len(held_by):
            return self.add(stage, able, turn)
        self.seats.append(Seat(turn or self.next_turn, stage, duty=DUTIES[stage]))
        self.used.update(able)
        return True

    def top(self) -> list[int]:
        """Who decides for the committee: the secretary, where he cannot, the principal, then the team."""
        return [*self.school.secretary, *self.school.principal, *self.school.team]


def route(kind: str, owner: Owner, school: School, *, has_grave: bool = False, group_step: str = "grave") -> list[Seat]:
    """The turns of a form of `kind` personal or unit; `has_grave`: it names a level-1 risk.

    `group_step` says which forms the leading group decides on: none, grave (units' and those with a level-1 risk), all.

    Raises NobodyLeft.
    """
    way = _Way(school, owner)
    if kind == "unit":
        _unit_route(way, group_step != "none")
    elif owner.is_leader:
        _leaders_route(way)
    else:
        _staff_route(way, group_step == "all" or (group_step == "grave" and has_grave))
    if not way.seats:
        raise NobodyLeft
    return way.seats


def _staff_route(way: _Way, to_group: bool) -> None:
    """(互查) → 部门负责人 → 分管领导 → 党办 → (领导小组)."""
    way.add(PEER, [way.owner.peer])
    way.add(HEAD, [way.owner.head])
    way.add(LEADER, [way.owner.leader, *way.top()])
    _receipt(way)
    if to_group:
        way.add(GROUP, way.top())


def _unit_route(way: _Way, to_group: bool) -> None:
    """分管领导 → 党办 → (领导小组)."""
    way.add(LEADER, [way.owner.leader, *way.top()])
    _receipt(way)
    if to_group:
        way.add(GROUP, way.top())


def _leaders_route(way: _Way) -> None:
    """Two other members of the team and the discipline commission side by side, then the party office's receipt."""
    commission = way.school.discipline
    owner = way.owner.pk
    if owner in way.school.secretary:
        way.add(TEAM, way.school.principal, turn=1)
    else:
        way.add(TEAM, way.school.secretary, turn=1)
    plain = [person for person in way.school.team if person not in commission]
    others = _from(owner, plain) + [person for person in way.school.team if person in commission]
    while len(way.seats) < 2 and way.add(TEAM, others, turn=1):
        pass
    way.add_duty(DISCIPLINE, commission, turn=1)
    if way.seats:
        way.add_duty(PARTY_OFFICE, way.school.party_office)


def _from(owner: int, people: Sequence[int]) -> list[int]:
    """The people in a ring that begins behind the owner: the work is spread and the choice is always the same."""
    ring = sorted(people)
    return [person for person in ring if person > owner] + [person for person in ring if person < owner]


def _receipt(way: _Way) -> None:
    """The party office receives; its own papers are received by the discipline commission."""
    if way.owner.pk in way.school.party_office or not way.add_duty(PARTY_OFFICE, way.school.party_office):
        way.add_duty(DISCIPLINE, way.school.discipline)


def supervisor(owner: Owner, school: School) -> int | None:
    """Who watches over a person (监督人): his head, for a head's own form the leader in charge, then the top.

    Never the owner himself and never a subordinate (S20).
    """
    way = _Way(school, owner)
    return way.first([owner.head, owner.leader, *way.top()])


def peer_of(owner: int, colleagues: Iterable[int]) -> int | None:
    """The colleague who looks at a form first: the next one in the ring, so that everybody looks at one (相互帮)."""
    return next((person for person in _from(owner, list(colleagues)) if person != owner), None)


def must_go_up(kind: str, owner: Owner, school: School) -> bool:
    """Whether the form is also filed with the superior inspection group: the secretary's and the principal's own."""
    return kind == "personal" and owner.pk in (*school.secretary, *school.principal)
