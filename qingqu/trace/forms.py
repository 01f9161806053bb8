"""The filter above the list of entries."""

from __future__ import annotations

from django import forms
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from qingqu.common.forms import Form
from qingqu.trace.sentences import APPS

KINDS = [("", _("全部")), ("changes", _("办理")), ("refused", _("未成的尝试")), ("looked", _("查看与导出"))]


class Filter(Form):
    kind = forms.ChoiceField(label=_("类别"), choices=KINDS, required=False)
    app = forms.ChoiceField(label=_("范围"), required=False)
    name = forms.CharField(label=_("办理人"), max_length=20, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["placeholder"] = self.fields["name"].label
        here = [(app, name) for app, name in APPS.items() if apps.is_installed(f"qingqu.{app}")]
        self.fields["app"].choices = [("", _("全部范围")), *here]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, str]:
        """What was chosen; nothing where it was not a choice."""
        return self.cleaned_data if self.is_valid() else {}
