"""The sentences of this app's trace entries, and the reasons that the system itself gives."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

CORRECTED = gettext_noop("记录已更正，不再符合提示条件")
CHANGED = gettext_noop("指标已修改，按现行版本不再符合提示条件")
MERGED = gettext_noop("与另一条提示已是同一情形，请在该条提示中办理")
GONE = gettext_noop("所提示的情况已经办理，不再存在")
MEASURES_MERGED = gettext_noop("同一风险点逾期的措施并为一条提示，请在该条提示中办理")
REASONS = {CORRECTED, CHANGED, MERGED, GONE, MEASURES_MERGED}
"""Why a warning lapses: kept in Chinese, shown in the language of whoever reads it."""
ACTS: dict[str, str | Promise] = {
    "alerts.raised": _("作出%(obj)s"),
    "alerts.refreshed": _("%(obj)s随记录更新"),
    "alerts.lapsed": _("%(obj)s自行消除"),
    "alerts.explained": _("对%(obj)s作了说明"),
    "alerts.confirmed": _("确认了%(obj)s"),
    "alerts.sent_back": _("退回%(obj)s补充说明"),
    "alerts.closed": _("办结了%(obj)s"),
    "alerts.concerned": _("办结了涉及%(obj)s的核查提示 %(number)s"),
    "alerts.rectification_ordered": _("就%(obj)s布置了整改"),
    "alerts.reopened": _("重新核查%(obj)s"),
    "alerts.exported": _("导出了核查提示的文书，共 %(rows)s 条"),
    "alerts.printed": _("打印了核查提示的文书，共 %(rows)s 条"),
    "alerts.suppressed": _("设定了暂不提示"),
    "alerts.suppression_lifted": _("恢复了暂不提示的情形"),
    "alerts.rule_adopted": _("启用了%(obj)s"),
    "alerts.indicator_made": _("自设了%(obj)s"),
    "alerts.limit_set": _("为%(obj)s设定了限额"),
    "alerts.rule_proposed": _("拟定了%(obj)s的新版本"),
    "alerts.rule_approved": _("批准了%(obj)s的新版本"),
    "alerts.rule_begun": _("%(obj)s的新版本开始运行"),
    "alerts.rule_refused": _("没有批准%(obj)s的新版本"),
    "alerts.rule_dropped": _("放弃了%(obj)s的新版本"),
    "alerts.rule_replaced": _("%(obj)s的旧版本停止使用"),
    "alerts.rule_switched_off": _("停用了%(obj)s"),
    "alerts.rule_switched_on": _("重新启用了%(obj)s"),
}
