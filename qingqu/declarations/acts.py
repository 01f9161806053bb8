"""What the acts on forms say in the history."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "declarations.started": _("开始填写%(obj)s，预填 %(prefilled)s 条"),
    "declarations.post_added": _("在%(obj)s中加入新任岗位%(after)s，预填 %(prefilled)s 条"),
    "declarations.saved": _("保存了%(obj)s"),
    "declarations.taken_over": _("接手填写%(obj)s，原填报人%(before)s"),
    "declarations.submitted": _("报送%(obj)s，编号 %(number)s，填写用时 %(minutes)s 分钟"),
    "declarations.handed": _("留存了报送时的%(obj)s"),
    "declarations.withdrawn": _("撤回了%(obj)s"),
    "declarations.returned": _("退回了%(obj)s"),
    "declarations.approved": _("审核通过了%(obj)s"),
}
