"""What happened to a document, in sentences for the trace."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "records.attached": _("上传了%(obj)s"),
    "records.frozen": _("定稿了%(obj)s"),
    "records.published": _("公示了%(obj)s，至 %(ends_on)s"),
    "records.objected": _("对%(obj)s提出了异议"),
    "records.answered": _("答复了对%(obj)s的异议"),
    "records.settled": _("办结了对%(obj)s的异议"),
    "records.notice_ended": _("%(obj)s公示期满"),
    "records.notice_withdrawn": _("撤回了%(obj)s的公示"),
    "records.filed": _("将%(obj)s报纪委备案，备案号 %(number)s"),
    "records.accepted": _("接受了%(obj)s的备案，回执号 %(receipt)s"),
    "records.returned": _("退回了%(obj)s的备案"),
    "records.filing_withdrawn": _("撤回了%(obj)s的备案"),
}
WITHHELD = {"records.objected"}
"""Who objected is known to the discipline commission only (S35)."""
