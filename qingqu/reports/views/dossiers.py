"""信息档案: the list of dossiers, and one of them (S41, S42)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import override

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.paging import paginate
from qingqu.common.papers.responses import paper_response
from qingqu.declarations.models import Declaration
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import people_ever_in, standing
from qingqu.reports import access, actions, dossiers
from qingqu.reports.dossier_papers import dossier_paper
from qingqu.trace.refusals import record_export

KINDS = ("units", "people")


def dossier_list(request: SignedIn) -> HttpResponse:
    user = request.user
    require(access.can_open_dossiers(user))
    years = dossiers.years_of(standing(user).school)
    said = request.GET.get("year", "")
    year = int(said) if said in map(str, years) else today().year
    has_units = dossiers.units_in_reach(user).exists()
    of = request.GET.get("of") if request.GET.get("of") in KINDS else ("units" if has_units else "people")
    text = request.GET.get("q", "").strip()[:40]
    listed = dossiers.listed_units if of == "units" else dossiers.listed_people
    context = {
        "page": paginate(request, listed(user, year, text)),
        "of": of,
        "year": year,
        "years": years,
        "text": text,
        "has_units": has_units,
        "states": {str(value): label for value, label in Declaration.State.choices},
    }
    return render(request, "reports/dossiers.html", context)


def dossier(request: SignedIn, kind: str, pk: int, year: int) -> HttpResponse:
    user, of = request.user, _of(request, kind, pk)
    require(access.can_open_person(user, of) if isinstance(of, User) else access.can_open_unit(user, of))
    actions.note_view(of, year, by=user)
    found = dossiers.dossier(of, year, user)
    years = dossiers.years_of(standing(user).school)
    return render(request, "reports/dossier.html", {"found": found, "kind": kind, "years": years})


def dossier_index(request: SignedIn, kind: str, pk: int, year: int, fmt: str) -> HttpResponse:
    """The index on paper."""
    user, of = request.user, _of(request, kind, pk)
    if fmt not in ("print", "docx"):
        raise Http404
    require(access.can_open_person(user, of) if isinstance(of, User) else access.can_open_unit(user, of))
    with override("zh-hans"):
        made = dossier_paper(dossiers.dossier(of, year, user))
        record_export("reports.dossier", by=user, rows=1, what="printed" if fmt == "print" else "exported")
        formats = {"docx": reverse("reports:dossier-index", args=[kind, pk, year, "docx"])}
        back = reverse("reports:dossier", args=[kind, pk, year])
        return paper_response(request, made, fmt, back_url=back, formats=formats)


def _of(request: SignedIn, kind: str, pk: int) -> User | Unit:
    """The unit or person of the reader's own school, or 404."""
    school = standing(request.user).school
    if school is None or kind not in KINDS:
        raise Http404
    if kind == "units":
        return get_object_or_404(Unit.objects.filter(school=school).exclude(pk=school.pk), pk=pk)
    if pk not in people_ever_in(school):
        raise Http404
    return get_object_or_404(User, pk=pk)
