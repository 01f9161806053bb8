"""Filling in, one group a screen: saved by a press, by itself while one writes, and never over another's text."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.form_page import form_page
from qingqu.common.templatetags.ui import level_chip
from qingqu.common.text import number_in
from qingqu.declarations import access, actions, draft_actions, filling, queries, wording
from qingqu.declarations.conflict import differences
from qingqu.declarations.draft_actions import Stale
from qingqu.declarations.forms import NoneForm
from qingqu.declarations.group_form import GroupForm
from qingqu.declarations.models import Declaration
from qingqu.declarations.queries import Draft, Places
from qingqu.declarations.rules.content import Content
from qingqu.declarations.rules.groups import CATEGORIES, beside
from qingqu.declarations.views import own_or_visible
from qingqu.risks.models import Category
from qingqu.trace.refusals import record_refusal


@never_cache
@login_required
def fill_first(request: SignedIn, pk: int) -> HttpResponse:
    """The first group in which something is missing."""
    declaration = own_or_visible(request, pk)
    if not access.can_fill(request.user, declaration):
        return redirect("declarations:show", pk)
    return redirect("declarations:fill-group", pk, queries.draft(declaration).first_open())


@never_cache
@login_required
def fill(request: SignedIn, pk: int, group: str) -> HttpResponse:
    declaration = own_or_visible(request, pk)
    allowed = access.can_fill(request.user, declaration)
    if request.method != "POST" and not allowed and declaration.person_id == request.user.pk:
        return redirect("declarations:show", pk)
    require(allowed)
    found = _draft(declaration, group)
    if request.method == "POST":
        return _saved(request, found, group)
    return _page(request, found, GroupForm(found, group, queries.places(found)))


@require_POST
@login_required
def autosave(request: SignedIn, pk: int, group: str) -> HttpResponse:
    """The same form, sent by the page itself while one writes; answers what to show."""
    declaration = own_or_visible(request, pk)
    require(access.can_fill(request.user, declaration))
    found = _draft(declaration, group)
    offered = queries.places(found)
    form = GroupForm(found, group, offered, request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors(), "say": _("有的内容太长或不合要求，还没有保存")}, status=422)
    try:
        saved = _save(request, found, form, group)
    except Stale as refusal:
        return JsonResponse({"stale": True, "say": refusal.reason}, status=409)
    except NotPossible as refusal:
        record_refusal(request, "declarations.refused", refusal.reason)
        return JsonResponse({"say": refusal.reason}, status=409)
    return JsonResponse(_said(request, found, queries.draft(saved), group, offered))


@require_POST
@login_required
def delete_item(request: SignedIn, pk: int, item_pk: int) -> HttpResponse:
    declaration = own_or_visible(request, pk)
    require(access.can_fill(request.user, declaration))
    item = get_object_or_404(declaration.items.select_related("declaration"), pk=item_pk)
    group = queries.draft(declaration).group_of(item)
    draft_actions.delete_item(item, by=request.user)
    messages.success(request, _("已删去“%(title)s”") % {"title": item.title or item.get_category_display()})
    return redirect("declarations:fill-group", pk, group)


@never_cache
@login_required
def say_none(request: SignedIn, pk: int, group: str) -> HttpResponse:
    """«无»: why a category has no risk, and which entries go with the answer."""
    declaration = own_or_visible(request, pk)
    require(access.can_fill(request.user, declaration))
    found = _draft(declaration, group)
    if group not in CATEGORIES:
        raise Http404
    form = NoneForm(request.POST or None)
    form.fields["none_reason"].required = True
    name, then = wording.group_name(group, found), beside(found.keys, group, 1) or group
    return form_page(
        request,
        form,
        lambda data: draft_actions.say_none(declaration, group, data["none_reason"], by=request.user),
        title=_("为什么没有%(category)s？") % {"category": name},
        label=_("保存，下一组"),
        back=reverse("declarations:fill-group", args=[pk, group]),
        above=[
            (_("我的登记表"), reverse("declarations:mine")),
            (name, reverse("declarations:fill-group", args=[pk, group])),
        ],
        done=_("已记下：没有%(category)s") % {"category": name},
        to=lambda _saved: reverse("declarations:fill-group", args=[pk, then]),
        template="declarations/say_none.html",
        context={"items": found.items_of(group)},
    )


def _draft(declaration: Declaration, group: str) -> Draft:
    found = queries.draft(declaration)
    if group not in found.keys:
        raise Http404
    return found


def _page(request: SignedIn, found: Draft, form: GroupForm, *, status: int = 200) -> HttpResponse:
    context = filling.page(found, form, request.user)
    context["page_token"] = request.POST.get("page") or secrets.token_urlsafe(12)
    if form.data is not None:  # come back with errors: it still is the page that it was
        context |= {"version": request.POST.get("version", ""), "seen": request.POST.get("seen", "")}
    return render(request, "declarations/fill.html", context, status=status)


def _saved(request: SignedIn, found: Draft, group: str) -> HttpResponse:
    form = GroupForm(found, group, queries.places(found), request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    before = {item.pk for item in found.items}
    try:
        saved = _save(request, found, form, group)
    except Stale:
        return _both_texts(request, found, form, form.content())
    return _go_on(request, saved, group, before)


def _save(request: SignedIn, found: Draft, form: GroupForm, group: str) -> Declaration:
    sent = request.POST
    return draft_actions.save(
        found.declaration,
        form.content(),
        by=request.user,
        version=number_in(sent.get("version", "")) or 0,
        group=group,
        seen=sent.get("seen", ""),
        page=sent.get("page", "")[:24],
    )


def _go_on(request: SignedIn, declaration: Declaration, group: str, before: set[int]) -> HttpResponse:
    """Where the pressed button leads, now that the group is saved."""
    then, _colon, value = request.POST.get("then", "next").partition(":")
    here = reverse("declarations:fill-group", args=[declaration.pk, group])
    found = queries.draft(declaration)
    opened = [item for item in found.items_of(group) if item.pk not in before]
    if then == "add":
        return _add(request, found, group, here)
    if then == "none" and group in CATEGORIES:
        return redirect("declarations:say-none", declaration.pk, group)
    number = number_in(value)
    if then == "delete" and number is not None:
        return _ask_to_delete(request, found, number, here)
    if then == "submit":
        return _submit(request, declaration, here)
    if then == "stay" or (opened and then == "next"):
        return redirect(f"{here}#item-{opened[0].pk}" if opened else here)
    way = {"next": 1, "prev": -1}.get(then, 1)
    goal = value if then == "go" and value in found.keys else beside(found.keys, group, way)
    return redirect("declarations:fill-group", declaration.pk, goal or group)


def _add(request: SignedIn, found: Draft, group: str, here: str) -> HttpResponse:
    power = found.power(group)
    if group not in CATEGORIES and power is None:
        return redirect(here)
    category = group if group in CATEGORIES else Category.DUTY
    item = draft_actions.add_item(found.declaration, category, by=request.user, power=power)
    return redirect(f"{here}#item-{item.pk}")


def _ask_to_delete(request: SignedIn, found: Draft, pk: int, here: str) -> HttpResponse:
    """An item with text asks first; an empty one just goes."""
    item = next((item for item in found.items if item.pk == pk), None)
    if item is None:
        return redirect(here)
    if not (item.title or item.manifestation):
        draft_actions.delete_item(item, by=request.user)
        return redirect(here)
    context = {"item": item, "declaration": found.declaration, "here": here}
    return render(request, "declarations/delete_item.html", context)


def _submit(request: SignedIn, declaration: Declaration, here: str) -> HttpResponse:
    try:
        declaration = actions.submit(declaration, by=request.user)
    except NotPossible as refusal:
        record_refusal(request, "declarations.refused", refusal.reason)
        missing = queries.draft(declaration).missing  # listed on the page itself
        messages.error(request, _("还不能报送，请看下面缺什么") if missing else refusal.reason)
        return redirect(here)
    messages.success(request, _("已报送，编号 %(number)s") % {"number": declaration.number})
    return redirect("declarations:show", declaration.pk)


def _both_texts(request: SignedIn, found: Draft, form: GroupForm, mine: Content) -> HttpResponse:
    """Both texts side by side; nothing is saved until one is chosen."""
    there = found.content(form.group)
    skipped = {"csrfmiddlewaretoken", "version", "seen", "then"}
    kept = [(key, value) for key in request.POST if key not in skipped for value in request.POST.getlist(key)]
    context = {
        "declaration": found.declaration,
        "group": form.group,
        "name": wording.group_name(form.group, found),
        "differences": differences(found, there, mine),
        "kept": kept,
        "seen": there.digest(),
    }
    return render(request, "declarations/conflict.html", context, status=409)


def _said(request: SignedIn, before: Draft, after: Draft, group: str, offered: Places) -> dict[str, Any]:
    """What the page shows after it has saved itself."""
    form = GroupForm(after, group, offered)
    filling.add_hints(after, form, request.user)
    items = {
        entry.item.pk: {
            "level": render_to_string("declarations/_level.html", {"entry": entry}),
            "hints": render_to_string("declarations/_hints.html", {"entry": entry}),
            "chip": level_chip(filling.rated(entry).level, "boxed"),
            "unseen": entry.unseen,
        }
        for entry in form.entries
    }
    there = {item.pk for item in before.items_of(group)}
    now = timezone.localtime(after.declaration.saved_at or timezone.now())
    return {
        "version": after.declaration.version,
        "seen": after.content(group).digest(),
        "say": _("%(time)s 已自动保存，可随时离开，稍后接着填") % {"time": f"{now:%H:%M}"},
        "items": items,
        "opened": next((item.pk for item in after.items_of(group) if item.pk not in there), None),
    }
