"""Trying values of indicators out, over the API: the same doors and acts as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms
from qingqu.alerts.api_rules import school_of
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.indicators import rule_access, rule_queries, rulebook
from qingqu.alerts.models import Colour, Rule, Trial
from qingqu.alerts.trying import trials
from qingqu.common.access import require
from qingqu.common.errors import NotPossible

router = Router(tags=["indicators"])
Figure = Annotated[Decimal, Field(ge=0, le=10**12)]


class Wish(Schema):
    """Which values are to be tried: nine from `low` to `high`, otherwise from half to twice of the present one.

    Without a parameter the indicator is tried as it is. `version`: the one that runs (default) or the one that waits.
    """

    check_id: Annotated[str, Field(max_length=40)]
    parameter: Annotated[str, Field(max_length=40)] = Trial.AS_IT_IS
    version: int | None = None
    low: Figure | None = None
    high: Figure | None = None
    value: Figure | None = None
    """Whose examples are wanted, one of those tried; otherwise those of the present value. Amounts are in yuan."""


class PointOut(Schema):
    """A value and what it would have brought: in all, a week, in the fullest week. No value: the indicator as it is."""

    value: Decimal | None
    label: str
    total: int
    weekly: float
    most: int
    is_current: bool


class SampleOut(Schema):
    """A finding that a value would have brought."""

    colour: Colour
    sentence: str


class ExamplesOut(Schema):
    """Findings of one value, the gravest and newest first."""

    value: Decimal | None
    findings: list[SampleOut]


class TrialOut(Schema):
    """Values tried out on the school's records; `points` is complete as soon as it is not empty."""

    id: int
    check_id: str
    parameter: str
    version: int
    asked_at: datetime
    ended_at: datetime | None
    failed: bool
    is_stale: bool
    """Records or what else it was computed with have changed since."""
    points: list[PointOut]
    examples: list[ExamplesOut]


@router.post("/indicators/{code}/trials", response={202: TrialOut}, summary="Try values out before anything changes")
def try_values(request: SignedIn, code: str, wish: Wish) -> Status[dict[str, Any]]:
    """By the background worker, on the school's own records: ask for the result afterwards. Nothing is raised.

    The same question is computed once, until records or version change. Also for a version that is only drafted.
    """
    versions = _to_try(request, code)
    rule = next((one for one in versions if wish.version in (None, one.version)), None)
    if rule is None or wish.check_id not in {one.id for one in rulebook.known(code).checks}:
        raise Http404
    parameter = trials.plain_parameters(rule, wish.check_id).get(wish.parameter)
    if parameter is None and wish.parameter != Trial.AS_IT_IS:
        raise Http404
    low, high, value = (
        None if end is None or parameter is None else forms.kept(parameter, end)
        for end in (wish.low, wish.high, wish.value)
    )
    wanted = "" if value is None else str(value)
    question = trials.question_about(rule, wish.check_id, wish.parameter, low=low, high=high, value=wanted)
    if question is None:
        raise NotPossible(_("没有可以试算的数值，请给出参数范围之内的起止数值"))
    return Status(202, _trial(trials.ask(question, by=request.user)))


@router.get("/indicators/{code}/trials/{int:pk}", response=TrialOut, summary="What came out of it")
def get_trial(request: SignedIn, code: str, pk: int) -> dict[str, Any]:
    """Numbers as soon as they are counted, then the examples; kept for a month."""
    school = _to_try(request, code)[0].school
    found = Trial.objects.filter(school=school, code=code).select_related("rule", "school")
    return _trial(get_object_or_404(found, pk=pk))


def _to_try(request: SignedIn, code: str) -> list[Rule]:
    """The versions of an indicator that can be tried out, for those who may."""
    school = school_of(request)
    if code not in rulebook.at_school(school):
        raise Http404
    require(rule_access.can_try(request.user, school))
    return rule_queries.to_try(school, code)


def _trial(trial: Trial) -> dict[str, Any]:
    parameter = rulebook.effective(trial.tried).parameters.get(trial.parameter)
    points = trials.points(trial)
    shown = [(point.value, trials.samples(trial, point.value)) for point in points]
    return {
        "id": trial.pk,
        "check_id": trial.check_id,
        "parameter": trial.parameter,
        "version": trial.tried.version,
        "asked_at": trial.asked_at,
        "ended_at": trial.ended_at,
        "failed": trial.failed,
        "is_stale": bool(trial.ended_at) and trials.is_stale(trial),
        "points": [
            {**{name: getattr(point, name) for name in PointOut.model_fields}, "value": _typed(parameter, point.value)}
            for point in points
        ],
        "examples": [{"value": _typed(parameter, of), "findings": found} for of, found in shown if found is not None],
    }


def _typed(parameter: Parameter | None, value: Any) -> Any:
    """A value as people type it: yuan, not fen; none where nothing was varied."""
    return None if parameter is None else forms.typed(parameter.model_copy(update={"value": value}))
