"""A form as it is read: section by section, with what the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from qingqu.accounts.models import User
from qingqu.declarations.access import can_see_thought
from qingqu.declarations.models import CategoryAnswer, Declaration, StepJudgement
from qingqu.declarations.quality_queries import ItemFinding
from qingqu.risks.models import Category


@dataclass(slots=True)
class Section:
    """One category of the form as it is read: its items, or the reason for 无."""

    name: str
    items: list[ItemFinding] = field(default_factory=list)
    none_reason: str = ""


def sections(declaration: Declaration, findings: Iterable[ItemFinding], user: User) -> list[Section]:
    """The four categories, without «思想道德» for readers who may not see it (S26). One statement."""
    reasons = {a.category: a.none_reason for a in CategoryAnswer.objects.filter(declaration=declaration)}
    by_category: dict[str, list[ItemFinding]] = {}
    for finding in findings:
        by_category.setdefault(finding.item.category, []).append(finding)
    return [
        Section(str(category.label), by_category.get(category, []), reasons.get(category, ""))
        for category in Category
        if category != Category.THOUGHT or can_see_thought(user, declaration)
    ]


def judgements(declaration: Declaration) -> list[StepJudgement]:
    """The unit's answers step by step; none for a person's form."""
    if declaration.kind != Declaration.Kind.UNIT:
        return []
    return list(declaration.judgements.select_related("step__power").order_by("step__power__code", "step__order"))
