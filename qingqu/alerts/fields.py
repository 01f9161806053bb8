"""Form fields for the values of parameters: one number, or a list or table with one entry per line."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.alerts.engine.expressions.kinds import LISTS
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.wording import shown_entries
from qingqu.common.tabular.clean import Problem
from qingqu.datasets.cells import PARSERS

PLAIN = ("money", "number", "count", "days", "ratio", "share")
ENTRY = re.compile(r"(.+?)[\s:：=，,]+(\S+)")
SCALE = {"money": Decimal(100), "number": Decimal(1000), "share": Decimal("0.01")}
"""How much of its measure is one as people type it: 100 fen a yuan, a hundredth a per cent."""
HINTS: dict[str, Promise] = {
    "texts": gettext_lazy("每行一项"),
    "dates": gettext_lazy("每行一个日期，例如 2026-06-07"),
    "amounts": gettext_lazy("每行一个金额（元）"),
    "money_by_text": gettext_lazy("每行一项：名称、空格、金额（元）"),
    "count_by_text": gettext_lazy("每行一项：名称、空格、个数"),
    "number_by_text": gettext_lazy("每行一项：名称、空格、数值"),
}


class LinesField(forms.CharField):
    """A list of texts, days or amounts, or a table of text and number; cleaned as the indicator keeps it."""

    def __init__(self, *, parameter: Parameter, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 5})
        super().__init__(widget=widget, help_text=str(HINTS[parameter.type]), max_length=4000, **kwargs)
        self.parameter = parameter

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else "\n".join(shown_entries(self.parameter, value))

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            return [] if self.parameter.optional else None
        if one := LISTS.get(self.parameter.type):
            entries = [self._read(one, line, line) for line in lines]
            return list(dict.fromkeys(entries)) if one == "text" else sorted(set(entries))
        return dict(map(self._entry, lines))

    def _entry(self, line: str) -> tuple[str, Any]:
        found = ENTRY.fullmatch(line)
        if found is None:
            raise forms.ValidationError(_("“%(line)s”应写成名称、空格、数值") % {"line": line[:30]})
        return found[1], self._read(self.parameter.type.removesuffix("_by_text"), found[2], line)

    def _read(self, type_: str, text: str, line: str) -> Any:
        value = PARSERS[type_](text)
        if isinstance(value, Problem):
            raise forms.ValidationError(str(value))
        if value is None:
            raise forms.ValidationError(_("“%(line)s”应写成名称、空格、数值") % {"line": line[:30]})
        return value


def as_typed(type_: str, value: float) -> Decimal:
    """A value as people type it: yuan, not fen; 30, not 0.3 of a whole."""
    return Decimal(f"{value:.12g}") / SCALE.get(type_, 1) + 0  # 30, not 3E+1


def field_of(parameter: Parameter, *, label: str, value: Any = None, required: bool = True) -> forms.Field:
    """The form field for this parameter."""
    if parameter.type in PLAIN:
        decimals = {"money": 2, "number": 3, "ratio": 6, "share": 4}.get(parameter.type, 0)
        low, high = (None if end is None else as_typed(parameter.type, end) for end in (parameter.low, parameter.high))
        return forms.DecimalField(
            label=label, min_value=low or 0, max_value=high, max_digits=14, decimal_places=decimals, initial=value,
            required=required,
        )  # fmt: skip
    return LinesField(parameter=parameter, label=label, initial=value, required=required)
