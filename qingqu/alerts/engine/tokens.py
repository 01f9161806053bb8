"""The token game: does a case follow its procedure, and where does it leave it?

A procedure is a table of steps with what comes before each (`spec.ModelStep`). It becomes a Petri net: a place for each
«after», one shared place for the choices after a step; steps that may stand anywhere have none. A case is replayed step
by step; a step that finds no token is done all the same and noted, so that one slip does not hide the next. No loops: a
return voids what it returns from before the replay (`procedures.in_force`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qingqu.alerts.engine.spec import ModelStep

START, END = "start", "end"


class BrokenProcedure(ValueError):
    """The table of steps does not describe a procedure: a step that is never reached, one that names an unknown."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Where a case left its procedure: `position` in the case, or -1 for what is still lacking at its end.

    `kind` is `early` (what must come before is not done), `repeated`, `unknown` (no step of the procedure) or
    `unfinished` (a step that became due beside others and was never done).
    """

    kind: str
    position: int
    step: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replay:
    """`ended`: the case reached its end. It follows the procedure when there are no slips."""

    slips: tuple[Slip, ...]
    ended: bool

    @property
    def fits(self) -> bool:
        return self.ended and not self.slips


class Net:
    """The net of a table of steps. Raises BrokenProcedure."""

    def __init__(self, steps: Sequence[ModelStep]) -> None:
        self.beside = {step.name for step in steps if step.beside}
        self.many = {step.name for step in steps if step.many}
        steps = [step for step in steps if not step.beside]
        self.order = {step.name: number for number, step in enumerate(steps)}
        if len(self.order) != len(steps) or not steps:
            raise BrokenProcedure("step names must differ")
        unknown = {before for step in steps for before in step.after} - set(self.order)
        if unknown:
            raise BrokenProcedure(f"unknown steps: {', '.join(sorted(unknown))}")
        self.join = {step.name: step.join for step in steps}
        self.before = {step.name: step.after for step in steps}
        self.inputs: dict[str, tuple[str, ...]] = {}
        outputs: dict[str, set[str]] = {step.name: set() for step in steps}
        for step in steps:
            places = [f"{source} →" if step.choice else f"{source} → {step.name}" for source in step.after]
            self.inputs[step.name] = tuple(places) or (START,)
            for source, place in zip(step.after, places, strict=True):
                outputs[source].add(place)
        self.outputs = {name: tuple(sorted(places)) or (END,) for name, places in outputs.items()}
        self._refuse_unreachable()
        self.replay = lru_cache(maxsize=20_000)(self._replay)
        """Cases with the same steps in the same order have one verdict, computed once."""

    def _refuse_unreachable(self) -> None:
        reached: set[str] = set()
        grown = True
        while grown:
            grown = False
            for name, before in self.before.items():
                needed = all if self.join[name] == "all" else any
                if name not in reached and (not before or needed(b in reached for b in before)):
                    reached.add(name)
                    grown = True
        if lost := [name for name in self.order if name not in reached]:
            raise BrokenProcedure(f"never reached: {', '.join(lost)}")

    def _replay(self, case: tuple[str, ...]) -> Replay:
        marking = Counter({START: 1})
        done: Counter[str] = Counter()
        slips: list[Slip] = []
        for position, name in enumerate(case):
            if name in self.beside or (done[name] and name in self.many):
                continue
            if name not in self.order:
                slips.append(Slip("unknown", position, name))
                continue
            if lacking := self._take(name, marking):
                before = tuple(b for b in lacking if b != START and not done[b])
                slips.append(Slip("early" if before else "repeated", position, name, before))
            done[name] += 1
            for place in self.outputs[name]:
                marking[place] += 1
        slips += self._left(marking, done)
        return Replay(tuple(slips), ended=marking[END] > 0)

    def _take(self, name: str, marking: Counter[str]) -> tuple[str, ...]:
        """Consume the tokens that `name` needs; returns the steps whose tokens are missing."""
        places = self.inputs[name]
        sources = self.before[name] or (START,)
        there = [place for place in places if marking[place] > 0]
        if self.join[name] == "any" and there:
            marking[there[0]] -= 1
            return ()
        for place in there:
            marking[place] -= 1
        return tuple(source for source, place in zip(sources, places, strict=True) if place not in there)

    def _left(self, marking: Counter[str], done: Counter[str]) -> list[Slip]:
        """What is still to be done in a case that has reached its end; a case under way lacks nothing yet."""
        if not marking[END]:
            return []
        slips = []
        if marking[END] > 1:
            last = [name for name, places in self.outputs.items() if places == (END,) and done[name]]
            slips.append(Slip("repeated", -1, "、".join(last)))
        for name in self.order:
            waiting = [place for place in self.inputs[name] if place != START and marking[place] > 0]
            if waiting and not done[name]:
                slips.append(Slip("unfinished", -1, name, tuple(b for b in self.before[name] if not done[b])))
                for place in waiting:
                    marking[place] = 0
        if not slips and any(count > 0 for place, count in marking.items() if place not in (END,)):
            slips.append(Slip("unfinished", -1, ""))
        return slips
