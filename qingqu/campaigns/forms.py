"""Shapes of what is typed about a year's work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.actions.settings import MOST_YEARS
from qingqu.campaigns.actions.year import said
from qingqu.campaigns.models import Campaign, Mobilisation
from qingqu.common.clock import today
from qingqu.common.forms import FilesField, Form, dress
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import staff_of
from qingqu.records.files import ACCEPTED


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day with the browser's picker."""
    return forms.DateField(label=label, widget=forms.DateInput(), **options)


class NewYearForm(Form):
    """For which year."""

    year = forms.IntegerField(label=_("年度"), min_value=2020, max_value=2099)


class DatesForm(Form):
    """The spans of the four stages, the due day and the two settings."""

    title = forms.CharField(label=_("名称"), max_length=120)
    due_on = day_field(_("报送截止"), help_text=_("登记表在这一天之前（含当天）报党办。"))
    escalate_days = forms.IntegerField(
        label=_("逾期上提天数"),
        min_value=1,
        max_value=30,
        help_text=_("逾期名单先告知部门负责人，每过这些天上提一级。"),
    )
    working_days = forms.IntegerField(label=_("公示工作日"), min_value=1, max_value=30)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        spans = {stage.kind: stage for stage in campaign.stages.all()}
        for kind, stage in spans.items():
            name = stage.get_kind_display()
            self.fields[f"{kind}_from"] = day_field(_("“%(stage)s”起") % {"stage": name}, initial=stage.starts_on)
            self.fields[f"{kind}_to"] = day_field(_("“%(stage)s”止") % {"stage": name}, initial=stage.ends_on)
            for end in ("from", "to"):
                self.fields[f"{kind}_{end}"].disabled = stage.closed_at is not None
        for name in ("title", "due_on", "escalate_days", "working_days"):
            self.fields[name].initial = getattr(campaign, name)
        dress(self.fields)

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The two ends of each stage, side by side."""
        return [(self[f"{kind}_from"], self[f"{kind}_to"]) for kind, _start, _end in rules.STAGES]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        spans = {kind: (data[f"{kind}_from"], data[f"{kind}_to"]) for kind, _start, _end in rules.STAGES}
        for kind, code in rules.faults_in_dates(spans, data["due_on"], self.campaign.year):
            field = "due_on" if code == "due_outside" else f"{kind}_{'to' if code == 'backwards' else 'from'}"
            self.add_error(field, said([(kind, code)]))
        data["spans"] = spans
        return data


class SettingsForm(Form):
    """The way of forms through review, and how long a key post is held."""

    peer_review = forms.BooleanField(
        label=_("个人登记表先由本部门一位同事互评"),
        required=False,
        help_text=_("由系统在本部门轮流指定，不是本人、下属和部门负责人。互评的同事看不到“思想道德”一类。"),
    )
    group_step = forms.ChoiceField(
        label=_("领导小组审定"),
        choices=Campaign.GroupStep,
        widget=forms.RadioSelect,
        help_text=_("班子成员的登记表由班子其他成员和纪委审核，不受此项影响。"),
    )
    rotation_years = forms.IntegerField(
        label=_("重要岗位轮岗年限"),
        min_value=1,
        max_value=MOST_YEARS,
        help_text=_("任职满这些年的重要岗位列入缺口清单。"),
    )
    rotation_basis = forms.CharField(
        label=_("轮岗年限依据"),
        max_length=200,
        required=False,
        help_text=_("写文件名称和文号。没有写依据的，页面注明年限为示例。"),
    )


class PlanForm(Form):
    """The text of the plan."""

    plan = forms.CharField(
        label=_("实施方案"),
        widget=forms.Textarea(attrs={"rows": 24}),
        help_text=_("一行一段。以 # 开头的行是一级标题，以 ## 开头的行是二级标题。"),
    )


class TaskForm(Form):
    """A task of a stage."""

    title = forms.CharField(label=_("任务"), max_length=120)
    due_on = day_field(_("期限"))
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("责任部门"),
        required=False,
        empty_label=_("各部门"),
        help_text=_("选了责任人的，以责任人为准。"),
    )
    person = forms.ModelChoiceField(User.objects.none(), label=_("责任人"), required=False)

    def __init__(self, *args: Any, school: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = Unit.objects.active().filter(school=school).exclude(pk=school.pk)
        self.fields["unit"].queryset = below  # type: ignore[attr-defined]
        self.fields["person"].queryset = staff_of(school)  # type: ignore[attr-defined]


class FinishForm(Form):
    """How a task was done."""

    note = forms.CharField(label=_("完成情况"), max_length=300, required=False)


class MobilisationForm(Form):
    """A meeting or a study session as it was held."""

    kind = forms.ChoiceField(label=_("类别"), choices=Mobilisation.Kind, initial=Mobilisation.Kind.STUDY)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("部门或支部"), required=False, empty_label=_("全校"))
    title = forms.CharField(label=_("主题"), max_length=120)
    held_on = day_field(_("日期"))
    place = forms.CharField(label=_("地点"), max_length=80, required=False)
    host = forms.CharField(label=_("主持"), max_length=40, required=False)
    attendance = forms.IntegerField(label=_("到会人数"), min_value=1, max_value=9999, required=False)
    minutes = forms.CharField(
        label=_("记要"),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        help_text=_("写要点即可，不要求照片。"),
    )
    attachments = FilesField(
        label=_("附件"),
        required=False,
        accepted=ACCEPTED,
        help_text=_("可以附会议记录、签到表、传达的文件。图片、PDF、Word、Excel、PPT 或文本，每个不超过 20 MB。"),
    )

    def __init__(self, *args: Any, units: Any, may_meet: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["held_on"].initial = today
        if not may_meet:  # heads enter the study sessions of their own units
            del self.fields["kind"]
            self.fields["unit"].required = True
            self.fields["unit"].empty_label = None  # type: ignore[attr-defined]


class DocumentForm(Form):
    """A document to study."""

    title = forms.CharField(label=_("文件"), max_length=160)
    number = forms.CharField(label=_("文号"), max_length=60, required=False)
    issuer = forms.CharField(label=_("发文单位"), max_length=80, required=False)
    attachments = FilesField(
        label=_("附件"),
        required=False,
        accepted=ACCEPTED,
        help_text=_("图片、PDF、Word、Excel、PPT 或文本，每个不超过 20 MB。"),
    )
    text = forms.CharField(
        label=_("摘要"),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        help_text=_("没有附件时必填。教职工打开即记为已读，不设时长和积分。"),
    )


class ReasonForm(Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=200)
