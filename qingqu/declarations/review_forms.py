"""The decision on a form, as it comes from the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qingqu.common.forms import Form
from qingqu.declarations.models import Item
from qingqu.declarations.quality_queries import Findings
from qingqu.declarations.review_actions import AGREE
from qingqu.declarations.rules.quality import ACCURATE, COMPLETE
from qingqu.reviews.actions import LONGEST_OPINION


@dataclass(frozen=True, slots=True)
class Choice:
    """One place that can be named in a return: its mark and its words; flagged ones come first."""

    value: str
    label: str
    flagged: bool = False


class DecideForm(Form):
    """Approve or return, with an opinion. What has to be changed is named by marks such as «item:12:manifestation»."""

    decision = forms.ChoiceField(
        choices=[("approve", pgettext_lazy("act", "通过")), ("return", gettext_lazy("退回修改"))],
        error_messages={"required": gettext_lazy("请选择通过或退回")},
    )
    opinion = forms.CharField(
        required=False,
        max_length=LONGEST_OPINION,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": gettext_lazy("意见不超过 %(limit_value)s 字")},
    )
    marked = forms.MultipleChoiceField(required=False)
    agree = forms.MultipleChoiceField(required=False)

    def __init__(self, data: Any = None, *, places: Sequence[Choice] = (), to_agree: Sequence[Item] = ()) -> None:
        super().__init__(data)
        self.places, self.to_agree = list(places), list(to_agree)
        marked, agree = self.fields["marked"], self.fields["agree"]
        assert isinstance(marked, forms.MultipleChoiceField)
        assert isinstance(agree, forms.MultipleChoiceField)
        marked.choices = [(place.value, place.label) for place in self.places]
        agree.choices = [(f"{AGREE}{item.pk}", item.title) for item in self.to_agree]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("decision") == "return" and not cleaned.get("opinion", "").strip():
            self.add_error("opinion", _("退回须写明理由"))
        if cleaned.get("decision") == "approve":
            left = [item for item in self.to_agree if f"{AGREE}{item.pk}" not in cleaned.get("agree", [])]
            if left:
                self.add_error("agree", _("请勾选同意自定的等级，或者退回"))
        return cleaned

    @property
    def marks(self) -> list[str]:
        """What goes into the review's `marked`."""
        name = "agree" if self.cleaned_data["decision"] == "approve" else "marked"
        return list(self.cleaned_data[name])


def places(findings: Findings) -> list[Choice]:
    """What a return can name: the flagged places first, then every item, then anything else."""
    found = []
    for finding in findings.items:
        title, pk = finding.item.title, finding.item.pk
        kinds = {hint.kind for hint in finding.against}
        if kinds - {ACCURATE, COMPLETE}:
            found.append(Choice(f"item:{pk}:manifestation", _("“%(title)s”的表现形式") % {"title": title}, True))
        if COMPLETE in kinds:
            found.append(Choice(f"item:{pk}:measures", _("“%(title)s”的防控措施") % {"title": title}, True))
        if ACCURATE in kinds:
            found.append(Choice(f"item:{pk}:level", _("“%(title)s”的环节与等级") % {"title": title}, True))
        if not kinds:
            found.append(Choice(f"item:{pk}", _("“%(title)s”") % {"title": title}))
    if any(not hint.ok for hint in findings.form):
        found.append(Choice("form", _("没有填全的类别或环节"), True))
    return [*sorted(found, key=lambda choice: not choice.flagged), Choice("other", _("其他"))]
