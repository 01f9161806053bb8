"""How the fields of a library entry are called on the page."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELDS: dict[str, Promise | str] = {
    "name": _("名称"),
    "domain": _("领域"),
    "three_major": _("三重一大"),
    "kind": _("权力类型"),
    "owner": _("行使部门"),
    "lead": _("分管"),
    "decider": _("决定机构"),
    "holders": _("行使岗位"),
    "bases": _("权力依据"),
    "steps": _("办事流程"),
    "risks": _("风险与措施"),
    "tier": _("岗位类别"),
}


def field_name(field: str) -> Promise | str:
    """A field's name in the reader's language."""
    return FIELDS.get(field, field)


def lines_of(value: object) -> list[str]:
    """A field's value as lines that a person can compare."""
    if not isinstance(value, list):
        return [str(value)]
    return [_line(item) for item in value]


def _line(item: object) -> str:
    if not isinstance(item, dict):
        return str(item)
    first = item.get("text") or item.get("name") or ""
    more = [str(item[key]) for key in ("ref", "actor", "output", "days") if item.get(key)]
    measures = [str(measure.get("text", "")) for measure in item.get("measures", [])]
    return _("，").join(part for part in (str(first), *more, *measures) if part)
