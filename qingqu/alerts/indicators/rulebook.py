"""The indicators that the product ships, and which of them a school runs with which values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Q

from qingqu.alerts.engine import catalogue
from qingqu.alerts.engine.days import Calendar, chinese_calendar
from qingqu.alerts.engine.incremental import Grouping, Judge, needed
from qingqu.alerts.engine.prepared import Context, Prepared, Schemas, prepare
from qingqu.alerts.engine.snapshots import Snapshot
from qingqu.alerts.engine.spec import AnyCheck
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.models import OwnIndicator, Rule
from qingqu.alerts.models import Snapshot as KeptSnapshot
from qingqu.common import statements
from qingqu.common.calendar import date_of
from qingqu.common.clock import today
from qingqu.datasets.catalogue import ColumnTemplate, DatasetTemplate, templates
from qingqu.datasets.models import Dataset
from qingqu.datasets.rules import STEPS
from qingqu.organisation.holidays import entered
from qingqu.organisation.models import Unit

DATA = Path(__file__).parent.parent / "data"


@cache
def shipped() -> Mapping[str, Shipped]:
    """All indicators by code, in order."""
    rules = [rule for file in sorted(DATA.glob("*.yaml")) for rule in catalogue.load(file)]
    return {rule.code: rule for rule in sorted(rules, key=lambda rule: (rule.code[0] == "E", rule.code))}


@cache
def schemas() -> Schemas:
    """The product's tables as the engine knows them."""
    return {code: template.schema() for code, template in templates().items()}


@cache
def areas() -> tuple[str, ...]:
    """The domains of the shipped indicators, in order."""
    return tuple(dict.fromkeys(rule.area for rule in shipped().values()))


OWN_CODE = re.compile(OwnIndicator.PREFIX + r"[0-9]{1,9}")
_own: dict[str, tuple[Shipped, OwnIndicator]] = {}


def _of_own(code: str) -> tuple[Shipped, OwnIndicator] | None:
    """An indicator that a school has made; it never changes, so that a process reads it once."""
    if code not in _own and OWN_CODE.fullmatch(code):
        _read_own([code])
    return _own.get(code)


def _read_own(codes: Iterable[str]) -> None:
    """One statement for those that this process has not read yet."""
    missing = [int(code[1:]) for code in codes if code not in _own]
    for kept in OwnIndicator.objects.filter(pk__in=missing).select_related("table") if missing else []:
        _own[kept.code] = (Shipped.model_validate({**kept.definition, "code": kept.code}), kept)


def forget_own() -> None:
    """Another database is behind the same numbers."""
    _own.clear()


def find(code: str) -> Shipped | None:
    """An indicator by its code, shipped or made by some school; None where there is none."""
    own = None if code in shipped() else _of_own(code)
    return own[0] if own else shipped().get(code)


def known(code: str) -> Shipped:
    """An indicator that a rule or a warning names."""
    found = find(code)
    assert found is not None, f"no indicator {code}"
    return found


def at_school(school: Unit | int) -> dict[str, Shipped]:
    """The indicators of the product, and those that this school has made and not dropped; one statement."""
    pk = school if isinstance(school, int) else school.pk
    alive = Rule.objects.filter(school_id=pk, code__startswith=OwnIndicator.PREFIX).exclude(state=Rule.State.REPLACED)
    made = sorted(set(alive.values_list("code", flat=True)), key=lambda code: int(code[1:]))
    _read_own(made)
    return {**shipped(), **{code: rule for code in made if (rule := find(code))}}


def schemas_of(rule: Shipped) -> Schemas:
    """The tables as the engine knows them for this indicator: with the school's own table that it is about."""
    own = None if rule.code in shipped() else _of_own(rule.code)
    return {**schemas(), rule.dataset: {c["id"]: c["type"] for c in own[1].columns}} if own else schemas()


def template_of(rule: Shipped, dataset: str = "") -> DatasetTemplate:
    """The table that an indicator, or a check of it, is about."""
    own = None if rule.code in shipped() else _of_own(rule.code)
    if own is None:
        return templates()[dataset or rule.dataset]
    table = own[1].table
    columns = tuple(ColumnTemplate(c["id"], c["zh"], c["en"], c["type"]) for c in own[1].columns)
    return DatasetTemplate(
        table.code, table.name, table.name_en or table.name, rule.area, table.kind, tuple(table.key), columns
    )


def taken_on(rule: Rule) -> Shipped:
    """An indicator with the values it came with when the school took it on; an upgrade of the product changes none."""
    shipped = known(rule.code)
    return catalogue.effective(shipped, {n: v for n, v in rule.came_with.items() if n in shipped.parameters})


def came_with(code: str) -> dict[str, Any]:
    """The values with which the product has an indicator now; local limits have none."""
    return {name: one.value for name, one in known(code).parameters.items() if one.value is not None}


def effective(rule: Rule) -> Shipped:
    """An indicator with a school's values."""
    return catalogue.effective(taken_on(rule), rule.values, rule.levels, rule.where, rule.peers)


def check_of(rule: Shipped, check_id: str) -> AnyCheck:
    return next(one for one in rule.checks if one.id == check_id)


@dataclass(frozen=True)
class Running:
    """A check that a school runs: its rule's version, made ready for a day."""

    rule: Rule
    prepared: Prepared
    judge: Judge

    @cached_property
    def definition(self) -> str:
        """Digest of what it computes with besides records, values and medians."""
        return definition_of(self.prepared)


def definition_of(p: Prepared) -> str:
    """Digest of a check, the columns that it reads, the legal days off and a log's names of steps."""
    calendar = [sorted(p.context.calendar.holidays), sorted(p.context.calendar.workdays)]
    steps = p.context.steps and dict(p.context.steps)
    whole = [p.check.model_dump(mode="json"), dict(p.types), calendar, steps]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def calendar(day: int) -> Calendar:
    """The official days off for a verdict on a day: of the years entered, those that have begun by then.

    Entering next year's days leaves what was found this year as it is; it can still be computed anew.
    """
    year = date_of(day).year
    return chinese_calendar(tuple(one for one in entered() if one.year <= year))


def in_force(school: Unit | int, day: date | None = None) -> list[Rule]:
    """The versions of indicators that run at a school on a day (today), newest where an approved one has begun."""
    pk = school if isinstance(school, int) else school.pk
    begun = Q(state=Rule.State.ON) | Q(state=Rule.State.APPROVED, effective_from__lte=day or today())
    found = Rule.objects.filter(begun, school_id=pk).order_by("code", "version")
    return list({rule.code: rule for rule in found}.values())


def begun_today(school_id: int) -> tuple[int, ...]:
    """The ids of the versions among which those of `in_force` are; asked at every record, hence plain SQL."""
    found = statements.fetch(
        "SELECT id FROM alerts_rule WHERE school_id = %s"
        " AND (state = %s OR state = %s AND effective_from <= %s) ORDER BY code, version",
        [school_id, Rule.State.ON, Rule.State.APPROVED, connection.ops.adapt_datefield_value(today())],
    )
    return tuple(id_ for (id_,) in found)


def running(rules: list[Rule], day: int, snapshots: Mapping[tuple[str, str], Snapshot]) -> list[Running]:
    """The checks of these versions, without those that wait for a local limit or whose steps the school's log lacks."""
    schools = {rule.school_id for rule in rules}
    logs = Dataset.objects.filter(school__in=schools, kind=Dataset.Kind.EVENTS)
    steps = {code: mapping or THEMSELVES for code, mapping in logs.values_list("code", "steps")}
    found, days_off = [], calendar(day)
    for rule in rules:
        whole = effective(rule)
        for one in whole.checks:
            own = steps.get(one.dataset or whole.dataset)
            prepared = prepare(whole, one, schemas_of(whole), Context(day, days_off, snapshots, own))
            if not prepared.awaits and (own is None or applies(one, own.values())):
                found.append(Running(rule, prepared, Judge(prepared)))
    return found


THEMSELVES = {step: step for step in STEPS}
"""What the names of a log mean where nobody has said: the standard ones themselves, others nothing."""


def steps_of(school_id: int, code: str) -> Mapping[str, str] | None:
    """A log's own names of steps → ours; None for a table that is no log. One statement."""
    logs = Dataset.objects.filter(school=school_id, kind=Dataset.Kind.EVENTS, code=code)
    found = logs.values_list("steps", flat=True).first()
    return None if found is None else found or THEMSELVES


NEEDS_FIRST = ("precedence", "amount_requires", "gap")


def applies(one: AnyCheck, steps: Iterable[str]) -> bool:
    """Whether a log that knows these steps can be held to a check: one without 验收 owes none before its payment."""
    if one.primitive != "events":
        return True
    there = set(steps)
    if one.about and there.isdisjoint(one.about):
        return False
    if one.steps:
        return not there.isdisjoint(step.name for step in one.steps if not step.beside)
    then = not one.then or not there.isdisjoint(one.then)
    first = not one.first or not there.isdisjoint(one.first)
    return then and (first or one.kind not in NEEDS_FIRST)


def waiting(rule: Rule) -> list[str]:
    """The names of the local limits of an indicator that nobody has entered."""
    whole = effective(rule)
    return [name for name, parameter in whole.parameters.items() if parameter.value is None]


def groupings() -> Iterator[Grouping]:
    """All look-ups that the shipped checks make when records change."""
    return _needed(shipped().values())


def own_groupings(rules: Iterable[Rule]) -> dict[str, list[Grouping]]:
    """Those of the indicators among these versions that a school has made, by the table they are about."""
    own = [effective(rule) for rule in rules if rule.code not in shipped()]
    found: dict[str, dict[int, Grouping]] = {}
    for grouping in _needed(own):
        found.setdefault(grouping.dataset, {})[grouping.number] = grouping
    return {code: list(numbered.values()) for code, numbered in found.items()}


def _needed(rules: Iterable[Shipped]) -> Iterator[Grouping]:
    for rule in rules:
        for one in rule.checks:
            yield from needed(prepare(rule, one, schemas_of(rule), Context(today=0)))


def snapshots_of(school: Unit | int) -> dict[tuple[str, str], Snapshot]:
    """The newest medians of each check that compares with peers."""
    pk = school if isinstance(school, int) else school.pk
    found: dict[tuple[str, str], Any] = {}
    for kept in KeptSnapshot.objects.filter(school_id=pk).order_by("id"):
        found[kept.code, kept.check_id] = Snapshot.of_rows(kept.rows)
    return found
