"""Indicators over the API, and what of theirs is kept quiet: the same doors and acts as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from pydantic import StringConstraints

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms, wording
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.indicators import grading, quiet_actions, rule_access, rule_actions, rule_queries, rulebook
from qingqu.alerts.models import Colour, Rule, Suppression, Trial
from qingqu.alerts.trying import trials
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing

router = Router(tags=["indicators"])
Figure = Annotated[Decimal, Field(ge=0, le=10**12)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class RuleLine(Schema):
    """An indicator, and whether the school runs it."""

    code: str
    area: str
    title: str
    dataset: str
    state: Rule.State | None
    """Null if the school has not adopted it."""
    version: int | None
    waits: list[str]
    """Local limits without a value; checks that need them do not run."""
    open: int
    closed: int
    precision: float | None


class ParameterOut(Schema):
    """A parameter with the school's value and where it comes from."""

    name: str
    label: str
    value: str
    basis: str
    waits: bool


class LevelOut(Schema):
    """When a finding has this colour; the gravest first."""

    colour: Colour
    when: str


class CheckOut(Schema):
    """A check of an indicator; `on_write` if each record is judged by it on saving."""

    id: str
    name: str
    on_write: bool
    sentence: str
    levels: list[LevelOut]


class VersionOut(Schema):
    """A version of an indicator, and where it did not go on, who ended it and why."""

    version: int
    state: Rule.State
    by: str | None
    reason: str
    """Why it was drafted."""
    approved_by: str | None
    effective_from: date | None
    was_given_up: bool
    """Not approved, or dropped before its day."""
    ended_on: date | None
    ended_by: str | None
    ended_reason: str
    """Why it was not approved, dropped or switched off."""


class Approval(Schema):
    """From which day an approved version runs, today or later."""

    effective_from: date | None = None
    """Null: today."""


class Dropping(Schema):
    """Why a version is not approved or is given up; its drafter needs no reason until it is approved."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""


class SwitchingOff(Schema):
    """Why an indicator is switched off; that stays readable until it is switched on again."""

    reason: Reason


class RuleOut(RuleLine):
    """An indicator in full: what it looks at and what it cannot know."""

    why: str
    blind: str
    effective_from: date | None
    holds_red: bool
    parameters: list[ParameterOut]
    checks: list[CheckOut]
    versions: list[VersionOut]
    """The ten newest, the newest first."""


class Scope(Schema):
    """What to keep quiet: one check of the indicator or all of it, for at most a year."""

    check_id: Annotated[str, Field(max_length=40)] = ""
    """Empty: every check."""
    until: date
    reason: Reason


class Lifting(Schema):
    """Why findings are raised again before the day."""

    reason: Reason


class QuietOut(Schema):
    """A scope in which no findings are raised for some time."""

    id: int
    rule: str = Field(alias="code")
    check_id: str
    alert_id: int | None
    """The dispelled warning, if only its case is kept quiet."""
    until: date
    reason: str
    by: str = Field(alias="by.name")
    created_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str

    @staticmethod
    def resolve_lifted_by(row: Suppression) -> str | None:
        """Who ended it before its day."""
        return row.lifted_by.name if row.lifted_by else None


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


@router.get("/indicators", response=list[RuleLine], summary="The indicators")
def list_rules(request: SignedIn) -> list[dict[str, Any]]:
    """All indicators, with the school's versions and their precision."""
    return [_rule_line(row) for row in rule_queries.indicators(_school(request))]


@router.get("/indicators/{code}", response=RuleOut, summary="An indicator")
def get_rule(request: SignedIn, code: str) -> dict[str, Any]:
    """An indicator: what it looks at, with which values here, and what it cannot know."""
    row = next((row for row in rule_queries.indicators(_school(request)) if row.shipped.code == code), None)
    if row is None:
        raise Http404
    rule = row.rule
    whole = rulebook.effective(rule) if rule else row.shipped
    return {
        **_rule_line(row),
        "why": wording.said(row.shipped.why),
        "blind": wording.said(row.shipped.blind),
        "effective_from": rule.effective_from if rule else None,
        "holds_red": bool(rule and rule.holds_red),
        "parameters": rule_queries.parameters(whole, rule),
        "checks": [
            {
                "id": c.id,
                "name": wording.said(c.name),
                "on_write": c.on_write,
                "sentence": wording.pattern(whole, c),
                "levels": [{"colour": colour, "when": when} for colour, _label, when in grading.in_words(whole, c)],
            }
            for c in whole.checks
        ],
        "versions": [_version(each) for each in rule_queries.versions(_school(request), code)],
    }


@router.post("/indicators/{code}/approve", response=VersionOut, summary="Approve a drafted version")
def approve(request: SignedIn, code: str, said: Approval) -> dict[str, Any]:
    """Approve the drafted version of an indicator as a second person; until its day the present one goes on."""
    draft = _pending(request, code)
    require(rule_access.can_approve(request.user, draft))
    return _version(rule_actions.approve(draft, effective_from=said.effective_from or today(), by=request.user))


@router.post("/indicators/{code}/drop", response=VersionOut, summary="Do not approve a version, or give it up")
def drop(request: SignedIn, code: str, said: Dropping) -> dict[str, Any]:
    """Refuse a drafted version, or give up one that waits for its day, with a reason that its drafter is told."""
    draft = _pending(request, code)
    require(rule_access.can_drop(request.user, draft))
    return _version(rule_actions.drop(draft, reason=said.reason, by=request.user))


@router.post("/indicators/{code}/on", response=VersionOut, summary="Switch an indicator on")
def switch_on(request: SignedIn, code: str) -> dict[str, Any]:
    """As the commission: for the first time with the values it comes with, or again with those it had.

    The worker then judges all records by it.
    """
    school = _school(request)
    require(rule_access.can_manage_rules(request.user, school))
    if code not in rulebook.at_school(school):
        raise Http404
    rule = rule_queries.current(school, code)
    if rule is None:
        rule_actions.adopt(school, [code], by=request.user)
        return _version(_counting(request, code))
    return _version(rule_actions.switch_on(rule, by=request.user))


@router.post("/indicators/{code}/off", response=VersionOut, summary="Switch an indicator off")
def switch_off(request: SignedIn, code: str, said: SwitchingOff) -> dict[str, Any]:
    """As the commission, never for one's own department; a version that waits for its day is given up with it."""
    rule = _counting(request, code)
    require(rule_access.can_suppress(request.user, rule))
    return _version(rule_actions.switch_off(rule, reason=said.reason, by=request.user))


@router.post("/indicators/{code}/suppressions", response={201: QuietOut}, summary="Keep findings quiet for some time")
def suppress(request: SignedIn, code: str, scope: Scope) -> Status[Suppression]:
    """Keep findings quiet, as the commission, never for one's own department; they are raised after the day."""
    rule = _counting(request, code)
    require(rule_access.can_suppress(request.user, rule))
    checks = {one.id for one in rulebook.known(code).checks}
    if scope.check_id and scope.check_id not in checks:
        raise Http404
    return Status(201, quiet_actions.suppress(rule, by=request.user, **scope.dict()))


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


@router.get("/suppressions", response=list[QuietOut], summary="What is kept quiet")
def list_suppressions(request: SignedIn) -> list[Suppression]:
    """What is or was kept quiet, up to 200 entries, those in force first."""
    school = standing(request.user).school
    require(rule_access.can_see_suppressions(request.user, school))
    assert school is not None
    return [quiet.row for quiet in rule_queries.suppressions(school)]


@router.post("/suppressions/{int:pk}/lift", response=QuietOut, summary="Raise findings again")
def lift(request: SignedIn, pk: int, said: Lifting) -> Suppression:
    """End a suppression early; the next nightly run raises what it kept quiet and no other one still does."""
    school = standing(request.user).school
    require(rule_access.can_manage_rules(request.user, school))
    quiet = get_object_or_404(Suppression, pk=pk, school=school)
    return quiet_actions.lift(quiet, reason=said.reason, by=request.user)


def _school(request: SignedIn) -> Unit:
    school = standing(request.user).school
    require(rule_access.can_see_rules(request.user, school))
    assert school is not None
    return school


def _counting(request: SignedIn, code: str) -> Rule:
    """The version that counts now, running or switched off."""
    rule = rule_queries.current(_school(request), code)
    if rule is None:
        raise Http404
    return rule


def _pending(request: SignedIn, code: str) -> Rule:
    draft = rule_queries.pending(_school(request), code)
    if draft is None:
        raise Http404
    return draft


def _version(rule: Rule) -> dict[str, Any]:
    names = ("version", "state", "reason", "effective_from", "was_given_up", "ended_on", "ended_reason")
    people = ("by", "approved_by", "ended_by")
    named = {name: person.name if (person := getattr(rule, name)) else None for name in people}
    return {**{name: getattr(rule, name) for name in names}, **named}


def _to_try(request: SignedIn, code: str) -> list[Rule]:
    """The versions of an indicator that can be tried out, for those who may."""
    school = _school(request)
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


def _rule_line(row: rule_queries.Indicator) -> dict[str, Any]:
    rule, shipped = row.rule, row.shipped
    return {
        "code": shipped.code,
        "area": shipped.area,
        "title": wording.said(shipped.title),
        "dataset": shipped.dataset,
        "state": rule.state if rule else None,
        "version": rule.version if rule else None,
        "waits": row.waits,
        "open": row.open,
        "closed": row.closed,
        "precision": row.precision,
    }
