"""Pages of long lists: numbered for people, keyset for logs that only grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from qingqu.common.text import number_in

COUNT_AT_MOST = 10_000


class CappedPaginator(Paginator):
    """A paginator that never counts further than `most` rows."""

    most = COUNT_AT_MOST

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[: self.most + 1].count()
        return len(rows)

    @cached_property
    def count(self) -> int:
        """How many rows there are, as far as we count."""
        return min(self._counted, self.most)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than we count."""
        return self._counted > self.most


def paginate(request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], per_page: int = 25) -> Page:
    """The page of `rows` that ?page= names, the nearest one where it names none. Two SQL statements.

    `rows` must be ordered; show it with {% pager page %}.
    """
    return CappedPaginator(rows, per_page).get_page(request.GET.get("page"))


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """A page of a list that is read from one end; iterate over it and show it with {% pager page %}."""

    rows: list[Any]
    next_after: str
    is_first: bool

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def keyset(
    request: HttpRequest, rows: QuerySet[Any], *, key: str = "pk", newest_first: bool = True, per_page: int = 50
) -> KeysetPage:
    """The page of `rows` that follows ?after=, by a unique integer `key`. One SQL statement, however long the list."""
    after = number_in(request.GET.get("after", ""))
    rows = rows.order_by(f"-{key}" if newest_first else key)
    if after is not None:
        rows = rows.filter(**{f"{key}__{'lt' if newest_first else 'gt'}": after})
    found = list(rows[: per_page + 1])
    more = len(found) > per_page
    found = found[:per_page]
    return KeysetPage(found, str(getattr(found[-1], key)) if more else "", after is None)
