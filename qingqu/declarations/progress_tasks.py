"""What the clock does about forms that are due: reminders before the day, the late list after it (S21, S63)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import lazy
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
    level of a department is told once, and again only for people who become late later. Returns how many were told.
    """
    return sum(_escalate(campaign, day) for campaign in open_campaigns() if day > campaign.due_on)


def _escalate(campaign: Campaign, day: date) -> int:
    people = list(missing_people(campaign))
    units = list(units_that_have_not_handed_in(campaign))
    homes = {u.pk: u for u in Unit.objects.filter(school=campaign.school).select_related("responsible", "leader")}
    known = set(Message.objects.filter(key__startswith=f"late:{campaign.pk}:").values_list("key", flat=True).distinct())
    told = _late_list(campaign, people, units, known, day)
    secretaries = list(holders(campaign.school, "secretary"))
    for (unit_id, level), (names, begins) in _by_level(campaign, people, units, day).items():
        key = f"late:{campaign.pk}:{unit_id}:{level}"
        unit = homes.get(unit_id)
        if unit is None or (key in known and not begins):
            continue
        url = reverse("declarations:progress")
        words = {"unit": str(unit), "count": len(names), "names": _named(tuple(names))}
        readers = _told_of(unit, level, secretaries)
        told += tell(readers, LATE_IN_UNIT, url, Message.Kind.NEWS, key=key, on=day, words=words)
    return told


LATE_LIST = gettext_lazy("逾期名单：%(people)s 人、%(units)s 个部门未报登记表")
LATE_IN_UNIT = gettext_lazy("“%(unit)s”逾期未报 %(count)s 件：%(names)s")


def _late_list(campaign: Campaign, people: list[Any], units: list[Unit], known: set[str], day: date) -> int:
    """The day after: the party office gets the list, once."""
    key = f"late:{campaign.pk}:list"
    if key in known or not (people or units):
        return 0
    words = {"people": len(people), "units": len(units)}
    office = holders(campaign.school, "party_office")
    return tell(office, LATE_LIST, reverse("declarations:progress"), Message.Kind.NEWS, key=key, on=day, words=words)


def _by_level(
    campaign: Campaign, people: Iterable[Any], units: Iterable[Unit], day: date
) -> dict[tuple[int, int], tuple[list[str], bool]]:
    """Who is late, by department and by how far up it has to go; and whether somebody got there just today."""
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    begins: dict[tuple[int, int], bool] = defaultdict(bool)

    def add(unit_id: int, name: str, late: int, is_own_head: bool) -> None:
        if level := reached(campaign, late, is_own_head=is_own_head):
            found[unit_id, level].append(name)
            begins[unit_id, level] |= rules.begins_level(late, campaign.escalate_days) is not None

    for person in people:
        add(person.home_unit, person.name, lateness(campaign, person, day), person.heads_home)
    for unit in units:
        add(unit.pk, ITS_FORM, rules.days_late(campaign.due_on, day), is_own_head=True)
    return {group: (names, begins[group]) for group, names in found.items()}


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
