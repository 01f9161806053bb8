"""Several approvals at once, and giving a review to somebody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.forms import Form
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import staff_of
from qingqu.reviews.actions import LONGEST_OPINION


class ManyForm(Form):
    """The papers that were ticked, and one opinion for all."""

    review = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("请先勾选要通过的事项")})
    opinion = forms.CharField(
        label=_("意见"), required=False, max_length=LONGEST_OPINION, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any, *, ids: list[int]) -> None:
        super().__init__(data)
        field = self.fields["review"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(str(pk), str(pk)) for pk in ids]


class ReassignForm(Form):
    """To whom, and why."""

    to = forms.ModelChoiceField(
        label=_("改由谁审核"),
        queryset=User.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择审核人")},
    )
    reason = forms.CharField(
        label=_("改派理由"),
        max_length=200,
        help_text=_("如：外出培训两周。理由会留痕。"),
        error_messages={"required": _("改派须写明理由")},
    )

    def __init__(self, data: Any = None, *, school: Unit, without: int) -> None:
        super().__init__(data)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = staff_of(school).exclude(pk=without)
