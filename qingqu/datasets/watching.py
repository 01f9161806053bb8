"""Who watches what is written into the data sets.

The early warnings stand above the records and must judge them inside the transaction that writes them. Records do not
know who watches: an upper app says so once, when it starts, and is then called, in the open, in that transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from qingqu.accounts.models import User
    from qingqu.datasets.models import Batch, Dataset, Record

Values = dict[str, Any]
"""Column id → integer, text or None."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one record said before and says now; `before` is None for a new one, `after` for one withdrawn."""

    record_id: int
    before: Values | None
    after: Values | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What a watcher has found in records, as a reader may see it: a line, its sentence, and where there is more."""

    title: str
    text: str
    url: str


class Watcher(Protocol):
    """Somebody who judges records."""

    def changed(self, dataset: Dataset, changes: Sequence[Change], by: User | None) -> None:
        """A few records changed; called in their transaction. May raise NotPossible to hold them (实时防控)."""

    def loaded(self, dataset: Dataset, batch: Batch, by: User | None) -> None:
        """So many records changed that each can not be judged by itself; called when they are all there."""

    def renamed(self, dataset: Dataset, by: User | None) -> None:
        """What a log's names of steps mean, or which rows it lacks, has changed; called in that transaction."""

    def remarks(self, about: Batch | Record, user: User) -> Sequence[Remark]:
        """What was found in the rows of a batch, or in a row, as far as `user` may see it; the gravest first."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What an upper app shows on the page of a table: a template of its own and what stands in it."""

    template: str
    said: Mapping[str, Any]


_watchers: list[Watcher] = []
_pieces: list[Callable[[Dataset, User], Piece | None]] = []


def watch(watcher: Watcher) -> None:
    """Let `watcher` judge every change of records from now on; called when the product starts."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def show(piece: Callable[[Dataset, User], Piece | None]) -> None:
    """Let an upper app say something on the page of every table from now on; called when the product starts."""
    if piece not in _pieces:
        _pieces.append(piece)


def pieces(dataset: Dataset, user: User) -> list[Piece]:
    """What upper apps show `user` on the page of a table that he may read."""
    return [piece for make in _pieces if (piece := make(dataset, user))]


def changed(dataset: Dataset, changes: Sequence[Change], *, by: User | None) -> None:
    """Tell whoever watches what has been written; last in the transaction of an act on a few records."""
    for watcher in _watchers:
        watcher.changed(dataset, changes, by)


def loaded(dataset: Dataset, batch: Batch, *, by: User | None) -> None:
    """Tell whoever watches that a large batch is in the table."""
    for watcher in _watchers:
        watcher.loaded(dataset, batch, by)


def remarks(about: Batch | Record, user: User) -> list[Remark]:
    """What whoever watches has to say to `user` of the rows of a batch, or of a row."""
    return [remark for watcher in _watchers for remark in watcher.remarks(about, user)]


def renamed(dataset: Dataset, *, by: User | None) -> None:
    """Tell whoever watches that a log's names mean something else from now on, or that it lacks other rows."""
    for watcher in _watchers:
        watcher.renamed(dataset, by)
