"""How each missing thing is called in its list, and the address where it is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.campaigns.models import Campaign
from qingqu.declarations.models import Declaration
from qingqu.declarations.rules.states import OPEN
from qingqu.organisation.models import Appointment, Post
from qingqu.powers import access
from qingqu.powers.models import Basis, Regulation, Step
from qingqu.reports.gaps import Gap, Scope
from qingqu.risks.models import ControlMeasure, RiskPoint


@dataclass(frozen=True, slots=True)
class MissingRow:
    """One missing thing: what it is, whose, and the way to put it right."""

    title: str
    note: str
    unit: str
    url: str
    act: str | Promise
    level: int | None = None


def rows_of(gap: Gap, things: Iterable[Any], scope: Scope) -> list[MissingRow]:
    """`things` as the list of `gap` shows them, each with the way that is open to the reader.

    A step to be judged leads whoever may answer it to its question; who may not change a thing sees where it stands.
    """
    things = list(things)
    rows = [SHOWN[gap.code](thing) for thing in things]
    if SHOWN[gap.code] is _without_limit:
        return [
            row if access.can_edit(scope.user, step.power) else _unjudged(step)
            for row, step in zip(rows, things, strict=True)
        ]
    if SHOWN[gap.code] is _regulation:
        listed = address("powers:regulations")
        return [
            row if access.can_edit_regulation(scope.user, one) else replace(row, url=listed, act=_("看制度"))
            for row, one in zip(rows, things, strict=True)
        ]
    if SHOWN[gap.code] is not _unjudged:
        return rows
    forms = open_forms(scope, {step.power.unit_id for step in things})
    return [
        replace(row, url=_question(step, forms[step.power.unit_id]), act=_("去判断"))
        if step.power.unit_id in forms
        else row
        for row, step in zip(rows, things, strict=True)
    ]


def open_forms(scope: Scope, units: set[int]) -> dict[int, int]:
    """The unit forms of this year in which the reader may write now, by unit. One statement."""
    theirs = Declaration.objects.filter(
        kind=Declaration.Kind.UNIT,
        campaign__year=scope.day.year,
        campaign__state=Campaign.State.OPEN,
        unit__in=units,
        unit__responsible=scope.user,
        state__in=OPEN,
    )
    return dict(theirs.values_list("unit_id", "pk"))


def _question(step: Step, form: int) -> str:
    return f"{address('declarations:fill-group', form, f'power-{step.power_id}')}#step-{step.pk}"


def address(view: str, *args: Any) -> str:
    """The address of a view, or nothing where no app offers it."""
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""


def _post(post: Post) -> MissingRow:
    return MissingRow(
        post.name, str(post.get_tier_display()), str(post.unit), address("organisation:post", post.pk), _("看岗位")
    )


def _held(held: Appointment) -> MissingRow:
    note = f"{held.person.name} · {held.started_on.isoformat()}"
    return MissingRow(
        held.post.name, note, str(held.post.unit), address("organisation:person", held.person_id), _("看任职")
    )


def _leaderless(risk: RiskPoint) -> MissingRow:
    url = address("organisation:unit", risk.unit_id)
    return MissingRow(risk.title, risk.code, str(risk.unit), url, _("定分管领导"), risk.level)


def _risk(risk: RiskPoint) -> MissingRow:
    return MissingRow(risk.title, risk.code, str(risk.unit), address("risks:show", risk.pk), _("对应制度"), risk.level)


def _unjudged(step: Step) -> MissingRow:
    return _step(step, f"{address('powers:show', step.power_id)}#step-{step.pk}", _("看环节"))


def _without_measure(step: Step) -> MissingRow:
    return _step(step, f"{address('reports:ledger')}?step={step.pk}", _("看风险点"))


def _without_limit(step: Step) -> MissingRow:
    return _step(step, address("powers:edit-table", step.power_id, "steps"), _("写时限"))


def _step(step: Step, url: str, act: str | Promise) -> MissingRow:
    return MissingRow(step.name, f"{step.power.name} · {step.order}", str(step.power.unit), url, act)


def _measure(measure: ControlMeasure) -> MissingRow:
    note = f"{measure.risk.code} · {measure.owner.name}"
    url = f"{address('risks:show', measure.risk_id)}#m{measure.pk}"
    return MissingRow(measure.text, note, str(measure.risk.unit), url, _("补凭证"), measure.risk.level)


def _regulation(regulation: Regulation) -> MissingRow:
    note = " · ".join(part for part in (regulation.number, f"{regulation.review_on or ''}") if part)
    url = address("powers:edit-regulation", regulation.pk)
    return MissingRow(regulation.name, note, str(regulation.unit or ""), url, _("去修订"))


def _basis(basis: Basis) -> MissingRow:
    note = f"{basis.power.name} · {basis.number}"
    return MissingRow(
        basis.name, note, str(basis.power.unit), address("powers:show", basis.power_id) + "#basis", _("去核对")
    )


SHOWN: dict[str, Callable[[Any], MissingRow]] = {
    "posts-without-risk": _post,
    "key-posts-without-risk": _post,
    "grave-without-leader": _leaderless,
    "key-posts-long-held": _held,
    "steps-unjudged": _unjudged,
    "key-steps-without-risk": _unjudged,
    "steps-without-measure": _without_measure,
    "steps-without-limit": _without_limit,
    "risks-without-regulation": _risk,
    "measures-without-evidence": _measure,
    "regulations-overdue": _regulation,
    "bases-unchecked": _basis,
}
