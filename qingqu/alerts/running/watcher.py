"""Watching the records: what a change touches is judged before it is committed (S54, 实时防控)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.alerts import access, queries
from qingqu.alerts.engine.hits import Row, identity_of
from qingqu.alerts.engine.incremental import Change, Grouping, Outcome, evaluate, posting_key, remembered
from qingqu.alerts.indicators.rulebook import Running
from qingqu.alerts.running import conformity, reconciling, runs, tallies
from qingqu.alerts.running.ready import Ready, checks_of, forget
from qingqu.alerts.running.reconciling import Finding, Known
from qingqu.alerts.wording import not_kept, sentence, title
from qingqu.common import statements
from qingqu.common.errors import NotPossible
from qingqu.datasets import postings, watching
from qingqu.datasets.catalogue import is_shipped
from qingqu.datasets.models import Batch, Dataset, Record

MOST_ASKED = 500
"""Keys in one statement."""
MOST_REMARKS = 10
"""So many warnings are named beside the rows that they are about."""
_posted: set[tuple[int, int]] = set()


class Watcher:
    """Judges every change of a record by the rules that its school runs."""

    def changed(self, dataset: Dataset, changes: Sequence[watching.Change], by: User | None) -> None:
        """Judge a few changes at once. Raises NotPossible where a red finding shall hold the record."""
        ready = checks_of(dataset.school_id)
        if dataset.steps and any(_is_stale(r, dataset) for r in ready.watching.get(dataset.code, ())):
            forget(dataset.school_id)
            ready = checks_of(dataset.school_id)
        concerned = ready.watching.get(dataset.code)
        if not concerned or not changes:
            return
        tables = _tables(dataset.school_id)
        for table in tables.values():
            _ensure(table)
        if not is_shipped(dataset.code):
            postings.ensure(dataset)
        watched = [running for running in concerned if running.prepared.dataset in tables]
        kept = _followed(ready, tables, dataset, len(changes)) if any(r.judge.counting for r in watched) else None
        asked, look_up = [_as_change(dataset, change) for change in changes], remembered(fetch)
        judged = [(r, evaluate(r.judge, asked, look_up, kept)) for r in watched]
        findings = _findings(dataset, tables, judged)
        if findings:
            touched = [change.record_id for change in changes]
            result = reconciling.reconcile(findings, by=by, changed=touched)
            if held := reconciling.holding(result.raised):
                raise NotPossible(not_kept(held))

    def loaded(self, dataset: Dataset, batch: Batch, by: User | None) -> None:
        """A large batch: judged whole, by the runner."""
        from qingqu.alerts.running import batches  # only here: a web worker does without Ibis and what it brings

        batches.run(dataset.school, by=by)

    def renamed(self, dataset: Dataset, by: User | None) -> None:
        """A log's names of steps mean something else: all of it is judged anew, soon."""
        forget(dataset.school_id)
        runs.ask(dataset.school, by=by)

    def remarks(self, about: Batch | Record, user: User) -> list[watching.Remark]:
        """The warnings that name these rows: of a batch those still open, of a row all that have not lapsed."""
        found = list(queries.naming(about, access.visible(user))[: MOST_REMARKS + 1])
        said = [
            watching.Remark(title(alert), sentence(alert), reverse("alerts:show", args=[alert.pk]))
            for alert in found[:MOST_REMARKS]
        ]
        rest = [watching.Remark(_("查看全部核查提示"), "", reverse("alerts:list"))]
        return said + (rest if len(found) > MOST_REMARKS else [])


def _is_stale(running: Running, dataset: Dataset) -> bool:
    """Whether a check was made ready, in this process, before the log's names of steps were said anew."""
    return running.prepared.dataset == dataset.code and running.prepared.context.steps != dataset.steps


class Table(NamedTuple):
    """One of a school's tables."""

    id: int
    code: str
    changes: int


def _tables(school_id: int) -> dict[str, Table]:
    """All of them; asked at every record, hence plain SQL."""
    found = statements.fetch("SELECT id, code, changes FROM datasets_dataset WHERE school_id = %s", [school_id])
    return {code: Table(id_, code, changes) for id_, code, changes in found}


def _followed(ready: Ready, tables: Mapping[str, Table], dataset: Dataset, many: int) -> tallies.Kept:
    """The counted groups, as they were before so many changes of a table."""
    now = {code: table.changes for code, table in tables.items()}
    return tallies.followed(dataset.school_id, ready.counted, now | {dataset.code: now[dataset.code] - many}, now)


def _ensure(table: Table) -> None:
    """Every look-up of one of the product's tables is posted; asked once a process and look-up."""
    wanted = {(table.id, number) for number in postings.numbers_of(table.code)}
    if not wanted <= _posted:
        postings.ensure(Dataset.objects.get(pk=table.id))
        _posted.update(wanted)


def forget_all() -> None:
    """Another database is behind the same ids (see `ready.forget_all`)."""
    _posted.clear()


def _as_change(dataset: Dataset, change: watching.Change) -> Change:
    def row(values: watching.Values | None) -> Row | None:
        return None if values is None else {"id": change.record_id, "school": dataset.school_id, **values}

    return Change(dataset.code, dataset.school_id, change.record_id, row(change.before), row(change.after))


def fetch(grouping: Grouping, school: int, key: tuple[object, ...], low: int | None, high: int | None) -> list[Row]:
    """The records under a key, as the engine asks for them."""
    return postings.fetch(grouping.number, school, posting_key(school, key), low, high)


def _findings(
    dataset: Dataset, tables: Mapping[str, Table], judged: Sequence[tuple[Running, Outcome]]
) -> list[Finding]:
    """Those that find something, or whose keys have warnings that may lapse: of most records neither."""
    about = [
        {identity_of(r.prepared.rule.code, r.prepared.check.id, *key) for key in outcome.touched()}
        for r, outcome in judged
    ]
    asked = list(set[str]().union(*about))
    known: dict[str, list[Known]] = defaultdict(list)
    for start in range(0, len(asked), MOST_ASKED):
        for each in reconciling.known_by(asked[start : start + MOST_ASKED]):
            known[each[0].identity].append(each)
    table = {dataset.code: dataset}
    found = []
    for (running, outcome), own in zip(judged, about, strict=True):
        there = [each for identity in known.keys() & own for each in known[identity]]
        if outcome.hits or there:
            code = running.prepared.dataset
            if code not in table:
                table[code] = statements.get(Dataset, tables[code].id)
            hits = conformity.beyond_doubt(running, table[code], outcome.hits, {kept[0].identity for kept in there})
            found.append(Finding(running, table[code], hits, outcome.replaces, there))
    return found
