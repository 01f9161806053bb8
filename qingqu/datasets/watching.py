"""Who watches what is written into the data sets.

The early warnings stand above the records and must judge them inside the transaction that writes them. Records do not
know who watches: an upper app says so once, when it starts, and `changed()` calls it, in the open, in that transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qingqu.accounts.models import User
    from qingqu.datasets.models import Dataset, Record


@dataclass(frozen=True, slots=True)
class Change:
    """What one record said before and says now; `before` is None for a new one, `after` for one withdrawn."""

    record: Record
    before: dict[str, int | str | None] | None
    after: dict[str, int | str | None] | None


Watcher = Callable[["Dataset", Sequence[Change], "User | None"], None]
_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Let `watcher` judge every change of a record, before it is committed; called when the product starts."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def changed(dataset: Dataset, changes: Sequence[Change], *, by: User | None) -> None:
    """Tell whoever watches what has been written; called last in the transaction of every act on records.

    A watcher may raise `Refused` to hold the record (实时防控); then nothing is written.
    """
    for watcher in _watchers:
        watcher(dataset, changes, by)
