"""Dispose of a warning: the clerk explains, the head confirms, the discipline commission closes (S55, S69, S89)."""

from __future__ import annotations

from dataclasses import replace

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.alerts import chain, rules, turn_words, turns, wording
from qingqu.alerts.indicators import quiet_actions
from qingqu.alerts.models import Alert, Disposal
from qingqu.alerts.queries import SUBJECT
from qingqu.common.calendar import add_working_days
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.records import attachments
from qingqu.records.models import Attachment
from qingqu.risks.measures import MeasurePlan, add_measure
from qingqu.risks.models import Frequency, Phase, RiskPoint
from qingqu.trace.actions import record


def _locked(alert: Alert, state: str) -> Alert:
    alert = (
        Alert.objects.select_for_update(of=("self",))
        .select_related("unit", "rule", "risk_point__unit__responsible", "risk_point__unit__leader")
        .get(pk=alert.pk)
    )
    if alert.state != state:
        raise NotPossible(_("这条提示已到“%(state)s”，请刷新后再看") % {"state": turn_words.state_in_words(alert)})
    return alert


def _said(text: str) -> str:
    if len(text.strip()) < rules.NEEDS_TEXT:
        raise NotPossible(_("请写明情况，不少于 %(n)s 个字") % {"n": rules.NEEDS_TEXT})
    return text.strip()


@transaction.atomic
def explain(alert: Alert, *, text: str, by: User) -> Alert:
    """Explain a warning as the clerk; it then goes to the head."""
    alert, text = _locked(alert, Alert.State.EXPLAINING), _said(text)
    Disposal.objects.create(alert=alert, step=Disposal.Step.EXPLAINED, text=text, by=by)
    _to(alert, Alert.State.CONFIRMING)
    record("alerts.explained", alert, by=by)
    _tell(turns.next_of(alert), gettext_lazy("核查提示 %(number)s（%(title)s）已有说明，请确认"), alert, by)
    return alert


@transaction.atomic
def add_paper(alert: Alert, upload: UploadedFile, *, by: User) -> Attachment:
    """Add a paper to the explanation before that is sent, so that the head sees both.

    Raises NotPossible if no explanation is awaited or the file is not of an accepted kind.
    """
    alert = _locked(alert, Alert.State.EXPLAINING)
    return attachments.store(upload, subject_label=SUBJECT, subject_id=alert.pk, school=alert.school, by=by)


@transaction.atomic
def confirm(alert: Alert, *, opinion: str, text: str, by: User) -> Alert:
    """Confirm as the head, who compares explanation and papers; it then goes to the discipline commission.

    Raises NotPossible if he explained it himself.
    """
    alert, text = _locked(alert, Alert.State.CONFIRMING), _said(text)
    if alert.disposals.filter(step=Disposal.Step.EXPLAINED, by=by).exists():
        raise NotPossible(_("您已作说明，请由另一人确认"))
    if opinion not in (Alert.Result.DISPELLED, Alert.Result.CLERICAL, Alert.Result.FLAW):
        raise NotPossible(_("请选择一项意见"))
    Disposal.objects.create(alert=alert, step=Disposal.Step.CONFIRMED, opinion=opinion, text=text, by=by)
    _to(alert, Alert.State.CLOSING)
    record("alerts.confirmed", alert, by=by, details={"opinion": opinion})
    _tell(turns.next_of(alert), gettext_lazy("核查提示 %(number)s（%(title)s）待办结"), alert, by)
    return alert


@transaction.atomic
def send_back(alert: Alert, *, text: str, by: User) -> Alert:
    """Send a warning back to the clerk, from the head or the commission; what was said stays."""
    alert = Alert.objects.select_for_update(of=("self",)).select_related("unit").get(pk=alert.pk)
    if alert.state not in (Alert.State.CONFIRMING, Alert.State.CLOSING):
        raise NotPossible(_("现在不能退回"))
    Disposal.objects.create(alert=alert, step=Disposal.Step.SENT_BACK, text=_said(text), by=by)
    _to(alert, Alert.State.EXPLAINING)
    record("alerts.sent_back", alert, by=by, reason=text.strip())
    _tell(_clerks(alert), gettext_lazy("核查提示 %(number)s（%(title)s）请补充说明"), alert, by)
    return alert


@transaction.atomic
def close(
    alert: Alert,
    *,
    result: str,
    text: str,
    by: User,
    reference: str = "",
    quiet_days: int = 0,
    risk: RiskPoint | None = None,
) -> Alert:
    """Close a warning: dispelled, clerical error, procedural flaw, tendency, or handed over (its number only).

    Of what is handed over no word is kept: whom it concerns can read here.

    `risk` is the risk point to which it belongs, where that is another one than was found. A flaw or a tendency has
    one, unless there is none to choose (`chain.candidates`). A dispelled one counts
    against its rule's precision and may stay quiet for some days. A flaw or worse asks for its
    risk point to be rated anew: that stays among the to-dos of who rates it until he has (`queries.to_rate_anew`).
    """
    alert = _locked(alert, Alert.State.CLOSING)
    text = "" if result == Alert.Result.HANDED_OVER else _said(text)
    if result not in Alert.Result.values:
        raise NotPossible(_("请选择处理结果"))
    if result == Alert.Result.HANDED_OVER and not reference.strip():
        raise NotPossible(_("请填写移交编号，不写线索内容"))
    lacks = result in Alert.RECTIFIED and not (risk or alert.risk_point)
    if lacks and chain.candidates(alert, by).exists():
        raise NotPossible(_("请选择所涉风险点，由其评定人重新评定等级。"))
    Disposal.objects.create(
        alert=alert, step=Disposal.Step.CLOSED, opinion=result, text=text, reference=reference.strip(), by=by
    )
    alert.state, alert.result, alert.closed_at = Alert.State.CLOSED, result, timezone.now()
    alert.risk_point = risk or alert.risk_point
    alert.save(update_fields=["state", "result", "closed_at", "risk_point"])
    if result == Alert.Result.DISPELLED and quiet_days and alert.rule:
        quiet_actions.suppress_same(alert, days=quiet_days, reason=text, by=by)
    record("alerts.closed", alert, by=by, details={"result": result})
    if result in Alert.GRAVE and alert.risk_point:
        _concern(alert, alert.risk_point, by)
    return alert


def _concern(alert: Alert, risk: RiskPoint, by: User) -> None:
    """Note a flaw or worse in the risk point's history, by number alone, and ask for a new rating.

    The whole school reads that history, so dispelled warnings are not mentioned.
    """
    record("alerts.concerned", risk, by=by, details={"number": alert.number})
    rater = chain.rater_of(risk)
    if rater:
        tell(
            [rater],
            gettext_lazy("核查提示 %(number)s 已办结，请重新评定所涉风险点的等级"),
            reverse("risks:show", args=[risk.pk]),
            Message.Kind.TASK,
            sender=by,
            key=f"alert:{alert.pk}:rate",
            words={"number": alert.number},
        )


@transaction.atomic
def rectify(alert: Alert, risk: RiskPoint, plan: MeasurePlan, *, by: User) -> Alert:
    """Order rectification (整改): a measure of `risk`, done once by its day and reminded like any other.

    The warning belongs to that risk point from now on. Raises NotPossible where it is not closed, or ordered already.
    """
    alert = _locked(alert, Alert.State.CLOSED)
    if alert.rectification_id:
        raise NotPossible(_("已经布置整改"))
    if plan.due_on is None or plan.due_on < today():
        raise NotPossible(_("完成期限不能早于今天"))
    alert.rectification = add_measure(risk, replace(plan, phase=Phase.POST, frequency=Frequency.ONCE), by=by)
    if alert.risk_point_id != risk.pk:
        _concern(alert, risk, by)
    alert.risk_point = risk
    alert.save(update_fields=["rectification", "risk_point"])
    record("alerts.rectification_ordered", alert, by=by, details={"measure": plan.text})
    tell(
        [plan.owner],
        gettext_lazy("核查提示 %(number)s 已办结，请按期整改：%(text)s"),
        reverse("risks:do", args=[alert.rectification.pk]),
        Message.Kind.TASK,
        sender=by,
        key=f"alert:{alert.pk}:rectify",
        words={"number": alert.number, "text": plan.text[:200]},
    )
    return alert


@transaction.atomic
def reopen(alert: Alert, *, text: str, by: User) -> Alert:
    """Reopen a closed warning. Its deadline starts anew, and whoever explained it is told.

    Its finding is no longer kept quiet, if it was since it was closed.
    """
    alert, text = _locked(alert, Alert.State.CLOSED), _said(text)
    Disposal.objects.create(alert=alert, step=Disposal.Step.REOPENED, text=text, by=by)
    alert.result, alert.closed_at = "", None
    alert.due_on = add_working_days(today(), rules.WORKING_DAYS[alert.colour])
    alert.save(update_fields=["result", "closed_at", "due_on"])
    _to(alert, Alert.State.EXPLAINING)
    record("alerts.reopened", alert, by=by, reason=text)
    quiet_actions.lift_same(alert, reason=text, by=by)
    _tell(_clerks(alert), gettext_lazy("核查提示 %(number)s（%(title)s）重新核查，请再作说明"), alert, by)
    return alert


def _clerks(alert: Alert) -> list[User]:
    """Who explained it."""
    steps = alert.disposals.filter(step=Disposal.Step.EXPLAINED).select_related("by")
    return list({step.by.pk: step.by for step in steps if step.by}.values())


def _to(alert: Alert, state: str) -> None:
    alert.state = state
    alert.save(update_fields=["state"])


_title = lazy(wording.title, str)
"""What a warning is called, in the language of its reader."""


def _tell(people: list[User], text: str | Promise, alert: Alert, by: User) -> None:
    """Tell whoever's turn it is; several warnings on one day become one message that names them all."""
    url = reverse("alerts:show", args=[alert.pk])
    key = f"alert:{alert.pk}:{alert.state}"
    tell(
        people,
        text,
        url,
        Message.Kind.REMINDER,
        sender=by,
        key=key,
        words={"number": alert.number, "title": _title(alert)},
    )
