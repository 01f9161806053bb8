"""Whether the cases of a log follow their procedures: a piece on the log's page, a page of its own, a page per case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import wording
from qingqu.alerts.engine.cases import CASE
from qingqu.alerts.engine.procedures import doubts_of
from qingqu.alerts.running import conformity
from qingqu.alerts.running.conformity import Standing
from qingqu.common.access import require
from qingqu.datasets import access, missing, queries
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Dataset
from qingqu.datasets.rules import BESIDE
from qingqu.datasets.watching import Piece

VERDICTS: dict[str, Promise] = {
    "follows": _("符合程序"),
    "leaves": _("偏离程序"),
    "under_way": _("正在办理"),
    "unknown": _("无法判断"),
}
DOUBTS: dict[str, Promise] = {
    "refused": _("有行没有进入日志"),
    "step": _("有环节未识别"),
    "time": _("有环节没有时间"),
    "person": _("有环节的办理人不可辨"),
}


STEP = "step"
UNKNOWN: dict[str, Promise] = {"step": _("未识别"), "time": _("没有时间"), "person": _("办理人不可辨")}


@dataclass(frozen=True, slots=True)
class Share:
    """So many cases of a kind, and their part of a bar of a hundred."""

    kind: str
    label: Promise
    count: int
    at: float
    width: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What is shown of one procedure."""

    standing: Standing
    name: str
    shares: list[Share]
    doubts: list[Share]
    other: int
    total: int


def summary_of(one: Standing) -> Summary:
    counts: Mapping[str, int] = one.counted.counts if one.counted else {}
    total = sum(counts.get(kind, 0) for kind in VERDICTS)
    shares, at = [], 0.0
    for kind, label in VERDICTS.items():
        width = 100 * counts.get(kind, 0) / total if total else 0.0
        shares.append(Share(kind, label, counts.get(kind, 0), round(at, 2), round(width, 2)))
        at += width
    doubts = [Share(kind, label, n, 0, 0) for kind, label in DOUBTS.items() if (n := counts.get(kind, 0))]
    return Summary(one, wording.said(one.held.shipped.title), shares, doubts, counts.get("other", 0), total)


def piece(log: Dataset, user: User) -> Piece | None:
    """What stands on the page of a log."""
    if log.kind != Dataset.Kind.EVENTS:
        return None
    found = [summary_of(one) for one in conformity.standing(log)]
    return Piece("alerts/_conformity.html", {"log": log, "summaries": found}) if found else None


def _log(request: SignedIn, pk: int) -> Dataset:
    logs = access.readable(request.user).filter(kind=Dataset.Kind.EVENTS).select_related("keeper", "school")
    log = get_object_or_404(logs, pk=pk)
    require(access.can_read(request.user, log))
    return log


@login_required
def show(request: SignedIn, pk: int) -> HttpResponse:
    log = _log(request, pk)
    found = [summary_of(one) for one in conformity.standing(log)]
    chosen = next((s for s in found if s.standing.held.rule.code == request.GET.get("by")), found[0] if found else None)
    kind, cases = _asked(chosen, request.GET.get("kind", "")) if chosen else ("", [])
    hidden = conformity.masked(queries.columns_for(request.user, log))
    lack = missing.lack(log)
    context = {
        "log": log,
        "name": queries.name_of(log),
        "summaries": found,
        "chosen": chosen,
        "kind": kind,
        "label": {**VERDICTS, **DOUBTS}.get(kind, ""),
        "cases": [_link(log, case, n, CASE in hidden) for n, case in enumerate(cases, 1)],
        "masked": access.can_see_sensitive(request.user, log).reason if CASE in hidden else "",
        "count": chosen.standing.counted.counts.get(kind, 0) if chosen and chosen.standing.counted else 0,
        "lack": lack,
        "unmapped": [] if STEP in hidden else queries.unmapped(log)[:5],
        "can_enter": access.can_enter(request.user, log),
    }
    return render(request, "alerts/conformity.html", context)


def _asked(chosen: Summary, kind: str) -> tuple[str, list[str]]:
    """The kind of cases that is asked for: without a word that of which nobody can say, or which leave."""
    counted = chosen.standing.counted
    if counted is None:
        return "", []
    if kind not in (*VERDICTS, *DOUBTS):
        kind = next((k for k in ("unknown", "leaves", "under_way") if counted.counts.get(k)), "follows")
    return kind, counted.cases.get(kind, [])


def _link(log: Dataset, case: str, n: int, hidden: bool) -> tuple[str, str]:
    """What a case is called in the list, and the query of its address; without its number where that is masked."""
    if hidden:
        return _("第 %(n)s 件") % {"n": n}, urlencode({"key": conformity.key_of(log, case)})
    return case, urlencode({"no": case})


@login_required
def case(request: SignedIn, pk: int) -> HttpResponse:
    log = _log(request, pk)
    legible = queries.columns_for(request.user, log)
    hidden = conformity.masked(legible)
    number = "" if CASE in hidden else request.GET.get("no", "").strip()[:200]
    number = number or conformity.case_of(log, request.GET.get("key", ""))
    told = conformity.told(log, legible, number)
    if not number or (not told.rows and "refused" not in told.doubts):
        raise Http404
    columns = [c for c in legible if c.id in ("time", "op", "amount", "evidence")]
    titles = queries.titles(log)
    context = {
        "log": log,
        "name": queries.name_of(log),
        "number": MASKED if CASE in hidden else number,
        "verdicts": [(held, wording.said(held.shipped.title), v, VERDICTS.get(v), s) for held, v, s in told.verdicts],
        "doubts": [DOUBTS[doubt] for doubt in told.doubts],
        "missing": told.missing,
        "heads": [(titles[c.id], c.type == "money") for c in columns],
        "rows": [_line(row, event, columns, STEP in hidden) for row, event in told.rows],
        "can_enter": access.can_enter(request.user, log),
    }
    return render(request, "alerts/case.html", context)


def _line(row: Any, event: Any, columns: Any, hidden: bool) -> dict[str, Any]:
    doubts = doubts_of(event) if event.step != BESIDE else []
    return {
        "row": row,
        "own": MASKED if hidden else row.values.get(STEP) or "—",
        "step": "" if hidden or event.step in (None, BESIDE) else event.step,
        "beside": event.step == BESIDE,
        "doubts": [UNKNOWN[doubt] for doubt in doubts],
        "cells": queries.cells(row.values, columns),
    }
