"""Which rows speak of the same person, and whether the school knows him: by number, else by name and department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.tabular import Row
from qingqu.organisation.models import Unit
from qingqu.organisation.roster.snapshot import Snapshot


@dataclass(slots=True)
class Group:
    """The rows of one person; `user` is nothing for somebody new."""

    user: User | None
    rows: list[Row] = field(default_factory=list)


class Identities:
    """Finds out who is who. What cannot be told apart becomes a problem of the rows."""

    def __init__(self, now: Snapshot, rows: list[Row], unit_of: Callable[[Row], Unit | None]) -> None:
        self.now, self.unit_of = now, unit_of
        self.rows = [row for row in rows if row.values.get("name") and row.values.get("unit")]
        self.by_name: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            self.by_name[row.values["name"]].append(row)
        self.groups: dict[tuple[object, ...], Group] = {}
        self.known = {id(row): self._known(row) for row in self.rows}
        self.by_number: dict[str, Row] = {}
        """The row that a number is taken from: one of somebody known before one of a stranger."""
        for row in sorted(self.rows, key=lambda row: self.known[id(row)] is None):
            self.by_number.setdefault(row.values.get("number") or "", row)
        for row in self.rows:
            self._place(row)
        for group in self.groups.values():
            self._check(group)
        self.people = list(self.groups.values())

    def _place(self, row: Row) -> None:
        user, number = self.known[id(row)], row.values.get("number")
        owner = self.by_number[number or ""] if number else row
        if owner.values["name"] != row.values["name"]:
            row.problems.setdefault("number", _("工号与第 %(row)d 行相同，姓名不同") % {"row": owner.number})
            key: tuple[object, ...] = ("wrong", id(row))
        elif user := user or self.known[id(owner)]:
            key = ("known", user.pk)
        elif number:
            key = ("number", number)
        else:
            key = ("name", row.values["name"], row.values["unit"])
            self._stranger(row)
        self.groups.setdefault(key, Group(user)).rows.append(row)

    def _known(self, row: Row) -> User | None:
        name, number = row.values["name"], row.values.get("number")
        if number and (user := self.now.by_number.get(number)):
            if user.name != name:
                row.problems["number"] = _("工号 %(number)s 是“%(name)s”，与姓名不符，请核对") % {
                    "number": number,
                    "name": user.name,
                }
            return user
        unit = self.unit_of(row)
        here = self.now.in_unit(name, unit)
        if number:
            here = [user for user in here if not user.number]
        if len(here) > 1 and unit is not None:
            here = [user for user in here if self.now.holds(user, unit, row.values["posts"][0])]
            if len(here) != 1:
                row.problems["number"] = _("本部门有同名人员，请填写工号")
                return None
        if here:
            return here[0]
        return self._without_post(name) or (None if number else self._moved(row))

    def _without_post(self, name: str) -> User | None:
        """Who holds a duty but neither post nor number, such as the party office that began: the only one so called."""
        same = [user for user in self.now.by_name.get(name, ()) if user.is_active]
        if len(same) != 1 or len({row.values.get("number") for row in self.by_name[name]}) > 1:
            return None
        [user] = same
        return user if user.pk in self.now.duties and not user.number and not self.now.held.get(user.pk) else None

    def _moved(self, row: Row) -> User | None:
        """The only person of this name in the school, where no other row speaks of him: he changed departments."""
        same = [user for user in self.now.by_name.get(row.values["name"], ()) if self.now.held.get(user.pk)]
        if len(same) == 1 and len(self.by_name[row.values["name"]]) == 1:
            return same[0]
        return None

    def _stranger(self, row: Row) -> None:
        """Somebody new without a number must be the only one of his name."""
        name = row.values["name"]
        others = [r for r in self.by_name[name] if r is not row and r.values["unit"] != row.values["unit"]]
        known = [user for user in self.now.by_name.get(name, ()) if self.now.held.get(user.pk)]
        if others:
            row.problems["number"] = _("与第 %(row)d 行同名，请都填写工号，以便区分是否同一人") % {
                "row": others[0].number
            }
        elif known:
            unit = self.now.held[known[0].pk][0].post.unit
            row.problems["number"] = _("“%(unit)s”已有同名人员，请填写工号，以便区分是否同一人") % {"unit": unit.name}

    def _check(self, group: Group) -> None:
        first = group.rows[0]
        seen: dict[tuple[str, ...], Row] = {}
        for row in group.rows:
            place = (row.values["unit"], *row.values["posts"])
            if place in seen:
                row.values["doubled"] = seen[place].number
            elif row is not first:
                self._one_person(group, first, row)
            seen.setdefault(place, row)

    def _one_person(self, group: Group, first: Row, row: Row) -> None:
        if not row.values.get("number") and not self._holds_all(group.user, row):
            row.problems.setdefault(
                "number", _("与第 %(row)d 行同名，请填写工号，以便区分是否同一人") % {"row": first.number}
            )
            if not first.values.get("number") and not self._holds_all(group.user, first):
                first.problems.setdefault(
                    "number", _("与第 %(row)d 行同名，请填写工号，以便区分是否同一人") % {"row": row.number}
                )

    def _holds_all(self, user: User | None, row: Row) -> bool:
        unit = self.unit_of(row)
        return bool(user and unit and all(self.now.holds(user, unit, post) for post in row.values["posts"]))
