"""Pages of the starter library: find, look at, adopt."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.htmx import render_piece
from qingqu.common.language import listed
from qingqu.library import access, actions, queries
from qingqu.library.catalogue import PostTemplate, PowerTemplate, catalogue
from qingqu.library.queries import Wanted
from qingqu.library.words import field_name, lines_of
from qingqu.organisation.models import Post, Tier, Unit
from qingqu.organisation.queries import standing
from qingqu.powers.models import Power

Choice = tuple[PowerTemplate, Unit]


@login_required
def home(request: SignedIn) -> HttpResponse:
    user = request.user
    said = request.GET
    kind = "posts" if said.get("kind") == "posts" else "powers"
    wanted = Wanted(
        text=said.get("q", "").strip()[:60],
        domain=said.get("domain", ""),
        tier=said.get("tier", ""),
        adopted=said.get("adopted", ""),
    )
    find = queries.post_entries if kind == "posts" else queries.power_entries
    entries = find(standing(user).school, wanted)
    context = {
        "entries": entries,
        "kind": kind,
        "wanted": wanted,
        "library": catalogue(),
        "tiers": Tier.choices,
        "can_adopt": access.can_adopt(user),
        "news": sum(entry.has_news for entry in entries),
    }
    return render_piece(request, "library/home.html", "library/_entries.html", context)


@login_required
def show(request: SignedIn, code: str) -> HttpResponse:
    user = request.user
    template = _template(code)
    if template is None:
        raise Http404
    is_power = isinstance(template, PowerTemplate)
    taken = queries.adoptions(standing(user).school, "power" if is_power else "post").get(code, [])
    context = {
        "template": template,
        "is_power": is_power,
        "taken": taken,
        "subjects": _subjects(user, [item.adoption.subject_id for item in taken], is_power),
        "changes": [(field_name(name), lines_of(then), lines_of(now)) for name, then, now in _changes(taken)],
        "can_adopt": access.can_adopt(user),
        "version": catalogue().version,
    }
    return render(request, "library/show.html", context)


def _subjects(user: User, ids: list[int], is_power: bool) -> list[Power] | list[Post]:
    if is_power:
        return list(Power.objects.visible_to(user).filter(pk__in=ids))
    return list(Post.objects.visible_to(user).filter(pk__in=ids).select_related("unit"))


def _changes(taken: list[queries.Taken]) -> list[tuple[str, object, object]]:
    newest = taken[-1] if taken else None
    return queries.same_entry_then(newest.adoption) if newest else []


@login_required
def confirm(request: SignedIn) -> HttpResponse:
    user = request.user
    require(access.can_adopt(user))
    codes = list(dict.fromkeys(request.GET.getlist("code")))[:60]
    powers, posts = queries.propose_powers(user, codes), queries.propose_posts(user, codes)
    if not powers and not posts:
        messages.warning(request, _("请先勾选要采用的事项或岗位模板"))
        return redirect("library:home")
    context = {
        "powers": powers,
        "posts": posts,
        "unsure": sum(len(power.template.unsure) for power in powers if not power.taken),
        "who": standing(user),
    }
    return render(request, "library/confirm.html", context)


@require_POST
@login_required
def adopt(request: SignedIn) -> HttpResponse:
    user = request.user
    require(access.can_adopt(user))
    choices, refused = _power_choices(request, user)
    posts = _post_choices(request, user)
    if refused:
        raise NotPossible(_("请为“%(names)s”选择行使部门") % {"names": listed(refused)})
    for _power, unit in choices:
        require(access.can_adopt_into(user, unit))
    powers, given = actions.adopt(choices, posts, by=user)
    if not powers and not given:
        raise NotPossible(_("没有勾选要采用的事项或岗位"))
    messages.success(request, actions.adopted_sentence(len(powers), len(given)))
    return redirect("powers:list") if powers else redirect(f"{reverse('library:home')}?kind=posts")


def _power_choices(request: HttpRequest, user: User) -> tuple[list[Choice], list[str]]:
    """The ticked powers with their units, and the names of those for which no unit was chosen."""
    units = {str(unit.pk): unit for unit in queries.units_for(standing(user))}
    choices, refused = [], []
    for code in request.POST.getlist("code"):
        template = queries.power_template(code)
        if template is None:
            continue
        unit = units.get(request.POST.get(f"unit_{code}", ""))
        if unit is None:
            refused.append(template.name)
        else:
            choices.append((template, unit))
    return choices, refused


def _post_choices(request: HttpRequest, user: User) -> list[tuple[PostTemplate, list[Post]]]:
    """The ticked posts by template."""
    allowed = {str(post.pk): post for post in queries.posts_for(standing(user))}
    found = []
    for code in request.POST.getlist("code"):
        if template := queries.post_template(code):
            chosen = [allowed[pk] for pk in request.POST.getlist(f"posts_{code}") if pk in allowed]
            if chosen:
                found.append((template, chosen))
    return found


def _template(code: str) -> PowerTemplate | PostTemplate | None:
    return queries.power_template(code) or queries.post_template(code)
