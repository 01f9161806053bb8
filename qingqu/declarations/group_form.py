"""One group of a form as a page: its inputs, what was typed into them, and the content that they make."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict

from qingqu.declarations import wording
from qingqu.declarations.forms import (
    BasicForm,
    Choices,
    DutiesForm,
    ItemForm,
    JudgementForm,
    MeasureForm,
    NoneForm,
    PledgeForm,
    measure_rows,
    post_choices,
    power_of_step,
    step_choices,
)
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.queries import Draft
from qingqu.declarations.queries.draft import is_unseen, measures_of
from qingqu.declarations.queries.places import Places
from qingqu.declarations.rules.content import Content, ItemContent, Judgement, MeasureContent
from qingqu.declarations.rules.groups import CATEGORIES
from qingqu.organisation.models import Tier
from qingqu.powers.models import Step
from qingqu.risks.models import Phase

ITEM_KEY = re.compile(r"^item-(\d{1,18})-title$")


@dataclass
class PhaseRows:
    """The measures of one phase: those that are there, and an empty line for one more."""

    phase: str
    label: str
    rows: list[MeasureForm]

    @property
    def written(self) -> list[MeasureForm]:
        """The lines with a text, and those that were not accepted."""
        return [row for row in self.rows if row["text"].value() or row.errors]

    @property
    def empty(self) -> list[MeasureForm]:
        return [row for row in self.rows if not (row["text"].value() or row.errors)]

    @property
    def texts(self) -> list[str]:
        return [str(row["text"].value() or "") for row in self.written]


@dataclass
class Entry:
    """One risk on the page."""

    item: Item
    form: ItemForm
    phases: list[PhaseRows]
    flagged: list[str] = field(default_factory=list)
    """Fields that a reviewer marked when he returned the form."""
    hints: list[Any] = field(default_factory=list)
    opened: bool = False
    """It begins unfolded."""
    new: bool = False
    """It was deleted elsewhere while this page was open; what was typed is kept."""

    @property
    def unseen(self) -> bool:
        return is_unseen(self.item)

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors) or any(row.errors for phase in self.phases for row in phase.rows)

    @property
    def needs_care(self) -> bool:
        """Whether it must be seen at once, whatever stands before it."""
        return self.has_errors or bool(self.flagged) or not self.item.title or self.new

    @property
    def title_is_fixed(self) -> bool:
        """A prefilled risk keeps its name; what is written anew is how it would happen here."""
        return self.item.origin != Item.Origin.OWN and bool(self.item.title) and not self.form.errors.get("title")

    @property
    def example(self) -> str:
        """A sentence that shows how concrete it should be: out of an office for a department and those who lead one."""
        item, category = self.item, self.item.category
        leads = item.declaration.kind == Declaration.Kind.UNIT or (item.post and item.post.tier != Tier.STAFF)
        return str(wording.EXAMPLES.get("office" if leads and category == "duty" else category, ""))


@dataclass
class StepEntry:
    """One step of a power with its question, and the risks that were found in it."""

    step: Step
    form: JudgementForm
    entries: list[Entry]


class GroupForm:
    """The inputs of one group. `data` is what the page sent, or None for a fresh page."""

    def __init__(self, draft: Draft, group: str, places: Places, data: QueryDict | None = None) -> None:
        self.draft, self.group, self.places, self.data = draft, group, places, data
        form, unit = draft.declaration, draft.declaration.kind == Declaration.Kind.UNIT
        self.power = draft.power(group)
        self.basic = BasicForm(data, form) if group == "basic" and not unit else None
        self.duties = DutiesForm(data, form) if group == ("basic" if unit else "duties") else None
        self.pledge = PledgeForm(data, initial={"pledged": form.pledged}) if group == "send" else None
        self.entries = [self._entry(item) for item in self._items()]
        self.none = self._none()
        self.unfold()
        self.judgements = [self._judgement(step) for step in self.power.steps.all()] if self.power else []

    def unfold(self) -> None:
        """Open the first entry that still has to be looked at, and all that need care."""
        first = next((entry for entry in self.entries if entry.unseen), self.entries[0] if self.entries else None)
        for entry in self.entries:
            entry.opened = entry.needs_care or entry is first

    @cached_property
    def posts(self) -> Choices:
        return post_choices(self.places.posts)

    @cached_property
    def steps(self) -> Choices:
        if self.draft.declaration.kind == Declaration.Kind.UNIT:
            return step_choices([self.power]) if self.power else []
        return step_choices(self.places.powers) if self.group in ("duty", "system") else []

    def _items(self) -> list[Item]:
        there = self.draft.items_of(self.group)
        if self.data is None or self.group in ("basic", "duties", "send"):
            return there if self.group not in ("basic", "duties", "send") else []
        sent = [int(found[1]) for key in self.data if (found := ITEM_KEY.match(key))]
        known = {item.pk: item for item in there}
        category = self.group if self.group in CATEGORIES else "duty"
        power = self.power.pk if self.power else None
        form = self.draft.declaration
        return [known.get(pk) or Item(pk=pk, declaration=form, category=category, power_id=power) for pk in sent[:40]]

    def _entry(self, item: Item) -> Entry:
        new = item._state.adding
        rows = [] if new else measures_of(item)
        form = ItemForm(self.data, item, self.posts, self.steps)
        phases = []
        for phase in Phase:
            there = [row for row in rows if row.phase == phase]
            prefix = f"item-{item.pk}-{phase}"
            if self.data is not None:
                prefixes = list(measure_rows(self.data, prefix))
            else:
                prefixes = [f"{prefix}-{n}" for n in range(len(there) + 1)]
            padded = [*there, *[None] * (len(prefixes) - len(there))]
            lines = [
                MeasureForm(self.data, name, row, self.measure_posts)
                for name, row in zip(prefixes, padded, strict=False)
            ]
            phases.append(PhaseRows(phase, str(phase.label), lines))
        return Entry(item, form, phases, new=new)

    @cached_property
    def measure_posts(self) -> Choices:
        return post_choices(self.places.measure_posts)

    def _none(self) -> NoneForm | None:
        """The question for a reason: only where the category has no item."""
        if self.group not in CATEGORIES or any(item.category == self.group for item in self.draft.items):
            return None
        return NoneForm(self.data, initial={"none_reason": self.draft.none.get(self.group, "")})

    def _judgement(self, step: Step) -> StepEntry:
        judged = self.draft.judgements.get(step.pk)
        initial = {"has_risk": "1" if judged.has_risk else "0", "note": judged.note} if judged else {}
        entries = [entry for entry in self.entries if entry.item.step_id == step.pk]
        return StepEntry(step, JudgementForm(self.data, prefix=f"step-{step.pk}", initial=initial), entries)

    @property
    def loose_entries(self) -> list[Entry]:
        """Entries that stand with no step."""
        if not self.power:
            return self.entries
        placed = {id(entry) for step in self.judgements for entry in step.entries}
        return [entry for entry in self.entries if id(entry) not in placed]

    @property
    def _forms(self) -> list[Any]:
        found: list[Any] = [f for f in (self.basic, self.duties, self.pledge, self.none) if f]
        found += [entry.form for entry in self.entries]
        found += [row for entry in self.entries for phase in entry.phases for row in phase.rows]
        return found + [step.form for step in self.judgements]

    def is_valid(self) -> bool:
        """Whether everything fits; all errors are found at once."""
        return not [form for form in self._forms if not form.is_valid()]

    def errors(self) -> dict[str, list[str]]:
        """The errors by the id of their input."""
        return {form[name].auto_id: list(said) for form in self._forms for name, said in form.errors.items()}

    def content(self) -> Content:
        """What was typed. Only after is_valid()."""
        judgements = {
            step.step.pk: Judgement(step.form.cleaned_data["has_risk"] == "1", step.form.cleaned_data["note"])
            for step in self.judgements
            if step.form.cleaned_data["has_risk"]
        }
        return Content(
            duties=self.duties.cleaned_data["duties"] if self.duties else None,
            political_status=self.basic.cleaned_data["political_status"] if self.basic else None,
            pledged=self.pledge.cleaned_data["pledged"] if self.pledge else None,
            items=tuple(self._item(entry) for entry in self.entries),
            none={self.group: self.none.cleaned_data["none_reason"]} if self.none else {},
            judgements=judgements,
        )

    @cached_property
    def _powers(self) -> dict[int, int]:
        return power_of_step([*self.places.powers, *self.draft.powers])

    def _item(self, entry: Entry) -> ItemContent:
        measures: list[MeasureContent] = []
        for phase in entry.phases:
            measures += [said for row in phase.rows if (said := row.content(phase.phase))]
        return entry.form.content(self._powers, measures)
