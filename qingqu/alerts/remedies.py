"""Where what the work of prevention itself calls attention to is put right: the page that its prompt leads to."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qingqu.alerts.models import Alert
from qingqu.organisation.models import Appointment
from qingqu.records.models import Objection


@dataclass(frozen=True, slots=True)
class Remedy:
    """A page, and what one finds there."""

    url: str
    label: str


def remedy_of(alert: Alert) -> Remedy | None:
    """Where to act so that the prompt lapses; None for prompts about records and where the thing is gone."""
    match alert.signal:
        case "measure" if alert.risk_point_id:
            return Remedy(reverse("risks:show", args=[alert.risk_point_id]), str(_("查看风险点的措施")))
        case "form":
            return Remedy(reverse("declarations:progress"), str(_("查看登记进度")))
        case "objection":
            document = Objection.objects.filter(pk=alert.key[0]).values_list("notice__document", flat=True).first()
            return Remedy(reverse("records:show", args=[document]), str(_("查看异议"))) if document else None
        case Alert.ROTATION:
            post = Appointment.objects.filter(pk=alert.term or 0).values_list("post", flat=True).first()
            return Remedy(reverse("organisation:post", args=[post]), str(_("查看岗位"))) if post else None
        case "basis":
            return Remedy(f"{reverse('powers:list')}?unit={alert.unit_id}&unsure=1", str(_("查看权力事项")))
    return None
