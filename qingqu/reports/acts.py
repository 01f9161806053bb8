"""What was taken out of the house or looked at, in sentences for the trace."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "reports.exported": _("导出了一张表，共 %(rows)s 行"),
    "reports.printed": _("打印了一张表，共 %(rows)s 行"),
    "reports.viewed": _("查看了%(obj)s的 %(year)s 年度信息档案"),
    "reports.compared": _("将一份导出的台账与现在的台账比对，共 %(rows)s 行，%(differing)s 行不同"),
}
