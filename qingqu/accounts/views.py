"""Pages of one's own account."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST


def way_back(request: HttpRequest) -> str:
    """Where the hidden field `next` leads, if it is on this site."""
    target = request.POST.get("next", "") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"


class SignIn(auth_views.LoginView):
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class SignOut(auth_views.LogoutView):
    pass


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/profile.html")


@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Switch between standard and large text: with the person, before sign-in with the session."""
    if request.user.is_authenticated:
        request.user.large_text = not request.user.large_text
        request.user.save(update_fields=["large_text"])
    else:
        request.session["large_text"] = not request.session.get("large_text")
    return redirect(way_back(request))
