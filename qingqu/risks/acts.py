"""What happened to a risk point, in sentences for the trace."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "risks.entered": _("登记了%(obj)s"),
    "risks.continued": _("在新的登记表中沿用了%(obj)s"),
    "risks.changed": _("修改了%(obj)s：%(fields)s"),
    "risks.rated": _("评定了%(obj)s，%(before)s 级 → %(after)s 级"),
    "risks.proposed": _("提出将%(obj)s定为 %(proposed)s 级，规则为 %(computed)s 级"),
    "risks.agreed": _("作为第二人同意%(obj)s定为 %(after)s 级"),
    "risks.not_agreed": _("作为第二人不同意%(obj)s定为 %(before)s 级"),
    "risks.closed": _("将%(obj)s销号"),
    "risks.measure_added": _("为%(obj)s增加了措施：%(measure)s"),
    "risks.measure_changed": _("修改了%(obj)s的措施：%(measure)s"),
    "risks.measure_stopped": _("停止了%(obj)s的措施：%(measure)s"),
    "risks.measure_done": _("登记了%(obj)s的措施执行：%(measure)s"),
    "risks.measure_undone": _("撤销了当天登记的%(obj)s措施执行：%(measure)s"),
    "risks.measure_overdue": _("%(obj)s有措施逾期未执行，已提醒责任人"),
    "risks.judged": _("检查评价了%(obj)s，残余等级为 %(after)s 级"),
    "risks.listed": _("将%(obj)s列入定稿清单 %(number)s"),
}
