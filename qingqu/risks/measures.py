"""Measures as work: set up, changed, stopped, done with evidence, taken back, judged (S12, S23, S50, G4).

Actions like those in `actions.py`, of the nouns measure and run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.organisation.models import Post
from qingqu.records.attachments import store
from qingqu.risks import rules
from qingqu.risks.keeping import keep
from qingqu.risks.models import ControlMeasure, Frequency, MeasureRun, Phase, RiskPoint
from qingqu.trace.actions import record

SUBJECT = "risks.controlmeasure"
"""Under this label the evidence files of a measure are kept."""


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """What a measure is: in which phase, what, by whom, how often, leaving what."""

    phase: str
    text: str
    owner: User
    post: Post | None = None
    frequency: str = Frequency.TERM.value
    frequency_note: str = ""
    evidence_kind: str = ""
    due_on: date | None = None
    """The first day by which it has to be done; None: the end of the period that is running."""


@transaction.atomic
def add_measure(risk: RiskPoint, plan: MeasurePlan, *, by: User) -> ControlMeasure:
    """Set up a measure; its first due day is the plan's, else the end of the period that is running (S12, S23)."""
    risk = _held(risk)
    _check(plan)
    measure = ControlMeasure(risk=risk, next_due_on=plan.due_on or rules.next_due(plan.frequency, None, today()))
    _fill(measure, plan)
    measure.save()
    keep([risk.pk])
    record("risks.measure_added", risk, by=by, details={"measure": plan.text})
    return measure


@transaction.atomic
def change_measure(measure: ControlMeasure, plan: MeasurePlan, *, by: User) -> ControlMeasure:
    """Change a measure. Another frequency counts from today; another phase must not leave a grave risk without one."""
    risk, measure = _going(measure)
    _check(plan)
    if plan.phase != measure.phase:
        _keep_phases(risk, measure, plan.phase)
    if plan.frequency != measure.frequency:
        measure.next_due_on = rules.next_due(plan.frequency, None, today())
    _fill(measure, plan)
    measure.save()
    keep([risk.pk])
    record("risks.measure_changed", risk, by=by, details={"measure": plan.text})
    return measure


@transaction.atomic
def stop_measure(measure: ControlMeasure, *, reason: str, by: User) -> ControlMeasure:
    """Stop a measure, with the reason. A level-1 risk keeps all three phases, every risk at least one (S12)."""
    risk, measure = _going(measure)
    if not reason.strip():
        raise NotPossible(_("请写明停止的理由"))
    _keep_phases(risk, measure, None)
    measure.stopped_at, measure.next_due_on = timezone.now(), None
    measure.save(update_fields=["stopped_at", "next_due_on"])
    keep([risk.pk])
    record("risks.measure_stopped", risk, by=by, reason=reason, details={"measure": measure.text})
    return measure


@transaction.atomic
def do(
    measure: ControlMeasure,
    *,
    by: User,
    note: str = "",
    link: str = "",
    upload: UploadedFile | None = None,
    done_on: date | None = None,
) -> MeasureRun:
    """Note that a measure was done, with its evidence: a note, a file or a link (S50). It is due again next period."""
    risk, measure = _going(measure)
    note, link, day = note.strip(), link.strip(), done_on or today()
    if not (note or link or upload):
        raise NotPossible(_("请留下一样凭证：一句说明、一个文件或者一个链接"))
    if day > today():
        raise NotPossible(_("执行日期不能晚于今天"))
    if day < today() - timedelta(days=366):
        raise NotPossible(_("执行日期超过一年，请由纪委核实后补登"))
    school, pk = risk.school, measure.pk
    file = store(upload, subject_label=SUBJECT, subject_id=pk, school=school, by=by) if upload else None
    run = MeasureRun.objects.create(
        measure=measure, due_on=measure.next_due_on, done_on=day, done_by=by, note=note, link=link, attachment=file
    )
    measure.next_due_on = rules.next_due(measure.frequency, measure.next_due_on or day, day)
    measure.save(update_fields=["next_due_on"])
    keep([risk.pk])
    record("risks.measure_done", risk, by=by, details={"measure": measure.text})
    return run


@transaction.atomic
def undo(run: MeasureRun, *, by: User) -> MeasureRun:
    """Take back what was noted today: the note stays readable, the measure is due as it was before."""
    risk, measure = _going(run.measure)
    run = MeasureRun.objects.select_for_update().get(pk=run.pk)
    if run.undone_at is not None:
        raise NotPossible(_("这条记录已经撤销"))
    if measure.runs.filter(undone_at=None, pk__gt=run.pk).exists():
        raise NotPossible(_("此后又登记过执行，请先撤销后一条"))
    run.undone_at = timezone.now()
    run.save(update_fields=["undone_at"])
    measure.next_due_on = run.due_on
    measure.save(update_fields=["next_due_on"])
    keep([risk.pk])
    record("risks.measure_undone", risk, by=by, details={"measure": measure.text})
    return run


@transaction.atomic
def judge_effect(risk: RiskPoint, effects: Mapping[int, str], *, residual_level: int, note: str, by: User) -> RiskPoint:
    """At a check: how well each measure works, and which level remains (S22, S50). `effects`: measure id → effect."""
    risk = _held(risk)
    measures = {m.pk: m for m in risk.measures.filter(stopped_at=None)}
    if unknown := effects.keys() - measures.keys():
        raise NotPossible(_("有措施不属于这一风险点：%(ids)s") % {"ids": listed(sorted(unknown))})
    if residual_level not in (1, 2, 3):
        raise NotPossible(_("残余等级为一级、二级或者三级"))
    if residual_level > risk.level and "none" in effects.values():
        raise NotPossible(_("有措施评为无效，残余等级不能低于现有等级"))
    for pk, effect in effects.items():
        measures[pk].effect, measures[pk].effect_note = effect, note[:200]
    ControlMeasure.objects.bulk_update([measures[pk] for pk in effects], ["effect", "effect_note"])
    before, risk.residual_level = risk.residual_level, residual_level
    risk.save(update_fields=["residual_level"])
    keep([risk.pk])
    record("risks.judged", risk, by=by, before=str(before or ""), after=str(residual_level), reason=note)
    return risk


def _held(risk: RiskPoint) -> RiskPoint:
    risk = RiskPoint.objects.select_for_update(of=("self",)).select_related("school").get(pk=risk.pk)
    if risk.state == RiskPoint.State.CLOSED:
        raise NotPossible(_("这一风险点已销号"))
    return risk


def _going(measure: ControlMeasure) -> tuple[RiskPoint, ControlMeasure]:
    risk = _held(measure.risk)
    measure = ControlMeasure.objects.select_for_update().get(pk=measure.pk)
    if measure.stopped_at is not None:
        raise NotPossible(_("这项措施已经停止"))
    return risk, measure


def _check(plan: MeasurePlan) -> None:
    if not plan.text.strip() or not plan.evidence_kind.strip():
        raise NotPossible(_("请写明做什么、留下什么凭证"))


def _fill(measure: ControlMeasure, plan: MeasurePlan) -> None:
    for name in ("phase", "text", "owner", "post", "frequency", "frequency_note", "evidence_kind"):
        setattr(measure, name, getattr(plan, name))


def _keep_phases(risk: RiskPoint, without: ControlMeasure, instead: str | None) -> None:
    """Refuse what would leave the risk with fewer phases than its level needs and than it has now."""
    going = risk.measures.filter(stopped_at=None)
    before = set(going.values_list("phase", flat=True))
    after = set(going.exclude(pk=without.pk).values_list("phase", flat=True)) | ({instead} if instead else set())
    lost = set(rules.missing_phases(risk.level, after)) - set(rules.missing_phases(risk.level, before))
    if lost and risk.level == 1:
        names = listed(Phase(phase).label for phase in rules.PHASES if phase in lost)
        raise NotPossible(_("一级风险三个阶段都要有措施，请先补上%(phases)s的措施") % {"phases": names})
    if lost:
        raise NotPossible(_("每个风险点至少要有一项措施，请先补上新的"))
