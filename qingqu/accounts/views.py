"""Pages of one's own account."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from qingqu.accounts import access, actions, queries
from qingqu.accounts.client_address import client_address
from qingqu.accounts.doors import who
from qingqu.accounts.forms import ActivateForm, ChangePasswordForm, PreferencesForm, SignInForm, TokenForm
from qingqu.accounts.models import Token, User
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.paging import paginate

BACKEND = "django.contrib.auth.backends.ModelBackend"


def way_back(request: HttpRequest) -> str:
    """Where the field `next` leads, if it is on this site."""
    target = request.POST.get("next", "") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"


def speak(response: HttpResponse, user: User) -> HttpResponse:
    """Let the browser remember the language that the person chose."""
    if user.language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


class SignIn(auth_views.LoginView):
    """Sign in by name and password; a failure says nothing about which of them was wrong."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"samples": queries.sample_accounts()}

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        user = form.get_user()
        actions.strengthen_password(user, form.cleaned_data["password"])
        response = super().form_valid(form)
        actions.note_sign_in(user)
        return speak(response, user)

    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        if name := form.cleaned_data.get("username"):
            actions.note_failed_sign_in(name)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOut(auth_views.LogoutView):
    """Sign out (POST only) and return to the sign-in page."""


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page after too many wrong passwords: when the door opens again, the same for known and unknown names."""
    minutes = queries.minutes_locked((credentials or {}).get("username") or "", client_address(request))
    words = ngettext(
        "密码连续输错次数过多，已暂停登录，请在 %(minutes)s 分钟后再试。",
        "密码连续输错次数过多，已暂停登录，请在 %(minutes)s 分钟后再试。",
        minutes,
    )
    return render(
        request,
        "accounts/locked.html",
        {"reason": words % {"minutes": minutes}, "next": request.POST.get("next", "")},
        status=429,
    )


@sensitive_post_parameters()
@login_not_required
@never_cache
def activate(request: HttpRequest) -> HttpResponse:
    """First sign-in with the code on the slip, or after a forgotten password."""
    form = ActivateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["username"]
        credentials = {"username": name}
        if settings.AXES_ENABLED and not AxesProxyHandler.is_allowed(request, credentials):
            return locked_out(request, None, credentials)
        try:
            user = actions.activate(name, form.cleaned_data["code"], form.cleaned_data["password"])
        except NotPossible as refusal:
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
            actions.note_failed_sign_in(name)
            form.add_error("code", refusal.reason)
        else:
            login(request, user, BACKEND)
            messages.success(request, _("密码已设好，下次用登录名和密码登录。"))
            return speak(redirect("/"), user)
    return render(request, "accounts/activate.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters()
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; required before anything else where it was given by somebody else."""
    forced = who(request).must_change_password
    form = ChangePasswordForm(request.POST or None, user=who(request))
    if request.method == "POST" and form.is_valid():
        actions.change_password(who(request), form.cleaned_data["password"], by=who(request))
        update_session_auth_hash(request, who(request))
        messages.success(request, _("密码已修改。其他设备上的登录已退出。"))
        return redirect(way_back(request) if forced else "accounts:profile")
    context = {"form": form, "forced": forced, "next": way_back(request)}
    return render(request, "accounts/password.html", context, status=422 if form.errors else 200)


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who I am here, how I read, and everything that is kept about me."""
    user = who(request)
    kept = {"phone": user.phone, "language": user.language or request.LANGUAGE_CODE, "large_text": user.large_text}
    form = PreferencesForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        actions.set_preferences(user, **form.cleaned_data)
        messages.success(request, _("已保存。"))
        return speak(redirect("accounts:profile"), user)
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Switch between standard and large text: kept with the person, before sign-in with the session."""
    if request.user.is_authenticated:
        actions.switch_text_size(who(request))
    else:
        request.session["large_text"] = not request.session.get("large_text")
    return redirect(way_back(request))


@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """My keys to the API; making one shows it this once."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _token, secret = actions.make_token(who(request), **form.cleaned_data)
        form = TokenForm()
    page = paginate(request, queries.tokens_of(who(request)))
    context = {"form": form, "page": page, "secret": secret, "today": today()}
    response = render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one of my keys."""
    token = get_object_or_404(Token, pk=pk, user=who(request))
    require(access.can_revoke(who(request), token))
    actions.revoke_token(token, by=who(request))
    messages.success(request, _("密钥已停用。"))
    return redirect("accounts:tokens")
