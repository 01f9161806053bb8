"""Who may see a risk point, grade it, work on its measures and judge their effect."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.models import Unit, schools_of
from qingqu.organisation.queries import standing
from qingqu.risks.models import Category, ControlMeasure, MeasureRun, Rating, RiskPoint

NOT_HERE = _("本校没有这一项：%(name)s %(pk)s")
THOUGHT = _("思想道德类风险只有本人、部门负责人、纪委和党委书记可以查看")


def can_see(user: User, risk: RiskPoint) -> Access:
    """The same as `RiskPoint.objects.visible_to(user)`, with the reason where it is no (S20, S26)."""
    who = standing(user)
    if who.school is None or who.school.pk != risk.school_id:
        return denied(_("这一风险点属于其他学校"))
    if risk.person_id == user.pk or risk.unit_id in who.heads or who.has("discipline", "secretary"):
        return ALLOWED
    if risk.person_id is None:
        return ALLOWED
    if risk.category == Category.THOUGHT:
        return denied(THOUGHT)
    if who.has("party_office", "principal") or risk.is_leader or risk.unit_id in who.leads:
        return ALLOWED
    return denied(_("个人的风险点由本人、部门负责人、分管领导和纪委等查看"))


def can_create(user: User, unit: Unit) -> Access:
    """Risk points outside the yearly forms: the unit's head, the party office, the discipline commission."""
    who = standing(user)
    if unit.school_id not in schools_of(user):
        return denied(_("不能在其他学校登记风险点"))
    if unit.pk in who.heads or who.has("party_office", "discipline"):
        return ALLOWED
    return denied(_("部门的风险点由部门负责人、党办或者纪委登记"))


def can_edit(user: User, risk: RiskPoint) -> Access:
    """Its words: who may register one, as long as it is held."""
    if risk.state == RiskPoint.State.CLOSED:
        return denied(_("已销号的风险点不能再修改"))
    return can_see(user, risk) and can_create(user, risk.unit)


def can_rate(user: User, risk: RiskPoint) -> Access:
    """Grading: the unit's head, its leader, party office, discipline commission; nobody his own."""
    if risk.state == RiskPoint.State.CLOSED:
        return denied(_("已销号的风险点不再评定"))
    if not (seen := can_see(user, risk)):
        return seen
    if risk.person_id == user.pk:
        return denied(_("本人的风险点由他人评定"))
    who = standing(user)
    if risk.unit_id in who.heads | who.leads or who.has("party_office", "discipline"):
        return ALLOWED
    return denied(_("等级由部门负责人、分管领导、党办或者纪委评定"))


def can_agree(user: User, rating: Rating) -> Access:
    """The second person for another level than the rule's: never who proposed it, nor whose risk it is (S30)."""
    risk = rating.risk
    if rating.state != Rating.State.PROPOSED:
        return denied(_("这一评定已经办结"))
    if not (seen := can_see(user, risk)):
        return seen
    if rating.by_id == user.pk:
        return denied(_("须由提出人以外的第二人同意"))
    if risk.person_id == user.pk:
        return denied(_("本人的风险点由他人评定"))
    who = standing(user)
    if risk.unit_id in who.leads or who.has("discipline", "secretary", "principal"):
        return ALLOWED
    return denied(_("由分管领导、纪委、党委书记或者校长同意"))


def can_plan(user: User, risk: RiskPoint) -> Access:
    """Measures: who is responsible for the risk, and who may register risks of the unit."""
    if risk.state == RiskPoint.State.CLOSED:
        return denied(_("已销号的风险点不再增减措施"))
    if not (seen := can_see(user, risk)):
        return seen
    if user.pk in (risk.owner_id, risk.person_id):
        return ALLOWED
    if can_create(user, risk.unit):
        return ALLOWED
    return denied(_("措施由责任人、部门负责人、党办或者纪委安排"))


def can_do(user: User, measure: ControlMeasure) -> Access:
    """Noting that a measure was done: its owner, the risk's owner, the head of the unit."""
    if measure.stopped_at is not None:
        return denied(_("这项措施已经停止"))
    risk = measure.risk
    if user.pk in (measure.owner_id, risk.owner_id) or risk.unit_id in standing(user).heads:
        return ALLOWED
    return denied(_("执行情况由措施责任人或者部门负责人登记"))


def can_undo(user: User, run: MeasureRun) -> Access:
    """Taking back what one noted oneself, on the same day."""
    if run.undone_at is not None:
        return denied(_("这条记录已经撤销"))
    if run.done_by_id != user.pk:
        return denied(_("只有登记人可以撤销"))
    if timezone.localdate(run.recorded_at) != timezone.localdate():
        return denied(_("只能在登记当天撤销"))
    return ALLOWED


def can_judge(user: User, risk: RiskPoint) -> Access:
    """Effect and residual level are the discipline commission's, at the check; nobody judges his own (S50)."""
    if risk.state == RiskPoint.State.CLOSED:
        return denied(_("已销号的风险点不再评价"))
    if not standing(user).is_discipline or not can_see(user, risk):
        return denied(_("成效和残余等级由纪委在检查时评定"))
    if user.pk in (risk.person_id, risk.owner_id):
        return denied(_("本人负责的风险点由他人评价"))
    return ALLOWED


def can_close(user: User, risk: RiskPoint) -> Access:
    """Striking a risk off (销号) is the discipline commission's, never for one's own."""
    if risk.state == RiskPoint.State.CLOSED:
        return denied(_("已经销号"))
    if not standing(user).is_discipline or not can_see(user, risk):
        return denied(_("销号由纪委办理"))
    if user.pk in (risk.person_id, risk.owner_id):
        return denied(_("本人负责的风险点由他人销号"))
    return ALLOWED


def can_open_evidence(user: User, measure_id: int) -> Access:
    """The files of a measure: who may see its risk, and who does the measure."""
    measure = ControlMeasure.objects.select_related("risk").filter(pk=measure_id).first()
    if measure is None:
        return denied(_("这项措施已不存在"))
    return ALLOWED if measure.owner_id == user.pk else can_see(user, measure.risk)
