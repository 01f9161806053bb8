"""Shapes of what is typed about units, posts and people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.forms import Form, dress
from qingqu.organisation.actions import Charge
from qingqu.organisation.models import Duty, Post, Tier, Unit
from qingqu.organisation.page_queries import Division
from qingqu.organisation.queries import branches_of, staff_of

PHONE = RegexValidator(r"^[0-9+\- ]{5,20}$", _("请填写电话号码，例如 13800000000。"))
LONG = forms.Textarea(attrs={"rows": 6})


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day with the browser's picker."""
    return forms.DateField(label=label, widget=forms.DateInput(), **options)


class UnitForm(Form):
    """A unit's names, code and place in the list."""

    name = forms.CharField(label=_("名称"), max_length=80)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    code = forms.CharField(
        label=_("代码"), max_length=20, required=False, help_text=_("学校的代码用在文书编号的开头，例如 YC5Z。")
    )
    order = forms.IntegerField(label=_("排序"), min_value=0, max_value=9999, initial=0, help_text=_("小的在前。"))


class NewUnitForm(UnitForm):
    """A new unit: where it stands and of which kind it is."""

    parent = forms.ModelChoiceField(Unit.objects.none(), label=_("上级单位"), empty_label=None)
    kind = forms.ChoiceField(
        label=_("类别"),
        choices=[(Unit.Kind.DEPARTMENT, _("部门")), (Unit.Kind.BRANCH, _("党支部"))],
        initial=Unit.Kind.DEPARTMENT,
    )
    field_order = ("kind", "name", "parent", "short_name", "code", "order")

    def __init__(self, *args: Any, school: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = Unit.objects.active().filter(school=school).exclude(kind=Unit.Kind.BRANCH)
        self.fields["parent"].queryset = above.order_by("path")  # type: ignore[attr-defined]
        self.fields["parent"].initial = school


class ChargeForm(Form):
    """Who answers for the unit and in whose field it lies (S18, S19)."""

    responsible = forms.ModelChoiceField(User.objects.none(), label=_("第一责任人"))
    leader = forms.ModelChoiceField(
        User.objects.none(), label=_("分管领导"), required=False, help_text=_("班子成员对分管部门履行一岗双责。")
    )

    def __init__(self, *args: Any, school: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.queryset = staff_of(school).order_by("number", "id")  # type: ignore[attr-defined]


class DivisionForm(Form):
    """Who holds which duty, who answers for each department and whose field it is in, all at once."""

    duties = forms.MultipleChoiceField(
        label=_("按岗位名称，还应当授予"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, division: Division, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in division.leaders}
        self.units = {field.unit.pk: field.unit for field in division.fields}
        duties = self.fields["duties"]
        assert isinstance(duties, forms.MultipleChoiceField)
        duties.choices = [
            (
                f"{kind}:{person.pk}",
                _("%(duty)s：%(person)s（%(unit)s %(post)s）")
                % {"duty": Duty.Kind(kind).label, "person": person, "unit": post.unit, "post": post.name},
            )
            for person, kind, post in division.probable
        ]
        duties.initial = [
            f"{kind}:{person.pk}" for person, kind, _post in division.probable if kind not in division.held
        ]
        self.people |= {person.pk: person for person, _kind, _post in division.probable}
        leaders = [("", _("未确定")), *((person.pk, person.name) for person in division.leaders)]
        for field in division.fields:
            unit = field.unit
            self.people |= {person.pk: person for person in field.people}
            choices = [("", _("未确定")), *((person.pk, person.name) for person in field.people)]
            only = field.people[0].pk if len(field.people) == 1 else None
            self.fields[f"responsible{unit.pk}"] = self._choice(
                _("“%(unit)s”的第一责任人") % {"unit": unit}, choices, unit.responsible_id or only
            )
            if unit.kind == Unit.Kind.DEPARTMENT:
                self.fields[f"leader{unit.pk}"] = self._choice(
                    _("“%(unit)s”的分管领导") % {"unit": unit}, leaders, unit.leader_id
                )
        dress(self.fields)

    @staticmethod
    def _choice(label: str, choices: Any, chosen: int | None) -> forms.TypedChoiceField:
        return forms.TypedChoiceField(
            label=label, choices=choices, initial=chosen, coerce=int, empty_value=None, required=False
        )

    def lines(self) -> list[tuple[Unit, Any, Any]]:
        """Each department with its two fields, each branch with its one."""
        return [
            (unit, self[f"responsible{pk}"], self[f"leader{pk}"] if f"leader{pk}" in self.fields else None)
            for pk, unit in self.units.items()
        ]

    def charges(self) -> list[Charge]:
        """What was chosen for the units."""
        return [
            Charge(unit, self._person(f"responsible{pk}"), self._person(f"leader{pk}"))
            for pk, unit in self.units.items()
        ]

    def _person(self, name: str) -> User | None:
        chosen = self.cleaned_data.get(name)
        return self.people[chosen] if chosen else None

    def given(self) -> list[tuple[User, str]]:
        """The duties that were ticked."""
        pairs = (value.partition(":") for value in self.cleaned_data["duties"])
        return [(self.people[int(person)], kind) for kind, _colon, person in pairs]


class DutiesForm(Form):
    """What the unit is there for."""

    duties = forms.CharField(
        label=_("部门职责"),
        widget=LONG,
        required=False,
        help_text=_("一行一项。填写登记表时会预先带出。"),
    )


class PostForm(Form):
    """A post: name, tier, what is done here and what may be decided here."""

    name = forms.CharField(label=_("岗位"), max_length=60)
    tier = forms.ChoiceField(label=_("岗位类别"), choices=Tier, initial=Tier.STAFF)
    template_code = forms.CharField(
        label=_("岗位模板"), max_length=10, required=False, help_text=_("起步库中岗位模板的代码，例如 G15。")
    )
    duties = forms.CharField(label=_("岗位职责"), widget=LONG, required=False)
    authority = forms.CharField(label=_("权限"), widget=LONG, required=False)


class PersonForm(Form):
    """What the product keeps about a person: no more than the work needs."""

    name = forms.CharField(label=_("姓名"), max_length=40)
    number = forms.CharField(label=_("工号"), max_length=30, help_text=_("首次登录时也用它作登录名。"))
    phone = forms.CharField(label=_("手机"), max_length=20, required=False, validators=[PHONE])
    joined_on = day_field(_("到校日期"), required=False)


class PostChoice(forms.ModelChoiceField):
    """Posts by the name of their unit and their own."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.unit} · {obj.name}"


def posts_of(school: Unit) -> Any:
    """Every post of a school in use, with its unit."""
    return (
        Post.objects.filter(unit__school=school, unit__is_active=True, is_active=True)
        .select_related("unit")
        .order_by("unit__order", "unit_id", "id")
    )


class AppointForm(Form):
    """A post and the day from which it is held."""

    post = PostChoice(Post.objects.none(), label=_("岗位"))
    started_on = day_field(_("任职日期"))
    is_main = forms.BooleanField(label=_("这是主要岗位"), required=False, initial=True)

    def __init__(self, *args: Any, school: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = posts_of(school)  # type: ignore[attr-defined]
        self.fields["started_on"].initial = today


class NewPersonForm(PersonForm, AppointForm):
    """A person who arrives, with his first post."""

    field_order = ("name", "number", "post", "started_on", "is_main", "phone", "joined_on")


class ChangePostForm(Form):
    """The new post and the first day in it."""

    post = PostChoice(Post.objects.none(), label=_("新岗位"))
    on = day_field(_("调岗日期"), help_text=_("从这一天起在新岗位。新岗位须在 10 个工作日内重新查找风险。"))
    reason = forms.CharField(label=_("事由"), max_length=200, required=False)

    def __init__(self, *args: Any, school: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = posts_of(school)  # type: ignore[attr-defined]
        self.fields["on"].initial = today


class EndForm(Form):
    """The first day on which it no longer holds, and why."""

    ended_on = day_field(_("结束日期"), help_text=_("从这一天起不再担任。"))
    reason = forms.CharField(label=_("事由"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].initial = today


class DutyForm(Form):
    """A duty that opens doors, from a day on."""

    kind = forms.ChoiceField(
        label=_("职责身份"),
        choices=Duty.Kind,
        help_text=_("系统管理员、安全保密管理员、安全审计员互不兼任，也不兼任其他职责身份。"),
    )
    started_on = day_field(_("起"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["started_on"].initial = today


class BranchForm(Form):
    """The party branch of a person, or none."""

    branch = forms.ModelChoiceField(Unit.objects.none(), label=_("党支部"), required=False, empty_label=_("不在党支部"))

    def __init__(self, *args: Any, school: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = branches_of(school)  # type: ignore[attr-defined]


class RosterForm(Form):
    """A roster to import, as the personnel office keeps it."""

    file = forms.FileField(
        label=_("名册文件"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.xls,.et,.ods,.csv,.html,.htm"}),
        help_text=_("Excel、WPS 表格或 CSV，不超过 20 MB。有标题行、合并单元格、各部门分开做工作表，都可以。"),
    )


class PeopleFilter(forms.Form):
    """What the list of people may be narrowed to."""

    q = forms.CharField(required=False, max_length=40)
    unit = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    tier = forms.ChoiceField(required=False, choices=[("", ""), *Tier.choices])


class HolidaysForm(Form):
    """The State Council's notice of a year's days off, pasted."""

    notice = forms.CharField(
        label=_("通知内容"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "粘贴国务院办公厅通知中的各条，例如：一、元旦：1月1日（周五）至3日（周日）放假调休，共3天。1月9日（周六）上班。"
        ),
    )
