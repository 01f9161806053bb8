"""`qingqu import-roster`: the same import without the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.language import listed
from qingqu.common.tabular import UnreadableFile, check_size
from qingqu.organisation.models import RosterMapping, Unit
from qingqu.organisation.roster import apply, reading
from qingqu.organisation.roster.columns import BY_KEY
from qingqu.organisation.roster.plan import Plan, make_plan
from qingqu.organisation.roster.snapshot import take_snapshot


@dataclass(frozen=True, slots=True)
class Report:
    """What an import says: what was taken for what, what is wrong in which row, what was (or would be) done."""

    lines: list[str]
    good: int
    """Rows that can be taken in, those that change nothing among them."""


@transaction.atomic
def import_file(path: str | Path, school: Unit, *, dry_run: bool = False, by: User | None = None) -> Report:
    """Import a roster from a file on this machine: the good rows, all or none of them; with `dry_run` none.

    Raises UnreadableFile where the file is no table of people, OSError where it cannot be opened.
    """
    path = Path(path)
    check_size(path.stat().st_size)
    known = dict(RosterMapping.objects.filter(school=school).values_list("signature", "mapping"))
    found = reading.read_new(path.read_bytes(), path.name, known)
    if found.needs_mapping:
        raise UnreadableFile(_no_names(found))
    plan = make_plan(take_snapshot(school), found.rows, by=by)
    lines = [*_mapping(found), *found.notes, *_problems(found, plan), *_intent(plan)]
    good = len(plan.good)
    if not good:
        lines.append(_("没有可以导入的行，没有写入任何数据。"))
    elif dry_run:
        lines.append(_("试运行，没有写入任何数据。"))
    else:
        lines += result_lines(apply.carry_out(plan, school, by=by))
    return Report(lines, good)


def _no_names(found: reading.Reading) -> str:
    """Why nobody can be taken in from a table of something else, or one whose columns only a person can tell."""
    page = next(page for page in found.pages if page.missing)
    titles = list(dict.fromkeys(cell.split("\n")[-1] for cell in page.header.cells if cell))
    return _("工作表“%(sheet)s”的列名（%(titles)s）中没有%(missing)s。请更正列名，或者在网页上导入并指明各列。") % {
        "sheet": page.sheet.name,
        "titles": listed(titles[:8]),
        "missing": listed(page.missing),
    }


def _mapping(found: reading.Reading) -> list[str]:
    """Which column was taken for what."""
    lines = []
    for page in found.signatures.values():
        pairs = [
            _("“%(title)s”作为%(column)s")
            % {"title": page.header.cells[i].split("\n")[-1], "column": BY_KEY[key].title}
            for i, key in page.mapping.items()
            if i < len(page.header.cells)
        ]
        unused = [c.split("\n")[-1] for i, c in enumerate(page.header.cells) if c and i not in page.mapping]
        lines.append(_("工作表“%(name)s”：%(pairs)s。") % {"name": page.sheet.name, "pairs": "，".join(pairs)})
        if unused:
            lines.append(_("没有使用的列：%(titles)s。") % {"titles": listed(unused)})
    return lines


def _problems(found: reading.Reading, plan: Plan) -> list[str]:
    names = {str(page.index): page.sheet.name for page in found.pages}
    return [
        _("工作表“%(sheet)s”第 %(row)d 行，%(column)s：%(problem)s")
        % {"sheet": names[row.sheet], "row": row.number, "column": BY_KEY[key].title, "problem": problem}
        for row in plan.wrong
        for key, problem in row.problems.items()
    ]


def _intent(plan: Plan) -> list[str]:
    lines = [
        _(
            "%(good)d 行可以导入，%(wrong)d 行需要更正，%(doubled)d 行重复；"
            "新增 %(new)d 行，更新 %(changed)d 行，不变 %(same)d 行。"
        )
        % {
            "good": len(plan.good),
            "wrong": len(plan.wrong),
            "doubled": plan.count("doubled"),
            "new": plan.count("new"),
            "changed": plan.count("changed"),
            "same": plan.count("same"),
        }
    ]
    for names, sentence in (
        (plan.new_units, _("新设部门：%(names)s。")),
        (plan.new_branches, _("新设党支部：%(names)s。")),
    ):
        if names:
            said = [
                _("%(name)s（是否为“%(near)s”？）") % {"name": n, "near": near} if near else n
                for n, near in names.items()
            ]
            lines.append(sentence % {"names": listed(said)})
    if plan.absent:
        lines.append(_("在任而名册中没有的 %(count)d 人，没有变动。") % {"count": len(plan.absent)})
    return lines


def result_lines(done: dict[str, object]) -> list[str]:
    """What an import did, as sentences."""
    return [
        _("已导入 %(rows)d 行：新增人员 %(people)d 名，更新 %(changed)d 名，新设岗位 %(posts)d 个。") % done,
        _("新任职 %(started)d 项，离任 %(ended)d 项，更正任职日期 %(moved)d 项，授予职责身份 %(duties)d 项。") % done,
    ]
