"""What an import would change: each row's answer (new, changed, same, doubled, wrong), posts, new units.

Nothing is written here. The page shows the plan, `actions.apply_roster` carries it out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.tabular import Row
from qingqu.common.tabular.clean import did_you_mean
from qingqu.organisation import rules
from qingqu.organisation.models import Appointment, Duty, Post, Unit
from qingqu.organisation.roster.columns import heads_a_unit, tier_of
from qingqu.organisation.roster.identity import Identities
from qingqu.organisation.roster.snapshot import Snapshot

State = Literal["new", "changed", "same", "doubled", "wrong"]
NUMBERS = re.compile("[一二三四五六七八九十百0-9]+")
Place = tuple[str, str]
"""A post by the name of its unit and its own."""


@dataclass(slots=True)
class Start:
    """A post that somebody is to hold from a day on."""

    place: Place
    since: date
    is_main: bool


@dataclass(slots=True)
class PersonPlan:
    """What becomes of one person."""

    user: User | None
    name: str
    number: str = ""
    rows: list[Row] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    ends: list[tuple[Appointment, date]] = field(default_factory=list)
    moves: list[tuple[Appointment, date]] = field(default_factory=list)
    """Appointments whose first day is corrected."""
    fields: dict[str, Any] = field(default_factory=dict)
    branch: str = ""
    duties: list[str] = field(default_factory=list)

    @property
    def is_touched(self) -> bool:
        return bool(
            not self.user or self.starts or self.ends or self.moves or self.fields or self.branch or self.duties
        )


@dataclass(slots=True)
class Plan:
    """The whole import, thought through."""

    rows: list[Row]
    states: dict[int, State] = field(default_factory=dict)
    """By id(row)."""
    changes: dict[int, list[str]] = field(default_factory=dict)
    people: list[PersonPlan] = field(default_factory=list)
    new_units: dict[str, str] = field(default_factory=dict)
    """Name → the name of a like one that the school has, or nothing."""
    new_branches: dict[str, str] = field(default_factory=dict)
    new_posts: dict[Place, str] = field(default_factory=dict)
    """Place → tier."""
    tiers: list[tuple[Post, str]] = field(default_factory=list)
    heads: dict[str, PersonPlan] = field(default_factory=dict)
    leaders: dict[str, str] = field(default_factory=dict)
    absent: list[User] = field(default_factory=list)
    """People in office whom the roster does not name; nothing happens to them."""

    def state(self, row: Row) -> State:
        return self.states.get(id(row), "wrong")

    def count(self, state: State) -> int:
        return sum(self.state(row) == state for row in self.rows)

    @property
    def good(self) -> list[Row]:
        return [row for row in self.rows if self.state(row) in ("new", "changed", "same")]

    @property
    def wrong(self) -> list[Row]:
        return [row for row in self.rows if self.state(row) == "wrong"]

    @property
    def changes_something(self) -> bool:
        return bool(
            any(person.is_touched for person in self.people)
            or self.new_units
            or self.new_branches
            or self.new_posts
            or self.tiers
            or self.heads
            or self.leaders
        )


def make_plan(now: Snapshot, rows: list[Row], *, may_give_duties: bool = True, by: User | None = None) -> Plan:
    """Compare a roster with the school. Problems across rows are added to the rows themselves."""
    return _Planner(now, rows, may_give_duties, by).plan


class _Planner:
    def __init__(self, now: Snapshot, rows: list[Row], may_give_duties: bool, by: User | None) -> None:
        self.now, self.may_give_duties, self.by = now, may_give_duties, by
        self.plan = Plan(rows)
        self.tier_seen: dict[Place, tuple[str, int]] = {}
        self.head_seen: dict[str, Row] = {}
        self._check_places()
        people = Identities(now, rows, self._unit).people
        self.names = {row.values["name"] for row in rows if row.values.get("name")} | set(now.by_name)
        for group in people:
            self._person(group.user, group.rows)
        self._units()
        seen = {person.user.pk for person in self.plan.people if person.user}
        mentioned = seen | {group.user.pk for group in people if group.user}
        self.plan.absent = [u for pk, u in now.people.items() if pk not in mentioned and now.held.get(pk)]

    # places

    def _unit(self, row: Row) -> Unit | None:
        return self.now.units.get(row.values.get("unit") or "")

    def _check_places(self) -> None:
        for row in self.plan.rows:
            unit = self._unit(row)
            if unit is not None and not unit.is_active:
                row.problems["unit"] = _("“%(unit)s”已停用，请先恢复使用，或者改填其他部门") % {"unit": unit.name}
            for name in row.values["posts"]:
                post = self.now.posts.get((unit.pk, name)) if unit else None
                if post is not None and not post.is_active:
                    row.problems["post"] = _("岗位“%(post)s”已停用，请先恢复使用，或者改填其他岗位") % {"post": name}
            self._check_tier(row)
            self._check_head(row)
            self._check_branch(row)

    def _check_tier(self, row: Row) -> None:
        """One post has one kind, whoever holds it."""
        stated = row.values.get("stated_tier")
        if not stated or not row.values.get("unit"):
            return
        place = (row.values["unit"], row.values["posts"][0])
        before, number = self.tier_seen.setdefault(place, (stated, row.number))
        if before != stated:
            row.problems["tier"] = _("与第 %(row)d 行同一岗位的类别不一致") % {"row": number}

    def _check_head(self, row: Row) -> None:
        """One unit has one who answers for it (S18)."""
        if not row.values.get("is_head") or not row.values.get("unit"):
            return
        first = self.head_seen.setdefault(row.values["unit"], row)
        if first.values.get("name") != row.values.get("name"):
            row.problems["head"] = _("本部门的第一责任人已是第 %(row)d 行的“%(name)s”") % {
                "row": first.number,
                "name": first.values.get("name"),
            }

    def _check_branch(self, row: Row) -> None:
        branch = self.now.branches.get(row.values.get("branch") or "")
        if branch is not None and not branch.is_active:
            row.problems["branch"] = _("“%(unit)s”已停用") % {"unit": branch.name}

    # people

    def _person(self, user: User | None, rows: list[Row]) -> None:
        person = PersonPlan(user, rows[0].values["name"], rows=[])
        mentioned = {place for row in rows for place in self._places(row, user)}
        for row in rows:
            self._check_person(user, row)
            if row.problems:
                self.plan.states[id(row)] = "wrong"
            elif row.values.get("doubled"):
                self.plan.states[id(row)] = "doubled"
            else:
                person.rows.append(row)
        if not person.rows:
            return
        person.number = next((row.values["number"] for row in person.rows if row.values.get("number")), "")
        self._posts(person, mentioned)
        self._facts(person)
        self.plan.people.append(person)
        state: State = "new" if user is None else "changed" if person.is_touched else "same"
        for row in person.rows:
            self.plan.states[id(row)] = state
            self.plan.changes[id(row)] = self._words(person)

    def _places(self, row: Row, user: User | None) -> list[Place]:
        """The posts that a row names. A further one in the same cell may be one that he holds in another unit."""
        unit = self._unit(row)
        name = self._key(unit, unit.name if unit else row.values.get("unit") or "")
        first, *further = row.values["posts"]
        held = {a.post.name: f"#{a.post.unit_id}" for a in self.now.held.get(user.pk, [])} if user else {}
        here = {a.post.name for a in self.now.held.get(user.pk, []) if f"#{a.post.unit_id}" == name} if user else set()
        return [(name, first), *((name if post in here else held.get(post, name), post) for post in further)]

    def _key(self, unit: Unit | None, name: str) -> str:
        """Units of the school by id, new ones by name: the same unit is the same place however it is written."""
        return f"#{unit.pk}" if unit else name

    def _check_person(self, user: User | None, row: Row) -> None:
        kinds = row.values.get("duty_kinds", [])
        held = self.now.duties.get(user.pk, set()) if user else set()
        for kind in kinds:
            if clash := rules.clashing_duty(kind, [*held, *kinds]):
                row.problems["duties"] = _("“%(duty)s”与“%(other)s”不能由同一人担任") % {
                    "duty": Duty.Kind(kind).label,
                    "other": Duty.Kind(clash).label,
                }
        fresh = [kind for kind in kinds if kind not in held]
        if fresh and not self.may_give_duties:
            row.values["duty_kinds"] = []
            row.mended["duties"] = _("不导入：职责身份由党办或安全保密管理员授予")
        elif fresh and user is not None and self.by is not None and user.pk == self.by.pk:
            row.values["duty_kinds"] = []
            row.mended["duties"] = _("不导入：不能改变自己的职责身份")
        leader = row.values.get("leader")
        if leader and leader not in self.names:
            near = did_you_mean(leader, self.names)
            row.problems["leader"] = (
                _("名册中没有“%(name)s”，是否为“%(near)s”？") % {"name": leader, "near": near}
                if near
                else _("名册中没有“%(name)s”") % {"name": leader}
            )

    def _posts(self, person: PersonPlan, mentioned: set[Place]) -> None:
        held = self.now.held.get(person.user.pk, []) if person.user else []
        by_place = {(f"#{a.post.unit_id}", a.post.name): a for a in held}
        wanted: dict[Place, Row] = {}
        for row in person.rows:
            for place in self._places(row, person.user):
                wanted.setdefault(place, row)
                self._post(place, row)
        loose = [a for place, a in by_place.items() if place not in mentioned]
        for place, row in wanted.items():
            since: date | None = row.values.get("since")
            if place in by_place:
                if since and since != by_place[place].started_on and place[1] == row.values["posts"][0]:
                    person.moves.append((by_place[place], since))
                continue
            gone = self._leaves(loose, place)
            start = since or today()
            if gone is not None:
                person.ends.append((gone, max(start, gone.started_on)))
            is_main = gone.is_main if gone else not person.starts and not held
            person.starts.append(Start(place, start, is_main))

    def _leaves(self, loose: list[Appointment], place: Place) -> Appointment | None:
        """The post that a new one replaces: one in the same unit first, else the main one."""
        same = [a for a in loose if f"#{a.post.unit_id}" == place[0]]
        if not (same or loose):
            return None
        gone = (same or loose)[0]
        loose.remove(gone)
        return gone

    def _post(self, place: Place, row: Row) -> None:
        stated = row.values.get("stated_tier") if place[1] == row.values["posts"][0] else None
        post = self.now.posts.get((int(place[0][1:]), place[1])) if place[0].startswith("#") else None
        if post is None:
            if stated or place not in self.plan.new_posts:
                self.plan.new_posts[place] = stated or tier_of(place[1])
        elif stated and stated != post.tier and all(known != post for known, _tier in self.plan.tiers):
            self.plan.tiers.append((post, stated))

    def _facts(self, person: PersonPlan) -> None:
        user = person.user
        for key, name in (("number", "number"), ("phone", "phone"), ("joined", "joined_on")):
            value = next((row.values[key] for row in person.rows if row.values.get(key)), None)
            if value and (user is None or getattr(user, name) != value):
                person.fields[name] = value
        branch = next((row.values["branch"] for row in person.rows if row.values.get("branch")), "")
        unit = self.now.branches.get(branch)
        membership = self.now.branch_of.get(user.pk) if user else None
        if branch and (membership is None or unit is None or membership.branch_id != unit.pk):
            person.branch = branch
            if unit is None:
                self.plan.new_branches.setdefault(branch, _like(branch, self.now.branches))
        held = self.now.duties.get(user.pk, set()) if user else set()
        kinds = (kind for row in person.rows for kind in row.values.get("duty_kinds", []))
        person.duties = [kind for kind in dict.fromkeys(kinds) if kind not in held]

    # units

    def _units(self) -> None:
        heads: dict[str, list[PersonPlan]] = defaultdict(list)
        likely: dict[str, list[PersonPlan]] = defaultdict(list)
        for person in self.plan.people:
            for row in person.rows:
                unit = self._unit(row)
                name = self._key(unit, row.values["unit"])
                if unit is None:
                    self.plan.new_units.setdefault(name, _like(name, self.now.units))
                if row.values.get("leader") and (unit is None or _named(unit.leader) != row.values["leader"]):
                    self.plan.leaders.setdefault(name, row.values["leader"])
                if row.values.get("is_head"):
                    heads[name].append(person)
                elif any(heads_a_unit(post) for post in row.values["posts"]):
                    likely[name].append(person)
        for name in {*heads, *likely}:
            unit = next((u for u in self.now.units.values() if name == f"#{u.pk}"), None)
            chosen = heads[name] or (
                likely[name] if len(likely[name]) == 1 and not (unit and unit.responsible_id) else []
            )
            if chosen and (unit is None or chosen[0].user is None or unit.responsible_id != chosen[0].user.pk):
                self.plan.heads[name] = chosen[0]

    def _words(self, person: PersonPlan) -> list[str]:
        """What changes for a person, in words."""
        if person.user is None:
            return []
        names = {f"#{unit.pk}": unit.name for unit in self.now.units.values()}
        words = [
            _("任 %(post)s") % {"post": f"{names.get(s.place[0], s.place[0])}·{s.place[1]}"} for s in person.starts
        ]
        words += [_("不再任 %(post)s") % {"post": f"{a.post.unit.name}·{a.post.name}"} for a, _day in person.ends]
        words += [_("任职日期改为 %(day)s") % {"day": day.isoformat()} for _held, day in person.moves]
        titles = {"number": _("工号"), "phone": _("手机"), "joined_on": _("到校日期")}
        words += [_("%(title)s改为 %(value)s") % {"title": titles[k], "value": v} for k, v in person.fields.items()]
        words += [_("编入%(branch)s") % {"branch": person.branch}] if person.branch else []
        return words + [_("授予%(duty)s") % {"duty": Duty.Kind(kind).label} for kind in person.duties]


def _like(name: str, known: Iterable[str]) -> str:
    """The known name that may have been meant, nothing for 第三支部 beside 第一支部: those differ in their number."""
    near = did_you_mean(name, known) or ""
    return "" if NUMBERS.sub("", near) == NUMBERS.sub("", name) else near


def _named(person: User | None) -> str:
    return person.name if person else ""
