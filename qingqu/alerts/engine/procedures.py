"""Order, persons and times of the steps of a case (以程序为线, S66–S69): read out of an event log.

The log comes from the school's OA or was typed in; we can tell where it leaves the rules, not stop it. A case is judged
whole whenever one of its events arrives: that costs a tenth of a millisecond. Events of the same minute are taken in
the order that excuses most, since many logs know only the day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from qingqu.alerts.engine.spec import Events, ModelStep
from qingqu.alerts.engine.tokens import Net, Replay
from qingqu.datasets.rules import BESIDE, people_in

MINUTES = 24 * 60
RETURN = ("退回", "撤回", "return")


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a case, done by somebody at some minute. `step` is None where the log's name is not mapped to one.

    It is BESIDE where the log's name is no step of any procedure. `operators` are those who acted: the agent and the
    person for whom he acted both count.
    """

    id: int
    case: str
    step: str | None
    operators: frozenset[str]
    time: int | None
    amount: int | None = None
    evidence: str | None = None
    op: str = ""
    to: str | None = None
    """For a return: the step to which the case goes back; the one before, if it is not said."""

    @property
    def day(self) -> int:
        return (self.time or 0) // MINUTES


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one case: the events that show it, and the numbers of its sentence."""

    rows: tuple[int, ...]
    numbers: Mapping[str, int | str | None]
    anchor: int


@dataclass(frozen=True, slots=True)
class Context:
    """`today` in days since 1970; `working_days(a, b)` counts those in (a, b]."""

    today: int
    working_days: Callable[[int, int], int]


def step_of(name: str | None, steps: Mapping[str, str] | None) -> str | None:
    """Our name for what a log calls a step; None where it has none, or one that is not mapped."""
    return (name if steps is None else steps.get(name or "")) or None


def event_of(row: Mapping[str, Any], steps: Mapping[str, str] | None = None) -> Event:
    """The event that a record of a log describes; `steps` maps the log's own names to ours."""
    people = frozenset(p for said in (row.get("operator"), row.get("on_behalf")) if said for p in people_in(said))
    return Event(
        id=row["id"],
        case=str(row.get("case") or ""),
        step=step_of(row.get("step"), steps),
        operators=people,
        time=row.get("time"),
        amount=row.get("amount"),
        evidence=row.get("evidence"),
        op=row.get("op") or "",
        to=step_of(row.get("to"), steps),
    )


def in_order(events: Iterable[Event]) -> list[Event]:
    """By time, then as they were written; events without a time go last and are holes.

    What is beside the procedure is left out, but for a return: that is an act upon the case.
    """
    counting = (e for e in events if e.step != BESIDE or e.op in RETURN)
    return sorted(counting, key=lambda e: (e.time is None, e.time or 0, e.id))


def in_force(events: Sequence[Event]) -> list[Event]:
    """`events` without those that a return has voided, and without the returns themselves.

    A return to a step voids that step and everything after it; the case takes it up again from there.
    """
    kept: list[Event] = []
    for event in events:
        if event.op not in RETURN:
            kept.append(event)
            continue
        back = [n for n, e in enumerate(kept) if e.step == event.to] if event.to else [len(kept) - 1]
        if back and back[-1] >= 0:
            del kept[back[-1] :]
    return kept


Verdict = Literal["follows", "leaves", "under_way", "unknown", "other"]
Doubt = Literal["refused", "step", "time", "person"]
"""Why nobody can say: a row of the case did not get into the log, or one that did lacks this."""


def holes(events: Iterable[Event]) -> list[Event]:
    """Events of which we do not know the step, the person or the time: with them no case counts as conforming."""
    return [e for e in events if doubts_of(e)]


def doubts_of(event: Event) -> list[Doubt]:
    """What is not known of an event."""
    known: dict[Doubt, bool] = {
        "step": event.step is not None,
        "time": event.time is not None,
        "person": bool(event.operators),
    }
    return [doubt for doubt, there in known.items() if not there]


def verdict(events: Sequence[Event], check: Events, *, refused: bool = False) -> Verdict:
    """Whether a case follows the procedure of `check`; with holes, or rows that were `refused`, nobody can say.

    `other`: the case is of another matter (`check.about`), as far as all its steps are known.
    """
    ordered = in_order(events)
    if check.about and not _of(ordered, check.about):
        return "unknown" if refused or any(e.step is None for e in ordered) else "other"
    if refused or holes(ordered):
        return "unknown"
    replay = _replay(in_force(ordered), check)
    if replay.slips:
        return "leaves"
    return "follows" if replay.ended else "under_way"


def judge(events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context) -> list[Finding]:
    """What `check` finds in one case, whose events are given in any order.

    A case with holes is not held against its whole procedure: the step that seems skipped may be the one that we could
    not read. It shows as `unknown` instead. A case of another matter (`check.about`) is let be.
    """
    ordered = in_order(events)
    if check.kind == "model" and holes(ordered):
        return []
    if check.about and not _of(ordered, check.about):
        return []
    known = [e for e in in_force(ordered) if e.step is not None and e.time is not None]
    return list(KINDS[check.kind](known, check, values, context)) if known else []


def _of(events: Iterable[Event], steps: Sequence[str]) -> list[Event]:
    return [e for e in events if e.step in steps]


def _finding(rows: Iterable[Event], **numbers: int | str | None) -> Finding:
    rows = list(rows)
    return Finding(tuple(sorted({e.id for e in rows})), numbers, max(e.day for e in rows))


def _elapsed(earlier: int, later: int, check: Events, context: Context) -> int:
    """From minute to minute in the check's unit: whole days, working days or minutes."""
    if check.unit == "minutes":
        return later - earlier
    first, last = earlier // MINUTES, later // MINUTES
    return context.working_days(first, last) if check.unit == "working_days" else last - first


def _precedence(
    events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context
) -> Iterator[Finding]:
    """Whoever does `then` needs a `first` before it (or in the same minute)."""
    first = _of(events, check.first)
    begun = min((_time(e) for e in first), default=None)
    early = [e for e in _of(events, check.then) if begun is None or _time(e) < begun]
    if early:
        late = None if begun is None else begun // MINUTES - min(e.day for e in early)
        yield _finding([*early, *(e for e in first[:1])], step=early[0].step, late=late)


def _response(events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """`first` must be answered by `then` within `at_most`; still open is no finding before the term is over."""
    then = _of(events, check.then)
    open_ = [e for e in _of(events, check.first) if not any(_time(t) >= _time(e) for t in then)]
    now = (context.today + 1) * MINUTES - 1
    late = [e for e in open_ if _elapsed(_time(e), now, check, context) > values[check.at_most]]
    if late:
        yield _finding(late, step=late[0].step, elapsed=_elapsed(_time(late[0]), now, check, context))


def _deadline(events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """From `first` to the next `then` at most `at_most`; counted until today while it has not come."""
    then = _of(events, check.then)
    now = (context.today + 1) * MINUTES - 1
    for event in _of(events, check.first):
        answer = next((t for t in then if _time(t) >= _time(event)), None)
        took = _elapsed(_time(event), _time(answer) if answer else now, check, context)
        if took > values[check.at_most]:
            rows = [event, answer] if answer else [event]
            yield _finding(rows, step=event.step, elapsed=took)
            return


def _gap(events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Between the last `first` and the `then` after it at least `at_least`: a publication that was cut short."""
    for event in _of(events, check.then):
        before = [e for e in _of(events, check.first) if _time(e) <= _time(event)]
        if before and (took := _elapsed(_time(before[-1]), _time(event), check, context)) < values[check.at_least]:
            yield _finding([before[-1], event], step=event.step, elapsed=took)
            return


def _separation(
    events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context
) -> Iterator[Finding]:
    """Nobody does both `first` and `then`. Every shared person counts, however often either was done."""
    first, then = _of(events, check.first), _of(events, check.then)
    shared = {p for e in first for p in e.operators} & {p for e in then for p in e.operators}
    if shared:
        rows = [e for e in (*first, *then) if e.operators & shared]
        yield _finding(rows, people=len(shared), step=rows[-1].step)


def _not_together(
    events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context
) -> Iterator[Finding]:
    """A case has either `first` or `then`, never both."""
    first, then = _of(events, check.first), _of(events, check.then)
    if first and then:
        yield _finding([*first, *then], step=then[0].step)


def _amount_requires(
    events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context
) -> Iterator[Finding]:
    """A case of at least `limit` needs a `first` before its `then`: the meeting before the contract."""
    amount = max((e.amount for e in events if e.amount is not None), default=None)
    if amount is not None and amount >= values[check.limit]:
        for found in _precedence(events, check, values, context):
            yield Finding(found.rows, {**found.numbers, "amount": amount}, found.anchor)


def _evidence_present(
    events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context
) -> Iterator[Finding]:
    """Each `then` has its evidence with it."""
    bare = [e for e in _of(events, check.then) if not e.evidence]
    if bare:
        yield _finding(bare, step=bare[0].step, n=len(bare))


def _model(events: Sequence[Event], check: Events, values: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """The case leaves the procedure: one finding for all its slips."""
    ordered = _as_excused(events, net_of(check.steps))
    slips = _replay(ordered, check).slips
    if slips:
        rows = [ordered[slip.position] for slip in slips if slip.position >= 0] or [ordered[-1]]
        slip = slips[0]
        missing = "、".join(slip.missing) or None
        yield _finding(rows, n=len(slips), slip=slip.kind, step=slip.step or None, missing=missing)


def _as_excused(events: Sequence[Event], net: Net) -> list[Event]:
    """Within one minute in the order of the procedure: a log that knows only the day accuses nobody."""
    last = len(net.order)
    return sorted(events, key=lambda e: (_time(e), net.order.get(e.step or "", last), e.id))


def _replay(events: Sequence[Event], check: Events) -> Replay:
    net = net_of(check.steps)
    return net.replay(tuple(str(e.step) for e in _as_excused(events, net)))


def _time(event: Event) -> int:
    return event.time or 0


@lru_cache(maxsize=200)
def net_of(steps: tuple[ModelStep, ...]) -> Net:
    """The net of a table of steps. Raises BrokenProcedure."""
    return Net(steps)


Kind = Callable[[Sequence[Event], Events, Mapping[str, Any], Context], Iterator[Finding]]
KINDS: dict[str, Kind] = {
    "precedence": _precedence,
    "response": _response,
    "separation": _separation,
    "not_together": _not_together,
    "gap": _gap,
    "deadline": _deadline,
    "amount_requires": _amount_requires,
    "evidence_present": _evidence_present,
    "model": _model,
}
