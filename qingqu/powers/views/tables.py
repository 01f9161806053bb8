"""The three tables of a power (steps, documents, holders): edited as a whole, rearranged without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.htmx import render_piece
from qingqu.common.text import number_in
from qingqu.powers import access, actions, queries, rules
from qingqu.powers.actions import BasisRow, HolderRow, StepRow
from qingqu.powers.forms import BasisRowForm, HolderRowForm, RowForm, StepRowForm, post_choices, row_set, rows_said
from qingqu.powers.models import Power

RAW = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One of the tables: its form, the rows it starts with, the act that saves it."""

    title: str | Promise
    hint: str | Promise
    form: type[RowForm]
    row: type[StepRow | BasisRow | HolderRow]
    fields: tuple[str, ...]
    boxes: tuple[str, ...]
    save: Callable[..., Power]
    choices: Callable[[Power, User], dict[str, list[tuple[str, str]]]]


def _posts(power: Power, user: User) -> dict[str, list[tuple[str, str]]]:
    return {"posts": post_choices(queries.posts_of(power.school_id))}


def _regulations(power: Power, user: User) -> dict[str, list[tuple[str, str]]]:
    return {"regulations": [(str(regulation.pk), regulation.name) for regulation in queries.regulations(user)]}


TABLES = {
    "steps": Table(
        title=gettext_lazy("办事流程"),
        hint=gettext_lazy("按办理先后排列。责任岗位可写部门或岗位；本校岗位选了之后，风险点会带上它。"),
        form=StepRowForm,
        row=StepRow,
        fields=("pk", "name", "actor", "post_id", "output", "days", "is_public"),
        boxes=("is_public",),
        save=actions.set_steps,
        choices=_posts,
    ),
    "bases": Table(
        title=gettext_lazy("权力依据"),
        hint=gettext_lazy("文号拿不准的勾选“文号待核”；勾选之后，须由党办或纪委看过文件核对才能去掉。"),
        form=BasisRowForm,
        row=BasisRow,
        fields=("pk", "name", "number", "regulation_id", "needs_check"),
        boxes=("needs_check",),
        save=actions.set_bases,
        choices=_regulations,
    ),
    "holders": Table(
        title=gettext_lazy("行使岗位"),
        hint=gettext_lazy("从本校岗位中选择；还没有设这个岗位的，可以只写名称。"),
        form=HolderRowForm,
        row=HolderRow,
        fields=("pk", "name", "post_id"),
        boxes=(),
        save=actions.set_holders,
        choices=_posts,
    ),
}


@login_required
def edit_table(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    power = get_object_or_404(Power.objects.visible_to(user).select_related("unit"), pk=pk)
    require(access.can_edit(user, power))
    if (table := TABLES.get(part)) is None:
        raise Http404
    made = row_set(table.form, **table.choices(power, user))
    press = request.POST.get("do", "")
    if request.method != "POST":
        return _answer(request, power, part, made(initial=_rows_now(power, part, table), prefix="r"))
    if press != "save":
        rows = rules.rearrange(_rows_typed(request, table), press, {})
        return _answer(request, power, part, made(initial=rows, prefix="r"))
    rows = made(request.POST, prefix="r")
    if not rows.is_valid():
        return _answer(request, power, part, rows, status=422)
    return _save(request, power, part, table, rows)


def _save(request: HttpRequest, power: Power, part: str, table: Table, rows: BaseFormSet[Any]) -> HttpResponse:
    try:
        table.save(power, rows_said(rows, table.row), by=request.user)
    except NotPossible as no:
        return _answer(request, power, part, rows, status=422, problem=no.reason)
    messages.success(request, _("已保存"))
    return redirect("powers:show", power.pk)


def _answer(
    request: HttpRequest, power: Power, part: str, rows: BaseFormSet[Any], *, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {"power": power, "part": part, "table": TABLES[part], "rows": rows, "problem": problem}
    return render_piece(request, "powers/table.html", "powers/_table.html", context, status=status)


def _rows_now(power: Power, part: str, table: Table) -> list[RAW]:
    rows = getattr(power, part).all()
    return [{name: getattr(row, name) for name in table.fields} for row in rows] or [{}]


def _rows_typed(request: HttpRequest, table: Table) -> list[RAW]:
    """The rows as they were typed, right or wrong: a press of a button loses nothing."""
    said = request.POST
    count = min(number_in(said.get("r-TOTAL_FORMS", "")) or 0, 60)
    rows: list[RAW] = [{name: said.get(f"r-{n}-{name}", "") for name in table.fields} for n in range(count)]
    return [{name: bool(value) if name in table.boxes else value for name, value in row.items()} for row in rows]
