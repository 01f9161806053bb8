"""The form in which a change of an indicator is drafted: values, colours, which records, which peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.spec import AnyCheck, Parameter, Rule
from qingqu.alerts.fields import field_of
from qingqu.alerts.forms import heading, kept, label_of, span, typed
from qingqu.alerts.indicators import grading
from qingqu.alerts.indicators.scopes import (
    LONGEST,
    MOST_WORDS,
    RecordScope,
    can_narrow,
    comparable,
    compared_by,
    narrowing,
    words_of,
)
from qingqu.alerts.models import Colour
from qingqu.alerts.wording import basis, said
from qingqu.common.forms import Form, dress
from qingqu.common.language import listed
from qingqu.datasets.catalogue import DatasetTemplate

COMPARED: dict[str, Promise] = {"≥": _("不少于"), ">": _("超过"), "≤": _("不超过"), "<": _("少于")}


class ChangeForm(Form):
    """All parameters of an indicator, each with its basis; the colours of its checks; which records it looks at, with
    which it compares them; whether red holds a record.

    `levels` and `peers`: check → the level map, or the columns shared with peers, where the school has its own.
    `tables`: check → its table. `can_hold`: whether a record can be held, if need be with other colours.
    """

    def __init__(
        self,
        *args: Any,
        parameters: dict[str, Parameter],
        bases: dict[str, str],
        shipped: Rule | None = None,
        levels: Mapping[str, Any] | None = None,
        tables: Mapping[str, DatasetTemplate] | None = None,
        scope: RecordScope | None = None,
        peers: Mapping[str, Sequence[str]] | None = None,
        holds_red: bool = False,
        can_hold: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.shipped, self.checks = shipped, shipped.checks if shipped else ()
        self.had, self.tables = dict(levels or {}), tables or {}
        self.thresholds = {
            one.id: grading.thresholds(shipped, one, grading.own_levels(one, self.had.get(one.id)))
            for one in self.checks
            if shipped
        }
        self.parameters = parameters
        self.were = {name: bases.get(name, parameter.basis) for name, parameter in parameters.items()}
        for name, parameter in parameters.items():
            needed = parameter.value is not None and not parameter.optional
            value = field_of(parameter, label=label_of(parameter), value=typed(parameter), required=needed)
            value.help_text = value.help_text or span(parameter)
            self.fields[f"value:{name}"] = value
            words = _("“%(name)s”的依据") % {"name": said(parameter.name)}
            line = forms.TextInput(attrs={"aria-label": words})
            self.fields[f"basis:{name}"] = forms.CharField(
                label=_("依据"), initial=basis(self.were[name]), required=False, max_length=200, widget=line
            )
        for one in self.checks:
            self.fields[f"level:{one.id}"] = forms.ChoiceField(
                label=_("颜色"),
                choices=[("", _("按指标自带的分级：%(colours)s") % {"colours": _colours(one)}), *_always()],
                initial=self.had.get(one.id, {}).get("always", ""),
                required=False,
            )
            if shipped:
                self._offer_thresholds(shipped, one)
        self._offer_scope(scope)
        self._offer_peers(peers or {})
        if holds_red or can_hold:
            self.fields["holds_red"] = forms.BooleanField(
                label=_("作出红色提示时不予保存记录"), required=False, initial=holds_red
            )
        self.fields["reason"] = forms.CharField(label=_("为什么修改"), max_length=300)
        dress(self.fields)

    def values(self) -> dict[str, Any]:
        """What was typed, as the rule keeps it."""
        return {n: kept(p, self.cleaned_data.get(f"value:{n}")) for n, p in self.parameters.items()}

    def _offer_thresholds(self, shipped: Rule, one: AnyCheck) -> None:
        own = {found.place: found for found in grading.thresholds(shipped, one, one.levels)}
        for now in self.thresholds[one.id]:
            low, high = (Decimal(end) / now.scale for end in own.get(now.place, now).bounds())
            places = 0 if now.unit and now.scale == 1 else {100: 2}.get(now.scale, 3)
            words = {"colour": Colour(now.colour).label, "left": now.left, "sign": COMPARED[now.sign], "of": now.of}
            label = _("%(colour)s：%(left)s%(sign)s%(of)s的多少倍") if now.of else _("%(colour)s：%(left)s%(sign)s多少")
            self.fields[now.name] = forms.DecimalField(
                label=f"{label % words}{_('（元）') if now.unit == 'money' else ''}",
                help_text=_("%(low)s 至 %(high)s") % {"low": f"{float(low):,.10g}", "high": f"{float(high):,.10g}"},
                min_value=low, max_value=high, max_digits=14, decimal_places=places, initial=now.value / now.scale,
                required=False,
            )  # fmt: skip

    def levels(self) -> dict[str, Any]:
        """Check → the level map; a check that follows the indicator's own is not named."""
        found: dict[str, Any] = {}
        for one in self.checks:
            if colour := self.cleaned_data.get(f"level:{one.id}", ""):
                found[one.id] = {"always": colour}
                continue
            now = grading.own_levels(one, self.had.get(one.id))
            graded = grading.with_values(now, self._chosen(one), self.thresholds[one.id])
            if graded and graded != grading.with_values(one.levels, {}, ()):
                found[one.id] = graded
        return found

    def _chosen(self, one: AnyCheck) -> dict[str, Decimal]:
        """Threshold → the number that was typed, in the measure's own unit; an empty field leaves what there is."""
        typed = {each.name: (each, self.cleaned_data.get(each.name)) for each in self.thresholds[one.id]}
        return {name: Decimal(n) * each.scale for name, (each, n) in typed.items() if n is not None}

    def _offer_scope(self, scope: RecordScope | None) -> None:
        narrowed = [self.tables[one.id] for one in self.checks if one.id in self.tables and can_narrow(one)]
        columns = {column.id: heading(column) for table in narrowed for column in narrowing(table)}
        if not columns:
            return
        self.fields["scope:column"] = forms.ChoiceField(
            label=_("按哪一列"),
            choices=[("", _("不限，看全部记录")), *columns.items()],
            initial=scope.column if scope else "",
            required=False,
        )
        self.fields["scope:only"] = forms.ChoiceField(
            label=_("怎样看"),
            choices=[("", _("不看写有下列词语的记录")), ("only", _("只看写有下列词语的记录"))],
            initial="only" if scope and scope.only else "",
            required=False,
        )
        self.fields["scope:words"] = forms.CharField(
            label=_("词语"),
            help_text=_("与表中的写法一致，几个词之间用顿号隔开。"),
            initial="、".join(scope.words) if scope else "",
            max_length=MOST_WORDS * LONGEST,
            required=False,
        )

    def _offer_peers(self, peers: Mapping[str, Sequence[str]]) -> None:
        for one in self.checks:
            own = compared_by(one)
            if own is None or one.id not in self.tables:
                continue
            self.fields[f"peers:{one.id}"] = forms.MultipleChoiceField(
                label=_("与哪几列相同的记录相比"),
                choices=[(column.id, heading(column)) for column in comparable(one, self.tables[one.id])],
                initial=peers.get(one.id, own),
                widget=forms.CheckboxSelectMultiple,
                required=one.primitive == "peer",
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.shipped and not self.errors:
            self._see_colours(effective(self.shipped, self.values(), self.levels()))
        column, words = data.get("scope:column"), words_of(data.get("scope:words") or "")
        if column and not words:
            self.add_error("scope:words", _("请写明词语"))
        if words and not column:
            self.add_error("scope:column", _("请选择按哪一列"))
        if len(words) > MOST_WORDS or any(len(word) > LONGEST for word in words):
            self.add_error(
                "scope:words",
                _("最多 %(n)d 个词语，每个不超过 %(longest)d 个字") % {"n": MOST_WORDS, "longest": LONGEST},
            )
        return data

    def _see_colours(self, whole: Rule) -> None:
        """What leaves a colour no finding is said at its number: at the one that was typed, where there are several."""
        for one in whole.checks:
            colour, wrong = grading.contradiction(whole, one)
            if wrong:
                names = [each.name for each in self.thresholds.get(one.id, ()) if each.colour == colour]
                typed = [name for name in names if name in self.changed_data]
                self.add_error(next(iter([*typed, *names]), f"level:{one.id}"), wrong)
        if self.holds_red() and not grading.can_hold(whole):
            self.add_error(
                "holds_red", _("这样定，保存记录时不会作出红色提示。请取消这一项，或者在“颜色”中选“一律红色”")
            )

    def holds_red(self) -> bool:
        """Whether red is to hold a record; never where none can be held."""
        return bool(self.cleaned_data.get("holds_red"))

    def where(self) -> dict[str, str]:
        """Check → the condition under which it looks at a record; where it looks at all, nothing."""
        column = self.cleaned_data.get("scope:column")
        if not column:
            return {}
        words = words_of(self.cleaned_data["scope:words"])
        scope = RecordScope(column, words, only=bool(self.cleaned_data.get("scope:only")))
        narrowed = [one for one in self.checks if one.id in self.tables and can_narrow(one)]
        return {one.id: scope.expression() for one in narrowed if column in self.tables[one.id].schema()}

    def peers(self) -> dict[str, list[str]]:
        """Check → the columns that peers share; a check that follows the indicator's own is not named."""
        typed = {one.id: self.cleaned_data.get(f"peers:{one.id}") for one in self.checks}
        return {one.id: found for one in self.checks if (found := typed[one.id]) and tuple(found) != compared_by(one)}

    def bases(self) -> dict[str, str]:
        """What was typed; a basis that was left as it was shown stays as it was kept."""
        typed = {n: self.cleaned_data.get(f"basis:{n}", "") for n in self.parameters}
        return {n: self.were[n] if text == basis(self.were[n]) else text for n, text in typed.items()}


def _colours(one: AnyCheck) -> str:
    """The colours that a check gives by itself, the gravest first."""
    own = [one.levels.always] if one.levels.always else [c for c in ("red", "orange") if getattr(one.levels, c)]
    return listed(str(Colour(c).label) for c in (own if one.levels.always else [*own, "yellow"]))


def _always() -> list[tuple[str, str]]:
    return [(value, str(_("一律%(colour)s") % {"colour": label})) for value, label in list(Colour.choices)[::-1]]
