"""The conditions on which a stage closes (S3, S9, S57–S79): plain values in, verdicts out."""

from __future__ import annotations

from dataclasses import dataclass

Verdict = tuple[str, bool, dict[str, int]]
"""Code of the condition, whether it holds, and the figures of its sentence."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is counted before a stage may close."""

    has_plan: bool = True
    meetings: int = 0
    documents: int = 0
    people: int = 0
    people_handed: int = 0
    people_excused: int = 0
    units: int = 0
    units_handed: int = 0
    units_excused: int = 0
    in_review: int = 0
    steps: int = 0
    steps_judged: int = 0
    departments: int = 0
    departments_filed: int = 0
    tasks: int = 0
    tasks_done: int = 0
    stages_open: int = 0
    """How many of the other stages are not closed."""


def verdicts(stage: str, facts: Facts) -> list[Verdict]:
    """The conditions of a stage in the order in which they are shown."""
    return [*CONDITIONS[stage](facts), _tasks(facts)]


def _mobilise(f: Facts) -> list[Verdict]:
    return [
        ("plan", f.has_plan, {}),
        ("meeting", f.meetings > 0, {"n": f.meetings}),
        ("documents", f.documents > 0, {"n": f.documents}),
    ]


def _find(f: Facts) -> list[Verdict]:
    people_open = f.people - f.people_handed
    units_open = f.units - f.units_handed
    return [
        ("people", people_open <= f.people_excused, {"open": people_open, "excused": f.people_excused}),
        ("units", units_open <= f.units_excused, {"open": units_open, "excused": f.units_excused}),
    ]


def _build(f: Facts) -> list[Verdict]:
    return [
        ("reviews", f.in_review == 0, {"open": f.in_review}),
        ("steps", f.steps_judged >= f.steps, {"open": f.steps - f.steps_judged}),
        ("filed", f.departments_filed >= f.departments, {"open": f.departments - f.departments_filed}),
    ]


def _inspect(f: Facts) -> list[Verdict]:
    return [("stages", f.stages_open == 0, {"open": f.stages_open})]


def _tasks(f: Facts) -> Verdict:
    return ("tasks", f.tasks_done >= f.tasks, {"open": f.tasks - f.tasks_done})


CONDITIONS = {"mobilise": _mobilise, "find": _find, "build": _build, "inspect": _inspect}
