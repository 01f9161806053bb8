"""导入导出: what can be taken out, what can be brought in, and an exported ledger that comes back (S37, S40)."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import Access, require
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.forms import Form
from qingqu.common.tabular import check_size
from qingqu.common.text import number_in
from qingqu.organisation.access import can_import
from qingqu.organisation.queries import standing
from qingqu.reports import access, comparing


@dataclass(frozen=True, slots=True)
class Offer:
    """One table on the page."""

    kind: str
    name: str | Promise
    note: str | Promise
    papers: tuple[str, ...] = ()


OFFERS = [
    Offer("ledger", _("廉政风险台账"), _("编号、权力事项、风险点、等级、三段措施、备案号、状态"), ("print", "docx")),
    Offer("summary", _("廉政风险汇总表"), _("按部门、类别、等级汇总，不需再填"), ("print", "docx")),
    Offer("powers", _("权力清单"), _("现行和已停用的权力事项，含流程环节")),
    Offer("declarations", _("登记表办理情况"), _("谁的登记表办到哪一步，不含表中内容")),
    Offer("roster", _("人员名册"), _("现任岗位和党支部，不含手机号")),
]


class CompareForm(Form):
    """The exported ledger to be compared."""

    file = django_forms.FileField(label=_("导出的台账"), help_text=_(".xlsx 或 .csv，不超过 20 MB"))


def downloads(request: SignedIn) -> HttpResponse:
    return _page(request, CompareForm())


def _page(request: SignedIn, form: CompareForm, *, status: int = 200) -> HttpResponse:
    offers: list[tuple[Offer, Access]] = [(offer, access.can_export(request.user, offer.kind)) for offer in OFFERS]
    year = today().year
    context = {
        "offers": offers,
        "form": form,
        "years": range(year, year - 4, -1),
        "year": _year(request, year),
        "can_import": can_import(request.user, standing(request.user).school),
    }
    return render(request, "reports/downloads.html", context, status=status)


def compare(request: SignedIn) -> HttpResponse:
    """Reads the file and says what differs; nothing is changed, so the answer is the page itself."""
    require(access.can_export(request.user, "ledger"))
    form = CompareForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return _page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        check_size(file.size)
        found = comparing.compare(file.read(), file.name, by=request.user)
    except NotPossible as refusal:
        form.add_error("file", refusal.reason)
        return _page(request, form, status=422)
    return render(request, "reports/compared.html", {"found": found, "filename": file.name, "shown": 200})


def _year(request: HttpRequest, this_year: int) -> int | None:
    """The year that the page's links carry: ?year=; None for «all», or where none is said."""
    year = number_in(request.GET.get("year", ""))
    return year if year is not None and 2000 <= year <= this_year else None
