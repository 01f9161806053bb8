"""The shape of what people enter about publications and filings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingqu.common.forms import Form


class ObjectForm(Form):
    """An objection to the whole list or to one line."""

    item = forms.ChoiceField(label=_("针对"), required=False)
    text = forms.CharField(
        label=_("异议"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写明哪里不对、依据是什么。您的姓名只有纪委能看到。"),
    )

    def __init__(self, *args: Any, rows: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["item"]
        lines = [(f"{row.get('code', '')} {row.get('title', '')}"[:120], str(row.get("title", ""))) for row in rows]
        field.choices = [("", _("整份清单")), *lines]


class TextForm(Form):
    """One text: an answer, an opinion, a reason."""

    text = forms.CharField(label=_("内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, label: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label, self.fields["text"].required = label, required
