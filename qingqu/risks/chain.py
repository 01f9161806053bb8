"""The chain of one risk point: power → step → risk → measures → evidence → check → rectification → re-rating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qingqu.common.clock import today
from qingqu.common.language import listed, said_day
from qingqu.common.templatetags.ui import days_late, level_word
from qingqu.records.models import Filing
from qingqu.risks.models import ControlMeasure, Frequency, LedgerState, Phase, Rating, RiskPoint
from qingqu.risks.queries import Gaps, gaps


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: `look` is is-done, is-now, is-dry (a gap) or empty (not reached)."""

    kind: str
    name: str
    note: str = ""
    look: str = ""
    url: str = ""
    is_late: bool = False


def chain(risk: RiskPoint) -> list[Link]:
    """The eight links of `risk`, from what `queries.whole` has fetched: no statement of its own."""
    lacking = gaps(risk)
    going = [m for m in risk.measures.all() if m.stopped_at is None]
    return [
        _power(risk),
        _step(risk),
        Link(_("风险点"), risk.title, _filed_note(risk), "is-done", "#how"),
        _measures(going, lacking),
        _evidence(going, lacking),
        _check(risk, going),
        _rectification(going),
        _rating(risk),
    ]


def _power(risk: RiskPoint) -> Link:
    if risk.power is None:
        look = "is-dry" if risk.category == "duty" else ""
        return Link(_("权力"), _("未对应权力事项"), risk.get_category_display(), look)
    note = f"{risk.power.get_kind_display()} · {risk.unit}"
    return Link(_("权力"), risk.power.name, note, "is-done", reverse("powers:show", args=[risk.power.pk]))


def _step(risk: RiskPoint) -> Link:
    if risk.step is None:
        return Link(_("环节"), _("未对应环节"), "", "is-dry" if risk.power else "")
    url = reverse("powers:show", args=[risk.step.power_id]) + "#steps"
    return Link(_("环节"), risk.step.name, _("第 %(n)d 步") % {"n": risk.step.order}, "is-done", url)


def _filed_note(risk: RiskPoint) -> str:
    state: Any = getattr(risk, "ledger_state", "")
    return str(LedgerState(state).label) if state else ""


def _measures(going: list[ControlMeasure], lacking: Gaps) -> Link:
    if not going:
        return Link(_("措施"), _("还没有措施"), "", "is-dry", "#measures")
    name = ngettext("%(n)d 项措施", "%(n)d 项措施", len(going)) % {"n": len(going)}
    if lacking.phases:
        missing = listed(Phase(phase).label for phase in lacking.phases)
        return Link(_("措施"), name, _("缺%(phases)s") % {"phases": missing}, "is-dry", "#measures", True)
    counted = [sum(m.phase == phase for m in going) for phase in Phase.values]
    note = _("前 %(pre)d · 中 %(mid)d · 后 %(post)d") % dict(zip(("pre", "mid", "post"), counted, strict=True))
    return Link(_("措施"), name, note, "is-done", "#measures")


def _evidence(going: list[ControlMeasure], lacking: Gaps) -> Link:
    if not going:
        return Link(_("凭证"), _("还没有凭证"))
    shown = {"n": len(going) - len(lacking.no_evidence), "all": len(going)}
    name = _("%(n)d / %(all)d 项有凭证") % shown
    if lacking.late:
        day = min(m.next_due_on for m in lacking.late if m.next_due_on)
        return Link(_("凭证"), name, days_late(day, today()), "is-dry", "#measures", True)
    return Link(_("凭证"), name, "", "is-dry" if lacking.no_evidence else "is-done", "#measures")


def _check(risk: RiskPoint, going: list[ControlMeasure]) -> Link:
    judged = [m for m in going if m.effect]
    if not judged:
        return Link(_("检查与预警"), _("还没有检查"))
    poor = sum(m.effect != ControlMeasure.Effect.GOOD for m in judged)
    note = ngettext("%(n)d 项未见成效", "%(n)d 项未见成效", poor) % {"n": poor} if poor else _("措施有效")
    name = _("已评价 %(n)d / %(all)d 项") % {"n": len(judged), "all": len(going)}
    return Link(_("检查与预警"), name, note, "is-now" if poor or len(judged) < len(going) else "is-done", "#measures")


def _rectification(going: list[ControlMeasure]) -> Link:
    """What has to be put right once, because a prompt was closed so (see `alerts.actions.rectify`)."""
    ordered = [m for m in going if m.frequency == Frequency.ONCE]
    days = [m.next_due_on for m in ordered if m.next_due_on]
    if not ordered:
        return Link(_("整改"), _("没有待整改的问题"))
    if not days:
        name = ngettext("%(n)d 项已整改", "%(n)d 项已整改", len(ordered)) % {"n": len(ordered)}
        return Link(_("整改"), name, "", "is-done", "#measures")
    name, late = ngettext("%(n)d 项待整改", "%(n)d 项待整改", len(days)) % {"n": len(days)}, min(days) < today()
    note = days_late(min(days), today()) if late else _("%(day)s前完成") % {"day": said_day(min(days))}
    return Link(_("整改"), name, note, "is-now", "#measures", late)


def _rating(risk: RiskPoint) -> Link:
    if risk.residual_level:
        words = {"level": level_word(risk.residual_level)}
        return Link(_("重评"), _("残余等级%(level)s") % words, "", "is-done", "#rate")
    ratings = [r for r in risk.ratings.all() if r.state == Rating.State.SETTLED]
    if len(ratings) > 1:
        name = ngettext("评定过 %(n)d 次", "评定过 %(n)d 次", len(ratings)) % {"n": len(ratings)}
        return Link(_("重评"), name, "", "is-now", "#rate")
    return Link(_("重评"), _("还没有重评"), _("年终检查时评定残余等级"))


def accepted_filing(risk: RiskPoint) -> Filing | None:
    """The filing under which the risk point is on record, from what `queries.whole` has fetched."""
    filings = risk.document.filings.all() if risk.document else ()
    return next((filing for filing in filings if filing.state == Filing.State.ACCEPTED), None)
