"""Shapes of what people enter into tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.common.forms import Form, dress
from qingqu.common.language import is_english
from qingqu.datasets.catalogue import LOG, templates
from qingqu.datasets.columns import Column, columns_of, read_row
from qingqu.datasets.defining import ColumnSaid, is_used, said_of
from qingqu.datasets.models import Dataset
from qingqu.datasets.queries import Asked, said_columns, titles
from qingqu.datasets.rules import BESIDE, MOST_COLUMNS, STEPS, headings
from qingqu.organisation.models import Unit

HINTS = {
    "money": _("元"),
    "date": _("如 2026-04-30"),
    "moment": _("如 2026-04-30 09:05"),
    "hashed": _("只存摘要，不存原文"),
}


KEYS = {"money": "decimal", "number": "decimal", "count": "numeric"}
"""The keys that a phone shows for a cell."""


class UploadForm(Form):
    file = forms.FileField()

    def __init__(self, *args: Any, is_log: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = (
            _("文件（.xlsx、.xls、.et、.ods、.csv 或 .xes）") if is_log else _("文件（.xlsx、.xls、.et、.ods 或 .csv）")
        )


class RowForm(Form):
    """One row, a field a column; the cells stay as typed. What cannot be read is said beside its field."""

    def __init__(self, *args: Any, dataset: Dataset, correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset, self.correcting = dataset, correcting
        names = titles(dataset)
        for column in columns_of(dataset):
            hint = HINTS.get(column.type, "")
            hint = f"{column.note}（{hint}）" if column.note and hint else column.note or hint
            if column.type == "hashed" and correcting:
                hint = _("不改请留空；只存摘要，不存原文")
            self.fields[column.id] = forms.CharField(
                label=names[column.id],
                required=column.required and not (correcting and column.type == "hashed"),
                help_text=hint,
                max_length=200,
                widget=_widget(column),
            )
        dress(self.fields)

    def clean(self) -> dict[str, Any]:
        cells: dict[str, Any] = self.cleaned_data
        columns = {column.id: column for column in said_columns(self.dataset)}
        for id_, problem in read_row(cells, list(columns.values())).problems.items():
            stays = self.correcting and columns[id_].type == "hashed" and not cells.get(id_)
            if id_ not in self.errors and not stays:
                self.add_error(id_, problem)
        for id_ in list(self.errors)[:1]:
            self.fields[id_].widget.attrs["autofocus"] = True
        return cells


def _widget(column: Column) -> forms.Widget:
    if column.type == "flag":
        return forms.Select(choices=[("", "—"), *((word, word) for word in (str(_("是")), str(_("否"))))])
    return forms.TextInput(attrs={"inputmode": KEYS[column.type]} if column.type in KEYS else {})


class AskForm(Form):
    """What is looked for in a table; what cannot be read is not asked."""

    q = forms.CharField(required=False, max_length=60)
    since = forms.DateField(required=False, label=_("自"), widget=forms.DateInput)
    until = forms.DateField(required=False, label=_("至"), widget=forms.DateInput)
    withdrawn = forms.BooleanField(required=False, label=_("只看已撤回的"))

    def asked(self) -> Asked:
        """The same as a query takes it."""
        self.is_valid()
        said = self.cleaned_data
        return Asked(said.get("q", ""), said.get("since"), said.get("until"), said.get("withdrawn", False))


class ReasonForm(Form):
    reason = forms.CharField(label=_("为什么撤回"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class WhyForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class KeeperForm(Form):
    keeper = forms.ModelChoiceField(label=_("保管部门"), queryset=Unit.objects.none())

    def __init__(self, *args: Any, school: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = Unit.objects.active().filter(school=school, kind=Unit.Kind.DEPARTMENT).order_by("order", "id")
        self.fields["keeper"].queryset = departments  # type: ignore[attr-defined]


class AdoptForm(KeeperForm):
    """Which tables the school keeps, and which department keeps these."""

    codes = forms.MultipleChoiceField(label=_("数据表"), widget=forms.CheckboxSelectMultiple)
    field_order = ("codes", "keeper")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].choices = choices  # type: ignore[attr-defined]


class StepsForm(Form):
    """What the log's own names of steps are."""

    def __init__(self, *args: Any, names: list[str], known: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = names
        choices = [("", _("未识别")), (BESIDE, _("不属于程序的环节")), *_steps()]
        for number, name in enumerate(names):
            initial = known.get(name, name if name in STEPS else "")
            self.fields[f"step{number}"] = forms.ChoiceField(
                label=name, choices=choices, initial=initial, required=False
            )
        dress(self.fields)

    def mapping(self) -> dict[str, str]:
        """The log's own name → ours; a standard name that means nothing here → an empty text."""
        pairs = ((name, self.cleaned_data.get(f"step{number}", "")) for number, name in enumerate(self.names))
        return {name: step for name, step in pairs if step or name in STEPS}


def _steps() -> list[tuple[str, str]]:
    """The standard steps; on English pages with what they are."""
    return [(step, f"{step} ({english})" if is_english() else step) for step, english in STEPS.items()]


KINDS: list[tuple[str, Promise]] = [
    ("text", _("文字（含编号、代码）")),
    ("money", _("金额（元）")),
    ("number", _("数量（可有小数）")),
    ("count", _("个数（整数）")),
    ("date", _("日期")),
    ("moment", _("日期和时间")),
    ("flag", _("是否")),
    ("person", _("人名（只存摘要）")),
    ("phone", _("电话（只存摘要）")),
    ("card", _("证件号、卡号、学号（只存摘要）")),
]


class DefineForm(KeeperForm):
    """A table of the school's own, to begin with."""

    name = forms.CharField(label=_("数据表的名称"), max_length=60)
    name_en = forms.CharField(label=_("英文名称"), max_length=80, required=False)
    kind = forms.ChoiceField(
        label=_("类别"),
        choices=Dataset.Kind.choices,
        initial=Dataset.Kind.TABLE,
        widget=forms.RadioSelect,
        help_text=_("一行记一个环节（哪件事、哪一步、谁办、何时）的是办件日志，可以按程序核对。类别以后不能改。"),
    )
    headings = forms.CharField(
        label=_("表头"),
        help_text=_(
            "从平时用的 Excel 复制表头一行粘贴在这里即可，也可以每行写一个。数据表的第一列用来识别行，如编号。"
        ),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    field_order = ("name", "name_en", "kind", "headings", "keeper")

    def clean_headings(self) -> list[str]:
        return headings(self.cleaned_data["headings"])


class TableForm(Form):
    """What an own table is called."""

    name = forms.CharField(label=_("数据表的名称"), max_length=60)
    name_en = forms.CharField(label=_("英文名称"), max_length=80, required=False)


MEANING = {"id", "role", "kind", "key", "required"}


class ColumnForm(Form):
    """A column of an own table. Once rows are in, what it means stays."""

    id = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("列名"), max_length=40, required=False)
    en = forms.CharField(label=_("英文列名（可不填）"), max_length=60, required=False)
    role = forms.ChoiceField(label=_("在日志中是"), required=False)
    kind = forms.ChoiceField(label=_("内容"), choices=KINDS)
    note = forms.CharField(label=_("含义"), max_length=100, required=False)
    key = forms.BooleanField(label=_("用来识别行"), required=False)
    required = forms.BooleanField(label=_("必填"), required=False)
    sensitive = forms.BooleanField(label=_("敏感"), required=False)

    def __init__(self, *args: Any, is_used: bool = False, is_log: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_log:
            self.fields["role"].choices = [("", "—"), *roles()]  # type: ignore[attr-defined]
        else:
            del self.fields["role"]
        if is_used:
            is_new = not self.initial
            for name in self.fields.keys() & ({"key", "required"} if is_new else MEANING):
                self.fields[name].disabled = True
            self.fields["name"].required = not is_new

    def said(self) -> ColumnSaid | None:
        """The column as it is described; None for a row that is left empty."""
        said = self.cleaned_data
        return ColumnSaid(**said) if said.get("name") else None


def columns_form(dataset: Dataset, data: Any = None) -> BaseFormSet[ColumnForm]:
    """The columns of an own table, with some empty rows below for new ones."""
    made = formset_factory(ColumnForm, extra=4, max_num=MOST_COLUMNS + 4, absolute_max=MOST_COLUMNS + 8)
    initial = [asdict(one) for one in said_of(dataset)]
    which = {"is_used": is_used(dataset), "is_log": dataset.kind == Dataset.Kind.EVENTS}
    return made(data, initial=initial, prefix="c", form_kwargs=which)


def roles() -> list[tuple[str, str]]:
    """What a column of an event log may be, as the product's log calls it in the reader's language."""
    return [(column.id, column.en if is_english() else column.zh) for column in templates()[LOG].columns]
