"""Files that lie in a folder of the server: brought in by hand, or by systems that put them there every night."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.datasets import actions, checking, findings, importing, reading, rejects, telling
from qingqu.datasets.models import Batch, Dataset
from qingqu.datasets.notes import said_faults, said_notes
from qingqu.organisation.models import Unit

log = logging.getLogger("qingqu.datasets")
SETTLED = 10
"""Seconds for which nobody has written into a file: it is complete."""
ENDINGS = (*reading.TEXTS, *reading.LOGS, ".xlsx", ".xlsm", ".xls", ".et", ".ods", ".html", ".htm")
DONE, FAILED = "done", "failed"
Stop = Callable[[], bool]


def never() -> bool:
    return False


def take_in(
    dataset: Dataset, path: Path, *, source: Batch.Source, by: User | None, sheet: str = "", stopped: Stop = never
) -> Batch:
    """Bring a whole file into a table, its columns as they were named before or as their headings say.

    Nobody can be asked: rows that are there keep what they say in columns that the file does not have, and the notes
    name these. An earlier attempt that was interrupted is continued. Raises NotPossible where it cannot be read, where
    a needed column is not recognised or where no row is right.
    """
    batch = _interrupted(dataset, path, source, by)
    if batch is None:
        with path.open("rb") as file:
            batch = importing.upload(dataset, File(file, path.name), by=by, source=source, most=reading.MOST_TEXT)
    try:
        batch = _mapped(batch, sheet, by)
        found = checking.survey(batch)
        if not found.looked_at:
            raise NotPossible(_("表头下面没有数据，请换一个文件或者工作表"))
        if not found.good:
            raise NotPossible(_no_good_row(dataset, found.faults[:3]))
    except NotPossible:
        importing.discard(batch, by=by)
        raise
    if found.is_whole and found.good <= actions.FEW:
        return importing.begin(batch, by=by, found=found)
    return importing.load(batch, stopped)


def _interrupted(dataset: Dataset, path: Path, source: Batch.Source, by: User | None) -> Batch | None:
    """An earlier attempt at the same file; what somebody else has uploaded on the page waits for him."""
    waiting = Batch.objects.filter(dataset=dataset, source=source, by=by, state=Batch.State.MAPPED)
    return waiting.filter(sha256=importing.digest(path)).select_related("dataset").first()


def _mapped(batch: Batch, sheet: str, by: User | None) -> Batch:
    if batch.state == Batch.State.MAPPED:
        return batch
    mapping = batch.mapping
    if sheet and sheet != batch.sheet:
        guess = next((found.guess for found in checking.tables(batch) if found.sheet == sheet), {})
        mapping = {column: position for position, column in guess.items()}
    return importing.map_columns(batch, sheet=sheet or batch.sheet, mapping=mapping, by=by)


def _why(dataset: Dataset, faults: list[dict[str, Any]]) -> str:
    lines = map(_fault_line, said_faults(dataset, faults))
    return _("没有可以导入的行。%(why)s") % {"why": listed(lines, "；")}


_no_good_row = lazy(_why, str)
"""In the language of whoever reads it."""


def _fault_line(fault: dict[str, object]) -> str:
    return _("第 %(row)s 行 %(column)s：%(message)s") % fault


def report_of(batch: Batch) -> list[str]:
    """What became of a file, in lines for people."""
    counts = {"added": batch.added, "replaced": batch.replaced, "unchanged": batch.unchanged, "faulty": batch.faulty}
    lines = [_("新增 %(added)d 行，更正 %(replaced)d 行，未变 %(unchanged)d 行，没有导入 %(faulty)d 行") % counts]
    faults = said_faults(batch.dataset, batch.faults)
    return [*lines, *said_notes(batch.dataset, batch.notes), *map(_fault_line, faults)]


def waiting(root: Path) -> Iterator[tuple[Path, str, str]]:
    """The complete files below `root`, the oldest first, with the codes of school ("": the only one) and table.

    Folders are named `TABLE` or `SCHOOL/TABLE`; what is hidden or still being written is passed over.
    """
    now = time.time()
    found = [path for pattern in ("*/*", "*/*/*") for path in root.glob(pattern) if _is_complete(path, now)]
    for path in sorted(found, key=lambda each: (each.stat().st_mtime, each.name)):
        parts = path.relative_to(root).parts
        if not {DONE, FAILED} & set(parts[:-1]):
            yield path, parts[0] if len(parts) == 3 else "", parts[-2]


def _is_complete(path: Path, now: float) -> bool:
    named = path.name.lower().endswith(ENDINGS) and not path.name.startswith((".", "~"))
    return named and path.is_file() and not path.is_symlink() and now - path.stat().st_mtime >= SETTLED


def watch(root: Path, stopped: Stop = never) -> list[tuple[Path, str]]:
    """Bring in every complete file below `root`; each is moved to `done` or `failed` beside it, with a report.

    Returns where each went and the first line of its report.
    """
    went = []
    for path, school, code in waiting(root):
        if stopped():
            break
        try:
            went.append(_one(path, school, code, stopped))
        except importing.Stopped:
            break
    return went


def _one(path: Path, school: str, code: str, stopped: Stop) -> tuple[Path, str]:
    table, faulty = None, b""
    why: str | Promise = ""
    try:
        table = table_named(code, school)
        batch = take_in(table, path, source=Batch.Source.FOLDER, by=None, stopped=stopped)
        to, lines = DONE, report_of(batch)
        telling.left_out(batch)
        if findings.are_others_left(batch.notes):
            telling.other_tables(batch)
        faulty = rejects.sheet(batch.dataset, batch.rejects.read()) if batch.rejects else b""
    except NotPossible as refusal:
        to, lines, why = FAILED, [refusal.reason], refusal.said
    except OSError as error:
        log.exception("%s cannot be read", path)
        to, why = FAILED, _("文件不能读取：%(why)s") % {"why": error.strerror or error}
        lines = [why]
    if table and to == FAILED:
        telling.not_taken(table, path.name, why)
    target = _free(path.parent / to, path.name)
    path.rename(target)
    _beside(target, ".txt", "\n".join([path.name, *lines, ""]).encode())
    if faulty:
        _beside(target, "-rejects.xlsx", faulty)
    return target, lines[0]


def _free(folder: Path, name: str) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{timezone.localtime():%Y%m%d-%H%M%S-%f}-{name}"


def _beside(target: Path, ending: str, content: bytes) -> None:
    file = target.with_name(target.name + ending)
    file.touch(mode=0o600)
    file.write_bytes(content)


def table_named(code: str, school: str = "") -> Dataset:
    """The table with a code, of the school with a code where there are several. Raises NotPossible."""
    schools = Unit.objects.filter(kind=Unit.Kind.SCHOOL)
    found = list(Dataset.objects.filter(code=code, school__in=schools.filter(code=school) if school else schools)[:2])
    if not found:
        raise NotPossible(_("没有编号为 %(code)s 的数据表") % {"code": code})
    if len(found) > 1:
        raise NotPossible(_("有几所学校采用了这张表，请指明学校代码"))
    if not found[0].is_active:
        raise NotPossible(_("这张数据表已停用"))
    return found[0]
