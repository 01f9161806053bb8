"""Forms that look like ours: every widget gets its class, dates their picker."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import widgets

BOXES = (widgets.CheckboxInput, widgets.RadioSelect, widgets.CheckboxSelectMultiple)


def widget_class(widget: forms.Widget) -> str:
    """The class that the visual language gives to this kind of input."""
    if isinstance(widget, BOXES):
        return "form-check-input"
    if isinstance(widget, widgets.Select | widgets.SelectMultiple):
        return "form-select"
    return "form-control"


def dress(fields: dict[str, forms.Field]) -> None:
    """Give every input of a form its class, and dates the browser's own picker."""
    for field in fields.values():
        widget = field.widget
        kept = widget.attrs.get("class", "")
        if (wanted := widget_class(widget)) not in kept.split():
            widget.attrs["class"] = f"{wanted} {kept}".strip()
        if isinstance(widget, widgets.DateInput):
            widget.input_type, widget.format = "date", "%Y-%m-%d"


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
