"""What the clock does about forms that are due: reminders before the day, the late list after it (S21, S63)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign
from qingqu.common.language import listed
from qingqu.declarations.progress import (
    lateness,
    missing_people,
    reached,
    units_that_have_not_handed_in,
    who_has_not_handed_in,
)
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.notifications.queries import last_told
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import holders

NAMES_SHOWN = 5


def open_campaigns() -> list[Campaign]:
    """Every year that is under way."""
    return list(Campaign.objects.filter(state=Campaign.State.OPEN).select_related("school"))


def remind(day: date) -> int:
    """15, 7, 3 and 1 days before the due day: a line to everybody whose form is missing. Returns how many were told."""
    told = 0
    for campaign in open_campaigns():
        left = rules.days_left_to_remind(campaign.due_on, day)
        if left is not None:
            told += _remind(campaign, left, day)
    return told


OWN_FORM = gettext_lazy("个人登记表还有 %(left)s 天截止（%(day)s），请报送")
UNIT_FORM = gettext_lazy("“%(unit)s”单位登记表还有 %(left)s 天截止（%(day)s），请报送")


def _remind(campaign: Campaign, left: int, day: date) -> int:
    url, key = reverse("declarations:mine"), f"due:{campaign.pk}:{left}"
    words = {"left": left, "day": campaign.due_on}
    people = who_has_not_handed_in(campaign)
    told = tell(people, OWN_FORM, url, Message.Kind.REMINDER, key=key, on=day, words=words)
    for unit in units_that_have_not_handed_in(campaign):
        if unit.responsible:
            of_unit, key_of_it = {**words, "unit": str(unit)}, f"{key}:{unit.pk}"
            told += tell(unit.responsible, UNIT_FORM, url, Message.Kind.REMINDER, key=key_of_it, on=day, words=of_unit)
    return told


def escalate(day: date) -> int:
    """From the day after the due day: the late list to the party office and each head, then one level up.

    After every further `escalate_days` days it goes from the head to the leader in charge, then to the secretary. Each
    of them is told once of what has reached him, in one line, and again only of what gets there later; the clock may
    have stood still in between.
    """
    return sum(_escalate(campaign, day) for campaign in open_campaigns() if day > campaign.due_on)


def _escalate(campaign: Campaign, day: date) -> int:
    people = list(missing_people(campaign))
    units = list(units_that_have_not_handed_in(campaign))
    homes = {u.pk: u for u in Unit.objects.filter(school=campaign.school).select_related("responsible", "leader")}
    secretaries = list(holders(campaign.school, "secretary"))
    piles: dict[User, list[Late]] = defaultdict(list)
    for line in _lines(campaign, people, units, day):
        if line.unit_id in homes:
            for reader in _told_of(homes[line.unit_id], line.level, secretaries):
                piles[reader].append(line)
    key = f"late:{campaign.pk}:units"
    last = last_told(key, [reader.pk for reader in piles])
    told = _late_list(campaign, people, units, day)
    for reader, lines in piles.items():
        since = last.get(reader.pk)
        if since is None or any(line.level_on(since) != line.level for line in lines):
            said, words = _said(lines, homes)
            url = reverse("declarations:progress")
            told += tell(reader, said, url, Message.Kind.REMINDER, key=key, on=day, words=words)
    return told


@dataclass(frozen=True, slots=True)
class Late:
    """A form that is late, and how far up the line it has gone."""

    unit_id: int
    name: str
    level: int
    level_on: Callable[[date], int]
    """How far up it had gone on another day."""


LATE_LIST = gettext_lazy("逾期名单：%(people)s 人、%(units)s 个部门未报登记表")
LATE_IN_UNIT = gettext_lazy("“%(unit)s”逾期未报 %(count)s 件：%(names)s")
LATE_IN_UNITS = gettext_lazy("登记表逾期未报 %(count)s 件：%(units)s")


def _late_list(campaign: Campaign, people: list[Any], units: list[Unit], day: date) -> int:
    """The day after: the party office gets the list, once."""
    key = f"late:{campaign.pk}:list"
    if not (people or units) or Message.objects.filter(key=key).exists():
        return 0
    words = {"people": len(people), "units": len(units)}
    office, url = holders(campaign.school, "party_office"), reverse("declarations:progress")
    return tell(office, LATE_LIST, url, Message.Kind.REMINDER, key=key, on=day, words=words)


def _lines(campaign: Campaign, people: Iterable[Any], units: Iterable[Unit], day: date) -> Iterator[Late]:
    """Who is late, and the departments whose own form is; a head's own goes to his leader at once."""

    def line(unit_id: int, name: str, late_on: Callable[[date], int], is_own_head: bool) -> Iterator[Late]:
        def level_on(day: date) -> int:
            return reached(campaign, late_on(day), is_own_head=is_own_head)

        if level := level_on(day):
            yield Late(unit_id, name, level, level_on)

    for person in people:
        yield from line(person.home_unit, person.name, partial(lateness, campaign, person), person.heads_home)
    for unit in units:
        yield from line(unit.pk, ITS_FORM, partial(rules.days_late, campaign.due_on), is_own_head=True)


def _said(lines: Iterable[Late], homes: Mapping[int, Unit]) -> tuple[Promise, dict[str, object]]:
    """Of one department the names, of several how many in each."""
    names: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        names[line.unit_id].append(line.name)
    if len(names) == 1:
        ((unit_id, own),) = names.items()
        return LATE_IN_UNIT, {"unit": str(homes[unit_id]), "count": len(own), "names": _named(tuple(own))}
    counts = tuple((str(homes[unit_id]), len(own)) for unit_id, own in names.items())
    return LATE_IN_UNITS, {"count": sum(n for _unit, n in counts), "units": counted(counts)}


def _told_of(unit: Unit, level: int, secretaries: list[User]) -> list[User]:
    """Who answers at this level; where nobody stands there, the next level up."""
    line = {rules.HEAD: unit.responsible, rules.LEADER: unit.leader}
    for step in range(level, rules.SECRETARY):
        person = line[step]
        if person is not None:
            return [person]
    return secretaries


ITS_FORM = ""
"""Among the names of who is late: the form of the department itself."""


def _named_now(names: tuple[str, ...]) -> str:
    """The first few of who is late, in the reader's language."""
    shown = listed([name or _("单位登记表") for name in names[:NAMES_SHOWN]])
    return _("%(names)s等") % {"names": shown} if len(names) > NAMES_SHOWN else shown


_named = lazy(_named_now, str)


def _counted_now(counts: tuple[tuple[str, int], ...]) -> str:
    """How many in which department, or with whom, the most first, in the reader's language."""
    most = sorted(counts, key=lambda one: -one[1])
    shown = listed([_("%(name)s %(count)s 件") % {"name": name, "count": n} for name, n in most[:NAMES_SHOWN]])
    return _("%(names)s等") % {"names": shown} if len(most) > NAMES_SHOWN else shown


counted = lazy(_counted_now, str)
