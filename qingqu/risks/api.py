"""Risk points, ratings, measures and their runs over the API: the same doors and acts as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

import json
from datetime import date
from typing import Annotated, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import StringConstraints

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Post, Unit, schools_of
from qingqu.organisation.queries import staff_of
from qingqu.powers.models import Power, Regulation, Step
from qingqu.risks import access, actions, api_queries, measures
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import Category, Cause, ControlMeasure, Frequency, Phase, RiskPoint
from qingqu.risks.views.common import measure_or_404, risk_or_404

router = Router(tags=["risk points"])
Scale = Annotated[int, Field(ge=1, le=5)]
Answers = Annotated[str, StringConstraints(pattern=r"^[01]{5}$")]


def text(most: int, least: int = 0) -> Any:
    return Annotated[str, StringConstraints(strip_whitespace=True, min_length=least, max_length=most)]


class RiskLine(Schema):
    """A risk point as the list has it."""

    id: int
    code: str
    level: int
    residual_level: int | None
    score: int
    category: Category
    title: str
    manifestation: str
    unit_id: int
    unit: str
    person_id: int | None
    owner_id: int
    owner: str
    power_id: int | None
    power: str | None
    step_id: int | None
    step: str | None
    state: RiskPoint.State
    year: int
    next_due: date | None
    late: bool


class RiskPage(Schema):
    """Up to `limit` lines, the gravest first; `next` goes into ?after= for the page that follows."""

    items: list[RiskLine]
    next: str | None


class MeasureOut(Schema):
    """A measure; `late` where it should have been done before today."""

    id: int
    phase: Phase
    text: str
    owner_id: int
    post_id: int | None
    frequency: Frequency
    frequency_note: str
    evidence_kind: str
    next_due_on: date | None
    effect: str
    stopped: bool
    late: bool


class RiskOut(RiskLine):
    """A risk point, whole."""

    likelihood: int
    impact: int
    answers: str
    cause: str
    post_id: int | None
    regulation_id: int | None
    ledger_state: str
    reasons: list[str]
    measures: list[MeasureOut]


class RiskFilter(Schema):
    """What the list is narrowed to; `after` is the `next` of the page before."""

    unit: int | None = None
    category: Category | None = None
    level: Annotated[int, Field(ge=1, le=3)] | None = None
    year: int | None = None
    state: RiskPoint.State = RiskPoint.State.HELD
    after: Annotated[str, StringConstraints(pattern=r"^-?\d{1,9}:\d{1,18}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class MeasureIn(Schema):
    """A measure to set up or change."""

    phase: Phase
    text: text(300, 1)  # type: ignore[valid-type]
    owner_id: int | None = None
    """Empty: the owner of the risk point."""
    post_id: int | None = None
    frequency: Frequency = Frequency.TERM
    frequency_note: text(40) = ""  # type: ignore[valid-type]
    evidence_kind: text(80, 1)  # type: ignore[valid-type]


class RiskIn(Schema):
    """A risk point to register outside the yearly forms; its level follows from the rule."""

    unit_id: int
    category: Category
    title: text(120, 1)  # type: ignore[valid-type]
    manifestation: text(4000, 1)  # type: ignore[valid-type]
    likelihood: Scale
    impact: Scale
    answers: Answers = "00000"
    cause: Cause | None = None
    power_id: int | None = None
    step_id: int | None = None
    post_id: int | None = None
    regulation_id: int | None = None
    owner_id: int | None = None
    """Empty: the head of the unit, otherwise who registers it."""
    year: Annotated[int, Field(ge=2000, le=2100)] | None = None


class RiskChange(Schema):
    """What is to be changed; what is left out stays."""

    title: text(120, 1) | None = None  # type: ignore[valid-type]
    manifestation: text(4000, 1) | None = None  # type: ignore[valid-type]
    cause: Cause | None = None
    power_id: int | None = None
    step_id: int | None = None
    post_id: int | None = None
    regulation_id: int | None = None
    owner_id: int | None = None


class RatingIn(Schema):
    """A new grade; another level than the rule's needs a reason and waits for a second person."""

    likelihood: Scale
    impact: Scale
    answers: Answers
    level: Annotated[int, Field(ge=1, le=3)] | None = None
    reason: text(300) = ""  # type: ignore[valid-type]


class RatingOut(Schema):
    """What became of it: settled, or proposed until a second person agrees."""

    id: int
    state: str
    level: int
    computed_level: int


class RunIn(Schema):
    """That a measure was done, with a note or a link as evidence."""

    note: text(500) = ""  # type: ignore[valid-type]
    link: Annotated[str, StringConstraints(max_length=200, pattern=r"^(https?://.+)?$")] = ""
    done_on: date | None = None


class RunOut(Schema):
    """A run and when the measure is due next."""

    id: int
    done_on: date
    due_on: date | None
    next_due_on: date | None = None
    done_by_id: int
    note: str
    link: str
    attachment_id: int | None
    undone: bool


class ReasonIn(Schema):
    """Why."""

    reason: text(200, 1)  # type: ignore[valid-type]


def _json(content: Any, status: int = 200) -> HttpResponse:
    """Plain values as they are: a schema in between would cost more than the rest of the answer."""
    body = json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":"))
    return HttpResponse(body, content_type="application/json; charset=utf-8", status=status)


@router.get("/risk-points", response=RiskPage, summary="Risk points, the gravest first")
def list_risks(request: SignedIn, asked: Query[RiskFilter]) -> HttpResponse:
    """What the reader may see, twenty-five at a time; the list is never counted (S11)."""
    rows = api_queries.filtered(RiskPoint.objects.visible_to(request.user), asked.dict())
    return _json(api_queries.page(rows, asked.after, asked.limit))


@router.post("/risk-points", response={201: RiskLine}, summary="Register a risk point")
def create_risk(request: SignedIn, said: RiskIn) -> HttpResponse:
    """Outside the yearly forms; graded by the rule, with a number, a rating and its trace (S28, S40)."""
    user = request.user
    rows = Unit.objects.select_related("school", "responsible")
    unit = get_object_or_404(rows, pk=said.unit_id, school_id__in=schools_of(user))
    require(access.can_create(user, unit))
    named = _named(user, unit, said.dict(exclude_unset=True))
    owner = named.pop("owner", None) or unit.responsible or user
    description = actions.Description(said.category, said.title, said.manifestation, said.cause or "", **named)
    risk = actions.create(
        unit,
        description,
        likelihood=said.likelihood,
        impact=said.impact,
        answers=said.answers,
        owner=owner,
        by=user,
        year=said.year,
    )
    return _json(api_queries.line_of(risk), 201)


def _named(user: User, unit: Unit, said: dict[str, Any]) -> dict[str, Any]:
    """The rows that ids in `said` name, each of this school. Raises NotPossible where one is not there."""
    assert unit.school is not None
    found: dict[str, Any] = {}
    powers = Power.objects.filter(school=unit.school)
    sources: dict[str, Any] = {
        "power": powers,
        "step": Step.objects.filter(power__school=unit.school),
        "post": Post.objects.filter(unit__school=unit.school),
        "regulation": Regulation.objects.filter(school=unit.school),
    }
    for name, rows in sources.items():
        if f"{name}_id" in said:
            found[name] = _one(rows, said[f"{name}_id"], name)
    if said.get("owner_id"):
        found["owner"] = _one(staff_of(unit.school), said["owner_id"], "owner")
    return found


def _one(rows: Any, pk: int | None, name: str) -> Any:
    row = rows.filter(pk=pk).first() if pk else None
    if pk and row is None:
        raise NotPossible(access.NOT_HERE % {"name": name, "pk": pk})
    return row


@router.get("/risk-points/{int:pk}", response=RiskOut, summary="A risk point")
def get_risk(request: SignedIn, pk: int) -> HttpResponse:
    """One risk point with its measures and why it has its level."""
    return _json(api_queries.whole_of(risk_or_404(request.user, pk, api_queries.with_measures())))


@router.patch("/risk-points/{int:pk}", response=RiskOut, summary="Change what a risk point says")
def change_risk(request: SignedIn, pk: int, said: RiskChange) -> HttpResponse:
    """Its words; the grade has its own address. What is filed stays as it was filed."""
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_edit(user, risk))
    given = said.dict(exclude_unset=True)
    changes = {name: given[name] or "" for name in ("title", "manifestation", "cause") if name in given}
    actions.change(risk, changes | _named(user, risk.unit, given), by=user)
    return get_risk(request, pk)


@router.post("/risk-points/{int:pk}/ratings", response={201: RatingOut}, summary="Grade a risk point")
def rate_risk(request: SignedIn, pk: int, said: RatingIn) -> Any:
    """The rule's level stands at once; another one waits for a second person (S30)."""
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_rate(user, risk))
    return Status(201, actions.rate(risk, by=user, **said.dict()))


@router.get("/risk-points/{int:pk}/measures", response=list[MeasureOut], summary="Measures of a risk point")
def list_measures(request: SignedIn, pk: int) -> HttpResponse:
    """All of them, the stopped ones too."""
    risk = risk_or_404(request.user, pk)
    return _json([api_queries.measure_of(measure) for measure in risk.measures.all()])


@router.post("/risk-points/{int:pk}/measures", response={201: MeasureOut}, summary="Set up a measure")
def add_measure(request: SignedIn, pk: int, said: MeasureIn) -> HttpResponse:
    """By its owner, with frequency and evidence; it is due at the end of the running period (S12)."""
    user = request.user
    risk = risk_or_404(user, pk)
    require(access.can_plan(user, risk))
    return _json(api_queries.measure_of(measures.add_measure(risk, _plan(user, risk, said), by=user)), 201)


def _plan(user: User, risk: RiskPoint, said: MeasureIn) -> MeasurePlan:
    given = said.dict()
    named = _named(user, risk.unit, {key: given.pop(key) for key in ("owner_id", "post_id")})
    return MeasurePlan(owner=named.get("owner") or risk.owner, post=named["post"], **given)


@router.put("/measures/{int:pk}", response=MeasureOut, summary="Change a measure")
def change_measure(request: SignedIn, pk: int, said: MeasureIn) -> HttpResponse:
    """Another frequency counts from today."""
    user, measure = request.user, _planned(request.user, pk)
    changed = measures.change_measure(measure, _plan(user, measure.risk, said), by=user)
    return _json(api_queries.measure_of(changed))


@router.post("/measures/{int:pk}/stop", response=MeasureOut, summary="Stop a measure")
def stop_measure(request: SignedIn, pk: int, said: ReasonIn) -> HttpResponse:
    """With the reason; a level-1 risk keeps all three phases (S12)."""
    measure = _planned(request.user, pk)
    return _json(api_queries.measure_of(measures.stop_measure(measure, reason=said.reason, by=request.user)))


def _planned(user: User, pk: int) -> ControlMeasure:
    measure = measure_or_404(user, pk)
    require(access.can_plan(user, measure.risk))
    return measure


@router.get("/measures/{int:pk}/runs", response=list[RunOut], summary="When a measure was done")
def list_runs(request: SignedIn, pk: int) -> HttpResponse:
    """The last hundred, the newest first."""
    measure = measure_or_404(request.user, pk)
    return _json([api_queries.run_of(run) for run in measure.runs.order_by("-done_on", "-id")[:100]])


@router.post("/measures/{int:pk}/runs", response={201: RunOut}, summary="A measure was done")
def do_measure(request: SignedIn, pk: int, said: RunIn) -> HttpResponse:
    """With a note or a link as evidence; files go through the page (S50)."""
    measure = measure_or_404(request.user, pk)
    require(access.can_do(request.user, measure))
    run = measures.do(measure, by=request.user, **said.dict())
    measure.refresh_from_db(fields=["next_due_on"])
    return _json(api_queries.run_of(run) | {"next_due_on": measure.next_due_on}, 201)
