"""In what a school's version of an indicator differs from another, besides its values: colours, records, peers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from qingqu.alerts import wording
from qingqu.alerts.forms import heading
from qingqu.alerts.indicators import grading, rule_queries, rulebook
from qingqu.alerts.indicators.scopes import RecordScope, scope_of
from qingqu.alerts.models import Colour, Rule
from qingqu.common.language import listed


def own_ways(rule: Rule) -> list[str]:
    """In what, besides its values, a school's version differs from the indicator: colours, records, peers."""
    return [*_ways(rule), *_grades(rule, None)]


def drafted_ways(draft: Rule, rule: Rule | None) -> list[str]:
    """In what, besides its values, a drafted version differs from the one that it is to replace."""
    now, then = _ways(rule) if rule else [], _ways(draft)
    given_up = [_("不再这样做：%(way)s") % {"way": way} for way in now if way not in then]
    return [*(way for way in then if way not in now), *given_up, *_grades(draft, rule)]


def difference(draft: Rule, rule: Rule) -> dict[str, Any]:
    """What a panel says of a drafted version: what it changes of the one that it is to replace, and what follows."""
    return {
        "drafted": rule_queries.drafted(draft, rule),
        "drafted_ways": drafted_ways(draft, rule),
        "holds_otherwise": draft.holds_red != rule.holds_red,
        "lightest": grading.lightest(rulebook.effective(rule), rulebook.effective(draft)),
    }


def changes(version: Rule, before: Rule) -> list[str]:
    """Everything in which a version differs from the one before it, a sentence each."""
    values = [f"{line.label} {line.value}" for line in rule_queries.drafted(version, before)]
    held = _("作出红色提示时不予保存记录") if version.holds_red else _("作出红色提示时照常保存记录")
    return [*values, *drafted_ways(version, before), *([held] if version.holds_red != before.holds_red else [])]


def _grades(rule: Rule, before: Rule | None) -> list[str]:
    """The numbers of its colours that differ from those of another version, or of the indicator itself."""
    shipped = rulebook.known(rule.code)
    return [
        _("“%(name)s”%(change)s") % {"name": wording.said(one.name), "change": change}
        for one in shipped.checks
        for change in grading.changes(
            shipped, one, before.levels.get(one.id) if before else None, rule.levels.get(one.id)
        )
    ]


def _ways(rule: Rule) -> list[str]:
    shipped = rulebook.known(rule.code)
    names = {one.id: wording.said(one.name) for one in shipped.checks}
    tables = [rulebook.template_of(shipped, one.dataset) for one in shipped.checks]
    columns = {column.id: heading(column) for table in tables for column in table.columns}
    said = [
        _("“%(name)s”一律%(colour)s") % {"name": names[check], "colour": Colour(levels["always"]).label}
        for check, levels in rule.levels.items()
        if check in names and levels.get("always")
    ]
    if scope := scope_of(rule.where.values()):
        said.append(scope_said(scope, columns.get(scope.column, scope.column)))
    return said + [
        _("“%(name)s”与同一%(columns)s的记录相比") % {"name": names[check], "columns": listed(columns[c] for c in by)}
        for check, by in rule.peers.items()
    ]


def scope_said(scope: RecordScope, column: str) -> str:
    """Which records an indicator is narrowed to, the column under its heading."""
    pattern = _("只看“%(column)s”为%(words)s的记录") if scope.only else _("不看“%(column)s”为%(words)s的记录")
    return pattern % {"column": column, "words": listed(scope.words)}
