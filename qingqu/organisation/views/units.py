"""The tree, a unit, its posts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.organisation import access, actions, forms, page_queries
from qingqu.organisation.models import Duty, Post, Unit
from qingqu.organisation.queries import standing


def school_of(user: User) -> Unit:
    """The school in which the reader stands, or 404."""
    school = standing(user).school
    if school is None:
        raise Http404
    return school


def _unit(request: SignedIn, pk: int) -> Unit:
    units = Unit.objects.visible_to(request.user).select_related("responsible", "leader", "parent", "school")
    return get_object_or_404(units, pk=pk)


def _post(request: SignedIn, pk: int) -> Post:
    return get_object_or_404(Post.objects.visible_to(request.user).select_related("unit__school"), pk=pk)


def _to_unit(unit: Unit) -> str:
    return reverse("organisation:unit", args=[unit.pk])


def above_unit(unit: Unit | None = None) -> list[tuple[str, str]]:
    """The pages above a form about a unit, or about the units."""
    return [(_("组织与人员"), reverse("organisation:home")), *([(str(unit), _to_unit(unit))] if unit else [])]


@login_required
def home(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    nodes = page_queries.tree(school)
    return render(
        request,
        "organisation/home.html",
        {
            "school": school,
            "nodes": [node for node in nodes if node.unit.kind != Unit.Kind.BRANCH],
            "branches": [node for node in nodes if node.unit.kind == Unit.Kind.BRANCH],
            "retired": page_queries.tree(school, retired=True),
            "can_manage": access.can_manage(request.user, school),
        },
    )


@login_required
def unit(request: SignedIn, pk: int) -> HttpResponse:
    found = _unit(request, pk)
    is_branch = found.kind == Unit.Kind.BRANCH
    return render(
        request,
        "organisation/unit.html",
        {
            "unit": found,
            "posts": [] if is_branch else page_queries.posts_in(found),
            "members": page_queries.members_of(found) if is_branch else [],
            "is_branch": is_branch,
            "can_manage": access.can_manage(request.user, found.school),
            "can_write": access.can_write_duties(request.user, found),
        },
    )


@login_required
def unit_new(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    require(access.can_manage(request.user, school))
    form = forms.NewUnitForm(request.POST or None, school=school, initial={"parent": request.GET.get("parent")})
    return form_page(
        request,
        form,
        lambda data: actions.create_unit(**data, by=request.user),
        title=_("新设哪个单位？"),
        label=_("新设"),
        back=reverse("organisation:home"),
        above=above_unit(),
        to=_to_unit,
    )


@login_required
def unit_edit(request: SignedIn, pk: int) -> HttpResponse:
    found = _unit(request, pk)
    require(access.can_manage(request.user, found.school))
    initial = {name: getattr(found, name) for name in ("name", "short_name", "code", "order")}
    return form_page(
        request,
        forms.UnitForm(request.POST or None, initial=initial),
        lambda data: actions.edit_unit(found, **data, by=request.user),
        title=_("“%(unit)s”改为什么名称？") % {"unit": found},
        label=_("保存"),
        back=_to_unit(found),
        above=above_unit(found),
        sub=_("以前的文书保留原名称。"),
    )


@login_required
def unit_charge(request: SignedIn, pk: int) -> HttpResponse:
    found = _unit(request, pk)
    require(access.can_manage(request.user, found.school))
    initial = {"responsible": found.responsible_id, "leader": found.leader_id}
    form = forms.ChargeForm(request.POST or None, school=school_of(request.user), initial=initial)

    def act(data: dict[str, User | None]) -> None:
        actions.put_in_charge(found, responsible=data["responsible"], leader=data["leader"], by=request.user)

    return form_page(
        request,
        form,
        act,
        title=_("谁负责“%(unit)s”？") % {"unit": found},
        label=_("保存"),
        back=_to_unit(found),
        above=above_unit(found),
    )


@login_required
def division(request: SignedIn) -> HttpResponse:
    """Who holds which duty, who answers for each department: one page for the whole school."""
    school = school_of(request.user)
    require(access.can_manage(request.user, school))
    found = page_queries.division(school)
    may_give = access.can_give_duty(request.user, school)
    found.probable = [each for each in found.probable if may_give and each[0].pk != request.user.pk]
    form = forms.DivisionForm(request.POST or None, division=found)
    held = [(str(Duty.Kind(kind).label), found.held.get(kind, [])) for kind in Duty.Kind]
    return form_page(
        request,
        form,
        lambda _data: actions.divide(school, form.charges(), form.given(), by=request.user),
        title=_("谁负责什么？"),
        sub=_("第一责任人审核本部门的登记表，分管领导接着审核；职责身份决定能查看和办理什么。"),
        label=_("保存"),
        done=_("职责分工已保存"),
        back=reverse("organisation:home"),
        template="organisation/division.html",
        context={"held": held, "may_give": may_give},
    )


@login_required
def unit_duties(request: SignedIn, pk: int) -> HttpResponse:
    found = _unit(request, pk)
    require(access.can_write_duties(request.user, found))
    return form_page(
        request,
        forms.DutiesForm(request.POST or None, initial={"duties": found.duties}),
        lambda data: actions.set_unit_duties(found, data["duties"], by=request.user),
        title=_("“%(unit)s”承担哪些职责？") % {"unit": found},
        label=_("保存"),
        back=_to_unit(found),
        above=above_unit(found),
    )


@require_POST
@login_required
def unit_retire(request: SignedIn, pk: int) -> HttpResponse:
    found = _unit(request, pk)
    require(access.can_manage(request.user, found.school))
    actions.retire_unit(found, by=request.user)
    messages.success(request, _("“%(unit)s”已停用") % {"unit": found})
    return redirect("organisation:home")


@require_POST
@login_required
def unit_restore(request: SignedIn, pk: int) -> HttpResponse:
    found = _unit(request, pk)
    require(access.can_manage(request.user, found.school))
    actions.restore_unit(found, by=request.user)
    return redirect(_to_unit(found))


@login_required
def post_new(request: SignedIn, pk: int) -> HttpResponse:
    found = _unit(request, pk)
    require(access.can_manage(request.user, found.school))
    return form_page(
        request,
        forms.PostForm(request.POST or None),
        lambda data: actions.create_post(found, **data, by=request.user),
        title=_("“%(unit)s”新设哪个岗位？") % {"unit": found},
        label=_("新设"),
        back=_to_unit(found),
        above=above_unit(found),
    )


@login_required
def post(request: SignedIn, pk: int) -> HttpResponse:
    found = _post(request, pk)
    return render(
        request,
        "organisation/post.html",
        {
            "post": found,
            "appointments": page_queries.holders_ever(found),
            "can_edit": access.can_edit_post(request.user, found),
            "can_manage": access.can_manage(request.user, found.unit.school),
            "can_mark": access.can_mark_key(request.user, found),
        },
    )


@login_required
def post_edit(request: SignedIn, pk: int) -> HttpResponse:
    found = _post(request, pk)
    require(access.can_edit_post(request.user, found))
    initial = {name: getattr(found, name) for name in ("name", "tier", "template_code", "duties", "authority")}
    form = forms.PostForm(request.POST or None, initial=initial)
    if not access.can_manage(request.user, found.unit.school):
        for name in ("name", "tier", "template_code"):  # the head writes the texts, the party office the rest
            form.fields[name].disabled = True
    return form_page(
        request,
        form,
        lambda data: actions.edit_post(found, **data, by=request.user),
        title=_("“%(post)s”做什么、能决定什么？") % {"post": found},
        label=_("保存"),
        back=reverse("organisation:post", args=[found.pk]),
        above=[*above_unit(found.unit), (found.name, reverse("organisation:post", args=[found.pk]))],
    )


@require_POST
@login_required
def post_mark(request: SignedIn, pk: int) -> HttpResponse:
    found = _post(request, pk)
    require(access.can_mark_key(request.user, found))
    actions.mark_key_post(found, request.POST.get("key") == "1", by=request.user)
    return redirect("organisation:post", pk)


@require_POST
@login_required
def post_retire(request: SignedIn, pk: int) -> HttpResponse:
    found = _post(request, pk)
    require(access.can_manage(request.user, found.unit.school))
    actions.retire_post(found, by=request.user)
    messages.success(request, _("“%(post)s”已停用") % {"post": found})
    return redirect(_to_unit(found.unit))


@require_POST
@login_required
def post_restore(request: SignedIn, pk: int) -> HttpResponse:
    found = _post(request, pk)
    require(access.can_manage(request.user, found.unit.school))
    actions.restore_post(found, by=request.user)
    return redirect("organisation:post", pk)
