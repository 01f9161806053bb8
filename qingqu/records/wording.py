"""Names of what a list says, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from qingqu.common.templatetags.ui import level_word
from qingqu.records.rules import Change, ChangedRow

FIELDS = {
    "level": _("等级"),
    "category": _("风险类别"),
    "title": _("风险点"),
    "manifestation": _("表现形式"),
    "cause": _("成因"),
    "power": _("权力事项"),
    "step": _("环节"),
    "post": _("岗位"),
    "person": _("人员"),
    "owner": _("责任人"),
    "leader": _("责任领导"),
    "regulation": _("关联制度"),
    "measures": _("防控措施"),
}


def named(changed: list[ChangedRow]) -> list[dict[str, Any]]:
    """Changed rows with the names of their fields; of measures only the lines that differ."""
    return [{"title": row.title, "code": row.code, "changes": [_named(c) for c in row.changes]} for row in changed]


def _named(change: Change) -> dict[str, Any]:
    if change.field == "measures":
        before, after = "\n".join(change.gone), "\n".join(change.new)
    else:
        before, after = _said(change.field, change.before), _said(change.field, change.after)
    return {"name": FIELDS[change.field], "before": before, "after": after}


def _said(field: str, value: str) -> str:
    return level_word(int(value)) if field == "level" and value.isdecimal() else value
