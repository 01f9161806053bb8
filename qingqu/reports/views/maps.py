"""全景与缺口: where the risks lie and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import ALLOWED, Access, denied, require
from qingqu.common.clock import today
from qingqu.common.paging import paginate
from qingqu.common.papers.responses import paper_response
from qingqu.organisation.queries import standing
from qingqu.reports import gap_pictures, gaps, maps
from qingqu.reports.gap_rows import address, rows_of
from qingqu.reports.map_papers import maps_paper
from qingqu.risks.models import RiskPoint
from qingqu.trace.refusals import record_export


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the gap finder."""

    code: str
    title: str
    note: str
    gaps: list[tuple[str, str | Promise, int]]


def can_see_gaps(scope: gaps.Scope) -> Access:
    """Gaps are for those who can close them."""
    if scope.sees_gaps:
        return ALLOWED
    return denied(_("缺口清单由部门负责人、分管领导、党办、纪委和主要领导查看"))


def maps_page(request: SignedIn) -> HttpResponse:
    return render(request, "reports/maps.html", _pictures(request))


def _pictures(request: SignedIn) -> dict[str, Any]:
    """Everything that the page and its export show, counted once."""
    user, school = request.user, standing(request.user).school
    risks, year = maps.held(user), today().year
    heat, years = maps.heat(risks), maps.years(RiskPoint.objects.visible_to(user), year)
    scope = gaps.scope_of(user)
    found = gaps.look(scope) if scope.sees_gaps else None
    return {
        "school": school,
        "heat": heat,
        "levels": maps.level_rows(heat.levels, maps.last_year_of(years, year)),
        "by_unit": maps.by_unit_and_category(risks, maps.units_of(school)),
        "by_tier": maps.by_tier_and_level(risks),
        "years": years,
        "found": found,
        "columns": _columns(found) if found else [],
        "dots": gap_pictures.dots(found.totals["posts"], found.counts["posts-without-risk"]) if found else [],
        "beads": gap_pictures.beads(found.totals["steps"], found.counts["steps-unjudged"]) if found else [],
        "plane_hole": found is not None and found.counts["risks-without-regulation"] > 0,
        "gap_access": can_see_gaps(scope),
        "ledger": address("reports:ledger"),
    }


def _columns(found: gaps.Found) -> list[Column]:
    def made(code: str, title: str, note: str) -> Column:
        return Column(
            code, title, note, [(g.code, g.title, found.counts[g.code]) for g in gaps.GAPS if g.column == code]
        )

    posts, steps, risks = found.totals["posts"], found.totals["steps"], found.totals["risks"]
    looked = {"n": posts, "done": found.done("posts", "posts-without-risk")}
    judged = {"n": steps, "done": found.done("steps", "steps-unjudged")}
    ruled = {"n": risks, "done": found.done("risks", "risks-without-regulation")}
    said = (
        ngettext("%(n)s 个岗位，%(done)s 个已查找", "%(n)s 个岗位，%(done)s 个已查找", posts) % looked,
        ngettext("%(n)s 个环节，%(done)s 个已判断", "%(n)s 个环节，%(done)s 个已判断", steps) % judged,
        ngettext("%(n)s 个风险点，%(done)s 个有制度对应", "%(n)s 个风险点，%(done)s 个有制度对应", risks) % ruled,
    )
    return [
        made("points", _("岗位为点"), said[0]),
        made("lines", _("程序为线"), said[1]),
        made("plane", _("制度为面"), said[2]),
    ]


def gap_list(request: SignedIn, gap: str) -> HttpResponse:
    if (kind := gaps.BY_CODE.get(gap)) is None:
        raise Http404
    scope = gaps.scope_of(request.user)
    require(can_see_gaps(scope))
    page = paginate(request, gaps.missing(scope, kind))
    rows = rows_of(kind, page, scope)
    return render(
        request, "reports/maps_gap.html", {"gap": kind, "help": kind.help_for(scope), "page": page, "rows": rows}
    )


@transaction.atomic
def maps_export(request: SignedIn) -> HttpResponse:
    with override("zh-hans"):  # papers are Chinese, whatever the reader's screen is
        shown = _pictures(request)
        if shown["school"] is None:
            raise Http404
        paper = maps_paper(
            str(shown["school"]), shown["heat"], shown["by_unit"], shown["by_tier"], shown["years"], shown["found"]
        )
        response = paper_response(request, paper, "xlsx")
    record_export("reports.maps", by=request.user, rows=shown["heat"].total)
    return response
