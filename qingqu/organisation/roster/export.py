"""The roster as a workbook in the shape of the template: filled in, empty, or only the rows that were refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.language import listed
from qingqu.common.papers.sheets import SheetColumn, write_xlsx
from qingqu.common.papers.template import write_template
from qingqu.common.tabular import Row
from qingqu.organisation.models import Appointment, BranchMembership, Duty, Tier, Unit
from qingqu.organisation.queries import branches_of, departments_of, duties_in_force
from qingqu.organisation.roster.columns import BY_KEY, COLUMNS, DUTIES, GUIDE
from qingqu.organisation.roster.snapshot import written_names

SHEET = "教职工名册"


def template(school: Unit) -> bytes:
    """The empty template, with the school's own departments and branches to choose from."""
    return write_template(COLUMNS, sheet_name=SHEET, guide=[str(line) for line in GUIDE], lists=_lists(school))


def roster(school: Unit) -> bytes:
    """Everybody in office, one row for each post. Importing it again changes nothing."""
    rows = [_written(row) for row in roster_rows(school)]
    guide = [str(line) for line in GUIDE]
    return write_template(COLUMNS, sheet_name=SHEET, guide=guide, lists=_lists(school), rows=rows)


def refused(rows: Sequence[Row]) -> bytes:
    """The rows that were not taken, each with what is wrong, to be mended and sent again."""
    columns = [SheetColumn(str(column.title), column.width) for column in COLUMNS]
    lines = (
        [
            listed((f"{BY_KEY[k].title}{_('：')}{v}" for k, v in row.problems.items()), "；"),
            *(row.raw.get(c.key, "") for c in COLUMNS),
        ]
        for row in rows
    )
    return write_xlsx([SheetColumn("需要更正", 40), *columns], lines, sheet_name="需要更正的行")


def roster_rows(school: Unit) -> list[dict[str, Any]]:
    """What the export says, by column key; a fixed number of SQL statements."""
    units = list(Unit.objects.filter(school=school).select_related("parent", "leader"))
    names, by_pk = written_names(units), {unit.pk: unit for unit in units}
    branch = dict(BranchMembership.objects.filter(branch__school=school).values_list("person_id", "branch__name"))
    labels = {choice.value: str(choice.label) for choice in DUTIES}
    duties: dict[int, list[str]] = {}
    for person_id, kind in duties_in_force().filter(school=school).order_by("pk").values_list("person_id", "kind"):
        duties.setdefault(person_id, []).append(labels[Duty.Kind(kind)])
    held = Appointment.objects.on(today()).filter(post__unit__school=school).select_related("post", "person")
    rows, first = [], set()
    for appointment in held.order_by("post__unit__order", "post__unit_id", "-is_main", "started_on", "pk"):
        person, unit = appointment.person, by_pk[appointment.post.unit_id]
        heads = unit.responsible_id == person.pk and (person.pk, unit.pk) not in first
        first.add((person.pk, unit.pk))
        rows.append(
            _facts(person)
            | {
                "unit": names[unit.pk],
                "post": appointment.post.name,
                "tier": str(Tier(appointment.post.tier).label),
                "since": appointment.started_on,
                "branch": branch.get(person.pk, ""),
                "duties": "、".join(duties.pop(person.pk, [])),
                "head": "是" if heads else "",
                "leader": unit.leader.name if unit.leader else "",
            }
        )
    return rows


def _facts(person: User) -> dict[str, Any]:
    return {"name": person.name, "number": person.number, "phone": person.phone, "joined": person.joined_on}


def _written(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value or "" for key, value in row.items()}


def _lists(school: Unit) -> dict[str, list[str]]:
    return {
        "unit": [unit.name for unit in departments_of(school)],
        "branch": [unit.name for unit in branches_of(school)],
        "duties": [str(choice.label) for choice in DUTIES],
        "head": ["是"],
    }
