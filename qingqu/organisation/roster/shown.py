"""What the pages of an import show: heads to map, rows to check, cells with their notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from qingqu.common.tabular import Row
from qingqu.common.tabular.clean import as_text, clean_label
from qingqu.organisation.roster.columns import BY_KEY, COLUMNS
from qingqu.organisation.roster.plan import Plan
from qingqu.organisation.roster.reading import Page, Reading


@dataclass(slots=True)
class HeadColumn:
    """A column of the file on the page where it is mapped."""

    field: str
    letter: str
    title: str
    samples: list[str]
    key: str


@dataclass(slots=True)
class Head:
    """One shape of head and the sheets that have it."""

    sheets: list[str]
    row: int
    columns: list[HeadColumn]
    remembered: bool


def heads(found: Reading) -> list[Head]:
    """Each shape of head once."""
    return [
        Head(
            [other.sheet.name for other in found.pages if other.signature == signature],
            page.header.row + page.header.depth,
            _columns(page),
            page.remembered,
        )
        for signature, page in found.signatures.items()
    ]


def _columns(page: Page) -> list[HeadColumn]:
    made = []
    for index, cell in enumerate(page.header.cells):
        below = (row[index] for row in page.sheet.rows[page.header.first_data_row :] if index < len(row))
        samples = list(dict.fromkeys(text for value in below if (text := clean_label(as_text(value)))))[:3]
        if cell or samples:
            name = f"map:{page.signature}:{index}"
            made.append(HeadColumn(name, letters(index), cell.replace("\n", " "), samples, page.mapping.get(index, "")))
    return made


def letters(index: int) -> str:
    """0 is A, 26 is AA, as Excel names columns."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def counts(plan: Plan) -> dict[str, int]:
    """The figures at the top of the check, and those of its filters."""
    return {
        "good": len(plan.good),
        "wrong": len(plan.wrong),
        "doubled": plan.count("doubled"),
        "mends": sum(len(row.mended) for row in plan.rows),
        "faulty": len(plan.wrong) + plan.count("doubled"),
        "mended": sum(bool(row.mended) for row in plan.rows),
        "new": plan.count("new"),
        "changed": plan.count("changed"),
        "same": plan.count("same"),
        "all": len(plan.rows),
    }


def chosen(plan: Plan, show: str) -> list[Row]:
    """The rows behind a filter: wrong (and doubled), mended, new, changed, or all."""
    if show == "wrong":
        return [row for row in plan.rows if plan.state(row) in ("wrong", "doubled")]
    if show == "mended":
        return [row for row in plan.rows if row.mended]
    if show in ("new", "changed", "same"):
        return [row for row in plan.rows if plan.state(row) == show]
    return plan.rows


@dataclass(slots=True)
class Cell:
    """A cell of the check: what it says, what is wrong or was mended, and its field where it can be corrected."""

    label: str
    text: str
    problem: str = ""
    note: str = ""
    field: str = ""
    is_key: bool = False


@dataclass(slots=True)
class Line:
    """A row of the check."""

    number: int
    sheet: str
    state: str
    word: str
    words: list[str]
    cells: list[Cell]


def titles(found: Reading, plan: Plan) -> list[str]:
    """The keys of the columns that the check shows: those of the file, and those in which something is wrong."""
    known = {key for page in found.pages for key in page.mapping.values()} | {"unit", "post"}
    known |= {key for row in plan.wrong for key in row.problems}
    return [column.key for column in COLUMNS if column.key in known]


def lines(found: Reading, plan: Plan, rows: Iterable[Row]) -> list[Line]:
    """Rows with their cells, in the order of `titles`."""
    keys, names = titles(found, plan), {str(page.index): page.sheet.name for page in found.pages}
    words = {"new": _("新增"), "changed": _("更新"), "same": _("不变"), "doubled": _("重复"), "wrong": _("需要更正")}
    made = []
    for row in rows:
        state = plan.state(row)
        said = list(plan.changes.get(id(row), []))
        if state == "doubled":
            said = [_("与第 %(row)d 行相同，不再导入") % {"row": row.values["doubled"]}]
        cells = [_cell(row, key, state) for key in keys]
        made.append(Line(row.number, names[row.sheet], state, words[state], said, cells))
    return made


def _cell(row: Row, key: str, state: str) -> Cell:
    problem = row.problems.get(key, "")
    raw = row.raw.get(key, "")
    field = f"cell:{row.sheet}:{row.number}:{key}" if problem and state == "wrong" else ""
    text = raw if problem else _tidied(row, key, raw)
    return Cell(str(BY_KEY[key].title), text, problem, row.mended.get(key, ""), field, key == "name")


def _tidied(row: Row, key: str, raw: str) -> str:
    value = row.values.get(key)
    if isinstance(value, date):
        return value.isoformat()
    if BY_KEY[key].kind == "choice":
        labels = {choice.value: str(choice.label) for choice in BY_KEY[key].choices}
        return labels.get(str(value), "")
    return str(value) if value not in (None, "") else raw
