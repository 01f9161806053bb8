"""What the trace says about reviews, in sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "reviews.opened": _("发起了%(obj)s"),
    "reviews.turned": _("转到下一环节：%(obj)s"),
    "reviews.approved": _("通过了%(obj)s"),
    "reviews.returned": _("退回了%(obj)s"),
    "reviews.voided": _("%(obj)s作废"),
    "reviews.reassigned": _("把%(obj)s由%(before)s改派给%(after)s"),
}
