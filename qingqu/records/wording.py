"""Names of what a list says, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

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
