"""What the head of a department is told about the tables that it keeps."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.language import listed
from qingqu.datasets.models import Batch, Dataset
from qingqu.datasets.queries import name_of
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Unit


def _names_now(tables: Sequence[Dataset]) -> str:
    return listed(map(name_of, tables))


_names = lazy(_names_now, str)
"""What tables are called, in the language of whoever reads it."""


def handed_over(tables: Sequence[Dataset], keeper: Unit, *, by: User | None) -> None:
    """Tell the head of a department which tables it keeps from now on, unless it is his own doing."""
    head = keeper.responsible
    if not tables or head is None or head == by:
        return
    tell(
        head,
        gettext_lazy("数据表交由%(unit)s保管，请安排人员填报和导入：%(tables)s"),
        reverse("datasets:table", args=[tables[0].pk]) if len(tables) == 1 else reverse("datasets:home"),
        Message.Kind.TASK,
        sender=by,
        words={"unit": keeper.name, "tables": _names(tables)},
    )


def given_away(table: Dataset, former: Unit, *, by: User | None) -> None:
    """Tell the head of the department that kept a table until now who keeps it, unless he knows: it is his doing, or
    he heads the new one too. The table may be closed to him from now on, so the link leads to the list.
    """
    head, keeper = former.responsible, table.keeper
    if head is None or keeper is None or head in (by, keeper.responsible):
        return
    tell(
        head,
        gettext_lazy("“%(table)s”改由%(unit)s保管，%(former)s不再填报和导入，请做好交接"),
        reverse("datasets:home"),
        Message.Kind.NEWS,
        sender=by,
        words={"table": _names([table]), "unit": keeper.name, "former": former.name},
    )


def left_out(batch: Batch) -> None:
    """Tell the head of the keeping department that an import nobody watched left rows out."""
    if batch.faulty:
        said = gettext_lazy("定时读取的文件有误，%(count)d 行没有导入“%(table)s”，请更正：%(name)s")
        _tell_head(batch.dataset, said, _page(batch), count=batch.faulty, name=batch.name)


def other_tables(batch: Batch) -> None:
    """Tell the head of the keeping department that a file which nobody watched holds another table, left out."""
    said = gettext_lazy("定时读取的文件除“%(table)s”外还有别的表格，没有导入，需要的请另存为文件再导入：%(name)s")
    _tell_head(batch.dataset, said, _page(batch), name=batch.name)


def not_taken(table: Dataset, name: str, why: str | Promise) -> None:
    """Tell the head of the keeping department that nothing of a file in the watched folder came in, and why.

    `why`: lazy, or a message of ours as it stands in the catalogue.
    """
    said = gettext_lazy("定时读取的文件没有导入“%(table)s”，%(name)s：%(why)s")
    reason = gettext_lazy(why) if isinstance(why, str) else why
    _tell_head(table, said, reverse("datasets:table", args=[table.pk]), name=name, why=reason)


def _page(batch: Batch) -> str:
    return reverse("datasets:batch", args=[batch.pk])


def _tell_head(table: Dataset, said: Promise, url: str, **words: object) -> None:
    if table.keeper is not None and table.keeper.responsible is not None:
        tell(table.keeper.responsible, said, url, Message.Kind.TASK, words={"table": _names([table]), **words})
