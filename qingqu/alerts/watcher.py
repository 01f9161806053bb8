"""Watching the records: what a change touches is judged before it is committed (S54, 实时防控)."""

from __future__ import annotations

from collections.abc import Sequence

from qingqu.accounts.models import User
from qingqu.alerts import batches, ready, reconciling, runs
from qingqu.alerts.engine.hits import Row, identity_of
from qingqu.alerts.engine.incremental import (
    Change,
    Found,
    Grouping,
    Outcome,
    evaluate,
    posting_key,
    remembered,
    watches,
)
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.models import Alert
from qingqu.alerts.ready import checks_of
from qingqu.alerts.rulebook import Running
from qingqu.alerts.wording import sentence
from qingqu.common.errors import NotPossible
from qingqu.datasets import postings, watching
from qingqu.datasets.models import Batch, Dataset

MOST_ASKED = 500
"""With more keys than this every check is brought in line, asked or not."""
_posted: set[tuple[int, int]] = set()


class Watcher:
    """Judges every change of a record by the rules that its school runs."""

    def changed(self, dataset: Dataset, changes: Sequence[watching.Change], by: User | None) -> None:
        """Judge a few changes at once. Raises NotPossible where a red finding shall hold the record."""
        checks = checks_of(dataset.school_id)
        if dataset.steps and any(_is_stale(r, dataset) for r in checks):
            ready.forget(dataset.school_id)
            checks = checks_of(dataset.school_id)
        concerned = [r for r in checks if dataset.code in watches(r.prepared)]
        if not concerned or not changes:
            return
        tables = {d.code: d for d in Dataset.objects.filter(school=dataset.school_id).only("code", "school_id")}
        for table in tables.values():
            _ensure(table)
        asked, look_up = [_as_change(dataset, change) for change in changes], remembered(fetch)
        watched = [running for running in concerned if running.prepared.dataset in tables]
        judged = [(r, evaluate(r.judge, asked, look_up, _found(r.prepared))) for r in watched]
        for running, outcome in _concerning(dataset.school_id, judged):
            table = Dataset.objects.select_related("keeper").get(pk=tables[running.prepared.dataset].pk)
            result = reconciling.reconcile(running, table, outcome.hits, outcome.replaces, by=by)
            held = reconciling.holding(running.rule, result.raised)
            if held:
                raise NotPossible(sentence(held))

    def loaded(self, dataset: Dataset, batch: Batch, by: User | None) -> None:
        """A large batch: judged whole, by the runner."""
        batches.run(dataset.school, by=by)

    def renamed(self, dataset: Dataset, by: User | None) -> None:
        """A log's names of steps mean something else: all of it is judged anew, soon."""
        ready.forget(dataset.school_id)
        runs.ask(dataset.school, by=by)


def _is_stale(running: Running, dataset: Dataset) -> bool:
    """Whether a check was made ready, in this process, before the log's names of steps were said anew."""
    return running.prepared.dataset == dataset.code and running.prepared.context.steps != dataset.steps


def _ensure(table: Dataset) -> None:
    """Every look-up of a table is posted; asked once a process and look-up."""
    wanted = {(table.pk, grouping.number) for grouping in postings.groupings_of(table)}
    if not wanted <= _posted:
        postings.ensure(table)
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


def _found(p: Prepared) -> Found:
    """Whether a group has a warning of this check, open or closed."""

    def found(school: int, key: tuple[object, ...]) -> bool:
        identity = identity_of(p.rule.code, p.check.id, school, key)  # type: ignore[arg-type]
        return Alert.objects.filter(identity=identity).exclude(state=Alert.State.LAPSED).exists()

    return found


Judged = tuple[Running, Outcome]


def _concerning(school_id: int, judged: Sequence[Judged]) -> list[Judged]:
    """Those that find something, or whose keys have warnings that may lapse: of most records neither."""
    keys = [
        {identity_of(r.prepared.rule.code, r.prepared.check.id, *key) for key in outcome.touched()}
        for r, outcome in judged
    ]
    asked = set[str]().union(*keys)
    if len(asked) <= MOST_ASKED:
        found = Alert.objects.filter(school_id=school_id, identity__in=asked).exclude(state=Alert.State.LAPSED)
        asked = set(found.order_by().values_list("identity", flat=True))
    return [one for one, own in zip(judged, keys, strict=True) if one[1].hits or not own.isdisjoint(asked)]
