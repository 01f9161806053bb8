"""Who is told about tables: the head of the department that now keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.language import listed
from qingqu.datasets.models import Dataset
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
