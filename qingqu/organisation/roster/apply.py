"""Carrying out a plan in bulk: 3,000 people in a few dozen SQL statements, each new row with its trace entry."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.organisation import rules
from qingqu.organisation.models import Appointment, BranchMembership, Duty, Post, Unit
from qingqu.organisation.roster.plan import PersonPlan, Plan
from qingqu.trace.actions import record, record_many

BATCH = 500


def carry_out(plan: Plan, school: Unit, *, by: User | None) -> dict[str, Any]:
    """Write everything that a plan says, inside the caller's transaction; returns what was done."""
    return _Work(plan, school, by).done


class _Work:
    """One import being written: units, posts, people, then what they hold."""

    def __init__(self, plan: Plan, school: Unit, by: User | None) -> None:
        self.plan, self.school, self.by = plan, school, by
        self.units: dict[str, Unit] = {f"#{unit.pk}": unit for unit in Unit.objects.filter(school=school)}
        self.branches = {u.name: u for u in self.units.values() if u.kind == Unit.Kind.BRANCH}
        self.branches |= {u.short_name: u for u in self.branches.copy().values() if u.short_name}
        units = self._new_units(plan.new_units, Unit.Kind.DEPARTMENT, self.units)
        branches = self._new_units(plan.new_branches, Unit.Kind.BRANCH, self.branches)
        posts = self._posts()
        people = self._people()
        changed = self._change_people()
        started, ended, moved = self._appointments()
        self._memberships()
        duties = self._duties()
        heads = self._charges()
        self.done: dict[str, Any] = {
            "rows": len(plan.good),
            "left": len(plan.wrong),
            "doubled": plan.count("doubled"),
            "same": plan.count("same"),
            "units": units,
            "branches": branches,
            "posts": posts,
            "people": people,
            "changed": changed,
            "started": started,
            "ended": ended,
            "moved": moved,
            "duties": duties,
            "heads": heads,
            "absent": [f"{p.name}（{p.number}）" if p.number else p.name for p in plan.absent][:500],
        }

    def _new_units(self, names: dict[str, str], kind: str, known: dict[str, Unit]) -> list[str]:
        base = len(self.units)
        made = [
            Unit(parent=self.school, school=self.school, kind=kind, name=name, path="", order=base + number)
            for number, name in enumerate(names, 1)
        ]
        made = Unit.objects.bulk_create(made, batch_size=BATCH)
        for unit in made:
            unit.path = rules.path_of(self.school.path, unit.pk)
            known[unit.name] = unit
        Unit.objects.bulk_update(made, ["path"], batch_size=BATCH)
        for unit in made:
            record("organisation.unit_created", unit, by=self.by, after=unit.name)
        return [unit.name for unit in made]

    def _posts(self) -> int:
        made = Post.objects.bulk_create(
            [
                Post(unit=self.units[unit], name=name, tier=tier)
                for (unit, name), tier in self.plan.new_posts.items()
                if unit in self.units
            ],
            batch_size=BATCH,
        )
        record_many("organisation.post_created", made, by=self.by)
        changed = []
        for post, tier in self.plan.tiers:
            post.tier = tier
            changed.append(post)
        Post.objects.bulk_update(changed, ["tier"], batch_size=BATCH)
        record_many("organisation.post_edited", changed, by=self.by)
        posts = Post.objects.filter(unit__school=self.school)
        self.posts = {(post.unit_id, post.name): post for post in posts}
        return len(made)

    def _people(self) -> int:
        fresh = [person for person in self.plan.people if person.user is None]
        names = self._usernames(fresh)
        made = User.objects.bulk_create(
            [
                User(
                    username=names[n],
                    name=person.name,
                    password=make_password(None),
                    **{"number": person.number, **person.fields},
                )
                for n, person in enumerate(fresh)
            ],
            batch_size=BATCH,
        )
        for person, user in zip(fresh, made, strict=True):
            person.user = user
        record_many("organisation.person_added", made, by=self.by)
        return len(made)

    def _usernames(self, fresh: list[PersonPlan]) -> list[str]:
        """A sign-in name for each: his number where it is free, else one with the school's code."""
        taken = set(User.objects.values_list("username", flat=True))
        prefix = (self.school.code or f"s{self.school.pk}").lower()
        names, serial = [], len(taken)
        for person in fresh:
            name = person.number
            if name and name in taken:
                name = f"{prefix}-{name}"
            while not name or name in taken:
                serial += 1
                name = f"{prefix}-{serial:04d}"
            taken.add(name)
            names.append(name)
        return names

    def _change_people(self) -> int:
        changed = []
        for person in self.plan.people:
            if person.user is None or not person.fields or person.user._state.adding:
                continue
            different = {key: value for key, value in person.fields.items() if getattr(person.user, key) != value}
            for key, value in different.items():
                setattr(person.user, key, value)
            if different:
                changed.append(person.user)
        User.objects.bulk_update(changed, ["number", "phone", "joined_on"], batch_size=BATCH)
        record_many("organisation.person_changed", changed, by=self.by)
        return len(changed)

    def _appointments(self) -> tuple[int, int, int]:
        made, ended, moved = [], [], []
        for person in self.plan.people:
            for start in person.starts:
                post = self.posts[(self.units[start.place[0]].pk, start.place[1])]
                made.append(Appointment(post=post, person=person.user, started_on=start.since, is_main=start.is_main))
            for appointment, day in person.ends:
                appointment.ended_on = day
                ended.append(appointment)
            for appointment, day in person.moves:
                appointment.started_on = day
                moved.append(appointment)
        Appointment.objects.bulk_update(ended, ["ended_on"], batch_size=BATCH)
        Appointment.objects.bulk_update(moved, ["started_on"], batch_size=BATCH)
        made = Appointment.objects.bulk_create(made, batch_size=BATCH)
        self._record("organisation.appointed", made, lambda held: held.post.name)
        self._record("organisation.appointment_ended", ended, lambda held: held.ended_on.isoformat())
        self._record("organisation.appointment_corrected", moved, lambda held: held.started_on.isoformat())
        return len(made), len(ended), len(moved)

    def _memberships(self) -> None:
        wanted = {p.user.pk: self.branches[p.branch] for p in self.plan.people if p.branch and p.user}
        known = {m.person_id: m for m in BranchMembership.objects.filter(branch__school=self.school)}
        changed = []
        for pk, branch in wanted.items():
            if pk in known:
                known[pk].branch = branch
                changed.append(known[pk])
        BranchMembership.objects.bulk_update(changed, ["branch"], batch_size=BATCH)
        made = BranchMembership.objects.bulk_create(
            [BranchMembership(person_id=pk, branch=branch) for pk, branch in wanted.items() if pk not in known],
            batch_size=BATCH,
        )
        self._record("organisation.branch_set", [*changed, *made], lambda membership: membership.branch.name)

    def _duties(self) -> int:
        made = Duty.objects.bulk_create(
            [
                Duty(school=self.school, person=person.user, kind=kind, started_on=today())
                for person in self.plan.people
                for kind in person.duties
            ]
        )
        self._record("organisation.duty_given", made, lambda duty: duty.kind)
        return len(made)

    def _charges(self) -> list[str]:
        """Who answers for each unit and in whose field it lies (S18, S19)."""
        said = []
        for key, person in self.plan.heads.items():
            unit = self.units.get(key)
            if unit is not None and unit.responsible_id != (person.user.pk if person.user else None):
                unit.responsible = person.user
                unit.save(update_fields=["responsible"])
                record("organisation.responsible_set", unit, by=self.by, after=person.name)
                said.append(_("%(unit)s：%(person)s") % {"unit": unit.name, "person": person.name})
        if self.plan.leaders:
            self._leaders()
        return said

    def _leaders(self) -> None:
        held = Appointment.objects.on(today()).filter(
            post__unit__school=self.school, person__name__in=set(self.plan.leaders.values())
        )
        by_name: dict[str, list[tuple[bool, User]]] = defaultdict(list)
        for appointment in held.select_related("person", "post"):
            by_name[appointment.person.name].append((appointment.post.tier != "leader", appointment.person))
        for key, name in self.plan.leaders.items():
            unit = self.units.get(key)
            people = sorted(by_name[name], key=lambda pair: pair[0])
            if unit is None or not people or unit.leader_id == people[0][1].pk:
                continue
            unit.leader = people[0][1]
            unit.save(update_fields=["leader"])
            record("organisation.leader_set", unit, by=self.by, after=name)

    def _record(self, act: str, objs: list[Any], after: Any) -> None:
        """One entry each; those with the same words together, so that the statements stay few."""
        groups: dict[str, list[Any]] = defaultdict(list)
        for obj in objs:
            groups[str(after(obj))].append(obj)
        for words, some in groups.items():
            record_many(act, some, by=self.by, after=words)
