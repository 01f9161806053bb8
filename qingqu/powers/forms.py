"""The shape of what is filled in about powers and regulations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.forms import Form, LookMixin, ModelForm, dress
from qingqu.organisation.models import Post, Unit
from qingqu.organisation.queries import standing
from qingqu.powers.actions import FACTS, BasisRow, HolderRow, StepRow
from qingqu.powers.models import Power, Regulation

BLANK = ("", _("不指定"))


def units_of(user: User, kept: Unit | None = None) -> list[Unit]:
    """The units for which this reader writes: all of the school for the party office, else those he heads."""
    who = standing(user)
    found = Unit.objects.active().filter(school=who.school).exclude(kind=Unit.Kind.BRANCH)
    if not who.is_party_office:
        found = found.filter(pk__in=who.heads)
    units = list(found)
    return [kept, *units] if kept is not None and kept not in units else units


class PowerForm(ModelForm):
    """The facts of a power; its steps, documents and holders are tables of their own."""

    class Meta:
        model = Power
        fields = FACTS
        labels = {"name": _("名称")}
        widgets = {
            "content": forms.Textarea(attrs={"rows": 3}),
            "boundary": forms.Textarea(attrs={"rows": 3}),
            "forbidden": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "content": _("一两句话写明这项权力办什么事、到什么程度"),
            "boundary": _("权限起点和上限，例如金额、范围，与其他岗位的分界"),
            "forbidden": _("每行一条，例如：不得化整为零规避集体决策"),
            "decider": _("由谁决定，例如校长办公会"),
            "time_limit": _("例如 110 个工作日以内"),
            "fee": _("不收费的写“不收费”"),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.unit if self.instance.pk else None
        self.fields["unit"] = UnitChoice(units_of(user, kept), label=_("行使部门"))
        self.fields["supervisor"].initial = self.fields["supervisor"].initial or "纪委"
        dress(self.fields)


class UnitChoice(forms.TypedChoiceField):
    """A unit among a few that are already read; gives the unit itself."""

    def __init__(self, units: Iterable[Unit], *, empty: Any = "", **kwargs: Any) -> None:
        by_id = {str(unit.pk): unit for unit in units}
        choices = [(pk, str(unit)) for pk, unit in by_id.items()]
        if empty or kwargs.get("required") is False or len(choices) > 1:
            choices.insert(0, ("", empty or "—"))
        super().__init__(choices=choices, coerce=by_id.get, empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return str(value.pk) if isinstance(value, Unit) else value


class RowForm(LookMixin, forms.Form):
    """A row of a table; a row that says nothing is left out."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    row_name = "name"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        said = {key: value for key, value in data.items() if key != "pk" and value not in ("", None, False)}
        if said and not data.get(self.row_name) and not self.errors:
            self.add_error(self.row_name, _("请填写名称，或把这一行清空"))
        return data


def choose(choices: list[tuple[str, str]], label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(choices=[BLANK, *choices], required=False, coerce=int, empty_value=None, label=label)


class StepRowForm(RowForm):
    """A step of the procedure."""

    name = forms.CharField(label=_("环节"), max_length=80, required=False)
    actor = forms.CharField(label=_("责任岗位"), max_length=60, required=False)
    output = forms.CharField(label=_("输出"), max_length=80, required=False)
    days = forms.IntegerField(label=_("工作日"), min_value=0, max_value=999, required=False)
    is_public = forms.BooleanField(label=_("公开"), required=False)

    def __init__(self, *args: Any, posts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post_id"] = choose(posts, _("本校岗位"))
        dress(self.fields)


class BasisRowForm(RowForm):
    """A document on which the power rests."""

    name = forms.CharField(label=_("依据"), max_length=160, required=False)
    number = forms.CharField(label=_("文号"), max_length=80, required=False)
    needs_check = forms.BooleanField(label=_("文号待核"), required=False)

    def __init__(self, *args: Any, regulations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regulation_id"] = choose(regulations, _("本校制度"))
        dress(self.fields)


class HolderRowForm(RowForm):
    """A post that exercises the power: chosen, or by its name alone where the school has not set it up."""

    name = forms.CharField(label=_("岗位名称"), max_length=60, required=False)

    def __init__(self, *args: Any, posts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post_id"] = choose(posts, _("本校岗位"))
        self.names = dict(posts)
        dress(self.fields)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("post_id") and not data.get("name"):
            data["name"] = self.names.get(str(data["post_id"]), "").rpartition(" · ")[2]
        return super().clean()


def row_set(form: type[RowForm], **choices: Any) -> Any:
    """A formset of such rows, whose choices are read once for all rows."""
    made = formset_factory(form, extra=0, max_num=60, validate_max=True)

    class Rows(made):  # type: ignore[misc, valid-type]
        def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
            return {**super().get_form_kwargs(index), **choices}

    return Rows


Row = StepRow | BasisRow | HolderRow


def rows_said(rows: BaseFormSet[Any], make: type[Row]) -> list[Any]:
    """The rows that say something, as the action takes them."""
    wanted = set(make.__dataclass_fields__)
    return [
        make(**{key: value for key, value in row.cleaned_data.items() if key in wanted})
        for row in rows
        if row.cleaned_data.get("name")
    ]


def post_choices(posts: Iterable[Post]) -> list[tuple[str, str]]:
    """«总务处 · 采购员»."""
    return [(str(post.pk), f"{post.unit} · {post.name}") for post in posts]


class ConfirmBasisForm(Form):
    """The number, and the document that the reader looked at."""

    number = forms.CharField(label=_("核对后的文号"), max_length=80)
    document = forms.CharField(label=_("核对时所看的文件"), max_length=160, help_text=_("例如：省教育厅官网原文"))


class RegulationForm(ModelForm):
    """A regulation of the school, or one from above that it applies."""

    class Meta:
        model = Regulation
        fields = ("unit", "name", "number", "state", "effective_on", "review_on")
        widgets = {"effective_on": forms.DateInput, "review_on": forms.DateInput}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.unit if self.instance.pk else None
        own_only = not standing(user).is_party_office
        self.fields["unit"] = UnitChoice(
            units_of(user, kept), label=_("归口部门"), required=own_only, empty="" if own_only else _("全校")
        )
        dress(self.fields)
