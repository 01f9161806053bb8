"""What stands in the way of closing a stage, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qingqu.campaigns.models import Mobilisation, Stage
from qingqu.declarations.models import Declaration, StepJudgement
from qingqu.declarations.progress import people_due, units_due
from qingqu.declarations.progress_rules import Facts, verdicts
from qingqu.powers.models import Power, Step
from qingqu.records.models import Document, Filing


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as the page shows it."""

    text: str
    holds: bool


def conditions(stage: Stage) -> list[Condition]:
    """Every condition of a stage, whether it holds, and what is missing; a fixed number of SQL statements."""
    return [
        Condition(_sentence(code, holds, figures), holds) for code, holds, figures in verdicts(stage.kind, facts(stage))
    ]


def unmet(stage: Stage) -> list[str]:
    """What stands in the way of closing."""
    return [condition.text for condition in conditions(stage) if not condition.holds]


def facts(stage: Stage) -> Facts:
    """What is counted for the conditions of a stage."""
    tasks = stage.tasks.aggregate(n=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)))
    counted = FACTS[stage.kind](stage)
    return Facts(tasks=tasks["n"], tasks_done=tasks["done"], **counted)


def _mobilise(stage: Stage) -> dict[str, Any]:
    campaign = stage.campaign
    return {
        "has_plan": bool(campaign.plan.strip()),
        "meetings": campaign.mobilisations.filter(kind=Mobilisation.Kind.MEETING).count(),
        "documents": campaign.documents.filter(withdrawn_at=None).count(),
    }


def _find(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, due in (("people", people_due(stage.campaign)), ("units", units_due(stage.campaign))):
        counted = due.order_by().aggregate(
            n=Count("pk"),
            handed_n=Count("pk", filter=Q(handed=True)),
            excused_n=Count("pk", filter=Q(handed=False, excused=True)),
        )
        found |= {
            name: counted["n"],
            f"{name}_handed": counted["handed_n"],
            f"{name}_excused": counted["excused_n"],
        }
    return found


def _build(stage: Stage) -> dict[str, Any]:
    campaign = stage.campaign
    steps = Step.objects.filter(power__school=campaign.school, power__state=Power.State.IN_FORCE)
    judged = StepJudgement.objects.filter(declaration__campaign=campaign).values("step_id")
    departments = units_due(campaign).filter(excused=False)
    filed = Filing.objects.filter(
        document__kind=Document.Kind.UNIT_LIST, document__year=campaign.year, state=Filing.State.ACCEPTED
    )
    waiting = (Declaration.State.IN_REVIEW, Declaration.State.RETURNED)
    return {
        "in_review": campaign.declarations.filter(state__in=waiting).count(),
        "steps": steps.count(),
        "steps_judged": steps.filter(pk__in=judged).count(),
        "departments": departments.order_by().count(),
        "departments_filed": departments.filter(pk__in=filed.values("document__unit_id")).order_by().count(),
    }


def _inspect(stage: Stage) -> dict[str, Any]:
    return {"stages_open": stage.campaign.stages.filter(closed_at=None).exclude(pk=stage.pk).count()}


FACTS = {"mobilise": _mobilise, "find": _find, "build": _build, "inspect": _inspect}


def _sentence(code: str, holds: bool, n: dict[str, int]) -> str:
    if holds:
        return _met(code)
    if code in ("people", "units"):
        return _still_open(code, n)
    left = n.get("open", 0)
    unmet_words = {
        "plan": _("还没有写实施方案"),
        "meeting": _("还没有登记动员会"),
        "documents": _("还没有发布学习文件"),
        "reviews": ngettext("还有 %(n)s 份登记表没有审核通过", "还有 %(n)s 份登记表没有审核通过", left),
        "steps": ngettext("还有 %(n)s 个环节没有判断有无风险", "还有 %(n)s 个环节没有判断有无风险", left),
        "filed": ngettext("还有 %(n)s 个部门的清单没有备案", "还有 %(n)s 个部门的清单没有备案", left),
        "stages": ngettext("还有 %(n)s 个阶段没有办结", "还有 %(n)s 个阶段没有办结", left),
        "tasks": ngettext("还有 %(n)s 项任务没有完成", "还有 %(n)s 项任务没有完成", left),
    }
    return unmet_words[code] % {"n": left}


def _met(code: str) -> str:
    return {
        "plan": _("实施方案已写"),
        "meeting": _("动员会已登记"),
        "documents": _("学习文件已发布"),
        "people": _("教职工都已报送或有豁免"),
        "units": _("部门登记表都已报送或有豁免"),
        "reviews": _("登记表都已审核通过"),
        "steps": _("每个环节都已判断有无风险"),
        "filed": _("各部门清单都已备案"),
        "stages": _("其他阶段都已办结"),
        "tasks": _("本阶段任务都已完成"),
    }[code]


def _still_open(code: str, n: dict[str, int]) -> str:
    """«尚有 4 人未报，其中 1 人有豁免»"""
    if code == "people":
        text = ngettext("尚有 %(n)s 人未报", "尚有 %(n)s 人未报", n["open"]) % {"n": n["open"]}
        free = ngettext("其中 %(n)s 人有豁免", "其中 %(n)s 人有豁免", n["excused"]) % {"n": n["excused"]}
    else:
        text = ngettext("尚有 %(n)s 个部门未报", "尚有 %(n)s 个部门未报", n["open"]) % {"n": n["open"]}
        free = ngettext("其中 %(n)s 个有豁免", "其中 %(n)s 个有豁免", n["excused"]) % {"n": n["excused"]}
    return _("%(text)s，%(free)s") % {"text": text, "free": free} if n["excused"] else text
