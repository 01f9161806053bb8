"""Words of forms."""

from __future__ import annotations

from django import forms
from django.utils import translation

from qingqu.accounts.forms import TokenForm
from qingqu.common.forms import Form
from qingqu.organisation.models import Unit


class _Form(Form):
    needed = forms.ModelChoiceField(Unit.objects.none())
    free = forms.ModelChoiceField(Unit.objects.none(), required=False)
    own = forms.ModelChoiceField(Unit.objects.none(), required=False, empty_label="各部门")
    cause = forms.ChoiceField(choices=[("", "---------"), ("a", "甲")], required=False)


def test_nothing_chosen_has_words_instead_of_dashes() -> None:
    form = _Form()

    first = {name: str(next(iter(field.choices))[1]) for name, field in form.fields.items()}
    assert first == {"needed": "请选择", "free": "不选", "own": "各部门", "cause": "不选"}


class _Days(Form):
    on = forms.DateField()


def test_a_mistyped_year_is_caught_where_it_is_typed() -> None:
    assert _Days({"on": "2026-04-30"}).is_valid()
    for wrong in ("9999-12-31", "0026-04-30"):
        form = _Days({"on": wrong})
        assert form.errors == {"on": ["年份应在 1930 至 2099 年之间，请核对。"]}


def test_days_of_a_key_are_said_in_the_readers_language() -> None:
    with translation.override("en"):
        assert "90 days" in str(TokenForm())
    with translation.override("zh-hans"):
        assert "90 天" in str(TokenForm())
