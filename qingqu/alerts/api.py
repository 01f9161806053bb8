"""Warnings over the API: the same access and actions as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, File, Query, Router, Schema, Status, UploadedFile
from pydantic import StringConstraints

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, actions, chain, queries, turn_words, wording
from qingqu.alerts.indicators import rule_access
from qingqu.alerts.models import Alert, Colour, Disposal, Replay
from qingqu.alerts.running import replaying
from qingqu.common.access import Access, require
from qingqu.common.errors import NotPossible
from qingqu.organisation.queries import staff_of
from qingqu.records import attachments
from qingqu.records.models import Attachment
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import Phase, RiskPoint
from qingqu.trace.refusals import record_view

router = Router(tags=["warnings"])
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


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


class Explanation(Schema):
    """The clerk's explanation."""

    text: Said


class Opinion(Schema):
    """The head's opinion after comparing explanation and papers."""

    opinion: Literal["dispelled", "clerical", "flaw"]
    text: Said


class Closing(Schema):
    """The result; of what is handed over only the number is kept. `quiet_days` applies to a dispelled one."""

    result: Alert.Result
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    reference: Annotated[str, StringConstraints(max_length=60)] = ""
    quiet_days: Annotated[int, Field(ge=0, le=365)] = 0
    risk_point_id: int | None = None
    """The risk point, if it is not the suggested one."""


class Order(Schema):
    """What has to be put right: at which risk point, by whom, until when, with what evidence."""

    risk_point_id: int
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    owner_id: int | None = None
    """Null: the head of the warning's department."""
    due_on: date
    evidence_kind: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class CandidateOut(Schema):
    """A risk point that a warning may belong to."""

    id: int
    level: int
    unit: str = Field(alias="unit.name")
    title: str


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
    return _whole(request, _alert(request, pk))


@router.post("/alerts/{int:pk}/explain", response=AlertOut, summary="Explain a warning")
def explain(request: SignedIn, pk: int, said: Explanation) -> dict[str, Any]:
    """Explain a warning as the clerk; it then goes to the head (S55)."""
    alert = _alert(request, pk)
    _require(access.can_explain(request.user, alert), alert)
    actions.explain(alert, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/confirm", response=AlertOut, summary="Confirm an explanation")
def confirm(request: SignedIn, pk: int, said: Opinion) -> dict[str, Any]:
    """Confirm a warning as the head; it then goes to the discipline commission."""
    alert = _alert(request, pk)
    _require(access.can_confirm(request.user, alert), alert)
    actions.confirm(alert, opinion=said.opinion, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/send-back", response=AlertOut, summary="Ask for more")
def send_back(request: SignedIn, pk: int, said: Explanation) -> dict[str, Any]:
    """Send a warning back to the clerk, as the head or the commission; what was said stays."""
    alert = _alert(request, pk)
    _require(access.can_send_back(request.user, alert), alert)
    actions.send_back(alert, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/close", response=AlertOut, summary="Close a warning")
def close(request: SignedIn, pk: int, said: Closing) -> dict[str, Any]:
    """Close a warning as the discipline commission; nobody closes what concerns himself (S69, S89)."""
    alert = _alert(request, pk)
    _require(access.can_close(request.user, alert), alert)
    if said.quiet_days and alert.rule:
        require(rule_access.can_suppress(request.user, alert.rule))
    told = said.dict()
    risk = told.pop("risk_point_id")
    risks = chain.candidates(alert, request.user)
    actions.close(alert, by=request.user, risk=get_object_or_404(risks, pk=risk) if risk else None, **told)
    return get_alert(request, pk)


@router.get("/alerts/{int:pk}/risk-points", response=list[CandidateOut], summary="Where a warning may belong")
def list_candidates(request: SignedIn, pk: int) -> list[RiskPoint]:
    """The risk points to choose from when closing a warning or ordering rectification."""
    alert = _alert(request, pk)
    require(access.can_close(request.user, alert) or access.can_rectify(request.user, alert))
    return list(chain.candidates(alert, request.user).select_related("unit"))


@router.post("/alerts/{int:pk}/rectify", response=AlertOut, summary="Order what has to be put right")
def rectify(request: SignedIn, pk: int, order: Order) -> dict[str, Any]:
    """Order rectification, once, after a warning was closed as a flaw or a tendency; the owner is told (S69)."""
    alert = _alert(request, pk)
    _require(access.can_rectify(request.user, alert), alert)
    risk = get_object_or_404(chain.candidates(alert, request.user), pk=order.risk_point_id)
    owner = staff_of(alert.school).filter(pk=order.owner_id or alert.unit.responsible_id or 0).first()
    if owner is None:
        raise NotPossible(_("请选择本校在职的责任人"))
    said = order.dict(include={"text", "due_on", "evidence_kind"})
    actions.rectify(alert, risk, MeasurePlan(phase=Phase.POST, owner=owner, **said), by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/replay", response={202: ReplayOut}, summary="Have a warning computed anew")
def replay(request: SignedIn, pk: int) -> Status[Replay]:
    """Have the worker compute a warning anew from the records, values and medians of its time; GET the result later."""
    alert = _alert(request, pk)
    require(access.can_see_rows(request.user, alert))
    return Status(202, replaying.ask(alert, by=request.user))


@router.get("/alerts/{int:pk}/replay", response=ReplayOut, summary="What came out of it")
def get_replay(request: SignedIn, pk: int) -> Replay:
    """The current replay, otherwise the last one; 404 if nobody has asked for one."""
    alert = _alert(request, pk)
    require(access.can_see_rows(request.user, alert))
    found = replaying.newest(alert)
    if found is None:
        raise Http404
    return found


@router.post("/alerts/{int:pk}/reopen", response=AlertOut, summary="Reopen a warning")
def reopen(request: SignedIn, pk: int, said: Explanation) -> dict[str, Any]:
    """Reopen a closed warning, saying what has come up; it goes to the clerk with a new deadline."""
    alert = _alert(request, pk)
    _require(access.can_reopen(request.user, alert), alert)
    actions.reopen(alert, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/papers", response={201: PaperOut}, summary="Add a paper to an explanation")
def add_paper(request: SignedIn, pk: int, file: File[UploadedFile]) -> Status[Attachment]:
    """Add a paper to the explanation before that is sent: multipart/form-data, field `file`, up to 20 MB (S55)."""
    alert = _alert(request, pk)
    _require(access.can_explain(request.user, alert), alert)
    return Status(201, actions.add_paper(alert, file, by=request.user))


@router.get("/alerts/{int:pk}/papers/{int:paper}", summary="A paper")
def get_paper(request: SignedIn, pk: int, paper: int) -> FileResponse:
    """The file as uploaded. Leaves a trace."""
    alert = _alert(request, pk)
    require(access.can_see_rows(request.user, alert))
    found = get_object_or_404(queries.papers(alert), pk=paper)
    response = attachments.hand_out(found)
    record_view(found, by=request.user)
    return response


def _require(may: Access, alert: Alert) -> None:
    """As the pages: whoever comes too late is told where it is now (409), and not refused (403)."""
    if may.is_over:
        raise NotPossible(access.too_late(may, alert))
    require(may)


def _alert(request: SignedIn, pk: int) -> Alert:
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
