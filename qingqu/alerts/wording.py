"""What a warning says: its sentence with the numbers, and the arithmetic behind it. Plain, and never an accusation."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qingqu.alerts.engine.expressions.kinds import LISTS, Kind
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.engine.spec import AnyCheck, Parameter, Words
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.labels import AREAS, BASES, LABELS, SLIPS
from qingqu.alerts.models import Alert, Disposal
from qingqu.common.calendar import date_of
from qingqu.common.language import is_english, listed
from qingqu.common.tabular.clean import HAN

FIELD = re.compile(r"\{([A-Za-z_][\w.]*)\}")
BESIDE_NAMES = re.compile(r"(〕) | (〔)")
"""Blanks that stand around a number in a Chinese sentence, but not around its name in brackets."""
BEFORE_NUMBER, BEHIND_NUMBER = re.compile(f"[{HAN}][0-9]$"), re.compile(f"[0-9][{HAN}]")
MASKED = "•••"
NAMED = 5
"""So many things are named in a sentence about the work of prevention itself."""
VERBS = {
    Alert.State.EXPLAINING: gettext_lazy("作说明"),
    Alert.State.CONFIRMING: gettext_lazy("确认"),
    Alert.State.CLOSING: pgettext_lazy("prompt", "办结"),
}
"""What whoever's turn it is has to do."""


HOW_COUNTED = gettext_lazy(
    "按当年作出的提示统计，办理情况截至统计当日。逾期指到期没有办结，包括其后办结或自行消除的；准确率指办结的提示中没有排除的所占比例。"
)
"""What the figures of a year mean."""


def said(words: Words) -> str:
    """A text of the rulebook in the reader's language."""
    return words.en if is_english() else words.zh


def area(name: str) -> str:
    """A domain of indicators in the reader's language: 采购, Procurement."""
    return AREAS.get(name, name) if is_english() else name


def basis(text: str) -> str:
    """What a parameter's value rests on: the shipped ones in the reader's language, a school's own as entered."""
    return BASES.get(text, text) if is_english() else text


def kinds_of(code: str, check_id: str) -> Mapping[str, Kind]:
    """What every number of a check's findings is: money, a date, a count."""
    return _shipped_kinds(code, check_id) if code in rulebook.shipped() else _kinds(rulebook.known(code), check_id)


@cache
def _shipped_kinds(code: str, check_id: str) -> Mapping[str, Kind]:
    return _kinds(rulebook.shipped()[code], check_id)


def _kinds(rule: Shipped, check_id: str) -> Mapping[str, Kind]:
    kinds = prepare(rule, rulebook.check_of(rule, check_id), rulebook.schemas_of(rule), Context(today=0)).kinds
    return {**kinds, **{name: kind_of(one) for name, one in rule.parameters.items() if one.type == "share"}}


def written(value: Any, kind: Kind | None) -> str:
    """A value as a page writes it: 96,400 元, 2026-03-02, 3.2, 30%, 是."""
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
        case "share":
            return f"{value * 100:g}%"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:d}"


def _day(day: int) -> str:
    return date_format(date_of(day), "DATE_FORMAT")


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the arithmetic: what, and how much."""

    label: str
    value: str
    is_limit: bool = False
    """Whether it is a value that the indicator holds the others against."""


def named(alert: Alert) -> tuple[Shipped, AnyCheck]:
    """The indicator and the check that found it."""
    rule = rulebook.known(alert.rule.code) if alert.rule else None
    assert rule is not None, "an internal signal has no indicator"
    return rule, rulebook.check_of(rule, alert.check_id)


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is to tell: of a warning that is kept, or of a hit that nobody has kept yet."""

    rule: Shipped
    check: AnyCheck
    key: Sequence[Any]
    numbers: Mapping[str, Any]
    parameters: Mapping[str, Any]


def of_alert(alert: Alert) -> Finding:
    """A warning as it was found."""
    rule, one = named(alert)
    return Finding(rule, one, alert.key, alert.numbers, alert.parameters)


def of_hit(rule: Shipped, hit: Hit) -> Finding:
    """A hit of an indicator with the values that it ran with."""
    one = rulebook.check_of(rule, hit.check)
    used = prepare(rule, one, rulebook.schemas_of(rule), Context(today=0)).parameters
    parameters = {name: rule.parameters[name].value for name in rule.parameters if name in used}
    return Finding(rule, one, hit.key, dict(hit.numbers), parameters)


def values_of(found: Finding, hidden: Collection[str] = ()) -> dict[str, str]:
    """The names of a finding's sentence with their values as they are written; persons' digests and `hidden` masked."""
    one = found.check
    kinds = kinds_of(found.rule.code, one.id)
    types = rulebook.schemas_of(found.rule)[one.dataset or found.rule.dataset]
    values = {**found.parameters, **dict(zip(_by(one), found.key, strict=False)), **found.numbers}
    if one.primitive == "events" and values.get("slip") in SLIPS:
        values["slip"] = said(SLIPS[values["slip"]])
    return {
        name: MASKED if types.get(name) == "hashed" or name in hidden else written(value, kinds.get(name))
        for name, value in values.items()
        if not isinstance(value, dict | list)
    }


def _by(one: AnyCheck) -> tuple[str, ...]:
    if one.primitive == "nested":
        return (*one.outer, *one.inner) if one.hit == "inner" else one.outer
    if one.primitive == "events":
        return ("case",)
    if one.primitive in ("companions", "peer", "trail"):
        return ()
    return tuple(getattr(one, "by", ()))


def told(found: Finding, hidden: Collection[str] = ()) -> str:
    """«通达五金：2026年3月2日至…，4 笔合计 117,600 元，单笔均低于 30,000 元限额。»; without what is `hidden`."""
    return "".join(_parts(found, values_of(found, hidden)))


def _parts(found: Finding, values: Mapping[str, str]) -> list[str]:
    """The sentence's own words and, at each second place, a value; between a Chinese word and a number is a blank."""
    parts = FIELD.split(said(found.check.sentence))
    for n in range(1, len(parts), 2):
        parts[n] = values.get(parts[n], "—")
        if BEFORE_NUMBER.search(parts[n - 1] + parts[n][:1]):
            parts[n - 1] += " "
        if BEHIND_NUMBER.search(parts[n][-1:] + parts[n + 1][:1]):
            parts[n + 1] = " " + parts[n + 1]
    return parts


def pattern(rule: Shipped, one: AnyCheck) -> str:
    """The sentence of a check before it has found anything: each number's name stands in its place."""

    def name(match: re.Match[str]) -> str:
        parameter = rule.parameters.get(match[1])
        words = said(parameter.name if parameter else label(rule, one, match[1]))
        return f"[{words.lower()}]" if is_english() else f"〔{words}〕"

    words = FIELD.sub(name, said(one.sentence))
    return words if is_english() else BESIDE_NAMES.sub(r"\1\2", words)


def sentence(alert: Alert) -> str:
    """What a warning says."""
    if alert.rule:
        return told(of_alert(alert))
    text, words = _signal_words(alert, "text"), alert.numbers.get("words")
    return _close_up(text) % {name: _word(name, value) for name, value in words.items()} if words else text


def _close_up(text: str) -> str:
    """A Chinese sentence about prevention itself without the blank after its day, which ends in 日."""
    return text if is_english() else text.replace("%(day)s ", "%(day)s")


def _word(name: str, value: Any) -> str:
    """A word of such a sentence; its day is kept as 2026-03-02 and written as the reader writes it.

    Of many things the first few are named, each with its day where it has one.
    """
    if isinstance(value, list):
        said = listed(_dated(*one) if isinstance(one, list) else one for one in value[:NAMED])
        return _("%(names)s等") % {"names": said} if len(value) > NAMED else said
    return _signal_day(value) if name == "day" else str(value)


def _dated(what: str, due: str) -> str:
    return _("“%(measure)s”（应于 %(day)s前执行）") % {"measure": what, "day": _signal_day(due)}


def _signal_day(value: str) -> str:
    return date_format(date.fromisoformat(value), "DATE_FORMAT")


def _signal_words(alert: Alert, part: str) -> str:
    """What a warning about prevention itself is called or says, its words left open, in the reader's language."""
    kept = str(alert.numbers.get(part, ""))
    return _(kept) if kept else ""


def marked_sentence(alert: Alert) -> SafeString:
    """The sentence with its numbers in bold."""
    if alert.rule is None:
        return _marked_signal(alert)
    found = of_alert(alert)
    parts = _parts(found, values_of(found))
    marked = [escape(part) if n % 2 == 0 else f"<b>{escape(part)}</b>" for n, part in enumerate(parts)]
    return mark_safe("".join(marked))


def _marked_signal(alert: Alert) -> SafeString:
    text, words = _signal_words(alert, "text"), alert.numbers.get("words") or {}
    if not words:
        return mark_safe(escape(text))
    said = {name: escape(_word(name, value)) for name, value in words.items()}
    bold = {
        name: f"<b>{said[name]}</b>"
        for name, value in words.items()
        if name == "day" or (isinstance(value, int) and name != "year")
    }
    return mark_safe(escape(_close_up(text)) % {**said, **bold})


def step_text(step: Disposal) -> str:
    """What was said at a step: people's words as they wrote them, the system's in the reader's language."""
    return _(step.text) if step.step == Disposal.Step.LAPSED and step.text else step.text


def title(alert: Alert) -> str:
    """«拆分采购 · 同一供应商»."""
    if alert.rule is None:
        return _signal_words(alert, "title")
    rule, one = named(alert)
    names = dict.fromkeys((said(rule.title), said(one.name)))
    return " · ".join(names)


def not_kept(alert: Alert) -> str:
    """Why a record is not saved, and what to do about it."""
    whole = _("没有保存：%(sentence)s这样的记录按本校规定不予保存，请核对更正；情况属实的，请联系纪委。")
    return whole % {"sentence": sentence(alert)}


def arithmetic(alert: Alert) -> list[Fact]:
    """The numbers of a warning one by one; an internal signal has none."""
    return facts(of_alert(alert)) if alert.rule else []


def facts(found: Finding) -> list[Fact]:
    """What was measured, number by number, then the limits that it was held against.

    In the order of the indicator: PostgreSQL does not keep the order in which numbers were written.
    """
    rule, one = found.rule, found.check
    kinds, values = kinds_of(rule.code, one.id), values_of(found)
    lines = []
    measured = {name: found.numbers[name] for name in (*kinds, *found.numbers) if name in found.numbers}
    for name, value in measured.items():
        if name not in rule.parameters and value is not None:
            lines.append(Fact(said(label(rule, one, name)), values.get(name, written(value, kinds.get(name)))))
    for name, parameter in rule.parameters.items():
        value = found.parameters.get(name)
        if value is not None and not isinstance(value, dict | list):
            lines.append(
                Fact(said(parameter.name), written(value, kinds.get(name) or kind_of(parameter)), is_limit=True)
            )
    return lines


def label(rule: Shipped, one: AnyCheck, name: str) -> Words:
    """What a number of a finding is called: a measure by its label, else as its column's header."""
    if name in LABELS:
        return LABELS[name]
    template = rulebook.template_of(rule, one.dataset)
    return next((Words(zh=c.zh, en=c.en) for c in template.columns if c.id == name), Words(zh=name, en=name))


def kind_of_column(type_: str) -> Kind | None:
    """What a column's values are; None for texts."""
    return Kind("int", type_) if type_ not in ("text", "hashed") else None


def kind_of(parameter: Parameter) -> Kind:
    """What a parameter's value is."""
    type_ = LISTS.get(parameter.type, parameter.type.removesuffix("_by_text"))
    return Kind("int", type_ if type_ in ("money", "number", "ratio", "share", "date") else "count")


def shown(parameter: Parameter) -> str:
    """A parameter's value as a page writes it, lists and tables in one line."""
    value, kind = parameter.value, kind_of(parameter)
    if isinstance(value, dict):
        return listed(f"{name} {written(one, kind)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return listed(written(one, kind) for one in value) or "—"
    return written(value, kind)


def shown_entries(parameter: Parameter, value: Any) -> list[str]:
    """A list or table as it is typed: one entry a line, days as 2026-06-07, amounts in yuan."""
    scale = {"money_by_text": 100, "number_by_text": 1000, "amounts": 100}.get(parameter.type, 1)
    if isinstance(value, dict):
        return [f"{name} {Decimal(one) / scale:f}" for name, one in value.items()]
    if parameter.type == "dates":
        return [date_of(day).isoformat() for day in value]
    return [str(one) if isinstance(one, str) else f"{Decimal(one) / scale:f}" for one in value]
