"""Shapes of what is typed about exemptions and closing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from qingqu.common.forms import Form


class ExemptForm(Form):
    """Why somebody need not hand in."""

    reason = forms.CharField(
        label=_("豁免的理由"), max_length=200, help_text=_("例如：全年病休。理由记入留痕，也列在进度页。")
    )


class CloseForm(Form):
    """Why a stage closes although not every condition holds."""

    exemption = forms.CharField(
        label=_("未满足条件的说明"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("条件都满足时不必填写。"),
    )
