"""A page with one form on it: shown, refused with its reasons beside the fields, or done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.html import format_html

from qingqu.common.errors import NotPossible

Text = str | Promise


def _linked(refusal: NotPossible) -> str:
    return format_html('<a href="{}">{}</a>', refusal.see, refusal.reason) if refusal.see else refusal.reason


def form_page(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[[dict[str, Any]], object],
    *,
    title: Text,
    label: Text,
    back: str,
    sub: Text = "",
    done: Text = "",
    to: Callable[[Any], str] | None = None,
    template: str = "form_page.html",
    context: dict[str, Any] | None = None,
    above: Sequence[tuple[Text, str]] = (),
) -> HttpResponse:
    """Show `form` under the heading `title` with one button `label`; when sent and valid, do `act` and go `back`.

    What `act` refuses stands above the fields, linked to what is in the way, with everything that was typed kept.
    `done` is the message afterwards; `to` gives the address from what `act` returned, instead of `back`.
    `above`: the pages above this one, their names and addresses, for the links in the top bar.
    """
    if request.method == "POST" and form.is_valid():
        try:
            result = act(form.cleaned_data)
        except NotPossible as refusal:
            form.add_error(None, _linked(refusal))
        else:
            if done:
                messages.success(request, str(done))
            return redirect(to(result) if to else back)
    shown = {"form": form, "title": title, "label": label, "back": back, "sub": sub, "above": above, **(context or {})}
    return render(request, template, shown, status=422 if form.errors else 200)
