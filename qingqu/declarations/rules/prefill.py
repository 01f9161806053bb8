"""What a form begins with: last year's risks, then the post templates' that are not among them (S25–S29, G12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from qingqu.declarations.rules.content import MEASURE_MOST, TITLE_MOST, ItemContent, MeasureContent
from qingqu.declarations.rules.similarity import COPIED, compare

SCALES = {1: (4, 4, "11100"), 2: (3, 3, "01010"), 3: (2, 2, "00000")}
"""Likelihood, impact and answers from which the rule suggests the template's level."""
HABITS = {"pre": ("year", "会议或学习记录"), "mid": ("term", "检查记录"), "post": ("event", "处理记录")}
"""How often a template's measure is done and what shows it, where the template itself does not say."""


class TemplateMeasure(Protocol):
    """A measure of the library."""

    @property
    def phase(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def freq(self) -> str: ...
    @property
    def frequency(self) -> str: ...
    @property
    def frequency_note(self) -> str: ...


class TemplateRisk(Protocol):
    """A risk of the library, of a post or of a power."""

    @property
    def category(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def measures(self) -> Sequence[TemplateMeasure]: ...


@dataclass(frozen=True, slots=True)
class Prefilled:
    """An item that was filled in beforehand, and where it comes from."""

    content: ItemContent
    origin: str
    origin_text: str
    risk: int | None = None


@dataclass(frozen=True, slots=True)
class LastYear:
    """An approved item of an earlier year."""

    content: ItemContent
    origin_text: str
    risk: int | None


def first_items(
    templates: Iterable[tuple[int, Sequence[TemplateRisk]]], last_year: Sequence[LastYear]
) -> list[Prefilled]:
    """The items of a new form: `templates` are the risks of each post that the person holds, by the post's id."""
    found = [_continued(item) for item in last_year]
    for post, risks in templates:
        found += [from_template(risk, "template", post=post) for risk in risks if not _is_among(risk, found)]
    return found


def from_template(
    risk: TemplateRisk, origin: str, *, post: int | None = None, power: int | None = None, step: int | None = None
) -> Prefilled:
    """An item out of the library, for a post or for a step of a power, rated as the library rates it."""
    likelihood, impact, answers = SCALES[risk.level]
    content = ItemContent(
        category=risk.category,
        title=risk.text[:TITLE_MOST],
        manifestation=risk.text,
        post=post,
        power=power,
        step=step,
        likelihood=likelihood,
        impact=impact,
        answers=answers,
        measures=tuple(_measures(risk.measures, post)),
    )
    return Prefilled(content, origin, risk.text)


def _continued(item: LastYear) -> Prefilled:
    content = replace(item.content, pk=None, confirmed=False)
    return Prefilled(content, "last_year", content.manifestation, item.risk)


def _measures(measures: Iterable[TemplateMeasure], post: int | None) -> Iterator[MeasureContent]:
    for measure in sorted(measures, key=lambda measure: list(HABITS).index(measure.phase)):
        frequency, evidence = HABITS[measure.phase]
        if measure.freq:
            frequency = measure.frequency
        note = measure.frequency_note[:40] if measure.freq else ""
        yield MeasureContent(
            measure.phase, measure.text[:MEASURE_MOST], frequency, note, measure.evidence[:80] or evidence, post
        )


def _is_among(risk: TemplateRisk, items: Iterable[Prefilled]) -> bool:
    """Whether the template's risk is there already: two posts may share it, last year's form may continue it."""
    texts: dict[str, str] = {}
    for number, item in enumerate(items):
        if item.content.category == risk.category:
            if risk.text[:TITLE_MOST] == item.content.title:
                return True
            texts[str(number)] = item.content.manifestation
    matches = compare(risk.text, texts)
    return bool(matches) and matches[0].ratio >= COPIED
