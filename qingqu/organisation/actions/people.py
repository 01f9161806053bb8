"""Acts on who holds what: appointments, duties, party branches (S8, S17–S21)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import said_day
from qingqu.common.text import neat
from qingqu.organisation import rules
from qingqu.organisation.models import Appointment, AppointmentQuerySet, BranchMembership, Duty, Post, Unit
from qingqu.trace.actions import record, write


@transaction.atomic
def add_person(
    *, name: str, by: User | None, number: str = "", phone: str = "", joined_on: date | None = None, username: str = ""
) -> User:
    """Enter a member of staff; he signs in for the first time with an activation code.

    Without a sign-in name the staff number becomes it. Raises NotPossible where that is taken.
    """
    number, username = neat(number), neat(username or number)
    if not username:
        raise NotPossible(_("请填写工号或登录名"))
    if User.objects.filter(username=username).exists():
        raise NotPossible(_("登录名“%(username)s”已有人使用") % {"username": username})
    person = User(username=username, name=neat(name), number=number, phone=neat(phone), joined_on=joined_on)
    person.set_unusable_password()
    person.save()
    record("organisation.person_added", person, by=by, after=person.name)
    return person


@transaction.atomic
def note_codes_export(school: Unit, rows: int, *, by: User) -> None:
    """Leave the trace that activation codes, just shown, were also taken as a table."""
    write("organisation.codes_exported", school, by=by, details={"rows": rows})


@transaction.atomic
def change_person(person: User, *, name: str, number: str, phone: str, joined_on: date | None, by: User | None) -> User:
    """Correct the name, staff number, phone or day of arrival of a member of staff."""
    person = User.objects.select_for_update().get(pk=person.pk)
    before = person.name
    person.name, person.number, person.phone, person.joined_on = neat(name), neat(number), neat(phone), joined_on
    person.save(update_fields=["name", "number", "phone", "joined_on"])
    record("organisation.person_changed", person, by=by, before=before, after=person.name)
    return person


@transaction.atomic
def appoint(person: User, post: Post, *, started_on: date, by: User | None, is_main: bool = True) -> Appointment:
    """Let a person hold a post from a day on; several posts at once are usual (S8).

    Raises NotPossible for a post out of use or one that he holds already.
    """
    User.objects.select_for_update().get(pk=person.pk)
    post = Post.objects.select_related("unit").get(pk=post.pk)
    if not post.is_active:
        raise NotPossible(_("“%(post)s”已停用") % {"post": post})
    still_open = Appointment.objects.filter(person=person, post=post).filter(
        Q(ended_on=None) | Q(ended_on__gt=started_on)
    )
    if still_open.exists():
        raise NotPossible(_("%(person)s 已在“%(post)s”任职") % {"person": person, "post": post})
    if is_main:
        Appointment.objects.filter(person=person, ended_on=None, is_main=True).update(is_main=False)
    appointment = Appointment.objects.create(person=person, post=post, started_on=started_on, is_main=is_main)
    record("organisation.appointed", appointment, by=by, after=post.name)
    return appointment


@transaction.atomic
def end_appointment(appointment: Appointment, *, ended_on: date, by: User | None, reason: str = "") -> Appointment:
    """Let a person leave a post; `ended_on` is the first day on which he no longer holds it.

    Raises NotPossible where it ended before, or where he answers for a unit and holds no other post in the school.
    """
    appointment = _locked(appointment)
    _check_end(appointment, ended_on)
    if not _other_posts(appointment, ended_on).exists():
        _answers_for_nothing(appointment)
    return _end(appointment, ended_on, by, reason)


def _locked(appointment: Appointment) -> Appointment:
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("post__unit", "person")
        .get(pk=appointment.pk)
    )


def _check_end(appointment: Appointment, ended_on: date) -> None:
    if appointment.ended_on is not None:
        raise NotPossible(_("这项任职已于 %(day)s 结束") % {"day": said_day(appointment.ended_on)})
    if ended_on < appointment.started_on:
        raise NotPossible(_("离任日期不能早于任职日期 %(day)s") % {"day": said_day(appointment.started_on)})


def _other_posts(appointment: Appointment, day: date) -> AppointmentQuerySet:
    school = appointment.post.unit.school_id
    others = Appointment.objects.on(day).filter(person=appointment.person, post__unit__school=school)
    return others.exclude(pk=appointment.pk)


def _answers_for_nothing(appointment: Appointment) -> None:
    unit = (
        Unit.objects.active()
        .filter(
            Q(responsible=appointment.person) | Q(leader=appointment.person), school=appointment.post.unit.school_id
        )
        .first()
    )
    if unit:
        raise NotPossible(
            _("%(person)s 还是“%(unit)s”的第一责任人或分管领导，请先改由他人担任")
            % {"person": appointment.person, "unit": unit}
        )


def _end(appointment: Appointment, ended_on: date, by: User | None, reason: str) -> Appointment:
    appointment.ended_on = ended_on
    appointment.save(update_fields=["ended_on"])
    record("organisation.appointment_ended", appointment, by=by, after=ended_on.isoformat(), reason=reason)
    return appointment


@transaction.atomic
def change_post(appointment: Appointment, post: Post, *, on: date, by: User | None, reason: str = "") -> Appointment:
    """Move a person from one post to another on a day; the new post is to be examined anew (S15).

    Returns the new appointment.
    """
    appointment = _locked(appointment)
    if appointment.post_id == post.pk:
        raise NotPossible(_("新岗位与现岗位相同"))
    _check_end(appointment, on)
    if post.unit.school_id != appointment.post.unit.school_id:
        _answers_for_nothing(appointment)
    _end(appointment, on, by, reason)
    return appoint(appointment.person, post, started_on=on, is_main=appointment.is_main, by=by)


@transaction.atomic
def give_duty(school: Unit, person: User, kind: str, *, started_on: date, by: User | None) -> Duty:
    """Give a person a duty that opens doors, such as party office or discipline commission.

    Raises NotPossible where he holds it, or where it may not go together with what he holds (三员分立, S5.2).
    """
    User.objects.select_for_update().get(pk=person.pk)
    held = Duty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=started_on), school=school, person=person)
    kinds = list(held.values_list("kind", flat=True))
    if kind in kinds:
        raise NotPossible(_("%(person)s 已是“%(duty)s”") % {"person": person, "duty": Duty.Kind(kind).label})
    if clash := rules.clashing_duty(kind, kinds):
        raise NotPossible(
            _("“%(duty)s”与“%(other)s”不能由同一人担任")
            % {"duty": Duty.Kind(kind).label, "other": Duty.Kind(clash).label}
        )
    duty = Duty.objects.create(school=school, person=person, kind=kind, started_on=started_on)
    record("organisation.duty_given", duty, by=by, after=kind)
    return duty


@transaction.atomic
def end_duty(duty: Duty, *, ended_on: date, by: User | None, reason: str = "") -> Duty:
    """Take a duty back from a day on.

    Raises NotPossible for the last party office or discipline commission of a school.
    """
    duty = Duty.objects.select_for_update(of=("self",)).select_related("person").get(pk=duty.pk)
    if duty.ended_on is not None:
        raise NotPossible(_("这项职责身份已于 %(day)s 结束") % {"day": said_day(duty.ended_on)})
    if ended_on < duty.started_on:
        raise NotPossible(_("结束日期不能早于开始日期 %(day)s") % {"day": said_day(duty.started_on)})
    others = Duty.objects.filter(school=duty.school_id, kind=duty.kind, ended_on=None).exclude(pk=duty.pk)
    if duty.kind in rules.KEPT and not others.exists():
        raise NotPossible(_("学校须有人担任“%(duty)s”，请先指定接任者") % {"duty": duty.get_kind_display()})
    duty.ended_on = ended_on
    duty.save(update_fields=["ended_on"])
    record("organisation.duty_ended", duty, by=by, after=ended_on.isoformat(), reason=reason)
    return duty


@transaction.atomic
def set_branch(person: User, branch: Unit | None, *, by: User | None) -> BranchMembership | None:
    """Enter the party branch to which a person belongs, or that he belongs to none (S17)."""
    membership = BranchMembership.objects.select_for_update().filter(person=person).first()
    if branch is None:
        if membership is not None:
            record("organisation.branch_membership.deleted", membership, by=by)
            membership.delete()
        return None
    if branch.kind != Unit.Kind.BRANCH or not branch.is_active:
        raise NotPossible(_("“%(unit)s”不是在用的党支部") % {"unit": branch})
    if membership is None:
        membership = BranchMembership(person=person)
    membership.branch = branch
    membership.save()
    record("organisation.branch_set", membership, by=by, after=branch.name)
    return membership
