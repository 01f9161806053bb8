"""The sentences of this app's trace entries."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "datasets.adopted": _("采用了%(obj)s"),
    "datasets.defined": _("新设了%(obj)s"),
    "datasets.columns_set": _("调整了%(obj)s的列"),
    "datasets.retired": _("停用了%(obj)s"),
    "datasets.resumed": _("恢复使用%(obj)s"),
    "datasets.keeper_set": _("%(obj)s由%(after)s保管"),
    "datasets.steps_mapped": _("对照了%(obj)s的环节"),
    "datasets.missing_let_be": _("说明了%(obj)s中不再更正的行"),
    "datasets.batch_uploaded": _("上传了%(obj)s"),
    "datasets.batch_mapped": _("指明了%(obj)s各列的含义"),
    "datasets.batch_applied": _("导入了%(obj)s"),
    "datasets.batch_begun": _("开始导入%(obj)s"),
    "datasets.batch_discarded": _("放弃了%(obj)s，文件已删除"),
    "datasets.batch_failed": _("%(obj)s没有导入"),
    "datasets.batch_withdrawing": _("开始撤回%(obj)s"),
    "datasets.batch_withdrawn": _("撤回了%(obj)s"),
    "datasets.record_entered": _("填写了一行记录"),
    "datasets.record_corrected": _("更正了一行记录"),
    "datasets.record_withdrawn": _("撤回了一行记录"),
}
