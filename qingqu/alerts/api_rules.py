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


class RuleOut(RuleLine):
    """An indicator in full: what it looks at and what it cannot know."""

    why: str
    blind: str
    effective_from: date | None
    holds_red: bool
    parameters: list[ParameterOut]
    checks: list[CheckOut]


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
    }


@router.post("/indicators/{code}/suppressions", response={201: QuietOut}, summary="Keep findings quiet for some time")
def suppress(request: SignedIn, code: str, scope: Scope) -> Status[Suppression]:
    """Keep findings quiet, as the commission, never for one's own department; they are raised after the day."""
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
    """What is or was kept quiet, up to 200 entries, those in force first."""
    school = standing(request.user).school
    require(rule_access.can_see_suppressions(request.user, school))
    assert school is not None
    return [quiet.row for quiet in rule_queries.suppressions(school)]


@router.post("/suppressions/{int:pk}/lift", response=QuietOut, summary="Raise findings again")
def lift(request: SignedIn, pk: int, said: Lifting) -> Suppression:
    """End a suppression early; the next nightly run raises what it kept quiet."""
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
