"""What the entries of this app say in a sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "campaigns.created": _("建立了%(obj)s"),
    "campaigns.opened": _("启动了%(obj)s"),
    "campaigns.dates_edited": _("修改了%(obj)s的日期和设置"),
    "campaigns.settings_edited": _("把%(obj)s的设置由“%(before)s”改为“%(after)s”"),
    "campaigns.plan_edited": _("修改了%(obj)s的实施方案"),
    "campaigns.stage_closed": _("办结了%(obj)s的一个阶段"),
    "campaigns.stage_reopened": _("重新打开了%(obj)s的一个阶段"),
    "campaigns.closed": _("%(obj)s结束"),
    "campaigns.task_added": _("布置了%(obj)s"),
    "campaigns.task_edited": _("修改了%(obj)s"),
    "campaigns.task_finished": _("完成了%(obj)s"),
    "campaigns.task_reopened": _("撤回了%(obj)s的完成"),
    "campaigns.task.deleted": _("删除了%(obj)s"),
    "campaigns.reassessment_opened": _("因岗位变动产生了%(obj)s"),
    "campaigns.mobilisation_recorded": _("登记了%(obj)s"),
    "campaigns.mobilisation_edited": _("更正了%(obj)s"),
    "campaigns.document_published": _("发布了%(obj)s"),
    "campaigns.document_withdrawn": _("撤下了%(obj)s"),
    "campaigns.document_opened": _("打开了%(obj)s"),
    "campaigns.feed_made": _("建立了日历订阅地址"),
    "campaigns.feed.deleted": _("停用了日历订阅地址"),
    "campaigns.exempted": _("给予了豁免"),
    "campaigns.exemption_revoked": _("撤销了豁免"),
    "campaigns.urged": _("催办了%(count)s 人"),
}
