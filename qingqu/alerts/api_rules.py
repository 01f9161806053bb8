"""Indicators over the API, and what of theirs is kept quiet: the same doors and acts as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from pydantic import StringConstraints

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import grading, rule_access, rule_actions, rule_queries, rulebook, wording
from qingqu.alerts.models import Colour, Rule, Suppression
from qingqu.common.access import require
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing

router = Router(tags=["indicators"])
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class RuleLine(Schema):
    """An indicator and whether the school runs it."""

    code: str
    area: str
    title: str
    dataset: str
    state: Rule.State | None
    """Nothing where the school has not adopted it."""
    version: int | None
    waits: list[str]
    """Local limits that nobody has entered: until then it does not run."""
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
    """When a finding has this colour, the gravest first."""

    colour: Colour
    when: str


class CheckOut(Schema):
    """What an indicator looks for; `on_write` where each record is held against it on saving."""

    id: str
    name: str
    on_write: bool
    sentence: str
    levels: list[LevelOut]


class RuleOut(RuleLine):
    """An indicator, whole: what it looks at and what it cannot know."""

    why: str
    blind: str
    effective_from: date | None
    holds_red: bool
    parameters: list[ParameterOut]
    checks: list[CheckOut]


class Scope(Schema):
    """What is to be quiet: a check of the indicator, or all of it; at most a year."""

    check_id: Annotated[str, Field(max_length=40)] = ""
    """Empty: every check."""
    until: date
    reason: Reason


class Lifting(Schema):
    """Why findings are raised again before the day."""

    reason: Reason


class QuietOut(Schema):
    """Findings that are not raised for some time."""

    id: int
    rule: str = Field(alias="code")
    check_id: str
    alert_id: int | None
    """The dispelled warning whose case alone is quiet, where it is one."""
    until: date
    reason: str
    by: str = Field(alias="by.name")
    created_at: datetime
    lifted_at: datetime | None


@router.get("/indicators", response=list[RuleLine], summary="The indicators")
def list_rules(request: SignedIn) -> list[dict[str, Any]]:
    """All that the product knows, with the school's versions and how right they were."""
    return [_rule_line(row) for row in rule_queries.indicators(_school(request))]


@router.get("/indicators/{code}", response=RuleOut, summary="An indicator")
def get_rule(request: SignedIn, code: str) -> dict[str, Any]:
    """What it looks at, with which values here, and what it cannot know."""
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
    }


@router.post("/indicators/{code}/suppressions", response={201: QuietOut}, summary="Keep findings quiet for some time")
def suppress(request: SignedIn, code: str, scope: Scope) -> Status[Suppression]:
    """By the commission, never for a department of one's own; what comes up meanwhile is raised after the day."""
    school = _school(request)
    counting = Rule.objects.filter(school=school, state__in=[Rule.State.ON, Rule.State.OFF])
    rule = get_object_or_404(counting, code=code)
    require(rule_access.can_suppress(request.user, rule))
    checks = {one.id for one in rulebook.known(code).checks}
    if scope.check_id and scope.check_id not in checks:
        raise Http404
    return Status(201, rule_actions.suppress(rule, by=request.user, **scope.dict()))


@router.get("/suppressions", response=list[QuietOut], summary="What is kept quiet")
def list_suppressions(request: SignedIn) -> list[Suppression]:
    """What is quiet now and what was, up to 200; those in force first."""
    school = standing(request.user).school
    require(rule_access.can_see_suppressions(request.user, school))
    assert school is not None
    return [quiet.row for quiet in rule_queries.suppressions(school)]


@router.post("/suppressions/{int:pk}/lift", response=QuietOut, summary="Raise findings again")
def lift(request: SignedIn, pk: int, said: Lifting) -> Suppression:
    """Before the day; the next night raises what has been quiet."""
    school = standing(request.user).school
    require(rule_access.can_manage_rules(request.user, school))
    quiet = get_object_or_404(Suppression, pk=pk, school=school)
    return rule_actions.lift(quiet, reason=said.reason, by=request.user)


def _school(request: SignedIn) -> Unit:
    school = standing(request.user).school
    require(rule_access.can_see_rules(request.user, school))
    assert school is not None
    return school


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
