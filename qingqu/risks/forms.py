"""The shape of what people enter about risks and measures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.forms import Form
from qingqu.organisation.models import Post
from qingqu.organisation.queries import staff_of
from qingqu.powers.models import Power, Regulation, Step
from qingqu.records.files import ACCEPTED
from qingqu.risks import wording
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import Cause, ControlMeasure, Frequency, Level, Phase, RiskPoint


class RateForm(Form):
    """Likelihood, impact, five questions; another level than the rule's with its reason."""

    likelihood = forms.TypedChoiceField(label=_("发生机率"), coerce=int, widget=forms.RadioSelect)
    impact = forms.TypedChoiceField(label=_("危害程度"), coerce=int, widget=forms.RadioSelect)
    answers = forms.MultipleChoiceField(
        label=_("五问，是的请勾选"), required=False, widget=forms.CheckboxSelectMultiple
    )
    level = forms.TypedChoiceField(
        label=_("评定等级"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("与规则不同时，须写理由并由第二人同意。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, risk: RiskPoint, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "likelihood": risk.likelihood,
            "impact": risk.impact,
            "answers": [str(n) for n, answer in enumerate(risk.answers) if answer == "1"],
        }
        super().__init__(*args, **kwargs)
        self.choose("likelihood", [(n, wording.likelihood_word(n)) for n in range(1, 6)])
        self.choose("impact", [(n, wording.impact_word(n)) for n in range(1, 6)])
        self.choose("answers", [(str(n), text) for n, text in enumerate(wording.questions())])
        self.choose("level", [("", _("按规则")), *Level.choices])

    def choose(self, name: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_answers(self) -> str:
        """«10010», as the rule reads it."""
        yes = set(self.cleaned_data["answers"])
        return "".join("1" if str(n) in yes else "0" for n in range(5))


class ReasonForm(Form):
    """One reason."""

    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class RiskForm(Form):
    """What a risk point says, apart from its grade."""

    title = forms.CharField(label=_("风险点"), max_length=120)
    manifestation = forms.CharField(
        label=_("表现形式"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("写明在哪个环节、由谁、怎样发生。")
    )
    cause = forms.ChoiceField(label=_("成因"), choices=[("", "—"), *Cause.choices], required=False)
    power = forms.ModelChoiceField(Power.objects.none(), label=_("权力事项"), required=False)
    step = forms.ModelChoiceField(Step.objects.none(), label=_("环节"), required=False)
    regulation = forms.ModelChoiceField(Regulation.objects.none(), label=_("关联制度"), required=False)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("责任人"))

    def __init__(self, *args: Any, risk: RiskPoint, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(risk, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
        powers = Power.objects.filter(school=risk.school_id, state=Power.State.IN_FORCE)
        self.offer("power", powers)
        self.offer(
            "step", Step.objects.filter(power__in=powers).select_related("power").order_by("power__code", "order")
        )
        self.offer("regulation", Regulation.objects.filter(school=risk.school_id).order_by("name"))
        self.offer("owner", staff_of(risk.school))
        step: Any = self.fields["step"]
        step.label_from_instance = lambda row: f"{row.power.name} · {row.order} {row.name}"

    def offer(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = rows


class MeasureForm(Form):
    """A measure: phase, what, by whom, how often, leaving what."""

    phase = forms.ChoiceField(label=_("阶段"), choices=Phase.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("措施"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("责任人"))
    post = forms.ModelChoiceField(Post.objects.none(), label=_("责任岗位"), required=False)
    frequency = forms.ChoiceField(label=_("频次"), choices=Frequency.choices)
    frequency_note = forms.CharField(
        label=_("频次说明"), max_length=40, required=False, help_text=_("例如：每轮录取、开学后 30 日内。")
    )
    evidence_kind = forms.CharField(label=_("执行凭证"), max_length=80, help_text=_("做完留下什么，例如：双签验收单。"))

    def __init__(
        self, *args: Any, risk: RiskPoint, measure: ControlMeasure | None = None, phase: str = "", **kwargs: Any
    ) -> None:
        said: dict[str, Any] = {"owner": risk.owner_id, "frequency": Frequency.TERM, "phase": phase or Phase.PRE}
        if measure is not None:
            said = {name: getattr(measure, name) for name in self.base_fields}
        kwargs.setdefault("initial", said)
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = staff_of(risk.school)
        post: Any = self.fields["post"]
        post.queryset = Post.objects.filter(unit__school=risk.school_id, is_active=True).select_related("unit")
        post.label_from_instance = lambda row: f"{row.unit} · {row.name}"

    def plan(self) -> MeasurePlan:
        """What was entered, as the action takes it."""
        return MeasurePlan(**self.cleaned_data)


class DoForm(Form):
    """Evidence of one execution: a note, a file or a link; the day is today unless somebody says otherwise."""

    note = forms.CharField(label=_("说明"), max_length=500, required=False)
    upload = forms.FileField(
        label=_("照片或文件"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": f"image/*,{ACCEPTED}"}),
    )
    link = forms.URLField(label=_("链接"), required=False, assume_scheme="https", max_length=200)
    done_on = forms.DateField(label=_("执行日期"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"done_on": today()})
        super().__init__(*args, **kwargs)


class JudgeForm(Form):
    """How well each measure works, and the level that remains."""

    residual_level = forms.TypedChoiceField(
        label=_("残余等级"), coerce=int, choices=Level.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("评价依据"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("查了什么，看到什么。"),
    )

    def __init__(self, *args: Any, risk: RiskPoint, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"residual_level": risk.residual_level or risk.level})
        super().__init__(*args, **kwargs)
        self.measures = [m for m in risk.measures.all() if m.stopped_at is None]
        effects = [choice for choice in ControlMeasure.Effect.choices if choice[0]]
        ordered = {}
        for measure in self.measures:
            field = forms.ChoiceField(label=measure.text, choices=effects, initial=measure.effect)
            field.widget = forms.RadioSelect(choices=effects, attrs={"class": "form-check-input"})
            ordered[f"effect_{measure.pk}"] = field
        self.fields = {**ordered, **self.fields}

    def effects(self) -> dict[int, str]:
        """Measure id → effect."""
        return {m.pk: self.cleaned_data[f"effect_{m.pk}"] for m in self.measures}
