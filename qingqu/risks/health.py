"""Five checks of a risk point (质量体检, S16): are its measures to the point, linked up, watched, backed, taught?"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from qingqu.common.clock import today
from qingqu.common.language import listed
from qingqu.powers.models import Regulation
from qingqu.risks import rules
from qingqu.risks.models import ControlMeasure, LedgerState, Phase, RiskPoint

TEACHING = ("教育", "培训", "学习", "提醒", "谈话", "承诺", "警示", "告知")
"""Words by which a measure is known to speak to people before anything happens."""
WATCHED = (LedgerState.PUBLISHED, LedgerState.SHOWN, LedgerState.FILED, LedgerState.MONITORED, LedgerState.LOWERED)


@dataclass(frozen=True, slots=True)
class Check:
    """One of the five: its name, whether it holds, and why or what is missing."""

    name: str
    ok: bool
    reason: str


def checks(risk: RiskPoint) -> list[Check]:
    """The five checks of `risk`, from what `queries.whole` has fetched: no statement of its own."""
    going = [m for m in risk.measures.all() if m.stopped_at is None]
    return [_to_the_point(risk, going), _linked_up(risk, going), _watched(risk, going), _backed(risk), _taught(going)]


def _to_the_point(risk: RiskPoint, going: list[ControlMeasure]) -> Check:
    name = _("措施对应性")
    if not going:
        return Check(name, False, _("还没有措施"))
    bare = [m for m in going if not m.evidence_kind]
    if bare:
        return Check(name, False, _("“%(measure)s”没有写执行凭证") % {"measure": bare[0].text})
    if risk.category == "duty" and risk.step is None and risk.post is None:
        return Check(name, False, _("没有对应到环节或者岗位"))
    return Check(name, True, _("每项措施有凭证，对应到环节或者岗位"))


def _linked_up(risk: RiskPoint, going: list[ControlMeasure]) -> Check:
    name = _("环节衔接性")
    missing = [phase for phase in rules.PHASES if phase not in {m.phase for m in going}]
    if missing:
        return Check(name, False, _("缺%(phases)s") % {"phases": listed(Phase(p).label for p in missing)})
    return Check(name, True, _("前期、中期、后期都有措施和责任人"))


def _watched(risk: RiskPoint, going: list[ControlMeasure]) -> Check:
    name = _("公示监控性")
    state = LedgerState(getattr(risk, "ledger_state", LedgerState.RATED))
    if any(m.next_due_on and m.next_due_on < today() for m in going):
        return Check(name, False, _("有措施逾期未执行"))
    return Check(name, state in WATCHED, str(state.label))


def _backed(risk: RiskPoint) -> Check:
    name, regulation = _("制度可操作性"), risk.regulation
    if regulation is None:
        return Check(name, False, _("没有关联制度"))
    if regulation.state == Regulation.State.REPEALED:
        return Check(name, False, _("“%(name)s”已废止") % {"name": regulation.name})
    if regulation.review_on and regulation.review_on < today():
        return Check(name, False, _("“%(name)s”已到修订日期") % {"name": regulation.name})
    return Check(name, True, regulation.name)


def _taught(going: list[ControlMeasure]) -> Check:
    name = _("教育针对性")
    said = next((m for m in going if any(word in m.text for word in TEACHING)), None)
    if said is None:
        return Check(name, False, _("没有教育、提醒一类的措施"))
    return Check(name, True, said.text)
