"""Whose turn a warning is and who took its steps, in words: the same in lists, on pages and on papers (S55)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.accounts.models import User
from qingqu.alerts.models import Alert, Disposal
from qingqu.alerts.turns import CLOSING, CONFIRMING, EXPLAINING, OF_DUTY, People, Role, around, people_around
from qingqu.common.clock import today
from qingqu.common.language import listed
from qingqu.organisation.models import Duty
from qingqu.records.models import Attachment

WAITS_FOR: dict[tuple[str, Role], Promise] = {
    (EXPLAINING, Role.CLERK): _("待经办人说明"),
    (EXPLAINING, Role.HEAD): _("待负责人说明"),
    (EXPLAINING, Role.LEADER): _("待分管领导说明"),
    (CONFIRMING, Role.HEAD): _("待负责人确认"),
    (CONFIRMING, Role.LEADER): _("待分管领导确认"),
    (CONFIRMING, Role.SECRETARY): _("待书记确认"),
    (CONFIRMING, Role.PRINCIPAL): _("待校长确认"),
    (CLOSING, Role.DISCIPLINE): _("待纪委办结"),
    (CLOSING, Role.SECRETARY): _("待书记办结"),
    (CLOSING, Role.PRINCIPAL): _("待校长办结"),
}
"""An open state with whose turn it is; where nobody may, the bare state."""
STEPS: dict[tuple[str, Role], Promise] = {
    (Disposal.Step.EXPLAINED, Role.CLERK): _("经办人说明"),
    (Disposal.Step.EXPLAINED, Role.HEAD): _("负责人说明"),
    (Disposal.Step.EXPLAINED, Role.LEADER): _("分管领导说明"),
    (Disposal.Step.EXPLAINED, Role.NOBODY): pgettext_lazy("prompt", "说明"),
    (Disposal.Step.CONFIRMED, Role.HEAD): _("负责人确认"),
    (Disposal.Step.CONFIRMED, Role.LEADER): _("分管领导确认"),
    (Disposal.Step.CONFIRMED, Role.SECRETARY): _("书记确认"),
    (Disposal.Step.CONFIRMED, Role.PRINCIPAL): _("校长确认"),
    (Disposal.Step.CONFIRMED, Role.NOBODY): pgettext_lazy("prompt", "确认"),
    (Disposal.Step.CLOSED, Role.DISCIPLINE): _("纪委办结"),
    (Disposal.Step.CLOSED, Role.SECRETARY): _("书记办结"),
    (Disposal.Step.CLOSED, Role.PRINCIPAL): _("校长办结"),
    (Disposal.Step.CLOSED, Role.NOBODY): pgettext_lazy("prompt", "办结"),
}
NAMES = {Role.DISCIPLINE: _("纪委"), Role.SECRETARY: _("书记"), Role.PRINCIPAL: _("校长")}


def states_in_words(alerts: Iterable[Alert]) -> dict[int, str]:
    """Warning → its state, where it is open with whose turn it is: «待分管领导确认».

    As many statements for many as for one; the warnings have their departments.
    """
    alerts = list(alerts)
    waiting = [alert for alert in alerts if alert.state in (CONFIRMING, CLOSING)]
    people = people_around(waiting, today()) if waiting else People()
    return {alert.pk: state(alert, people) for alert in alerts}


def state(alert: Alert, people: People) -> str:
    """The state of one warning; where it is open, with whose turn it is."""
    known = alert.state in (EXPLAINING, CONFIRMING, CLOSING)
    said = WAITS_FOR.get((alert.state, people.role(alert))) if known else None
    return str(said or alert.get_state_display())


def state_in_words(alert: Alert) -> str:
    """The same, for whoever asks nothing else about it."""
    return state(alert, around(alert))


def to_confirm(alert: Alert, people: People) -> tuple[str, User | None]:
    """What the step of confirming is called by whose it is or will be, and who that is: «分管领导确认», 何建平."""
    role, unit = people.confirms(alert), alert.unit
    said = str(STEPS[Disposal.Step.CONFIRMED, role])
    if role in (Role.HEAD, Role.LEADER):
        return said, unit.responsible if role is Role.HEAD else unit.leader
    return said, next(iter(people.turn(alert)), None) if alert.state == CONFIRMING else None


def to_close(alert: Alert, people: People) -> str:
    """What the step of closing is called by whose it is or will be: «纪委办结»."""
    return str(STEPS[Disposal.Step.CLOSED, people.closes(alert)])


def aside(alert: Alert, people: People) -> str:
    """«纪委、书记回避», where its closing has passed from those whom it concerns to the next."""
    if alert.state != CLOSING:
        return ""
    closer = people.closes(alert)
    before = takewhile(lambda role: role != closer, OF_DUTY.values())
    roles = [role for role in before if people.of(role)[alert.school_id]]
    return str(_("%(who)s回避")) % {"who": listed(str(NAMES[role]) for role in roles)} if roles else ""


@dataclass(frozen=True, slots=True)
class Said:
    """A step of a disposal and what it is called by whoever took it: «分管领导确认»."""

    step: Disposal
    name: str
    papers: list[Attachment] = field(default_factory=list)
    """What came with it, where it is an explanation."""


def steps_in_words(alert: Alert, papers: Iterable[Attachment] = ()) -> list[Said]:
    """Everything that was said about a warning, each by what its author was then; one statement.

    Heads and leaders are those of today: who was it before is called by no title. Of `papers` each stands with the
    first explanation after it.
    """
    steps = list(alert.disposals.all())
    held = list(Duty.objects.filter(school=alert.school_id, kind__in=OF_DUTY, person__in={one.by_id for one in steps}))
    said = [Said(one, str(STEPS.get((one.step, _role_in(alert, one, held)), one.get_step_display()))) for one in steps]
    explained = [one for one in said if one.step.step == Disposal.Step.EXPLAINED]
    for paper in papers:
        if owner := next((one for one in explained if one.step.at >= paper.created_at), None):
            owner.papers.append(paper)
    return said


def _role_in(alert: Alert, step: Disposal, held: Iterable[Duty]) -> Role:
    unit, day = alert.unit, timezone.localtime(step.at).date()
    of_unit = {unit.leader_id: Role.LEADER, unit.responsible_id: Role.HEAD}
    if step.step == Disposal.Step.EXPLAINED:
        internal = alert.source == Alert.Source.INTERNAL
        return of_unit.get(step.by_id, Role.NOBODY) if internal else Role.CLERK
    if step.step == Disposal.Step.CONFIRMED and step.by_id in of_unit:
        return of_unit[step.by_id]
    then = {
        OF_DUTY[Duty.Kind(duty.kind)]
        for duty in held
        if duty.person_id == step.by_id and duty.started_on <= day and (not duty.ended_on or duty.ended_on > day)
    }
    may = [role for role in OF_DUTY.values() if role in then and (step.step, role) in STEPS]
    return may[0] if may else Role.NOBODY
