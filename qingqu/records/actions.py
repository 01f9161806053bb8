"""Freezing, publishing, objecting, filing: what is official from now on (S35, S36)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.calendar import add_working_days
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import said_day
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Appointment, Duty, Unit
from qingqu.organisation.numbering import next_number
from qingqu.organisation.queries import holders, staff_of
from qingqu.records import rules
from qingqu.records.models import Document, Filing, Notice, Objection, digest_of
from qingqu.trace.actions import record

SERIES = {
    Document.Kind.UNIT_LIST: "DWQD",
    Document.Kind.PERSONAL_LIST: "GRQD",
    Document.Kind.LEADERS_LIST: "LDQD",
    Document.Kind.PLAN: "SSFA",
}
LONGEST_NOTICE = 30
NO_OBJECTION = "公示期内无异议"
PREVENTED: dict[str, Promise] = {
    "already_filed": gettext_lazy("这份清单已经报送，正在等纪委办理"),
    "already_accepted": gettext_lazy("这份清单已经备案，变动请另走变更备案"),
    "superseded": gettext_lazy("已有新的一份清单定稿，请报送新的"),
    "not_published": gettext_lazy("这份清单还没有公示"),
    "withdrawn": gettext_lazy("公示已撤回，请修改后重新公示"),
    "objections": gettext_lazy("还有异议没有办结"),
    "changes_needed": gettext_lazy("异议办结意见是须修改，请撤回公示，修改后重新公示"),
}


@transaction.atomic
def freeze(
    *, kind: str, unit: Unit, year: int, title: str, content: Any, previous: Document | None = None, by: User
) -> Document:
    """Fix a paper with number and digest; from now on it does not change (S36). Later ones name it as `previous`."""
    if unit.school is None:
        raise NotPossible(_("文书须由学校的单位定稿"))
    number = next_number(unit.school, SERIES[Document.Kind(kind)], year)
    document = Document.objects.create(
        school=unit.school,
        unit=unit,
        kind=kind,
        year=year,
        number=number,
        title=title,
        content=content,
        digest=digest_of(number, title, content),
        previous=previous,
        frozen_at=timezone.now(),
        frozen_by=by,
    )
    record("records.frozen", document, by=by, details={"digest": document.digest})
    return document


@transaction.atomic
def publish(
    document: Document,
    *,
    scope: str = Notice.Scope.SCHOOL,
    working_days: int = 5,
    contact: str = "",
    by: User,
) -> Notice:
    """Show a frozen document inside the school for some working days, from the next working day on (S35)."""
    document = _locked(document)
    if not 1 <= working_days <= LONGEST_NOTICE:
        raise NotPossible(_("公示期为 1 至 %(most)d 个工作日") % {"most": LONGEST_NOTICE})
    if Notice.objects.filter(document=document).exists():
        raise NotPossible(_("这份文书已经公示过，请定稿新的一份"))
    day = today()
    notice = Notice.objects.create(
        document=document,
        scope=scope,
        working_days=working_days,
        starts_on=add_working_days(day, 1),
        ends_on=add_working_days(day, working_days),
        contact=contact,
        published_by=by,
    )
    record("records.published", document, by=by, after="open", details={"ends_on": notice.ends_on.isoformat()})
    said = gettext_lazy("%(title)s正在公示，至 %(ends_on)s，有异议请在页面提出")
    words = {"title": document.title, "ends_on": notice.ends_on}
    tell(_audience(notice), said, _address(document), Message.Kind.NEWS, sender=by, words=words)
    return notice


@transaction.atomic
def withdraw_notice(notice: Notice, *, reason: str, by: User) -> Notice:
    """Take a publication back, with the reason, before the list is filed; what changes is frozen and shown anew."""
    document, notice = _with_notice(notice)
    if not reason.strip():
        raise NotPossible(_("请写明撤回公示的理由"))
    if notice.state == Notice.State.WITHDRAWN:
        raise NotPossible(_("公示已经撤回"))
    if document.filings.filter(state__in=[Filing.State.FILED, Filing.State.ACCEPTED]).exists():
        raise NotPossible(_("已报送备案的清单不能撤回公示"))
    before, notice.state = notice.state, Notice.State.WITHDRAWN
    notice.ended_at, notice.conclusion = timezone.now(), reason.strip()[:200]
    notice.save(update_fields=["state", "ended_at", "conclusion"])
    record("records.notice_withdrawn", document, by=by, before=before, after=notice.state, reason=reason)
    return notice


@transaction.atomic
def end_notice(notice: Notice, *, by: User | None = None, day: date | None = None) -> Notice:
    """The last day of a publication is over: say how it ended (S35). The clock does it, or the filing itself."""
    document, notice = _with_notice(notice)
    if notice.state != Notice.State.OPEN:
        raise NotPossible(_("这次公示已经结束"))
    if (day or today()) <= notice.ends_on:
        raise NotPossible(_("公示期未满，至 %(day)s") % {"day": said_day(notice.ends_on)})
    notice.state, notice.ended_at, notice.conclusion = Notice.State.ENDED, timezone.now(), _conclusion(notice)
    notice.save(update_fields=["state", "ended_at", "conclusion"])
    record("records.notice_ended", document, by=by, before="open", after="ended", reason=notice.conclusion)
    if document.unit.responsible is not None:
        said = gettext_lazy("%(title)s公示期满，可以报纪委备案")
        _tell([document.unit.responsible], said, document, Message.Kind.TASK, by)
    return notice


@transaction.atomic
def object_to(notice: Notice, *, text: str, item: str = "", by: User) -> Objection:
    """Raise an objection during publication, to the whole or to one line of it (S35).

    Everybody may read the log, and who objected is known to the discipline commission only: the entry is nobody's.
    """
    document, notice = _with_notice(notice)
    if notice.state != Notice.State.OPEN or today() > notice.ends_on:
        raise NotPossible(_("公示期已过，请直接向纪委反映"))
    if not text.strip():
        raise NotPossible(_("请写明异议的内容"))
    objection = Objection.objects.create(
        notice=notice, item=item[:120], text=text.strip(), raised_by=by, raised_at=timezone.now()
    )
    record("records.objected", document, by=AnonymousUser(), after="open", details={"by": by.pk})
    head = document.unit.responsible
    _tell([head], gettext_lazy("对%(title)s有人提出异议，请答复"), document, Message.Kind.TASK, None)
    office = holders(document.school, Duty.Kind.DISCIPLINE, Duty.Kind.PARTY_OFFICE)
    others = [person for person in office if person != head]
    _tell(others, gettext_lazy("对%(title)s有人提出异议，由部门负责人答复"), document, Message.Kind.NEWS, None)
    return objection


@transaction.atomic
def answer(objection: Objection, *, text: str, by: User) -> Objection:
    """The unit's head answers an objection; a second answer replaces the first until it is settled (S35)."""
    document, objection = _with_objection(objection)
    if not text.strip():
        raise NotPossible(_("请写明答复"))
    before, objection.state = objection.state, Objection.State.ANSWERED
    objection.answer, objection.answered_by, objection.answered_at = text.strip(), by, timezone.now()
    objection.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    record("records.answered", document, by=by, before=before, after=objection.state)
    office = holders(document.school, Duty.Kind.DISCIPLINE, Duty.Kind.PARTY_OFFICE)
    settling = [person for person in office if person not in (by, objection.raised_by)]
    _tell(settling, gettext_lazy("对%(title)s的异议已答复，请办结"), document, Message.Kind.NEWS, by)
    _tell_objector(objection, gettext_lazy("您对%(title)s的异议已答复"), document, by)
    return objection


@transaction.atomic
def settle(objection: Objection, *, changes_needed: bool, by: User) -> Objection:
    """Close an answered objection; where changes are needed the list has to be shown anew before filing (S35)."""
    document, objection = _with_objection(objection)
    if objection.state != Objection.State.ANSWERED:
        raise NotPossible(_("请先由部门负责人答复"))
    if by.pk == objection.answered_by_id:
        raise NotPossible(_("答复人不能办结，请由他人办结"))
    objection.state, objection.changes_needed = Objection.State.SETTLED, changes_needed
    objection.settled_by, objection.settled_at = by, timezone.now()
    objection.save(update_fields=["state", "changes_needed", "settled_by", "settled_at"])
    notice = objection.notice
    if notice.state == Notice.State.ENDED:
        notice.conclusion = _conclusion(notice)
        notice.save(update_fields=["conclusion"])
    after = "changes_needed" if changes_needed else "settled"
    record("records.settled", document, by=by, before="answered", after=after)
    _tell_objector(objection, gettext_lazy("您对%(title)s的异议已办结"), document, by)
    return objection


@transaction.atomic
def file(document: Document, *, by: User, reason: str = "") -> Filing:
    """Hand a published list to the discipline commission for the record: number and frozen content (S36).

    A list that follows an accepted one is a change filing and needs the reason of the change. Raises NotPossible as
    long as the notice runs or an objection is open.
    """
    document = _locked(document)
    notice = Notice.objects.filter(document=document).first()
    if prevented := what_prevents_filing(document, notice):
        raise NotPossible(prevented)
    if not document.is_intact:
        raise NotPossible(_("文书与定稿时的摘要不一致，不能备案，请联系纪委核查"))
    is_change = _follows_accepted(document)
    if is_change and not reason.strip():
        raise NotPossible(_("变更备案请写明变更事由"))
    if notice is not None and notice.state == Notice.State.OPEN:
        end_notice(notice, by=by)
    filing = Filing.objects.create(
        document=document,
        kind=Filing.Kind.CHANGE if is_change else Filing.Kind.FIRST,
        number=next_number(document.school, "BA", document.year),
        reason=reason.strip()[:200],
        filed_by=by,
        filed_at=timezone.now(),
    )
    record("records.filed", document, by=by, after="filed", reason=reason, details={"number": filing.number})
    receiving = list(holders(document.school, Duty.Kind.DISCIPLINE))
    if document.unit.responsible in receiving:  # the commission's own list: the secretary takes it on record
        receiving = [person for person in receiving if person != document.unit.responsible]
        receiving += holders(document.school, Duty.Kind.SECRETARY)
    _tell(receiving, gettext_lazy("%(title)s已报备案，请接受或者退回"), document, Message.Kind.TASK, by)
    return filing


@transaction.atomic
def accept(filing: Filing, *, by: User, opinion: str = "") -> Filing:
    """The discipline commission takes a list on record and gives the receipt (S36)."""
    document, filing = _with_filing(filing)
    if by.pk == filing.filed_by_id:
        raise NotPossible(_("报送人不能接受自己报送的备案"))
    if not document.is_intact:
        raise NotPossible(_("文书与定稿时的摘要不一致，不能备案，请联系纪委核查"))
    filing.receipt_number = next_number(document.school, "HZ", document.year)
    _receive(filing, Filing.State.ACCEPTED, opinion, by)
    details = {"receipt": filing.receipt_number, "digest": document.digest}
    record("records.accepted", document, by=by, before="filed", after="accepted", reason=opinion, details=details)
    said = gettext_lazy("%(title)s已备案，可以打印回执")
    _tell([filing.filed_by, document.unit.responsible], said, document, Message.Kind.NEWS, by)
    return filing


@transaction.atomic
def return_(filing: Filing, *, by: User, opinion: str) -> Filing:
    """The discipline commission gives a list back, with the reason (S36)."""
    document, filing = _with_filing(filing)
    if not opinion.strip():
        raise NotPossible(_("请写明退回的理由"))
    _receive(filing, Filing.State.RETURNED, opinion, by)
    record("records.returned", document, by=by, before="filed", after="returned", reason=opinion)
    said = gettext_lazy("%(title)s的备案被退回，请查看理由")
    _tell([filing.filed_by, document.unit.responsible], said, document, Message.Kind.TASK, by)
    return filing


@transaction.atomic
def withdraw_filing(filing: Filing, *, by: User) -> Filing:
    """Take a filing back before the discipline commission has accepted it."""
    document, filing = _with_filing(filing)
    filing.state = Filing.State.WITHDRAWN
    filing.save(update_fields=["state"])
    record("records.filing_withdrawn", document, by=by, before="filed", after="withdrawn")
    return filing


def what_prevents_filing(document: Document, notice: Notice | None) -> str:
    """The sentence why `document` cannot be filed now; empty where it can. Three statements."""
    last = document.filings.order_by("-id").values_list("state", flat=True).first()
    objections = tuple(notice.objections.values_list("state", "changes_needed")) if notice else ()
    state, ends_on = (notice.state, notice.ends_on) if notice else (None, None)
    now = rules.Standing(state, ends_on, objections, last, _is_superseded(document))
    code = rules.what_prevents_filing(now, today())
    if code == "running" and notice is not None:
        return _("公示到 %(day)s为止，次日起可以备案") % {"day": said_day(notice.ends_on)}
    return str(PREVENTED[code]) if code else ""


def _locked(document: Document) -> Document:
    related = ("school", "unit__responsible", "previous")
    return Document.objects.select_for_update(of=("self",)).select_related(*related).get(pk=document.pk)


def _with_notice(notice: Notice) -> tuple[Document, Notice]:
    document = _locked(notice.document)
    return document, Notice.objects.select_for_update().get(pk=notice.pk)


def _with_objection(objection: Objection) -> tuple[Document, Objection]:
    document = _locked(objection.notice.document)
    rows = Objection.objects.select_for_update(of=("self",)).select_related("notice", "raised_by")
    objection = rows.get(pk=objection.pk)
    if objection.state == Objection.State.SETTLED:
        raise NotPossible(_("这件异议已经办结"))
    return document, objection


def _with_filing(filing: Filing) -> tuple[Document, Filing]:
    document = _locked(filing.document)
    filing = Filing.objects.select_for_update(of=("self",)).select_related("filed_by").get(pk=filing.pk)
    if filing.state != Filing.State.FILED:
        raise NotPossible(_("这次备案已经办结：%(state)s") % {"state": filing.get_state_display()})
    return document, filing


def _receive(filing: Filing, state: str, opinion: str, by: User) -> None:
    filing.state, filing.opinion = state, opinion.strip()[:300]
    filing.received_by, filing.received_at = by, timezone.now()
    filing.save(update_fields=["state", "opinion", "received_by", "received_at", "receipt_number"])


def _follows_accepted(document: Document) -> bool:
    """Whether an earlier list of this line is on record."""
    return Filing.objects.filter(
        document__unit=document.unit_id,
        document__kind=document.kind,
        document__year=document.year,
        document_id__lt=document.pk,
        state=Filing.State.ACCEPTED,
    ).exists()


def _is_superseded(document: Document) -> bool:
    """Whether a newer list of the same unit, kind and year has been frozen."""
    line = {"unit": document.unit_id, "kind": document.kind, "year": document.year}
    return Document.objects.filter(**line, pk__gt=document.pk).exists()


def _conclusion(notice: Notice) -> str:
    states = list(notice.objections.values_list("state", flat=True))
    if not states:
        return NO_OBJECTION
    waiting = sum(state != Objection.State.SETTLED for state in states)
    if waiting:
        return f"公示期内收到异议 {len(states)} 件，尚有 {waiting} 件未办结"
    return f"公示期内收到异议 {len(states)} 件，均已办结"


def _audience(notice: Notice) -> Iterable[User]:
    """Who is told of a publication: the others of the unit, or of the school."""
    document = notice.document
    staff = staff_of(document.school).exclude(pk=notice.published_by_id)
    if notice.scope == Notice.Scope.SCHOOL:
        return staff
    held = Appointment.objects.on(today()).filter(post__unit=document.unit).values("person_id")
    return staff.filter(pk__in=held)


def _address(document: Document) -> str:
    return reverse("records:show", args=[document.pk])


def _tell_objector(objection: Objection, text: Any, document: Document, by: User) -> None:
    """Who objected is led to his objection, which he may read when the list is no longer on show."""
    if objection.raised_by_id != by.pk:
        there = reverse("records:objection", args=[objection.pk])
        tell(objection.raised_by, text, there, Message.Kind.NEWS, sender=by, words={"title": document.title})


def _tell(people: Iterable[User | None], text: Any, document: Document, kind: str, by: User | None) -> None:
    found = {person.pk: person for person in people if person is not None and (by is None or person.pk != by.pk)}
    tell(found.values(), text, _address(document), kind, sender=by, words={"title": document.title})
