"""What a change would make of an indicator, and why it cannot be: nothing is kept here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qingqu.alerts import wording
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.expressions import ExpressionError
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.indicators import grading, rulebook
from qingqu.alerts.models import Rule
from qingqu.campaigns.rules import a_year_later
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import is_english, said_day


def planned(
    rule: Rule,
    *,
    values: Mapping[str, Any],
    bases: Mapping[str, str],
    where: Mapping[str, str] | None = None,
    levels: Mapping[str, Any] | None = None,
    peers: Mapping[str, Sequence[str]] | None = None,
    holds_red: bool | None = None,
) -> Rule:
    """The version that such a change would draft, kept nowhere: what a page says before the change is sent.

    Raises NotPossible as `propose` does; a value that the school has chosen needs a basis of the school's.
    """
    shipped, now = rulebook.known(rule.code).parameters, rulebook.effective(rule).parameters
    base = rulebook.taken_on(rule).parameters
    fitting = {name: in_range(rule, name, value) for name, value in values.items()}
    own = {n: said for n, text in bases.items() if (said := text.strip()) and said != shipped[n].basis}
    for name, value in fitting.items():
        named = {"name": wording.said(shipped[name].name)}
        if value is None and now[name].value is not None:
            raise NotPossible(_("“%(name)s”不能为空，不再需要这项检查的请停用指标") % named)
        usual = (now[name].value, base[name].value, shipped[name].value)
        if value not in usual and len(own.get(name, "")) < 2:
            raise NotPossible(_("请写明“%(name)s”的新数值依据什么文件，或者为什么这样定") % named)
    kept = {n: v for n, v in fitting.items() if v != base[n].value}
    draft = Rule(
        school=rule.school,
        code=rule.code,
        state=Rule.State.DRAFT,
        came_with=rule.came_with,
        values=kept,
        bases=own,
        levels=dict(levels if levels is not None else rule.levels),
        where=dict(where if where is not None else rule.where),
        peers=dict(peers if peers is not None else rule.peers),
        holds_red=rule.holds_red if holds_red is None else holds_red,
    )
    were = {n: text for n, text in rule.bases.items() if text != shipped[n].basis}
    changeable = ("values", "where", "levels", "peers", "holds_red")
    if own == were and all(getattr(draft, name) == getattr(rule, name) for name in changeable):
        raise NotPossible(_("没有修改任何内容"))
    check(rule, draft.values, draft.levels, draft.where, draft.peers)
    if wrong := contradiction(draft):
        raise NotPossible(wrong)
    return draft


def contradiction(draft: Rule) -> str:
    """Where a version contradicts itself and what to change about it; nothing where it does not."""
    whole = rulebook.effective(draft)
    for one in whole.checks:
        if wrong := grading.contradiction(whole, one)[1]:
            return _("“%(name)s”：%(wrong)s") % {"name": wording.said(one.name), "wrong": wrong}
    if draft.holds_red and not grading.can_hold(whole):
        return _("这样定，保存记录时不会作出红色提示，不能设为红色时不予保存")
    return ""


def cannot_begin(draft: Rule) -> str:
    """Why the clock gives up an approved version that contradicts itself; nothing where it does not."""
    if not (wrong := contradiction(draft)):
        return ""
    said = _("这个版本前后矛盾，不能生效。%(wrong)s。请改正后重新拟定") % {"wrong": wrong.rstrip("。").rstrip(".")}
    return said[:300]


def ended_because(rule: Rule) -> str:
    """Why a version ended: people's words as they wrote them, the clock's in the reader's language.

    What was kept of these is Chinese. For another reader they are said anew, as long as the version has that fault.
    """
    by_clock = rule.was_given_up and rule.ended_by_id is None and rule.ended_reason
    return (is_english() and by_clock and cannot_begin(rule)) or rule.ended_reason


def why_not_approvable(draft: Rule) -> str:
    """Why nobody can approve a version that was drafted before such a contradiction was looked for; usually nothing."""
    if draft.state == Rule.State.DRAFT and (wrong := contradiction(draft)):
        return _("这个版本前后矛盾，不能批准。%(wrong)s。请不批准，由纪委改正后重新拟定。") % {
            "wrong": wrong.rstrip("。")
        }
    return ""


def span() -> tuple[date, date]:
    """The first and the last day on which an approved version may begin."""
    return today(), a_year_later(today())


def out_of_span() -> str:
    """What a day outside it is answered with."""
    first, last = span()
    return _("生效日期应在 %(first)s到 %(last)s之间") % {"first": said_day(first), "last": said_day(last)}


def in_range(rule: Rule, name: str, value: Any) -> Any:
    """The value of a parameter, inside its range. Raises NotPossible."""
    try:
        effective(rulebook.known(rule.code), {name: value})
    except ExpressionError as error:
        raise NotPossible(said_error(error)) from error
    return value


def check(rule: Rule, values: Any, levels: Any, where: Any, peers: Any) -> None:
    """Try these values, colours, records and peers on an indicator. Raises NotPossible with what does not fit."""
    try:
        whole = effective(rulebook.known(rule.code), values, levels, where, peers)
        for one in whole.checks:
            prepare(whole, one, rulebook.schemas_of(whole), Context(today=0))
    except (ExpressionError, ValueError) as error:
        raise NotPossible(said_error(error)) from error
    if far := grading.out_of_bounds(rulebook.known(rule.code), levels):
        raise NotPossible(_("“%(name)s”的分级数值超出范围") % {"name": far.left})


def said_error(error: Exception) -> str:
    """Why an expression or value cannot be used, in the reader's language."""
    if isinstance(error, ExpressionError):
        return error.en if is_english() else error.zh
    return str(error)
