"""What the acts on powers and regulations say in the history."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "powers.created": _("建立了%(obj)s"),
    "powers.updated": _("修改了%(obj)s"),
    "powers.bases_changed": _("修改了%(obj)s的权力依据"),
    "powers.steps_changed": _("调整了%(obj)s的办事流程：%(after)s"),
    "powers.holders_changed": _("将%(obj)s的行使岗位改为%(after)s"),
    "powers.basis_confirmed": _("核对了%(obj)s依据的文号：%(after)s"),
    "powers.key_marked": _("将%(obj)s标为重点领域"),
    "powers.key_unmarked": _("取消了%(obj)s的重点领域标记"),
    "powers.key_step_marked": _("将%(obj)s的“%(step)s”标为关键环节"),
    "powers.key_step_unmarked": _("取消了%(obj)s“%(step)s”的关键环节标记"),
    "powers.put_in_force": _("启用了%(obj)s"),
    "powers.retired": _("停用了%(obj)s"),
    "powers.restored": _("恢复了%(obj)s"),
    "powers.regulation_created": _("登记了%(obj)s"),
    "powers.regulation_updated": _("修改了%(obj)s"),
}
