"""What the entries of this app say in a sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "alerts.raised": _("系统作出核查提示 %(obj)s"),
    "alerts.refreshed": _("核查提示 %(obj)s 随记录更新"),
    "alerts.lapsed": _("核查提示 %(obj)s 自行消除"),
    "alerts.explained": _("对核查提示 %(obj)s 作了说明"),
    "alerts.confirmed": _("确认了核查提示 %(obj)s"),
    "alerts.sent_back": _("退回核查提示 %(obj)s 补充说明"),
    "alerts.closed": _("办结了核查提示 %(obj)s"),
    "alerts.rectification_ordered": _("就核查提示 %(obj)s 布置了整改"),
    "alerts.reopened": _("重新核查 %(obj)s"),
    "alerts.suppressed": _("设定了暂不提示"),
    "alerts.suppression_lifted": _("恢复了暂不提示的情形"),
    "alerts.rule_adopted": _("启用了预警指标 %(obj)s"),
    "alerts.indicator_made": _("自设了预警指标 %(obj)s"),
    "alerts.limit_set": _("为预警指标 %(obj)s 设定了限额"),
    "alerts.rule_proposed": _("拟定了预警指标 %(obj)s 的新版本"),
    "alerts.rule_approved": _("批准了预警指标 %(obj)s 的新版本"),
    "alerts.rule_begun": _("预警指标 %(obj)s 的新版本开始运行"),
    "alerts.rule_dropped": _("放弃了预警指标 %(obj)s 的新版本"),
    "alerts.rule_replaced": _("预警指标 %(obj)s 的旧版本停止使用"),
    "alerts.rule_switched_off": _("停用了预警指标 %(obj)s"),
    "alerts.rule_switched_on": _("重新启用了预警指标 %(obj)s"),
}
