"""Small helps for the review pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.declarations.rules.rounds import Change, Part
from qingqu.risks.models import Category, Cause, Level, Phase

register = template.Library()

FIELDS = {
    "duties": gettext_lazy("岗位职责"),
    "political_status": gettext_lazy("政治面貌"),
    "none_reason": gettext_lazy("“无”的理由"),
    "item": gettext_lazy("风险点"),
    "category": gettext_lazy("风险类别"),
    "title": gettext_lazy("风险点"),
    "power": gettext_lazy("权力事项"),
    "step": gettext_lazy("环节"),
    "post": gettext_lazy("岗位"),
    "manifestation": gettext_lazy("表现形式"),
    "cause": gettext_lazy("成因"),
    "likelihood": gettext_lazy("发生机率"),
    "impact": gettext_lazy("危害程度"),
    "answers": gettext_lazy("五问"),
    "level": gettext_lazy("自定等级"),
    "level_reason": gettext_lazy("定级理由"),
    "judgement": gettext_lazy("有无风险"),
    **{f"phase-{phase.value}": phase.label for phase in Phase},
}


@register.filter
def addid(text: str, pk: int) -> str:
    """«agree:» and 12 give «agree:12»."""
    return f"{text}{pk}"


@register.filter
def field_name(change: Change) -> str:
    """The label of the field that changed."""
    return str(FIELDS.get(change.field, change.field))


@register.filter
def shown_parts(change: Change) -> list[Part]:
    """A change word by word; values with names of their own are shown by these."""
    labels = NAMES.get(change.field)
    if labels is None:
        return change.parts
    before, after = (labels(value) if value else "" for value in (change.before, change.after))
    parts = [Part("gone", before)] if before else []
    return [*parts, Part("added", after)] if after else parts


def _level(value: str) -> str:
    return str(Level(int(value)).label)


def _answers(value: str) -> str:
    return _("%(count)s 项为“是”") % {"count": value.count("1")}


NAMES = {
    "cause": lambda value: str(Cause(value).label),
    "category": lambda value: str(Category(value).label),
    "level": _level,
    "answers": _answers,
}
