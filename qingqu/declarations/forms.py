"""The shape of what is typed into a form, group by group. Everything may stay empty until it is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingqu.common.forms import Form
from qingqu.common.text import plain
from qingqu.declarations.models import Declaration, Item, ItemMeasure
from qingqu.declarations.rules.content import MEASURE_MOST, TEXT_MOST, TITLE_MOST, ItemContent, MeasureContent
from qingqu.organisation.models import Post
from qingqu.powers.models import Power
from qingqu.risks.models import Cause, Frequency, Level
from qingqu.risks.wording import impact_word, likelihood_word, questions

Choices = list[tuple[Any, Any]]
YES_NO = [("1", _("是")), ("0", _("否"))]
STATUSES = [
    ("", _("不填")),
    ("中共党员", _("中共党员")),
    ("中共预备党员", _("中共预备党员")),
    ("共青团员", _("共青团员")),
    ("民主党派", _("民主党派")),
    ("群众", _("群众")),
]
QUESTIONS = range(1, 6)


class TextField(forms.CharField):
    """A text as people paste it: line ends as ours, no edges, no control characters.

    Without `maxlength` on the page: browsers cut what is pasted without a word; we say that it is too long.
    """

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}

    def to_python(self, value: Any) -> str:
        return plain(super().to_python(value) or "")


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class BasicForm(Form):
    """«基本情况»: what a person says of himself beside the roster."""

    political_status = forms.ChoiceField(label=_("政治面貌"), choices=STATUSES, required=False)

    def __init__(self, data: Any, declaration: Declaration) -> None:
        super().__init__(data, initial={"political_status": declaration.political_status})
        known = {value for value, _label in STATUSES}
        if declaration.political_status not in known:
            kept = (declaration.political_status, declaration.political_status)
            self.fields["political_status"].choices = [*STATUSES, kept]  # type: ignore[attr-defined]


class DutiesForm(Form):
    """«岗位职责», or «部门职责» of a unit."""

    duties = TextField(label=_("岗位职责"), max_length=TEXT_MOST, required=False, widget=_area(6))

    def __init__(self, data: Any, declaration: Declaration) -> None:
        super().__init__(data, initial={"duties": declaration.duties})
        if declaration.kind == Declaration.Kind.UNIT:
            self.fields["duties"].label = _("部门职责")


class NoneForm(Form):
    """«本类没有风险», with the reason."""

    none_reason = TextField(
        label=_("本类没有风险的理由"),
        max_length=300,
        required=False,
        widget=_area(2),
        help_text=_("请写明依据，如没有经手哪类事项、核对过哪些情况。"),
    )


class PledgeForm(Form):
    """«承诺与报送»."""

    pledged = forms.BooleanField(label=_("我承诺：以上内容由本人如实填写，并按所列措施做好防控。"), required=False)


class JudgementForm(Form):
    """The unit's answer for one step: 有 or 无."""

    has_risk = forms.ChoiceField(
        label=_("有无风险"), choices=[("1", _("有")), ("0", _("无"))], required=False, widget=forms.RadioSelect
    )
    note = TextField(
        label=_("说明"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("说明，如由谁经办、有什么制约（选填）")}),
    )


class MeasureForm(Form):
    """One measure: what is done, by which post, how often, what shows it."""

    text = TextField(label=_("做什么"), max_length=MEASURE_MOST, required=False, widget=_area(2))
    post = forms.TypedChoiceField(label=_("责任岗位"), coerce=int, empty_value=None, required=False)
    frequency = forms.ChoiceField(label=_("频次"), choices=Frequency.choices, required=False)
    evidence_kind = TextField(label=_("留下什么凭证"), max_length=80, required=False)

    def __init__(self, data: Any, prefix: str, measure: ItemMeasure | None, posts: Choices) -> None:
        initial = {"frequency": Frequency.TERM, "post": posts[0][0] if len(posts) == 1 else ""}
        if measure:
            initial = {name: getattr(measure, name) for name in ("text", "frequency", "evidence_kind")}
            initial["post"] = measure.post_id or ""
        super().__init__(data, prefix=prefix, initial=initial)
        self.note = measure.frequency_note if measure else ""
        kept = measure.post if measure else None
        self.fields["post"].choices = with_kept(posts, kept)  # type: ignore[attr-defined]

    def content(self, phase: str) -> MeasureContent | None:
        """What was typed; None where the line was left empty or emptied."""
        said = self.cleaned_data
        if not said["text"]:
            return None
        frequency = said["frequency"] or Frequency.TERM
        note = self.note if frequency == self.initial["frequency"] else ""
        return MeasureContent(phase, said["text"], str(frequency), note, said["evidence_kind"], said["post"])


class ItemForm(Form):
    """One risk of a form."""

    title = TextField(label=_("风险点"), max_length=TITLE_MOST, required=False)
    post = forms.TypedChoiceField(label=_("涉及岗位"), coerce=int, empty_value=None, required=False)
    step = forms.TypedChoiceField(label=_("发生在哪个环节"), coerce=int, empty_value=None, required=False)
    manifestation = TextField(
        label=_("表现形式"),
        max_length=TEXT_MOST,
        required=False,
        widget=_area(3),
        help_text=_("写清在哪个环节、由谁、怎样发生，一两句即可。"),
    )
    cause = forms.ChoiceField(label=_("成因"), choices=[("", _("请选择")), *Cause.choices], required=False)
    likelihood = forms.TypedChoiceField(
        label=_("发生机率"), coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    impact = forms.TypedChoiceField(
        label=_("危害程度"), coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    level = forms.TypedChoiceField(
        label=_("我认为应为"),
        choices=[("", _("按规则")), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    level_reason = TextField(label=_("理由"), max_length=300, required=False, widget=_area(2))
    confirmed = forms.BooleanField(label=_("我已看过，按此保留"), required=False)

    def __init__(self, data: Any, item: Item, posts: Choices, steps: Choices) -> None:
        super().__init__(data, prefix=f"item-{item.pk}", initial=initial_of(item))
        self.item = item
        choices: Any = self.fields
        choices["likelihood"].choices = [(n, likelihood_word(n)) for n in range(1, 6)]
        choices["impact"].choices = [(n, impact_word(n)) for n in range(1, 6)]
        for number, text in zip(QUESTIONS, questions(), strict=True):
            choices[f"q{number}"] = forms.ChoiceField(
                label=text,
                choices=YES_NO,
                required=False,
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
            )
        if len(posts) > 1:
            choices["post"].choices = with_kept(posts, item.post)
        else:
            del self.fields["post"]
        placed = item.step_id and item.declaration.kind == Declaration.Kind.UNIT  # it stands under its step
        if steps and not placed:
            choices["step"].choices = [("", _("请选择")), *steps]
        else:
            del self.fields["step"]

    def question_fields(self) -> list[forms.BoundField]:
        """The five questions, bound."""
        return [self[f"q{number}"] for number in QUESTIONS]

    def content(self, powers: dict[int, int], measures: Iterable[MeasureContent]) -> ItemContent:
        """What was typed; `powers` tells to which power a step belongs. Fields that were not shown stay as they are."""
        said, item = self.cleaned_data, self.item
        step = said["step"] if "step" in self.fields else item.step_id
        return ItemContent(
            pk=item.pk,
            category=item.category,
            title=said["title"].replace("\n", " "),
            manifestation=said["manifestation"],
            cause=said["cause"],
            post=said["post"] if "post" in self.fields else item.post_id,
            power=powers.get(step or 0, item.power_id if item.declaration.kind == Declaration.Kind.UNIT else None),
            step=step,
            likelihood=said["likelihood"],
            impact=said["impact"],
            answers="".join("1" if said[f"q{number}"] == "1" else "0" for number in QUESTIONS),
            level=said["level"],
            level_reason=said["level_reason"] if said["level"] else "",
            confirmed=said["confirmed"],
            measures=tuple(measures),
        )


def initial_of(item: Item) -> dict[str, Any]:
    """What stands in an item, as its form begins."""
    plain = ("title", "manifestation", "cause", "likelihood", "impact", "level", "level_reason", "confirmed")
    initial = {name: getattr(item, name) for name in plain}
    initial |= {"post": item.post_id or "", "step": item.step_id or "", "level": item.level or ""}
    return initial | {f"q{number}": item.answers[number - 1] for number in QUESTIONS}


def with_kept(posts: Choices, kept: Post | None) -> Choices:
    """The posts to choose from, the one that was chosen among them even where it is not offered any more."""
    choices: Choices = [("", _("请选择")), *posts]
    if kept and all(kept.pk != value for value, _label in posts):
        choices.append((kept.pk, kept.name))
    return choices


def post_choices(posts: Iterable[Post]) -> Choices:
    """Posts by name."""
    return [(post.pk, post.name) for post in posts]


def step_choices(powers: Sequence[Power]) -> Choices:
    """Steps under the names of their powers; bare where there is one power only."""
    groups = [(power.name, [(step.pk, step.name) for step in power.steps.all()]) for power in powers]
    return list(groups[0][1]) if len(groups) == 1 else list(groups)


def power_of_step(powers: Iterable[Power]) -> dict[int, int]:
    """To which power each step belongs."""
    return {step.pk: power.pk for power in powers for step in power.steps.all()}


def measure_rows(data: Any, prefix: str) -> Iterator[str]:
    """The prefixes of the measure lines that a page sent, in order."""
    number = 0
    while f"{prefix}-{number}-text" in data and number < 20:
        yield f"{prefix}-{number}"
        number += 1
