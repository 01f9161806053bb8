"""What a form still lacks before it can be handed in (S25–S29, S61: 查全)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qingqu.declarations.rules.groups import CATEGORIES
from qingqu.risks.rules import missing_phases

SHORTEST_TEXT = 4
"""Characters below which a manifestation says nothing."""


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """One risk, as far as completeness asks."""

    pk: int
    group: str
    category: str
    title: str
    manifestation: str
    rated: bool
    level: int | None
    """The level that counts: the own one where it was set, else what the rule says."""
    differs: bool
    """An own level that is not the rule's."""
    level_reason: str
    unseen: bool
    """Prefilled and neither confirmed nor changed."""
    phases: frozenset[str]
    linked: bool
    """Names a post or a step."""


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """One step of one of the unit's powers (S24)."""

    pk: int
    group: str
    power: str
    step: str
    has_risk: bool | None
    """None: not yet judged."""
    items: int


@dataclass(frozen=True, slots=True)
class Answers:
    """A whole form, as far as completeness asks."""

    kind: str
    duties: str
    pledged: bool
    items: Sequence[ItemAnswer] = ()
    none: Mapping[str, str] = field(default_factory=dict)
    steps: Sequence[StepAnswer] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Something missing: what, in which group, at which place of its page, and the words for the sentence."""

    code: str
    group: str
    anchor: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


def what_is_missing(answers: Answers) -> list[Missing]:
    """Everything that is missing, in the order of the form's groups."""
    found = [*_about_duties(answers), *_about_steps(answers)]
    for category in CATEGORIES:
        items = [item for item in answers.items if item.category == category]
        if not items and not answers.none.get(category, "").strip():
            found.append(Missing("category", category, words={"category": category}))
        for item in items:
            found += _about_item(item)
    if not answers.pledged:
        found.append(Missing("pledge", "send"))
    return found


def _about_duties(answers: Answers) -> Iterator[Missing]:
    if not answers.duties.strip():
        yield Missing("duties" if answers.kind == "personal" else "unit_duties", _duties_group(answers.kind))


def _duties_group(kind: str) -> str:
    return "basic" if kind == "unit" else "duties"


def _about_steps(answers: Answers) -> Iterator[Missing]:
    for step in answers.steps:
        words = {"power": step.power, "step": step.step}
        if step.has_risk is None:
            yield Missing("judgement", step.group, f"step-{step.pk}", words)
        elif step.has_risk and not step.items:
            yield Missing("step_item", step.group, f"step-{step.pk}", words)
        elif step.has_risk is False and step.items:
            yield Missing("step_contrary", step.group, f"step-{step.pk}", words)


def _about_item(item: ItemAnswer) -> Iterator[Missing]:
    def lacks(code: str, **words: str) -> Missing:
        return Missing(code, item.group, f"item-{item.pk}", {"title": item.title.strip(), **words})

    if not item.title.strip():
        yield lacks("title", category=item.category)
    if len(item.manifestation.strip()) < SHORTEST_TEXT:
        yield lacks("manifestation")
    if item.category == "duty" and not item.linked:
        yield lacks("link")
    if not item.rated:
        yield lacks("rating")
    if item.differs and not item.level_reason.strip():
        yield lacks("level_reason")
    for phase in missing_phases(item.level or 3, set(item.phases)):
        yield lacks("phase" if item.level == 1 else "measure", phase=phase)
    if item.unseen:
        yield lacks("confirm")
