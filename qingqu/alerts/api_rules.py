"""Indicators over the API: the same doors and acts as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import date
from typing import Annotated, Any

from django.http import Http404
from ninja import Router, Schema
from pydantic import StringConstraints

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import wording
from qingqu.alerts.indicators import drafting, grading, rule_access, rule_actions, rule_queries, rulebook
from qingqu.alerts.models import Colour, Rule
from qingqu.common.access import require
from qingqu.common.clock import today
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


@router.get("/indicators", response=list[RuleLine], summary="The indicators")
def list_rules(request: SignedIn) -> list[dict[str, Any]]:
    """All indicators, with the school's versions and their precision."""
    return [_rule_line(row) for row in rule_queries.indicators(school_of(request))]


@router.get("/indicators/{code}", response=RuleOut, summary="An indicator")
def get_rule(request: SignedIn, code: str) -> dict[str, Any]:
    """An indicator: what it looks at, with which values here, and what it cannot know."""
    row = next((row for row in rule_queries.indicators(school_of(request)) if row.shipped.code == code), None)
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
        "versions": [_version(each) for each in rule_queries.versions(school_of(request), code)],
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
    school = school_of(request)
    require(rule_access.can_manage_rules(request.user, school))
    if code not in rulebook.at_school(school):
        raise Http404
    rule = rule_queries.current(school, code)
    if rule is None:
        rule_actions.adopt(school, [code], by=request.user)
        return _version(counting(request, code))
    return _version(rule_actions.switch_on(rule, by=request.user))


@router.post("/indicators/{code}/off", response=VersionOut, summary="Switch an indicator off")
def switch_off(request: SignedIn, code: str, said: SwitchingOff) -> dict[str, Any]:
    """As the commission, never for one's own department; a version that waits for its day is given up with it."""
    rule = counting(request, code)
    require(rule_access.can_suppress(request.user, rule))
    return _version(rule_actions.switch_off(rule, reason=said.reason, by=request.user))


def school_of(request: SignedIn) -> Unit:
    """The school whose indicators the asker sees."""
    school = standing(request.user).school
    require(rule_access.can_see_rules(request.user, school))
    assert school is not None
    return school


def counting(request: SignedIn, code: str) -> Rule:
    """The version that counts now, running or switched off."""
    rule = rule_queries.current(school_of(request), code)
    if rule is None:
        raise Http404
    return rule


def _pending(request: SignedIn, code: str) -> Rule:
    draft = rule_queries.pending(school_of(request), code)
    if draft is None:
        raise Http404
    return draft


def _version(rule: Rule) -> dict[str, Any]:
    names = ("version", "state", "reason", "effective_from", "was_given_up", "ended_on")
    people = ("by", "approved_by", "ended_by")
    named = {name: person.name if (person := getattr(rule, name)) else None for name in people}
    return {**{name: getattr(rule, name) for name in names}, **named, "ended_reason": drafting.ended_because(rule)}


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
