"""Warnings over the API: which there are, what they say and rest on. The steps with them are in `api_steps`."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, chain, queries, turn_words, wording
from qingqu.alerts.models import Alert, Colour, Disposal, Replay
from qingqu.alerts.running import replaying
from qingqu.common.access import require
from qingqu.records import attachments
from qingqu.trace.refusals import record_view

router = Router(tags=["warnings"])


class AlertLine(Schema):
    """A warning in the list: «look here, because …»."""

    id: int
    number: str
    colour: Colour
    state: Alert.State
    state_said: str
    """In words; of an open one with whose turn it is."""
    result: Alert.Result | Literal[""]
    rule: str | None
    """The code of the indicator; null for prompts about the work of prevention itself."""
    dataset: str | None
    unit_id: int
    unit: str
    title: str
    sentence: str
    raised_at: datetime
    due_on: date


class AlertPage(Schema):
    """Up to `limit` lines, newest first; pass `next` as ?after= for the following page."""

    items: list[AlertLine]
    next: int | None


class FactOut(Schema):
    """A measured number, or a limit that it was compared with."""

    label: str
    value: str


class EvidenceOut(Schema):
    """A record as it stood when the warning was raised; `state` says whether it has changed since."""

    record_id: int
    cells: list[str]
    state: Literal["same", "corrected", "withdrawn"]


class RowsOut(Schema):
    """The records of its table behind a warning, persons masked; not those of another with which they were compared."""

    heads: list[str]
    lines: list[EvidenceOut]


class StepOut(Schema):
    """A step of the disposal: what somebody said."""

    step: Disposal.Step
    opinion: str
    text: str
    reference: str
    by: str | None
    at: datetime


class PaperOut(Schema):
    """A paper of an explanation; its content has its own address."""

    id: int
    name: str
    size: int
    """Bytes."""
    sha256: str
    by: str = Field(alias="by.name")
    created_at: datetime


class RectificationOut(Schema):
    """A measure of the warning's risk point, done once by its day."""

    measure_id: int = Field(alias="pk")
    text: str
    owner_id: int
    owner: str = Field(alias="owner.name")
    due_on: date | None = Field(alias="next_due_on")
    """Nothing once it is done."""


class AlertOut(AlertLine):
    """A warning with its arithmetic, records and disposal."""

    rule_version: int | None
    arithmetic: list[FactOut]
    rows: RowsOut | None
    """Null for a caller who may see the warning but not the records; papers are empty then, too."""
    history: list[StepOut]
    risk_point_id: int | None
    risk_point_is_guess: bool
    """Whether the risk point is only suggested by the records; whoever closes the warning confirms or changes it."""
    earlier_id: int | None
    papers: list[PaperOut]
    rectification: RectificationOut | None
    """The rectification that was ordered when it closed."""
    may: list[Literal["explain", "confirm", "send-back", "close", "rectify", "reopen", "replay"]]
    """What the caller may do now."""


class Wanted(Schema):
    """Which warnings are asked for."""

    state: Literal["open", "all", "explaining", "confirming", "closing", "closed", "lapsed"] = "open"
    colour: Colour | None = None
    rule: Annotated[str, Field(max_length=12)] = ""
    dataset: Annotated[str, Field(max_length=20)] = ""
    unit: int | None = None
    late: bool = False

    def asked(self) -> queries.Asked:
        return queries.Asked(
            colour=self.colour or "",
            state=self.state,
            unit=self.unit,
            code=self.rule,
            late=self.late,
            dataset=self.dataset,
        )


class AlertFilter(Wanted):
    """Filters of the list; `after` is the `next` of the previous page."""

    after: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class ReplayOut(Schema):
    """A replay of a warning; without `ended_at` it is waiting or running."""

    asked_at: datetime
    ended_at: datetime | None
    outcome: Replay.Outcome | Literal[""]
    same: bool | None
    """Whether the result was identical; null while it runs or if it cannot be known."""
    said: str = Field(alias="get_outcome_display")


@router.get("/alerts", response=AlertPage, summary="Warnings, the newest first")
def list_alerts(request: SignedIn, asked: Query[AlertFilter]) -> dict[str, Any]:
    """The warnings that the caller may see, 25 at a time; there is no total count."""
    rows = queries.found(access.visible(request.user), asked.asked()).order_by("-id")
    if asked.after:
        rows = rows.filter(pk__lt=asked.after)
    found = list(rows[: asked.limit + 1])
    items, more = found[: asked.limit], len(found) > asked.limit
    states = turn_words.states_in_words(items)
    return {"items": [_line(alert, states[alert.pk]) for alert in items], "next": items[-1].pk if more else None}


@router.get("/alerts/{int:pk}", response=AlertOut, summary="A warning")
def get_alert(request: SignedIn, pk: int) -> dict[str, Any]:
    """A warning with sentence, arithmetic, records and history. Showing records leaves a trace."""
    return _whole(request, alert_or_404(request, pk))


@router.post("/alerts/{int:pk}/replay", response={202: ReplayOut}, summary="Have a warning computed anew")
def replay(request: SignedIn, pk: int) -> Status[Replay]:
    """Have the worker compute a warning anew from the records, values and medians of its time; GET the result later."""
    alert = alert_or_404(request, pk)
    require(access.can_see_rows(request.user, alert))
    return Status(202, replaying.ask(alert, by=request.user))


@router.get("/alerts/{int:pk}/replay", response=ReplayOut, summary="What came out of it")
def get_replay(request: SignedIn, pk: int) -> Replay:
    """The current replay, otherwise the last one; 404 if nobody has asked for one."""
    alert = alert_or_404(request, pk)
    require(access.can_see_rows(request.user, alert))
    found = replaying.newest(alert)
    if found is None:
        raise Http404
    return found


@router.get("/alerts/{int:pk}/papers/{int:paper}", summary="A paper")
def get_paper(request: SignedIn, pk: int, paper: int) -> FileResponse:
    """The file as uploaded. Leaves a trace."""
    alert = alert_or_404(request, pk)
    require(access.can_see_rows(request.user, alert))
    found = get_object_or_404(queries.papers(alert), pk=paper)
    response = attachments.hand_out(found)
    record_view(found, by=request.user)
    return response


def alert_or_404(request: SignedIn, pk: int) -> Alert:
    """A warning that the caller may see."""
    return get_object_or_404(queries.with_disposals(access.visible(request.user)), pk=pk)


def _line(alert: Alert, state: str) -> dict[str, Any]:
    names = ("id", "number", "colour", "state", "result", "unit_id", "raised_at", "due_on")
    return {
        **{name: getattr(alert, name) for name in names},
        "state_said": state,
        "rule": alert.rule.code if alert.rule else None,
        "dataset": alert.dataset.code if alert.dataset else None,
        "unit": alert.unit.name,
        "title": wording.title(alert),
        "sentence": wording.sentence(alert),
    }


def _whole(request: SignedIn, alert: Alert) -> dict[str, Any]:
    user = request.user
    sees = bool(access.can_see_rows(user, alert))
    if sees and alert.rule:
        record_view(alert, by=user)
    doors = {
        "explain": access.can_explain(user, alert),
        "confirm": access.can_confirm(user, alert),
        "send-back": access.can_send_back(user, alert),
        "close": access.can_close(user, alert),
        "rectify": access.can_rectify(user, alert),
        "reopen": access.can_reopen(user, alert),
        "replay": sees and alert.rule,
    }
    said = alert.disposals.all()
    return {
        **_line(alert, turn_words.state_in_words(alert)),
        "rule_version": alert.rule.version if alert.rule else None,
        "arithmetic": wording.arithmetic(alert),
        "rows": queries.rows_of(alert) if sees else None,
        "history": [_step(step) for step in said],
        "risk_point_id": alert.risk_point_id,
        "risk_point_is_guess": chain.is_guess(alert),
        "earlier_id": alert.earlier_id,
        "rectification": alert.rectification,
        "papers": list(queries.papers(alert)) if sees else [],
        "may": [act for act, allowed in doors.items() if allowed],
    }


def _step(step: Disposal) -> dict[str, Any]:
    names = ("step", "opinion", "reference", "at")
    said = {"text": wording.step_text(step), "by": step.by.name if step.by else None}
    return {**{name: getattr(step, name) for name in names}, **said}
