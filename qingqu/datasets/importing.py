"""A file on its way into a table: taken up, its columns named, let in, or left be.

A file is read before the act that says so begins: a workbook takes seconds, and meanwhile others go on writing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.common.tabular.files import UnreadableFile
from qingqu.common.tabular.header import signature
from qingqu.datasets import actions, missing, reading, rejects, storing
from qingqu.datasets.checking import checked, sorted_out, survey, tables
from qingqu.datasets.columns import columns_of
from qingqu.datasets.completing import Completed, complete, note_of
from qingqu.datasets.findings import Survey
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.queries import said_columns, titles
from qingqu.datasets.storing import Put
from qingqu.trace.actions import record

REJECTS_ADD = 2
"""So many columns stand behind those of the file in a sheet of rejects."""
PART = 40_000
"""Rows to a transaction: each touches most of the index of keys, wherever they fall."""
MOST_BYTES = 600_000_000


def upload(
    dataset: Dataset,
    file: File[bytes],
    *,
    by: User | None,
    source: Batch.Source = Batch.Source.FILE,
    most: int = MOST_BYTES,
) -> Batch:
    """Take in a file to look at; nothing is written into the table yet.

    Raises NotPossible where the file cannot be read, with what to do.
    """
    if (file.size or 0) > most:
        raise NotPossible(_("文件过大，请分开导入，或者请管理员在服务器上导入。"))
    batch = Batch(dataset=dataset, source=source, name=Path(file.name or "").name[-200:], by=by)
    batch.file.save(f"{uuid4().hex}{_ending(batch.name)}", file, save=False)
    try:
        _look_into(batch)
        with transaction.atomic():
            batch.save()
            record("datasets.batch_uploaded", batch, by=by)
    except BaseException:
        batch.file.delete(save=False)
        raise
    return batch


def _look_into(batch: Batch) -> None:
    path, dataset = Path(batch.file.path), batch.dataset
    try:
        found = batch.in_file = reading.look(path, batch.name, columns_of(dataset))
    except UnreadableFile as error:
        raise NotPossible(str(error)) from error
    best = max(found, key=lambda one: len(one.guess))
    batch.sheet, batch.mapping = best.sheet, _remembered(dataset, best) or _as_mapping(best.guess)
    batch.sha256 = digest(path)


def _ending(name: str) -> str:
    lower = name.lower()
    return ".xes.gz" if lower.endswith(".xes.gz") else Path(lower).suffix[:8]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_mapping(guess: dict[int, str]) -> dict[str, int]:
    return {column: position for position, column in guess.items()}


def _remembered(dataset: Dataset, found: reading.Found) -> dict[str, int]:
    """What somebody said before that headings like these mean."""
    applied = Batch.objects.filter(dataset=dataset, state=Batch.State.APPLIED).order_by("-id")
    if earlier := applied.filter(signature=signature(found.heads)).first():
        return dict(earlier.mapping)
    original = found.heads[:-REJECTS_ADD]  # a sheet of rejects, mended: two columns more, what is theirs stays
    if len(original) > 1 and (earlier := applied.filter(signature=signature(original)).first()):
        new = {column: position for position, column in found.guess.items() if position >= len(original)}
        return new | earlier.mapping
    return {}


def map_as_before(batch: Batch, *, by: User | None) -> Batch:
    """Take the columns as somebody said of the same headings before, so that nobody is asked twice.

    Where the table has a column since then, or needs one that was not named, the question stays open.
    """
    found = next(one for one in tables(batch) if one.sheet == batch.sheet)
    before = _remembered(batch.dataset, found)
    asked = {column.id for column in said_columns(batch.dataset) if column.required} | set(found.guess.values())
    return map_columns(batch, sheet=batch.sheet, mapping=before, by=by) if before and asked <= before.keys() else batch


def map_columns(batch: Batch, *, sheet: str, mapping: dict[str, int], by: User | None) -> Batch:
    """Say which column of the file is which of the table. Raises NotPossible where a needed one is not named."""
    _refuse_settled(Batch.objects.get(pk=batch.pk))
    columns = said_columns(batch.dataset)
    known = {column.id for column in columns}
    mapping = {name: position for name, position in mapping.items() if name in known}
    if len(set(mapping.values())) != len(mapping):
        raise NotPossible(_("同一列不能作为两项"))
    if missing := [column.id for column in columns if column.required and column.id not in mapping]:
        raise NotPossible(_which_are(batch.dataset, missing))
    found = next((one for one in tables(batch) if one.sheet == sheet), None)
    if found is None:
        raise NotPossible(_("文件中没有这个工作表"))
    with transaction.atomic():
        batch = _open(batch)
        batch.sheet, batch.mapping, batch.state = sheet, mapping, Batch.State.MAPPED
        batch.signature = signature(found.heads)
        batch.save(update_fields=["sheet", "mapping", "state", "signature"])
        record("datasets.batch_mapped", batch, by=by)
    return batch


def _asked(dataset: Dataset, missing: Sequence[str]) -> str:
    names = titles(dataset)
    return _("请指明哪一列是：%(names)s") % {"names": listed(names[id_] for id_ in missing)}


_which_are = lazy(_asked, str)
"""In the language of whoever reads it: of files in a folder the head is told."""


def _open(batch: Batch) -> Batch:
    fresh = Batch.objects.select_for_update().get(pk=batch.pk)
    _refuse_settled(fresh)
    fresh.in_file = batch.in_file
    return fresh


def _refuse_settled(batch: Batch) -> None:
    if not batch.is_waiting:
        raise NotPossible(_("这一批已经导入或放弃"))


def _put_down(batch: Batch, found: Survey, kept: Collection[str]) -> None:
    """Write onto the batch what was found in its file, and in which columns the table was kept as it is."""
    batch.rows, batch.faulty, batch.faults = found.good, found.faulty, found.faults
    batch.notes = note_of(batch.dataset, kept) + found.notes
    missing.note(batch, found.missing)
    if found.rejects:
        batch.rejects.save(f"{batch.pk}-rejects.xlsx", ContentFile(rejects.kept_rows(batch, found)), save=False)


def begin(batch: Batch, *, by: User | None, empties: bool = False, found: Survey | None = None) -> Batch:
    """Let the good rows go in: small files at once, large ones by the background worker.

    Rows that are there keep what they say in columns that the file does not have; `empties`: they lose it. `found`:
    the survey of the batch, where it has just been made. Raises NotPossible where the columns are not named yet, are
    named anew meanwhile, or where no row is right.
    """
    fresh = Batch.objects.select_related("dataset").get(pk=batch.pk)
    fresh.in_file = batch.in_file
    _refuse_settled(fresh)
    if fresh.state != Batch.State.MAPPED:
        raise NotPossible(_("请先核对各列"))
    found = found or survey(fresh)
    if not found.good:
        raise NotPossible(_("没有可以导入的行，请先更正文件"))
    return _begun(fresh, found, empties, by)


@transaction.atomic
def _begun(read: Batch, found: Survey, empties: bool, by: User | None) -> Batch:
    storing.locked(read.dataset)  # the table before the batch, as whoever withdraws it does
    batch = _open(read)
    if (batch.sheet, batch.mapping) != (read.sheet, read.mapping):
        raise NotPossible(_("这个文件的各列刚刚重新核对过，请再看一遍"))
    batch.empties = empties
    if found.is_whole and found.good <= actions.FEW:
        whole = _whole(batch, found.lines)
        _put_down(batch, found, whole.kept)
        batch.save()
        done = actions.put_rows(batch.dataset, list(map(json.loads, whole.lines.values())), batch=batch, by=by)
        return actions.close_batch(batch, done, sha256=batch.sha256, judged=True, by=by)
    batch.state = Batch.State.RUNNING
    batch.rows = found.good if found.is_whole else reading.estimate(Path(batch.file.path), batch.name)
    batch.save(update_fields=["rows", "state", "empties"])
    record("datasets.batch_begun", batch, by=by)
    return batch


def _whole(batch: Batch, lines: Mapping[str, str]) -> Completed:
    """Rows of a file with what the table says in columns that the file does not have, unless these shall be emptied."""
    absent = {column["id"] for column in batch.dataset.columns} - batch.mapping.keys()
    return complete(batch.dataset, lines, {} if batch.empties else dict.fromkeys(lines, absent))


class Stopped(Exception):
    """The worker is asked to end; what is in stays in, and the rest follows after its next start."""


def load(batch: Batch, stopped: Callable[[], bool] = lambda: False) -> Batch:
    """Take in a large file part by part; begun again after an interruption it passes over what is there.

    Each part is a transaction of its own, so that other people's work waits for one part at most.
    """
    part: dict[str, str] = {}
    found, done, kept = Survey(), 0, set[str]()
    with storing.much_memory():
        for one in sorted_out(batch.dataset, checked(batch, found), found):
            part[one.key] = one.line
            if len(part) >= PART:
                kept |= _load(batch, part, done, stopped)
                done += len(part)
                part.clear()
        kept |= _load(batch, part, done, stopped)
    _put_down(batch, found, kept)
    return actions.close_batch(batch, counted(batch), sha256=batch.sha256, judged=False, by=batch.by)


def _load(batch: Batch, part: Mapping[str, str], done: int, stopped: Callable[[], bool]) -> frozenset[str]:
    """Write a part, after so many rows; the columns in which the table was kept as it is."""
    if stopped():
        raise Stopped
    with transaction.atomic():
        whole = _whole(batch, part)
        actions.load_part(batch.dataset, whole.lines, batch=batch)
    Batch.objects.filter(pk=batch.pk).update(done=done + len(part))
    return whole.kept


def counted(batch: Batch) -> Put:
    """What became of a batch's rows, from the records themselves."""
    mine = Record.objects.filter(batch=batch)
    added = mine.filter(version=1).count()
    replaced = mine.filter(version__gt=1).count()
    return Put(added, replaced, max(0, batch.rows - added - replaced))


@transaction.atomic
def discard(batch: Batch, *, by: User | None) -> Batch:
    """Leave a file be; it is deleted."""
    batch = _open(batch)
    actions.drop_file(batch)
    batch.state = Batch.State.DISCARDED
    batch.save()
    record("datasets.batch_discarded", batch, by=by)
    return batch


@transaction.atomic
def fail(batch: Batch, why: str) -> Batch:
    """A background import that could not be finished: what is in stays and can be withdrawn. Its file is deleted."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    batch.state, batch.reason = Batch.State.FAILED, why[:200]
    actions.drop_file(batch)
    batch.save()
    record("datasets.batch_failed", batch, by=None, reason=why[:200])
    return batch
