"""Two texts of one group: what stands in the form now, and what a page that was opened earlier would write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qingqu.common.language import aside, listed
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.queries import Draft
from qingqu.declarations.rules.content import Content, ItemContent, Judgement
from qingqu.risks.models import Category, Cause, Level, Phase


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where they differ."""

    where: str
    field: str
    theirs: str
    mine: str


def differences(found: Draft, there: Content, mine: Content) -> list[Difference]:
    """Every place where `mine` says something else than what is there."""
    return [*_header(there, mine), *_none(there, mine), *_steps(found, there, mine), *_items(there, mine)]


def _header(there: Content, mine: Content) -> Iterator[Difference]:
    for name in ("duties", "political_status"):
        old, new = getattr(there, name), getattr(mine, name)
        if new is not None and new != old:
            label = str(Declaration._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            yield Difference("", label, old or "", new)
    if mine.pledged is not None and mine.pledged != there.pledged:
        yield Difference("", _("本人承诺"), _yes(there.pledged), _yes(mine.pledged))


def _none(there: Content, mine: Content) -> Iterator[Difference]:
    for category, reason in mine.none.items():
        if (old := there.none.get(category, "")) != reason:
            yield Difference(str(Category(category).label), _("无风险的理由"), old, reason)


def _steps(found: Draft, there: Content, mine: Content) -> Iterator[Difference]:
    names = {step.pk: step.name for power in found.powers for step in power.steps.all()}
    for step, judged in mine.judgements.items():
        if (old := there.judgements.get(step)) != judged:
            yield Difference(names.get(step, ""), _("有无风险"), _judged(old), _judged(judged))


def _items(there: Content, mine: Content) -> Iterator[Difference]:
    old = {item.pk: item for item in there.items}
    for item in mine.items:
        before = old.get(item.pk)
        if before is None:
            if not item.is_blank:
                yield Difference(_named(item), _("风险点"), _("（已在另一处删除）"), item.manifestation or item.title)
        elif before != item:
            yield from _fields(before, item)


def _fields(before: ItemContent, item: ItemContent) -> Iterator[Difference]:
    where = _named(before)
    for name in ("title", "manifestation", "cause", "likelihood", "impact", "level", "level_reason"):
        old, new = _shown(name, getattr(before, name)), _shown(name, getattr(item, name))
        if old != new:
            yield Difference(where, str(Item._meta.get_field(name).verbose_name), old, new)  # type: ignore[union-attr]
    if before.answers != item.answers:
        yield Difference(where, _("五问"), _answers(before.answers), _answers(item.answers))
    if (before.post, before.step) != (item.post, item.step):
        yield Difference(where, _("岗位或环节"), _("另一处的选择"), _("本页的选择"))
    if before.confirmed != item.confirmed:
        yield Difference(where, _("按此保留"), _yes(before.confirmed), _yes(item.confirmed))
    for phase in Phase:
        old, new = _measures(before, phase), _measures(item, phase)
        if old != new:
            yield Difference(where, str(phase.label), old, new)


def _named(item: ItemContent) -> str:
    return item.title or str(Category(item.category).label)


def _shown(name: str, value: Any) -> str:
    if name == "cause" and value:
        return str(Cause(value).label)
    if name == "level" and value:
        return str(Level(value).label)
    return "" if value is None else str(value)


def _measures(item: ItemContent, phase: str) -> str:
    said = (m for m in item.measures if m.phase == phase)
    return "\n".join(m.text + (aside(m.evidence_kind) if m.evidence_kind else "") for m in said)


def _answers(answers: str) -> str:
    return listed(_yes(sign == "1") for sign in answers)


def _judged(judged: Judgement | None) -> str:
    if judged is None:
        return _("未判断")
    word = _("有") if judged.has_risk else _("无")
    return word + _("，") + judged.note if judged.note else word


def _yes(value: bool | None) -> str:
    return _("是") if value else _("否")
