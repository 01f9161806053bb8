"""What the entries of this app say in a sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "notifications.read": _("阅读了%(obj)s"),
    "notifications.all_read": _("阅读了全部消息，共 %(count)s 条"),
}
