"""What the entries of this app say in a sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "organisation.unit_created": _("新设了%(obj)s"),
    "organisation.unit_edited": _("修改了%(obj)s的名称或代码"),
    "organisation.responsible_set": _("%(obj)s的第一责任人定为%(after)s"),
    "organisation.leader_set": _("%(obj)s的分管领导定为%(after)s"),
    "organisation.unit_duties_written": _("填写了%(obj)s的职责"),
    "organisation.unit_retired": _("停止使用%(obj)s"),
    "organisation.unit_restored": _("恢复使用%(obj)s"),
    "organisation.post_created": _("新设了%(obj)s"),
    "organisation.post_edited": _("修改了%(obj)s"),
    "organisation.key_post_marked": _("改变了%(obj)s的重要岗位标记"),
    "organisation.post_template_given": _("为%(obj)s选用了岗位模板 %(after)s"),
    "organisation.post_retired": _("停止使用%(obj)s"),
    "organisation.post_restored": _("恢复使用%(obj)s"),
    "organisation.person_added": _("录入了%(obj)s"),
    "organisation.person_changed": _("更正了%(obj)s的信息"),
    "organisation.appointed": _("办理了任职：%(after)s"),
    "organisation.appointment_ended": _("办理了离任，自 %(after)s 起"),
    "organisation.appointment_corrected": _("更正了任职日期：%(after)s"),
    "organisation.roster_uploaded": _("上传了名册"),
    "organisation.roster_mapped": _("指明了名册各列的含义"),
    "organisation.roster_mended": _("更正了名册中的单元格"),
    "organisation.roster_discarded": _("放弃了名册导入，文件已删除"),
    "organisation.roster_applied": _("导入了名册，文件已删除"),
    "organisation.roster_exported": _("导出了名册"),
    "organisation.codes_exported": _("以表格导出了启用码，共 %(rows)s 人"),
    "organisation.duty_given": _("授予了职责身份"),
    "organisation.duty_ended": _("收回了职责身份，自 %(after)s 起"),
    "organisation.holidays_entered": _("录入了%(obj)s年放假安排"),
    "organisation.branch_set": _("编入%(after)s"),
    "organisation.branch_membership.deleted": _("移出了党支部"),
}
