"""Make an indicator of a school's own over a table of its own; from then on it has versions like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.alerts.indicators import drafting, patterns
from qingqu.alerts.models import OwnIndicator, Rule
from qingqu.common.errors import NotPossible
from qingqu.datasets.catalogue import is_shipped
from qingqu.datasets.defining import is_used
from qingqu.datasets.models import Dataset
from qingqu.trace.actions import record


@transaction.atomic
def make_own(
    table: Dataset,
    pattern: str,
    said: Mapping[str, Any],
    *,
    colour: str,
    title: str,
    title_en: str = "",
    why: str,
    blind: str,
    basis: str,
    by: User,
) -> Rule:
    """Draft an indicator over a table of the school's own, out of a pattern; a second person's approval starts it.

    `said`: part of the pattern → id of a column, or a figure in fen, thousandths or days. Raises NotPossible where the
    table has no rows yet (its columns may still change their meaning) or the choice does not fit its columns.
    """
    if is_shipped(table.code):
        raise NotPossible(_("产品自带的数据表已有指标，请启用或修改"))
    if not is_used(table):
        raise NotPossible(_("表中还没有记录，请先导入或填写，再设指标"))
    columns = own_columns(table)
    try:
        made = patterns.definition(
            pattern, said, columns, dataset=table.code, colour=colour, title=(title.strip(), title_en.strip()),
            why=why.strip(), blind=blind.strip(), basis=basis.strip(),
        )  # fmt: skip
    except KeyError as error:
        raise NotPossible(_("请选择表中的列")) from error
    kept = [{"id": c.id, "zh": c.zh, "en": c.en, "type": c.type} for c in columns]
    own = OwnIndicator.objects.create(
        school=table.school, table=table, pattern=pattern, definition=made, columns=kept, by=by
    )
    record("alerts.indicator_made", own, by=by, details={"table": table.code, "pattern": pattern})
    rule = Rule.objects.create(school=table.school, code=own.code, state=Rule.State.DRAFT, reason=basis[:300], by=by)
    drafting.check(rule, {}, {}, {}, {})
    record("alerts.rule_proposed", rule, by=by, details={"version": 1})
    return rule


def own_columns(table: Dataset) -> list[patterns.OwnColumn]:
    """The columns of a table as a pattern chooses among them."""
    return [
        patterns.OwnColumn(
            c["id"], c["name"], c.get("en") or c["name"], c["type"], c.get("as", ""), c["id"] in table.key
        )
        for c in table.columns
    ]
