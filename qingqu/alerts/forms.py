"""Forms about warnings and indicators."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from qingqu.alerts.chain import is_guess
from qingqu.alerts.engine.spec import Parameter
from qingqu.alerts.fields import PLAIN, SCALE, as_typed, field_of
from qingqu.alerts.indicators import drafting, quiet_actions
from qingqu.alerts.indicators.patterns import OwnColumn, Pattern
from qingqu.alerts.models import Alert, Colour
from qingqu.alerts.wording import said
from qingqu.common.forms import FilesField, Form, dress
from qingqu.common.language import is_english
from qingqu.datasets.catalogue import ColumnTemplate
from qingqu.organisation.person_field import PersonField
from qingqu.records.files import ACCEPTED
from qingqu.risks.models import RiskPoint, RiskPointQuerySet

AREA = forms.Textarea(attrs={"rows": 4})


class ExplainForm(Form):
    text = forms.CharField(
        label=_("情况说明"),
        max_length=2000,
        widget=AREA,
        help_text=_("写实际是怎样的、依据是什么。数据录错的，写明哪一处、应是什么。"),
    )
    papers = FilesField(
        label=_("单据"), required=False, accepted=ACCEPTED, help_text=_("可以一次选几个，例如合同、审批单的照片。")
    )


class ConfirmForm(Form):
    opinion = forms.ChoiceField(
        label=_("对照说明和单据，您认为"),
        choices=[
            (Alert.Result.DISPELLED, _("说明成立，建议排除")),
            (Alert.Result.FLAW, _("程序有瑕疵，补做并改进")),
            (Alert.Result.CLERICAL, _("数据有差错，已经或将要更正")),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label=_("意见，有改进的写明措施和完成日期"), max_length=2000, widget=AREA)


class BackForm(Form):
    text = forms.CharField(label=_("请补充什么"), max_length=1000, widget=AREA)


FOLLOWS = {
    Alert.Result.DISPELLED: _("情况正常；计入指标的准确率"),
    Alert.Result.CLERICAL: _("记录有误，由保管部门更正"),
    Alert.Result.FLAW: _("接着布置整改，重新评定风险点"),
    Alert.Result.TENDENCY: _("接着布置整改，重新评定风险点"),
    Alert.Result.HANDED_OVER: _("只记编号，不写内容"),
}
"""What a result means and brings about."""


def _when(*results: str) -> dict[str, str]:
    """For which results a field is there; without the script it is always."""
    return {"data-when": f"result={','.join(results)}"}


class CloseForm(Form):
    result = forms.ChoiceField(label=_("处理结果"), choices=Alert.Result.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("依据和理由（移交的不填）"),
        max_length=2000,
        widget=forms.Textarea(
            attrs={"rows": 4, **_when("", *(one for one in Alert.Result.values if one != Alert.Result.HANDED_OVER))}
        ),
    )
    reference = forms.CharField(
        label=_("移交编号（仅移交时填，不写线索内容）"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs=_when(Alert.Result.HANDED_OVER)),
    )
    risk = forms.ModelChoiceField(
        RiskPoint.objects.none(),
        label=_("所涉风险点（程序瑕疵、苗头性问题必选，由其评定人重新评定等级）"),
        required=False,
        widget=forms.Select(attrs=_when(*Alert.GRAVE)),
    )
    quiet_days = forms.IntegerField(
        label=_("排除后多少天内同一情形不再提示（0 为照常）"),
        min_value=0,
        max_value=365,
        initial=0,
        required=False,
        widget=forms.NumberInput(attrs=_when(Alert.Result.DISPELLED)),
    )

    def __init__(self, *args: Any, alert: Alert, risks: RiskPointQuerySet, can_quiet: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial={"risk": alert.risk_point_id}, **kwargs)
        result: Any = self.fields["result"]
        follows = _follows(alert, can_choose=bool(risks))
        result.choices = [
            (value, format_html('{}<span class="sub">{}</span>', label, follows[value]))
            for value, label in result.choices
        ]
        risk: Any = self.fields["risk"]
        _offer(risk, risks)
        if any(one.pk == alert.risk_point_id for one in risks):
            risk.empty_label = None
        if is_guess(alert):
            risk.help_text = _("现在的是系统按权力事项、部门和用语推测的，不对的请改选。")
        if not risks:
            del self.fields["risk"]
        if not can_quiet:
            del self.fields["quiet_days"]
        text: Any = self.fields["text"]
        text.widget.use_required_attribute = lambda initial: False
        text.required = self.data.get("result") != Alert.Result.HANDED_OVER

    def clean(self) -> dict[str, Any]:
        """A flaw belongs to a risk point, which is rated anew; only where none is registered it waits for one."""
        data = super().clean() or self.cleaned_data
        asks = data.get("result") in Alert.RECTIFIED
        if asks and "risk" in self.fields and "risk" not in self.errors and not data.get("risk"):
            self.add_error("risk", _("请选择所涉风险点，由其评定人重新评定等级。"))
        if data.get("result") == Alert.Result.HANDED_OVER and not (data.get("reference") or "").strip():
            self.add_error("reference", _("请填写移交编号，不写线索内容"))
        return data


def _follows(alert: Alert, *, can_choose: bool) -> dict[Any, Any]:
    """What a result of this warning means and brings about."""
    follows: dict[Any, Any] = dict(FOLLOWS)
    if alert.rule is None:
        follows[Alert.Result.DISPELLED] = _("情况正常")
    if not can_choose:
        waits = _("还没有登记可选的风险点：请%(unit)s先登记，再布置整改") % {"unit": alert.unit}
        follows |= dict.fromkeys(Alert.RECTIFIED, waits)
    return follows


def _offer(field: Any, risks: RiskPointQuerySet) -> None:
    """Offer these risk points as choices, shown by level, department and what they are about."""
    field.queryset = risks.select_related("unit")
    field.label_from_instance = lambda row: f"{row.get_level_display()} · {row.unit} · {row.title}"


class RectifyForm(Form):
    """What has to be put right, at which risk point, by whom, until when."""

    risk = forms.ModelChoiceField(RiskPoint.objects.none(), label=_("所涉风险点"))
    text = forms.CharField(label=_("整改内容"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    owner = PersonField(label=_("责任人"))
    due_on = forms.DateField(label=_("完成期限"), widget=forms.DateInput(attrs={"type": "date"}))
    evidence_kind = forms.CharField(
        label=_("完成后留下什么"), max_length=80, help_text=_("例如：补签的合同、修订后的办法。")
    )

    def __init__(self, *args: Any, alert: Alert, risks: RiskPointQuerySet, **kwargs: Any) -> None:
        said = {"risk": alert.risk_point_id, "owner": alert.unit.responsible_id}
        super().__init__(*args, initial=said, **kwargs)
        _offer(self.fields["risk"], risks)
        owner: Any = self.fields["owner"]
        owner.offer(alert.school, first=alert.unit)


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ApproveForm(Form):
    effective_from = forms.DateField(
        label=_("生效日期（不填为今天）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = drafting.span()
        self.fields["effective_from"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def clean_effective_from(self) -> date | None:
        """A day within the year, said beside the field."""
        day: date | None = self.cleaned_data["effective_from"]
        first, last = drafting.span()
        if day and not first <= day <= last:
            raise forms.ValidationError(drafting.out_of_span())
        return day


class QuietForm(Form):
    """Which check of an indicator is to be quiet, until when, why."""

    ALL = "all"
    check_id = forms.ChoiceField(label=_("哪一项检查"), widget=forms.RadioSelect)
    until = forms.DateField(label=_("暂不提示到哪一天（最长一年）"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, checks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check: Any = self.fields["check_id"]
        check.choices = [*checks, (self.ALL, _("全部检查"))]
        if len(checks) == 1:
            del self.fields["check_id"]
        first, last = quiet_actions.span()
        self.fields["until"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def clean_check_id(self) -> str:
        """The check, or nothing for all of them: whoever means all says so."""
        chosen = str(self.cleaned_data["check_id"])
        return "" if chosen == self.ALL else chosen

    def clean_until(self) -> date:
        """A day within the year, said beside the field."""
        until: date = self.cleaned_data["until"]
        first, last = quiet_actions.span()
        if not first <= until <= last:
            raise forms.ValidationError(quiet_actions.out_of_span())
        return until


class LimitForm(Form):
    """A local limit that is still to be entered."""

    basis = forms.CharField(label=_("依据（文件名称和条款）"), max_length=200)
    field_order = ("value", "basis")

    def __init__(self, *args: Any, parameter: Parameter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = field_of(parameter, label=label_of(parameter))
        self.order_fields(self.field_order)
        dress(self.fields)


def label_of(parameter: Parameter) -> str:
    """What a parameter is called above its field."""
    units = {"money": _("（元）"), "share": _("（%）")}
    return f"{said(parameter.name)}{units.get(parameter.type, '')}"


def kept(parameter: Parameter, typed: Any) -> Any:
    """The typed value as the parameter stores it: fen, thousandths, fractions; lists and tables already are."""
    if typed is None or parameter.type not in PLAIN:
        return typed
    value = typed * SCALE.get(parameter.type, 1)
    return float(value) if parameter.type in ("ratio", "share") else int(value)


def typed(parameter: Parameter) -> Any:
    """The stored value as people type it (see `as_typed`)."""
    if parameter.value is None or parameter.type not in PLAIN:
        return parameter.value
    return as_typed(parameter.type, parameter.value)


class OwnForm(Form):
    """An indicator of the school's own: the parts of its pattern, then what it is called and rests on."""

    title = forms.CharField(label=_("指标名称"), max_length=40)
    title_en = forms.CharField(label=_("英文名称"), max_length=80, required=False)
    colour = forms.ChoiceField(
        label=_("提示的颜色"), choices=list(Colour.choices)[::-1], widget=forms.RadioSelect, initial="yellow"
    )
    basis = forms.CharField(label=_("依据（文件名称和条款）"), max_length=200)
    why = forms.CharField(label=_("为什么要看这个"), max_length=200)
    blind = forms.CharField(label=_("哪些情况属于正常、会误提示"), max_length=200)

    def __init__(self, *args: Any, pattern: Pattern, columns: list[OwnColumn], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pattern, self.columns = pattern, {one.id: one for one in columns}
        for part in pattern.parts:
            if part.types:
                fitting = [(one.id, heading(one)) for one in columns if one.type in part.types]
                choices = [("", _("请选择") if part.required else _("不选")), *fitting]
                self.fields[part.name] = forms.ChoiceField(
                    label=str(part.label), choices=choices, required=part.required
                )
            elif part.figure in WHOLE:
                self.fields[part.name] = forms.IntegerField(
                    label=str(part.label), min_value=part.least, max_value=MOST_WHOLE, required=part.required,
                    initial=part.initial,
                )  # fmt: skip
            else:
                self.fields[part.name] = forms.DecimalField(
                    label=str(part.label), min_value=part.least, max_digits=14, decimal_places=3,
                    required=part.required, initial=part.initial, help_text=_("金额以元计"),
                )  # fmt: skip
        self.order_fields([*(part.name for part in pattern.parts), *OwnForm.base_fields])
        dress(self.fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, then = data.get("first"), data.get("then")
        if first and first == then:
            self.add_error("then", _("请选择两个不同的列"))
        elif self.pattern.alike and first and then:
            one, other = (self.columns[data[name]] for name in self.pattern.alike)
            if one.kind != other.kind:
                self.add_error("then", _("这两列不是同一类内容，不能比较"))
        if data.get("amount") and "limit" in self.fields and data.get("limit") is None:
            self.add_error("limit", _("请填写限额"))
        if "amount" in self.fields and not data.get("amount") and data.get("limit") is not None:
            self.add_error("amount", _("请选择看哪一列，或者清空下面的数值"))
        return data

    def said(self) -> dict[str, Any]:
        """The pattern's parts as the indicator stores them: fen, thousandths, days."""
        data, found = self.cleaned_data, {}
        for part in self.pattern.parts:
            value = data.get(part.name)
            if not part.types and value is not None:
                of = self.columns.get(data.get(part.figure.removeprefix("of:")) or "")
                value = int(value * SCALE.get(of.type if of else "", 1))
            found[part.name] = value
        return found


class ProceduresForm(Form):
    """Which checks of procedures look at a log of the school's own."""

    codes = forms.MultipleChoiceField(label=_("指标"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].choices = choices  # type: ignore[attr-defined]


WHOLE = ("days", "count")
MOST_WHOLE = 10_000


def heading(column: OwnColumn | ColumnTemplate) -> str:
    """A column's heading in the reader's language."""
    return column.en if is_english() else column.zh


def span(parameter: Parameter) -> str:
    """The allowed range as people type it, «7 至 366»; empty if any value will do."""
    unit = "%" if parameter.type == "share" else ""
    ends = (None if end is None else float(as_typed(parameter.type, end)) for end in (parameter.low, parameter.high))
    low, high = (None if end is None else f"{end:,.10g}{unit}" for end in ends)
    if low and high:
        return str(_("%(low)s 至 %(high)s") % {"low": low, "high": high})
    if low:
        return str(_("不少于 %(low)s") % {"low": low})
    return str(_("不超过 %(high)s") % {"high": high}) if high else ""
