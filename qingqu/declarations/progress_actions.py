"""Urging those who have not handed in: at most once a day and person (S62, S63)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Urge
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.declarations.progress import missing_people, units_that_have_not_handed_in
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.trace.actions import record


@transaction.atomic
def urge(campaign: Campaign, *, by: User, only: Iterable[int] | None = None) -> int:
    """Send everybody whose form is missing (his own, or his department's) one message; returns how many were told.

    `only` names departments; None means the whole school. Raises NotPossible where nothing is missing or all have been
    urged today.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("school").get(pk=campaign.pk)
    if campaign.state != Campaign.State.OPEN:
        raise NotPossible(_("%(year)s 年度工作不在进行中") % {"year": campaign.year})
    day = today()
    scope = None if only is None else set(only)
    wanted = _what_is_missing(campaign, scope)
    if not wanted:
        raise NotPossible(_("都已报送，无须催办"))
    urged = set(Urge.objects.filter(campaign=campaign, on=day, person__in=wanted).values_list("person_id", flat=True))
    told = {person: what for person, what in wanted.items() if person.pk not in urged}
    if not told:
        raise NotPossible(_("今日已催办，每人每天至多一次"))
    Urge.objects.bulk_create([Urge(campaign=campaign, person=person, on=day, by=by) for person in told], batch_size=500)
    _tell(campaign, told, by)
    record("campaigns.urged", campaign, by=by, details={"count": len(told)})
    return len(told)


Owed = tuple[bool, tuple[str, ...]]
"""Whether somebody owes his own form, and the departments whose forms he owes."""


def _what_is_missing(campaign: Campaign, scope: set[int] | None) -> dict[User, Owed]:
    """Each person to be urged and the forms that he owes."""
    own: set[int] = set()
    units: dict[int, list[str]] = defaultdict(list)
    people: dict[int, User] = {}
    for person in missing_people(campaign, scope):
        people[person.pk] = person
        own.add(person.pk)
    for unit in units_that_have_not_handed_in(campaign):
        if unit.responsible is None or (scope is not None and unit.pk not in scope):
            continue
        people.setdefault(unit.responsible.pk, unit.responsible)
        units[unit.responsible.pk].append(str(unit))
    return {person: (pk in own, tuple(units[pk])) for pk, person in people.items()}


PLEASE = gettext_lazy("请报送%(what)s，截止 %(day)s")


def _owed_now(own: bool, units: tuple[str, ...]) -> str:
    """The forms that somebody owes, in the reader's language."""
    of_units = [_("“%(unit)s”单位登记表") % {"unit": unit} for unit in units]
    return listed([*([_("个人登记表")] if own else []), *of_units])


_owed = lazy(_owed_now, str)


def _tell(campaign: Campaign, told: dict[User, Owed], by: User) -> None:
    """One message each; those who owe the same are told in one go."""
    groups: dict[Owed, list[User]] = defaultdict(list)
    for person, what in told.items():
        groups[what].append(person)
    url = reverse("declarations:mine")
    for what, people in groups.items():
        words = {"what": _owed(*what), "day": campaign.due_on}
        tell(people, PLEASE, url, Message.Kind.URGE, sender=by, key=f"urge:{campaign.pk}", words=words)
