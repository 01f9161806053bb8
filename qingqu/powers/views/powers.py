"""Pages and acts of a power."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.htmx import render_piece
from qingqu.common.paging import paginate
from qingqu.common.text import number_in
from qingqu.powers import access, actions, queries
from qingqu.powers.forms import ConfirmBasisForm, PowerForm
from qingqu.powers.models import Basis, Power, Step
from qingqu.powers.queries import Asked


def asked_of(request: HttpRequest) -> Asked:
    """What the address's query filters by; what it does not know is left out."""
    said = request.GET
    state = said.get("state", Power.State.IN_FORCE)
    return Asked(
        text=said.get("q", "").strip()[:60],
        unit=number_in(said.get("unit", "")),
        domain=said.get("domain", ""),
        kind=said.get("kind", "") if said.get("kind") in Power.Kind.values else "",
        three_major=said.get("three_major", "") if said.get("three_major") in Power.ThreeMajor.values else "",
        state=state if state in Power.State.values else "",
        unsure=said.get("unsure") == "1",
        key=said.get("key") == "1",
    )


@login_required
def power_list(request: SignedIn) -> HttpResponse:
    user = request.user
    asked, counted = asked_of(request), queries.states(user)
    context = {
        "page": paginate(request, queries.powers(user, asked)),
        "asked": asked,
        "units": queries.units_with_powers(user),
        "domains": queries.domains(user),
        "kinds": Power.Kind.choices,
        "three_majors": Power.ThreeMajor.choices,
        "states": [(value, label, counted.get(value, 0)) for value, label in Power.State.choices],
        "has_any": bool(counted),
        "can_create": access.can_create(user),
    }
    return render_piece(request, "powers/list.html", "powers/_rows.html", context)


@login_required
def show(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    power = get_object_or_404(Power.objects.visible_to(user).select_related("unit"), pk=pk)
    return render(request, "powers/show.html", _page(user, power))


def _page(user: User, power: Power) -> dict[str, object]:
    page = queries.power_page(power)
    return {
        "power": power,
        "shown": page,
        "missing": [(block, actions.block_name(block)) for block in page.missing],
        "can_edit": access.can_edit(user, power),
        "can_confirm": access.can_confirm_basis(user, power),
        "can_mark": access.can_mark_key(user, power),
        "can_retire": access.can_retire(user, power),
    }


@login_required
def create(request: SignedIn) -> HttpResponse:
    user = request.user
    require(access.can_create(user))
    form = PowerForm(request.POST or None, user=user, initial={"supervisor": "纪委"})
    if request.method == "POST" and form.is_valid():
        require(access.can_create_for(user, form.cleaned_data["unit"]))
        power = actions.create_power(unit=form.cleaned_data["unit"], facts=form.cleaned_data, by=user)
        messages.success(request, _("已建立草稿，请接着填写依据、流程和行使岗位"))
        return redirect("powers:show", power.pk)
    return render(request, "powers/edit.html", {"form": form, "power": None}, status=422 if form.errors else 200)


@login_required
def edit(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    power = get_object_or_404(Power.objects.visible_to(user).select_related("unit"), pk=pk)
    require(access.can_edit(user, power))
    form = PowerForm(request.POST or None, instance=power, user=user)
    if request.method == "POST" and form.is_valid():
        require(access.can_create_for(user, form.cleaned_data["unit"]))
        actions.update_power(power, form.cleaned_data, by=user)
        messages.success(request, _("已保存"))
        return redirect("powers:show", pk)
    return render(request, "powers/edit.html", {"form": form, "power": power}, status=422 if form.errors else 200)


@require_POST
@login_required
def confirm_basis(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    basis = get_object_or_404(
        Basis.objects.filter(power__in=Power.objects.visible_to(user)).select_related("power__unit"), pk=pk
    )
    require(access.can_confirm_basis(user, basis.power))
    form = ConfirmBasisForm(request.POST)
    if not form.is_valid():
        context = {**_page(user, basis.power), "confirming": basis.pk, "confirm_form": form}
        return render(request, "powers/show.html", context, status=422)
    actions.confirm_basis(basis, by=user, **form.cleaned_data)
    messages.success(request, _("文号已核对"))
    return redirect("powers:show", basis.power_id)


@require_POST
@login_required
def mark_key(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    power = get_object_or_404(Power.objects.visible_to(user), pk=pk)
    require(access.can_mark_key(user, power))
    actions.mark_key(power, is_key=request.POST.get("is_key") == "1", by=user)
    return redirect("powers:show", pk)


@require_POST
@login_required
def mark_key_step(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    visible = Step.objects.filter(power__in=Power.objects.visible_to(user)).select_related("power")
    step = get_object_or_404(visible, pk=pk)
    require(access.can_mark_key(user, step.power))
    actions.mark_key_step(step, is_key=request.POST.get("is_key") == "1", by=user)
    return redirect("powers:show", step.power_id)


@require_POST
@login_required
def put_in_force(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    power = get_object_or_404(Power.objects.visible_to(user), pk=pk)
    require(access.can_edit(user, power))
    actions.put_in_force(power, by=user)
    messages.success(request, _("已启用"))
    return redirect("powers:show", pk)


@require_POST
@login_required
def retire(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    power = get_object_or_404(Power.objects.visible_to(user), pk=pk)
    require(access.can_retire(user, power))
    actions.retire(power, reason=request.POST.get("reason", "")[:300], by=user)
    messages.success(request, _("已停用，历史记录保留"))
    return redirect("powers:show", pk)


@require_POST
@login_required
def restore(request: SignedIn, pk: int) -> HttpResponse:
    user = request.user
    power = get_object_or_404(Power.objects.visible_to(user), pk=pk)
    require(access.can_retire(user, power))
    actions.restore(power, by=user)
    messages.success(request, _("已恢复"))
    return redirect("powers:show", pk)
