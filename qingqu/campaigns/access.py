"""Who may do what in a year's work."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Mobilisation, StudyDocument, Task
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.access import OTHER_SCHOOL, in_own_school
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing


def can_manage(user: User, school: Unit | None) -> Access:
    """Making a year, its dates, plan, tasks, stages: the party office."""
    if school is None or not in_own_school(user, school.pk):
        return OTHER_SCHOOL
    return ALLOWED if standing(user).is_party_office else denied(_("年度工作由党办办理"))


def can_edit_plan(user: User, campaign: Campaign) -> Access:
    """The plan is the party office's; the secretary may amend it."""
    if not in_own_school(user, campaign.school_id):
        return OTHER_SCHOOL
    if standing(user).has("party_office", "secretary"):
        return ALLOWED
    return denied(_("实施方案由党办或党委书记修改"))


def can_finish_task(user: User, task: Task) -> Access:
    """Whoever has the task, the head of its department, or the party office.

    A re-assessment is done by its form; only the party office may close it without one.
    """
    if not in_own_school(user, task.campaign.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if task.kind == Task.Kind.REASSESS and not who.is_party_office:
        return denied(_("填好新岗位的登记表并报送，这项任务自动完成"))
    if who.is_party_office or task.person_id == user.pk or (task.unit_id and task.unit_id in who.heads):
        return ALLOWED
    return denied(_("由任务的责任人办理"))


def can_record_mobilisation(user: User, campaign: Campaign, unit_id: int | None = None) -> Access:
    """Meetings of the school: the party office; study sessions: also the head of that department or branch."""
    if not in_own_school(user, campaign.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if who.is_party_office or (who.heads and unit_id is None) or unit_id in who.heads:
        return ALLOWED
    return denied(_("由党办或本部门第一责任人登记"))


def can_edit_mobilisation(user: User, held: Mobilisation) -> Access:
    """Whoever entered it, or the party office."""
    if not in_own_school(user, held.campaign.school_id):
        return OTHER_SCHOOL
    if standing(user).is_party_office or held.by_id == user.pk:
        return ALLOWED
    return denied(_("由登记人或党办更正"))


def can_publish_document(user: User, campaign: Campaign) -> Access:
    """Documents to study come from the party office or the discipline commission."""
    if not in_own_school(user, campaign.school_id):
        return OTHER_SCHOOL
    if standing(user).has("party_office", "discipline"):
        return ALLOWED
    return denied(_("学习文件由党办或纪委发布"))


def can_see_reading(user: User, document: StudyDocument) -> Access:
    """How many have opened it, by department: party office, discipline commission, leaders, heads. Counts, no names."""
    if not in_own_school(user, document.campaign.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if who.has("party_office", "discipline") or who.is_team or who.heads:
        return ALLOWED
    return denied(_("已读统计由党办、纪委、班子成员和部门负责人查看"))


def can_open_files(user: User, pk: int) -> Access:
    """The files of a document to study: everybody of its school, as long as it is not withdrawn."""
    document = StudyDocument.objects.select_related("campaign").filter(pk=pk).first()
    if document is None or not in_own_school(user, document.campaign.school_id):
        return OTHER_SCHOOL
    if document.withdrawn_at and not standing(user).has("party_office", "discipline"):
        return denied(_("这份文件已撤下"))
    return ALLOWED


def can_open_mobilisation_files(user: User, pk: int) -> Access:
    """The files of a meeting or study session: everybody of its school, as the record itself."""
    held = Mobilisation.objects.select_related("campaign").filter(pk=pk).first()
    return ALLOWED if held and in_own_school(user, held.campaign.school_id) else OTHER_SCHOOL
