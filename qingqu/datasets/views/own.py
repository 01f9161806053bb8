"""Tables of the school's own: defined out of their headings, their columns described, retired."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.form_page import form_page
from qingqu.datasets import access, defining, forms, queries
from qingqu.datasets.models import Dataset
from qingqu.datasets.views.tables import above, address_of, table_or_404
from qingqu.organisation.queries import standing


@login_required
def define(request: SignedIn) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_arrange(request.user, school))
    assert school is not None
    return form_page(
        request,
        forms.DefineForm(request.POST or None, school=school),
        lambda data: defining.define(school, by=request.user, **data),
        title=_("新设一张本校的数据表"),
        label=_("下一步：核对各列"),
        back=reverse("datasets:home"),
        above=above(),
        sub=_("产品没有列出的台账可以自行设表，导入、填写和接口报送与其他表相同。"),
        to=lambda dataset: reverse("datasets:set-columns", args=[dataset.pk]),
    )


def _own(request: SignedIn, pk: int) -> Dataset:
    dataset = table_or_404(request, pk)
    require(access.can_define(request.user, dataset))
    return dataset


@login_required
def set_columns(request: SignedIn, pk: int) -> HttpResponse:
    dataset = _own(request, pk)
    rows = forms.columns_form(dataset, request.POST or None)
    called = forms.TableForm(request.POST or None, initial={"name": dataset.name, "name_en": dataset.name_en})
    problem = ""
    if request.method == "POST" and all([rows.is_valid(), called.is_valid()]):
        said = [said for row in rows if (said := row.said())]
        try:
            defining.set_columns(dataset, said, by=request.user, **called.cleaned_data)
        except NotPossible as refusal:
            problem = refusal.reason
        else:
            messages.success(request, _("已保存"))
            return redirect(address_of(dataset))
    context = {
        "dataset": dataset,
        "name": queries.name_of(dataset),
        "rows": rows,
        "called": called,
        "problem": problem,
        "is_used": defining.is_used(dataset),
    }
    failed = bool(problem or (rows.is_bound and not (rows.is_valid() and called.is_valid())))
    return render(request, "datasets/own.html", context, status=422 if failed else 200)


@login_required
def retire(request: SignedIn, pk: int) -> HttpResponse:
    dataset = _own(request, pk)
    return form_page(
        request,
        forms.WhyForm(request.POST or None),
        lambda data: defining.retire(dataset, reason=data["reason"], by=request.user),
        title=_("停用“%(table)s”？") % {"table": queries.name_of(dataset)},
        label=_("停用"),
        back=address_of(dataset),
        above=above(dataset),
        sub=_("停用后不再填写和导入，已有的记录仍可查看，需要时可以恢复使用。"),
        done=_("已停用。"),
    )


@require_POST
@login_required
def resume(request: SignedIn, pk: int) -> HttpResponse:
    dataset = _own(request, pk)
    defining.resume(dataset, by=request.user)
    return redirect(address_of(dataset))
