"""A form whole, with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from qingqu.declarations.models import Declaration, Item, ItemMeasure
from qingqu.declarations.rules.content import Content, ItemContent, Judgement, MeasureContent
from qingqu.declarations.rules.groups import group_of, groups, power_of
from qingqu.declarations.rules.missing import Answers, ItemAnswer, Missing, StepAnswer, what_is_missing
from qingqu.powers.models import Power
from qingqu.risks.rules import PHASES, Suggestion, suggest


@dataclass
class Draft:
    """A form with its items, answers and, for a unit, its powers."""

    declaration: Declaration
    items: list[Item]
    none: dict[str, str]
    judgements: dict[int, Judgement] = field(default_factory=dict)
    powers: Sequence[Power] = ()

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The groups of this form."""
        return groups(self.declaration.kind, self._power_ids)

    @property
    def _power_ids(self) -> list[int]:
        return [power.pk for power in self.powers]

    def group_of(self, item: Item) -> str:
        """The group in which `item` is shown."""
        return group_of(self.declaration.kind, item.category, item.power_id, self._power_ids)

    def items_of(self, group: str) -> list[Item]:
        """The items shown in `group`; all of them where it is empty."""
        return [item for item in self.items if not group or self.group_of(item) == group]

    def power(self, group: str) -> Power | None:
        """The power that `group` is about."""
        wanted = power_of(group)
        return next((power for power in self.powers if power.pk == wanted), None)

    def content(self, group: str = "") -> Content:
        """What stands in `group` now; in the whole form where it is empty."""
        form = self.declaration
        duties = "basic" if form.kind == Declaration.Kind.UNIT else "duties"
        personal_basics = group in ("", "basic") and form.kind == Declaration.Kind.PERSONAL
        return Content(
            duties=form.duties if group in ("", duties) else None,
            political_status=form.political_status if personal_basics else None,
            pledged=form.pledged if group in ("", "send") else None,
            items=tuple(content_of(item) for item in self.items_of(group)),
            none={c: reason for c, reason in self.none.items() if group in ("", c)},
            judgements=self._judgements_of(group),
        )

    def _judgements_of(self, group: str) -> dict[int, Judgement]:
        if not group:
            return dict(self.judgements)
        power = self.power(group)
        steps = {step.pk for step in power.steps.all()} if power else set()
        return {step: judged for step, judged in self.judgements.items() if step in steps}

    def answers(self) -> Answers:
        """The form as far as completeness asks."""
        form = self.declaration
        items = [answer_of(item, self.group_of(item)) for item in self.items]
        return Answers(form.kind, form.duties, form.pledged, items, self.none, list(self._steps()))

    def _steps(self) -> Iterator[StepAnswer]:
        for power in self.powers:
            for step in power.steps.all():
                judged = self.judgements.get(step.pk)
                count = sum(item.step_id == step.pk for item in self.items)
                has_risk = judged.has_risk if judged else None
                yield StepAnswer(step.pk, f"power-{power.pk}", power.name, step.name, has_risk, count)

    @cached_property
    def missing(self) -> list[Missing]:
        """What it still lacks."""
        return what_is_missing(self.answers())

    def first_open(self) -> str:
        """The first group in which something is missing; the last one where nothing is."""
        lacking = {missing.group for missing in self.missing}
        return next((key for key in self.keys if key in lacking), self.keys[-1])


def draft(declaration: Declaration) -> Draft:
    """Read a form: three statements for a person's, six for a unit's."""
    items = list(declaration.items.select_related("post", "power", "step").prefetch_related("measures__post"))
    none = {answer.category: answer.none_reason for answer in declaration.categories.all()}
    if declaration.kind != Declaration.Kind.UNIT:
        return Draft(declaration, items, none)
    judged = {j.step_id: Judgement(j.has_risk, j.note) for j in declaration.judgements.all()}
    powers = Power.objects.in_force().filter(unit_id=declaration.unit_id).prefetch_related("steps")
    return Draft(declaration, items, none, judged, list(powers))


def suggestion(item: Item) -> Suggestion | None:
    """What the rule says of an item; None until likelihood and impact are given."""
    if item.likelihood is None or item.impact is None:
        return None
    return suggest(item.likelihood, item.impact, item.answers)


def level_of(item: Item) -> int | None:
    """The level that counts for an item: its own where it was set, else what the rule says."""
    if item.level:
        return item.level
    said = suggestion(item)
    return said.level if said else None


def is_unseen(item: Item) -> bool:
    """Prefilled, and the person has neither kept it knowingly nor changed its text."""
    prefilled = item.origin != Item.Origin.OWN
    return prefilled and not item.confirmed and item.manifestation.strip() == item.origin_text.strip()


def measures_of(item: Item) -> list[ItemMeasure]:
    """The measures of an item: before, during, after."""
    return sorted(item.measures.all(), key=lambda m: (PHASES.index(m.phase), m.pk))


def content_of(item: Item) -> ItemContent:
    """What stands in an item."""
    measures = (
        MeasureContent(m.phase, m.text, m.frequency, m.frequency_note, m.evidence_kind, m.post_id)
        for m in measures_of(item)
    )
    return ItemContent(
        pk=item.pk,
        category=item.category,
        title=item.title,
        manifestation=item.manifestation,
        cause=item.cause,
        post=item.post_id,
        power=item.power_id,
        step=item.step_id,
        likelihood=item.likelihood,
        impact=item.impact,
        answers=item.answers,
        level=item.level,
        level_reason=item.level_reason,
        confirmed=item.confirmed,
        measures=tuple(measures),
    )


def answer_of(item: Item, group: str) -> ItemAnswer:
    """An item as far as completeness asks."""
    said = suggestion(item)
    return ItemAnswer(
        pk=item.pk,
        group=group,
        category=item.category,
        title=item.title,
        manifestation=item.manifestation,
        rated=said is not None,
        level=level_of(item),
        differs=said is not None and item.level is not None and item.level != said.level,
        level_reason=item.level_reason,
        unseen=is_unseen(item),
        phases=frozenset(m.phase for m in item.measures.all() if m.text.strip()),
        linked=item.post_id is not None or item.step_id is not None,
    )
