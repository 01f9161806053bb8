"""The people, one person, and what he holds."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.accounts.queries import newest_code
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.common.paging import paginate
from qingqu.organisation import access, actions, codes, forms, page_queries, queries
from qingqu.organisation.models import Appointment, Duty, Tier
from qingqu.organisation.views.units import school_of


def _person(request: SignedIn, pk: int) -> User:
    return get_object_or_404(page_queries.people_visible_to(request.user), pk=pk)


def _to_person(person: User) -> str:
    return reverse("organisation:person", args=[person.pk])


def above_person(person: User | None = None) -> list[tuple[str, str]]:
    """The pages above a form about a person, or about the people."""
    return [(_("人员名单"), reverse("organisation:people")), *([(person.name, _to_person(person))] if person else [])]


@login_required
def people(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    wish = forms.PeopleFilter(request.GET)
    wanted: dict[str, Any] = wish.cleaned_data if wish.is_valid() else {}
    rows = page_queries.people_of(
        school, text=wanted.get("q", ""), unit=wanted.get("unit"), tier=wanted.get("tier", "")
    )
    return render(
        request,
        "organisation/people.html",
        {
            "page": paginate(request, rows),
            "wanted": wanted,
            "departments": queries.departments_of(school),
            "tiers": Tier.choices,
            "can_manage": access.can_manage(request.user, school),
        },
    )


@login_required
def person(request: SignedIn, pk: int) -> HttpResponse:
    found = _person(request, pk)
    school = school_of(request.user)
    return render(
        request,
        "organisation/person.html",
        {
            "shown": page_queries.person_page(found, school),
            "person": found,
            "can_manage": access.can_manage(request.user, school),
            "can_give_duty": access.can_give_duty(request.user, school, found),
            "can_issue_code": codes.chosen(school, [found.pk]).exists()
            and access.can_issue_code(request.user, school, found, queries.duty_schools([found]).get(found.pk, ())),
            "since": newest_code(),
            "can_see_phone": access.can_see_phone(request.user, found, school),
        },
    )


@login_required
def person_new(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    require(access.can_manage(request.user, school))

    @transaction.atomic
    def act(data: dict[str, Any]) -> User:
        arrived = data["joined_on"] or data["started_on"]
        added = actions.add_person(
            name=data["name"], number=data["number"], phone=data["phone"], joined_on=arrived, by=request.user
        )
        actions.appoint(added, data["post"], started_on=data["started_on"], is_main=data["is_main"], by=request.user)
        return added

    return form_page(
        request,
        forms.NewPersonForm(request.POST or None, school=school, initial={"post": request.GET.get("post")}),
        act,
        title=_("谁到校任职？"),
        label=_("录入"),
        back=reverse("organisation:people"),
        above=above_person(),
        sub=_("录入后即列入应报名单。多人一起录入，请用名册导入。"),
        to=_to_person,
    )


@login_required
def person_edit(request: SignedIn, pk: int) -> HttpResponse:
    found = _person(request, pk)
    require(access.can_manage(request.user, school_of(request.user)))
    initial = {name: getattr(found, name) for name in ("name", "number", "phone", "joined_on")}
    return form_page(
        request,
        forms.PersonForm(request.POST or None, initial=initial),
        lambda data: actions.change_person(found, **data, by=request.user),
        title=_("更正“%(person)s”的哪些信息？") % {"person": found},
        label=_("保存"),
        back=_to_person(found),
        above=above_person(found),
    )


@login_required
def appoint(request: SignedIn, pk: int) -> HttpResponse:
    found = _person(request, pk)
    school = school_of(request.user)
    require(access.can_manage(request.user, school))
    return form_page(
        request,
        forms.AppointForm(request.POST or None, school=school),
        lambda data: actions.appoint(found, data.pop("post"), **data, by=request.user),
        title=_("“%(person)s”担任哪个岗位？") % {"person": found},
        label=_("任职"),
        back=_to_person(found),
        above=above_person(found),
        sub=_("可以同时担任几个岗位。"),
    )


def _appointment(request: SignedIn, pk: int) -> Appointment:
    school = school_of(request.user)
    held = Appointment.objects.filter(post__unit__school=school).select_related("post__unit", "person")
    return get_object_or_404(held, pk=pk)


@login_required
def change_post(request: SignedIn, pk: int) -> HttpResponse:
    held = _appointment(request, pk)
    school = school_of(request.user)
    require(access.can_manage(request.user, school))
    return form_page(
        request,
        forms.ChangePostForm(request.POST or None, school=school),
        lambda data: actions.change_post(held, data.pop("post"), **data, by=request.user),
        title=_("“%(person)s”从“%(post)s”调到哪个岗位？") % {"person": held.person, "post": held.post},
        label=_("调岗"),
        back=_to_person(held.person),
        above=above_person(held.person),
    )


@login_required
def end_appointment(request: SignedIn, pk: int) -> HttpResponse:
    held = _appointment(request, pk)
    require(access.can_manage(request.user, school_of(request.user)))
    return form_page(
        request,
        forms.EndForm(request.POST or None),
        lambda data: actions.end_appointment(held, **data, by=request.user),
        title=_("“%(person)s”何时不再担任“%(post)s”？") % {"person": held.person, "post": held.post},
        label=_("办理离任"),
        back=_to_person(held.person),
        above=above_person(held.person),
    )


@login_required
def give_duty(request: SignedIn, pk: int) -> HttpResponse:
    found = _person(request, pk)
    school = school_of(request.user)
    require(access.can_give_duty(request.user, school, found))
    return form_page(
        request,
        forms.DutyForm(request.POST or None),
        lambda data: actions.give_duty(school, found, **data, by=request.user),
        title=_("授予“%(person)s”哪个职责身份？") % {"person": found},
        label=_("授予"),
        back=_to_person(found),
        above=above_person(found),
        sub=_("职责身份决定能查看和办理什么，授予与收回都留痕。"),
    )


@login_required
def end_duty(request: SignedIn, pk: int) -> HttpResponse:
    school = school_of(request.user)
    duty = get_object_or_404(Duty.objects.filter(school=school).select_related("person"), pk=pk)
    require(access.can_give_duty(request.user, school, duty.person))
    return form_page(
        request,
        forms.EndForm(request.POST or None),
        lambda data: actions.end_duty(duty, **data, by=request.user),
        title=_("“%(person)s”何时不再担任“%(duty)s”？") % {"person": duty.person, "duty": duty.get_kind_display()},
        label=_("收回"),
        back=_to_person(duty.person),
        above=above_person(duty.person),
    )


@login_required
def set_branch(request: SignedIn, pk: int) -> HttpResponse:
    found = _person(request, pk)
    school = school_of(request.user)
    require(access.can_manage(request.user, school))
    branch = page_queries.person_page(found, school).branch
    return form_page(
        request,
        forms.BranchForm(request.POST or None, school=school, initial={"branch": branch}),
        lambda data: actions.set_branch(found, data["branch"], by=request.user),
        title=_("“%(person)s”在哪个党支部？") % {"person": found},
        label=_("保存"),
        back=_to_person(found),
        above=above_person(found),
    )
