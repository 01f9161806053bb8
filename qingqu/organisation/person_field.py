"""Choosing one of a school's people: those of a department first, then department by department, found by typing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import by_department, staff_of


class PersonField(forms.ModelChoiceField):
    """A list in groups; the page lets one type a part of a name, post or department to shorten it."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(User.objects.none(), **kwargs)  # type: ignore[arg-type]

    def offer(self, school: Unit, first: Unit | None = None) -> None:
        """Let the people of `school` be chosen, those of the unit `first` before all others."""
        self.queryset = staff_of(school)
        groups = by_department(school, first)
        self.widget.choices = [("", _("请选择")), *groups]
        self.widget.attrs["data-find"] = _("输入姓名、岗位或部门查找")
        self.widget.attrs["data-find-none"] = _("没有找到这样的人")
