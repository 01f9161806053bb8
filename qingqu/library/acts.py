"""What the acts on the starter library say in the history."""

from django.utils.translation import gettext_lazy as _

ACTS = {"library.adopted": _("从起步库采用了“%(name)s”")}
