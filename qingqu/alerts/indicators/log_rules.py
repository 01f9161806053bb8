"""The product's checks of procedures (E01–E11), held against an event log of the school's own.

They look at the product's log (EV1); for another each becomes an indicator of its own over that log, with the same
parameters, basis and words. What a log has no column for cannot be checked on it, and is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import OwnIndicator, Rule
from qingqu.alerts.running import runs
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import is_english
from qingqu.datasets.catalogue import LOG, ColumnTemplate, templates
from qingqu.datasets.defining import is_used
from qingqu.datasets.models import Dataset
from qingqu.trace.actions import record

READS: Mapping[str, str] = {
    "separation": "operator",
    "model": "operator",
    "amount_requires": "amount",
    "evidence_present": "evidence",
}
"""Kind of check → the column without which it would accuse every case, or none."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A check of procedures as a log may have it: what the log lacks for it, and under which code it runs already."""

    shipped: Shipped
    lacks: tuple[str, ...]
    code: str

    @property
    def is_open(self) -> bool:
        return not self.lacks and not self.code


def offers(log: Dataset) -> list[Offer]:
    """All checks of procedures, for a log of the school's own; one statement."""
    there = {column["id"] for column in log.columns}
    names = {column.id: column.en if is_english() else column.zh for column in templates()[LOG].columns}
    running = {own.pattern: own.code for own in OwnIndicator.objects.filter(table=log)}
    found = []
    for code, shipped in rulebook.shipped().items():
        if shipped.dataset == LOG:
            needed = {READS[one.kind] for one in shipped.checks if one.primitive == "events" and one.kind in READS}
            lacks = tuple(names[column] for column in sorted(needed - there))
            found.append(Offer(shipped, lacks, running.get(code, "")))
    return found


@transaction.atomic
def adopt_for(log: Dataset, codes: Iterable[str], *, by: User) -> list[Rule]:
    """Hold these checks of procedures against a log of the school's own, too, with the values they come with.

    Raises NotPossible for one that is no check of procedures, that runs on this log already, or for which the log lacks
    a column or has no rows yet.
    """
    log = Dataset.objects.select_for_update().get(pk=log.pk)
    if log.kind != Dataset.Kind.EVENTS or log.code == LOG:
        raise NotPossible(_("只有本校自建的办件日志可以这样核对"))
    if not is_used(log):
        raise NotPossible(_("日志中还没有记录，请先导入"))
    open_ = {offer.shipped.code: offer.shipped for offer in offers(log) if offer.is_open}
    made = []
    for code in codes:
        if code not in open_:
            raise NotPossible(_("这份日志不能按 %(code)s 核对，或者已在核对") % {"code": code})
        definition = _definition(open_[code], log)
        own = OwnIndicator.objects.create(
            school=log.school, table=log, pattern=code, definition=definition, columns=_columns(log), by=by
        )
        record("alerts.indicator_made", own, by=by, details={"table": log.code, "pattern": code})
        rule = Rule.objects.create(
            school=log.school, code=own.code, state=Rule.State.ON, effective_from=today(), by=by, approved_by=by
        )
        record("alerts.rule_adopted", rule, by=by)
        made.append(rule)
    if made:
        runs.ask(log.school, by=by)
    return made


def _definition(shipped: Shipped, log: Dataset) -> dict[str, Any]:
    """The product's check over another log."""
    there = {column["id"] for column in log.columns}
    whole = shipped.model_dump(mode="json", exclude={"code"})
    title = {
        "zh": f"{shipped.title.zh}（{log.name}）",
        "en": f"{shipped.title.en} ({log.name_en or log.name})",
    }
    checks = [{**one, "evidence": [name for name in one["evidence"] if name in there]} for one in whole["checks"]]
    return {**whole, "title": title, "dataset": log.code, "checks": checks}


def _columns(log: Dataset) -> list[dict[str, str]]:
    """The log's columns under its own headings, and those that indicators may look at though the log lacks them."""
    standard = {column.id: column for column in templates()[LOG].columns}
    own = [
        {
            "id": c["id"],
            "zh": c["name"],
            "en": c.get("en") or _english(standard.get(c["id"])) or c["name"],
            "type": c["type"],
        }
        for c in log.columns
    ]
    there = {column["id"] for column in own}
    lacking = [column for id_, column in standard.items() if id_ not in there]
    return own + [{"id": c.id, "zh": c.zh, "en": c.en, "type": c.type} for c in lacking]


def _english(column: ColumnTemplate | None) -> str:
    return column.en if column else ""
