"""Forms that look like ours: every widget gets its class, dates their picker."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core import validators
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import widgets
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

BOXES = (widgets.CheckboxInput, widgets.RadioSelect, widgets.CheckboxSelectMultiple)

WORDS: list[tuple[type[forms.Field], str, Any]] = [
    (forms.Field, "required", _("请填写这一项。")),
    (forms.ChoiceField, "required", _("请选择一项。")),
    (forms.ModelChoiceField, "required", _("请选择一项。")),
    (forms.FileField, "required", _("请选择一个文件。")),
    (forms.FileField, "empty", _("文件是空的，请换一个。")),
    (forms.DateField, "invalid", _("请填写日期，例如 2026-04-30。")),
    (forms.IntegerField, "invalid", _("请填写整数。")),
    (forms.FloatField, "invalid", _("请填写数字。")),
    (forms.DecimalField, "invalid", _("请填写数字。")),
    (forms.URLField, "invalid", _("请填写完整网址，以 http:// 或 https:// 开头。")),
    (forms.ChoiceField, "invalid_choice", _("请从列出的各项中选择。")),
    (forms.ModelChoiceField, "invalid_choice", _("请从列出的各项中选择。")),
]
"""What a field says, where it says what Django says."""
LIMITS: list[tuple[type[validators.BaseValidator], Any]] = [
    (
        validators.MaxLengthValidator,
        ngettext_lazy(
            "最多 %(limit_value)d 个字，现在有 %(show_value)d 个，请删减。",
            "最多 %(limit_value)d 个字，现在有 %(show_value)d 个，请删减。",
            "limit_value",
        ),
    ),
    (
        validators.MinLengthValidator,
        ngettext_lazy(
            "至少 %(limit_value)d 个字，现在有 %(show_value)d 个。",
            "至少 %(limit_value)d 个字，现在有 %(show_value)d 个。",
            "limit_value",
        ),
    ),
    (validators.MaxValueValidator, _("不能大于 %(limit_value)s。")),
    (validators.MinValueValidator, _("不能小于 %(limit_value)s。")),
]
"""The same for what goes too far."""
DIGITS: dict[str, Any] = {
    "invalid": _("请填写数字。"),
    "max_digits": _("数值太大，最多 %(max)s 位数字。"),
    "max_whole_digits": _("数值太大，小数点前最多 %(max)s 位。"),
    "max_decimal_places": _("小数点后最多 %(max)s 位。"),
}
"""The same of numbers with decimals, which Django keeps in one validator."""
FIRST_YEAR, LAST_YEAR = 1930, 2099
"""No day of a school lies outside: a year mistyped is caught where it is typed."""


def is_possible_day(day: date) -> None:
    """Raises ValidationError for a day that can only be mistyped, such as one in the year 9999."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        words = _("年份应在 %(first)d 至 %(last)d 年之间，请核对。")
        raise forms.ValidationError(words, params={"first": FIRST_YEAR, "last": LAST_YEAR})


def widget_class(widget: forms.Widget) -> str:
    """The class that the visual language gives to this kind of input."""
    if isinstance(widget, BOXES):
        return "form-check-input"
    if isinstance(widget, widgets.Select | widgets.SelectMultiple):
        return "form-select"
    return "form-control"


def dress(fields: dict[str, forms.Field]) -> None:
    """Give every input of a form its class, its words of error, and dates the browser's own picker."""
    for field in fields.values():
        widget = field.widget
        speak(field)
        name_nothing(field)
        kept = widget.attrs.get("class", "")
        if (wanted := widget_class(widget)) not in kept.split():
            widget.attrs["class"] = f"{wanted} {kept}".strip()
        if isinstance(field, forms.DateField) and is_possible_day not in field.validators:
            field.validators.append(is_possible_day)
        if isinstance(widget, widgets.DateInput):
            widget.input_type, widget.format = "date", "%Y-%m-%d"
        if isinstance(widget, widgets.Textarea) and widget.attrs.get("rows") == "10":
            widget.attrs["rows"] = "4"


def speak(field: forms.Field) -> None:
    """Our words of error instead of Django's; a form's own words stay."""
    untouched = dict(field.error_messages)
    defaults = [vars(kind).get("default_error_messages", {}) for kind in type(field).__mro__]
    for kind, code, words in WORDS:
        if isinstance(field, kind) and any(untouched.get(code) is its[code] for its in defaults if code in its):
            field.error_messages[code] = words
    for limit in field.validators:
        for which, words in LIMITS:
            if type(limit) is which and limit.message is which.message:
                limit.message = words
        if isinstance(limit, validators.DecimalValidator):
            limit.messages = DIGITS


def name_nothing(field: forms.Field) -> None:
    """In a list to choose from, words for «nothing chosen» instead of Django's row of dashes."""
    if not isinstance(field, forms.ChoiceField):
        return
    [(_none, dashes)] = BLANK_CHOICE_DASH
    words = _("请选择") if field.required else _("不选")
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == dashes:
            field.empty_label = words
    elif not callable(field.choices) and any(label == dashes for _value, label in field.choices):
        field.choices = [(value, words if label == dashes else label) for value, label in field.choices]


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; `accepted` are their endings as a browser filters by them."""

    def __init__(self, *, accepted: str = "", **kwargs: Any) -> None:
        super().__init__(widget=ManyFilesInput(attrs={"accept": accepted} if accepted else {}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        one = super().clean
        many = data if isinstance(data, list | tuple) else [data]
        return [one(item, initial) for item in many if item]


class LookMixin:
    """Dresses the fields of a form after it is made."""

    fields: dict[str, forms.Field]
    template_name = "_form.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        dress(self.fields)


class Form(LookMixin, forms.Form):
    """The form to derive from; show its fields with {% field form.name %}, or whole with {{ form }}."""


class ModelForm(LookMixin, forms.ModelForm):
    """The same for a model."""
