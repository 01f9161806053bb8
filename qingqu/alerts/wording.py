"""What a warning says: its sentence with the numbers, and the arithmetic behind it. Plain, and never an accusation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qingqu.alerts import rulebook
from qingqu.alerts.engine.expressions.kinds import Kind
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.engine.spec import AnyCheck, Parameter, Words
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.models import Alert

EPOCH = date(1970, 1, 1)
FIELD = re.compile(r"\{([A-Za-z_][\w.]*)\}")
MASKED = "•••"


def is_english() -> bool:
    """Whether the reader reads English."""
    return (get_language() or "").startswith("en")


def said(words: Words) -> str:
    """A text of the rulebook in the reader's language."""
    return words.en if is_english() else words.zh


@cache
def kinds_of(code: str, check_id: str) -> Mapping[str, Kind]:
    """What every number of a check's findings is: money, a date, a count."""
    rule = rulebook.shipped()[code]
    return prepare(rule, rulebook.check_of(rule, check_id), rulebook.schemas(), Context(today=0)).kinds


def written(value: Any, kind: Kind | None) -> str:
    """A value as a page writes it: 96,400 元, 2026-03-02, 3.2, 是."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    unit = kind.unit if kind else ""
    match unit:
        case "money":
            yuan = f"{value / 100:,.2f}".removesuffix(".00")
            return _("%(yuan)s 元") % {"yuan": yuan}
        case "number":
            return f"{value / 1000:,.3f}".rstrip("0").rstrip(".")
        case "date":
            return _day(int(value))
        case "moment":
            return f"{_day(int(value) // 1440)} {int(value) % 1440 // 60:02d}:{int(value) % 60:02d}"
        case "flag":
            return _("是") if value else _("否")
        case "ratio":
            return f"{value:g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:d}"


def _day(day: int) -> str:
    return date_format(EPOCH + timedelta(days=day), "DATE_FORMAT")


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the arithmetic: what, and how much."""

    label: str
    value: str


def named(alert: Alert) -> tuple[Shipped, AnyCheck]:
    """The indicator and the check that found it."""
    rule = rulebook.shipped()[alert.rule.code] if alert.rule else None
    assert rule is not None, "an internal signal has no indicator"
    return rule, rulebook.check_of(rule, alert.check_id)


def values_of(alert: Alert) -> dict[str, str]:
    """The names of a warning's sentence with their values, as they are written; persons' digests masked."""
    rule, one = named(alert)
    kinds = kinds_of(rule.code, one.id)
    types = rulebook.schemas()[one.dataset or rule.dataset]
    by = _by(one)
    values = {**alert.parameters, **dict(zip(by, alert.key, strict=False)), **alert.numbers}
    return {
        name: MASKED if types.get(name) == "hashed" else written(value, kinds.get(name))
        for name, value in values.items()
        if not isinstance(value, dict | list)
    }


def _by(one: AnyCheck) -> tuple[str, ...]:
    if one.primitive == "nested":
        return (*one.outer, *one.inner) if one.hit == "inner" else one.outer
    if one.primitive == "events":
        return ("case",)
    return tuple(getattr(one, "by", ()))


def sentence(alert: Alert) -> str:
    """«通达五金：2026年3月2日至…，4 笔合计 117,600 元，单笔均低于 30,000 元限额。»"""
    if alert.rule is None:
        return str(alert.numbers.get("text", ""))
    values = values_of(alert)
    _rule, one = named(alert)
    return FIELD.sub(lambda match: values.get(match[1], "—"), said(one.sentence))


def marked_sentence(alert: Alert) -> SafeString:
    """The sentence with its numbers in bold."""
    if alert.rule is None:
        return mark_safe(escape(sentence(alert)))
    values = values_of(alert)
    _rule, one = named(alert)
    parts = FIELD.split(said(one.sentence))
    marked = [escape(p) if n % 2 == 0 else f"<b>{escape(values.get(p, '—'))}</b>" for n, p in enumerate(parts)]
    return mark_safe("".join(marked))


def title(alert: Alert) -> str:
    """«拆分采购 · 同一供应商»."""
    if alert.rule is None:
        return str(alert.numbers.get("title", ""))
    rule, one = named(alert)
    return f"{said(rule.title)} · {said(one.name)}"


LABELS = {
    "n": ("笔数", "Count"),
    "total": ("合计", "Total"),
    "whole": ("全部合计", "All together"),
    "all_n": ("全部笔数", "All of them"),
    "median": ("中位数", "Median"),
    "peers": ("样本数", "Samples"),
    "value": ("本笔", "This one"),
    "near": ("紧贴限额", "Near the limit"),
    "late": ("相差天数", "Days apart"),
    "first": ("最早", "First"),
    "last": ("最晚", "Last"),
    "suppliers": ("供应商家数", "Suppliers"),
    "bidders": ("报价单位", "Bidders"),
    "rows": ("行数", "Rows"),
    "elapsed": ("用时", "Elapsed"),
    "times": ("次数", "Times"),
}


def arithmetic(alert: Alert) -> list[Fact]:
    """The numbers one by one: what was measured, then the limits that it was held against."""
    if alert.rule is None:
        return []
    rule, one = named(alert)
    kinds, values = kinds_of(rule.code, one.id), values_of(alert)
    english = is_english()
    facts = []
    for name, value in alert.numbers.items():
        if name in rule.parameters or value is None:
            continue
        zh, en = LABELS.get(name, (_column(rule, one, name), name.replace("_", " ")))
        facts.append(Fact(en if english else zh, values.get(name, written(value, kinds.get(name)))))
    for name, value in alert.parameters.items():
        if value is not None and not isinstance(value, dict | list):
            parameter = rule.parameters[name]
            kind = kinds.get(name) or kind_of(parameter)
            facts.append(Fact(said(parameter.name), written(value, kind)))
    return facts


def kind_of_column(type_: str) -> Kind | None:
    """What a column's values are; None for texts."""
    return Kind("int", type_) if type_ not in ("text", "hashed") else None


def kind_of(parameter: Parameter) -> Kind:
    """What a parameter's value is."""
    units = {"money": "money", "number": "number", "ratio": "ratio"}
    return Kind("int", units.get(parameter.type, "count"))


def _column(rule: Shipped, one: AnyCheck, name: str) -> str:
    template = rulebook.template_of(one.dataset or rule.dataset)
    return next((c.zh for c in template.columns if c.id == name), name)
