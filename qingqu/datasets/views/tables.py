"""The tables: what is kept, their rows, a row typed in, all of them exported."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.form_page import form_page
from qingqu.common.language import listed
from qingqu.common.paging import keyset
from qingqu.common.papers.content import Align
from qingqu.common.papers.responses import csv_response, file_response
from qingqu.common.papers.sheets import SheetColumn, write_csv, write_xlsx
from qingqu.datasets import access, actions, describing, forms, missing, queries, watching
from qingqu.datasets.catalogue import is_shipped
from qingqu.datasets.columns import Column, columns_of
from qingqu.datasets.models import Dataset, Record
from qingqu.organisation.queries import standing
from qingqu.trace.queries import history
from qingqu.trace.refusals import record_export

EXPORT_AT_MOST = 100_000
WIDTHS = {"text": 20, "moment": 17, "hashed": 8, "flag": 6}
"""In characters, of a column of a sheet."""


@login_required
def home(request: SignedIn) -> HttpResponse:
    school = standing(request.user).school
    lines = queries.tables(access.readable(request.user))
    context = {
        "lines": lines,
        "kept_by": "" if lines or school is None else listed(queries.keepers(school)),
        "can_arrange": access.can_arrange(request.user, school),
    }
    return render(request, "datasets/home.html", context)


@login_required
def adopt(request: SignedIn) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_arrange(request.user, school))
    assert school is not None
    return form_page(
        request,
        forms.AdoptForm(request.POST or None, school=school, choices=queries.still_to_adopt(school)),
        lambda data: actions.adopt(school, data["codes"], keeper=data["keeper"], by=request.user),
        title=_("本校保管哪些数据表？"),
        label=_("采用"),
        back=reverse("datasets:home"),
        sub=_("保管部门的人员填报和导入，负责人确认由它产生的核查提示。"),
        above=above(),
    )


def table_or_404(request: SignedIn, pk: int) -> Dataset:
    return get_object_or_404(access.readable(request.user).select_related("keeper"), pk=pk)


def address_of(dataset: Dataset) -> str:
    return reverse("datasets:table", args=[dataset.pk])


def above(dataset: Dataset | None = None, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The pages above one about a table, or about the tables."""
    of_it = [(queries.name_of(dataset), address_of(dataset))] if dataset else []
    return [(_("业务数据"), reverse("datasets:home")), *of_it, *more]


@login_required
def table(request: SignedIn, pk: int) -> HttpResponse:
    dataset = table_or_404(request, pk)
    can_read = access.can_read(request.user, dataset)
    form = forms.AskForm(request.GET)
    asked = form.asked()
    own = queries.columns_for(request.user, dataset)
    columns = queries.shown_columns(own)
    names = queries.titles(dataset)
    page = keyset(request, queries.records(dataset, own, asked), per_page=25) if can_read else None
    dated = queries.day_column(own)
    context = {
        "dataset": dataset,
        "name": queries.name_of(dataset),
        "heads": [(names[c.id], c.type in ("money", "number", "count")) for c in columns],
        "page": page,
        "rows": [(r, queries.cells(r.values, columns, names)) for r in page] if page else [],
        "form": form,
        "asked": asked,
        "sought": listed(names[c.id] for c in [c for c in own if c.type == "text"][:3]),
        "dated": names[dated.id] if dated else "",
        "query": request.GET.urlencode(),
        "is_empty": not page and not dataset.records.exists(),
        "ways": [
            (reverse("datasets:enter", args=[pk]), _("填写一行")),
            (reverse("datasets:export", args=[pk, "xlsx"]), _("下载空表")),
        ],
        "batches": queries.imports(dataset)[:5] if can_read else [],
        "can_read": can_read,
        "can_enter": access.can_enter(request.user, dataset),
        "can_arrange": access.can_arrange(request.user, dataset.school),
        "can_define": access.can_define(request.user, dataset),
        "pieces": watching.pieces(dataset, request.user) if can_read else [],
    }
    if can_read and dataset.kind == Dataset.Kind.EVENTS:
        context |= {
            "unmapped": queries.unmapped(dataset)[:5],
            "is_own_log": not is_shipped(dataset.code),
            "unnamed": queries.unnamed(dataset),
            "lack": missing.lack(dataset),
        }
    return render(request, "datasets/table.html", context)


@login_required
def about(request: SignedIn, pk: int) -> HttpResponse:
    dataset = table_or_404(request, pk)
    context = {"dataset": dataset, "name": queries.name_of(dataset), "columns": describing.described(dataset)}
    return render(request, "datasets/about.html", context)


@login_required
def keeper(request: SignedIn, pk: int) -> HttpResponse:
    dataset = table_or_404(request, pk)
    require(access.can_arrange(request.user, dataset.school))
    return form_page(
        request,
        forms.KeeperForm(request.POST or None, school=dataset.school, initial={"keeper": dataset.keeper_id}),
        lambda data: actions.set_keeper(dataset, data["keeper"], by=request.user),
        title=_("“%(table)s”由哪个部门保管？") % {"table": queries.name_of(dataset)},
        label=_("保存"),
        back=address_of(dataset),
        sub=_("保管部门的人员填报和导入，负责人确认由它产生的核查提示。"),
        above=above(dataset),
    )


@login_required
def enter(request: SignedIn, pk: int) -> HttpResponse:
    dataset = table_or_404(request, pk)
    require(access.can_enter(request.user, dataset))
    return form_page(
        request,
        forms.RowForm(request.POST or None, dataset=dataset),
        lambda data: actions.enter_record(dataset, data, by=request.user),
        title=_("填写一行“%(table)s”") % {"table": queries.name_of(dataset)},
        label=_("保存"),
        back=address_of(dataset),
        above=above(dataset),
        done=_("已保存，并按启用的指标核对。"),
        to=lambda entry: reverse("datasets:record", args=[entry.pk]),
    )


def _record(request: SignedIn, pk: int) -> Record:
    tables = access.readable(request.user)
    return get_object_or_404(
        Record.objects.filter(dataset__in=tables).select_related("dataset__keeper", "batch"), pk=pk
    )


@login_required
def record(request: SignedIn, pk: int) -> HttpResponse:
    entry = _record(request, pk)
    require(access.can_read(request.user, entry.dataset))
    columns = queries.columns_for(request.user, entry.dataset)
    context = {
        "entry": entry,
        "name": queries.name_of(entry.dataset),
        "called": queries.called(entry, columns),
        "facts": queries.facts(entry, columns),
        "versions": queries.versions(entry, columns),
        "can_enter": access.can_enter(request.user, entry.dataset),
        "remarks": watching.remarks(entry, request.user),
        "history": history(entry),
    }
    return render(request, "datasets/record.html", context)


@login_required
def correct(request: SignedIn, pk: int) -> HttpResponse:
    entry = _record(request, pk)
    require(access.can_enter(request.user, entry.dataset))
    if entry.withdrawn:
        raise NotPossible(_("这一行已撤回"))
    columns = columns_of(entry.dataset)

    called = queries.called(entry, queries.columns_for(request.user, entry.dataset))
    page = reverse("datasets:record", args=[entry.pk])

    def act(data: dict[str, str]) -> None:
        after = actions.correct_record(entry, data, by=request.user)
        if after.key != entry.key:
            said = _("已更正，并重新核对。以后导入的文件请按更正后的内容填写，否则会另成一行。")
        else:
            said = _("已更正，并重新核对。") if after.version != entry.version else _("内容没有改动。")
        messages.success(request, said)

    initial = {c.id: queries.typed(entry.values.get(c.id), c.type) for c in columns}
    return form_page(
        request,
        forms.RowForm(request.POST or None, dataset=entry.dataset, correcting=True, initial=initial),
        act,
        title=_("更正“%(row)s”") % {"row": called},
        label=_("保存更正"),
        back=page,
        above=above(entry.dataset, (called, page)),
        sub=_("更正前的内容保留为旧版本。"),
    )


@login_required
def withdraw_record(request: SignedIn, pk: int) -> HttpResponse:
    entry = _record(request, pk)
    require(access.can_withdraw(request.user, entry.dataset))
    called = queries.called(entry, queries.columns_for(request.user, entry.dataset))
    page = reverse("datasets:record", args=[entry.pk])
    return form_page(
        request,
        forms.ReasonForm(request.POST or None),
        lambda data: actions.withdraw_record(entry, reason=data["reason"], by=request.user),
        title=_("撤回“%(row)s”？") % {"row": called},
        label=_("撤回"),
        back=page,
        above=above(entry.dataset, (called, page)),
        done=_("已撤回。"),
    )


@login_required
def export(request: SignedIn, pk: int, fmt: str) -> HttpResponse | StreamingHttpResponse:
    """The rows as they are filtered on the page; persons stay masked, and mean «as it was» when they come in again."""
    dataset = table_or_404(request, pk)
    require(access.can_read(request.user, dataset))
    if fmt not in ("xlsx", "csv"):
        raise Http404
    shown = queries.columns_for(request.user, dataset)
    found = queries.records(dataset, shown, forms.AskForm(request.GET).asked())
    count = found.count()
    if fmt == "xlsx" and count > EXPORT_AT_MOST:
        raise NotPossible(
            _("共 %(n)d 行，超过 %(most)d 行，请先按日期筛选，或者导出 CSV") % {"n": count, "most": EXPORT_AT_MOST}
        )
    values = found.order_by("id").values_list("values", flat=True).iterator(5000)
    lines = ([queries.exported(each.get(c.id), c.type) for c in shown] for each in values)
    record_export(f"datasets.{dataset.code.lower()}", by=request.user, rows=count, title=dataset.name)
    if fmt == "csv":
        return csv_response(write_csv([c.name for c in shown], lines), dataset.name)
    sheet = [_sheet_column(column) for column in shown]
    return file_response(write_xlsx(sheet, lines, sheet_name=dataset.name[:30]), dataset.name, "xlsx")


def _sheet_column(column: Column) -> SheetColumn:
    """As wide as what stands in it; numbers to the right."""
    width = max(WIDTHS.get(column.type, 12), 2 * len(column.name) + 2)
    align: Align = "right" if column.type in ("number", "count") else "left"
    return SheetColumn(column.name, width, align, is_money=column.type == "money")
