"""The year around the forms: tasks, the meeting, documents to study; lists that are shown and filed; measures done."""

from __future__ import annotations

from datetime import date, timedelta

from config.sample.clock import Hours
from config.sample.school import School
from qingqu.campaigns import actions as campaigns
from qingqu.campaigns.models import Campaign, Mobilisation, Task
from qingqu.common.errors import NotPossible
from qingqu.declarations.lists import file_list, publish_list
from qingqu.organisation.models import Unit
from qingqu.records import actions as records
from qingqu.records.models import Document
from qingqu.risks import measures
from qingqu.risks.models import ControlMeasure

STUDY = (
    ("关于推进市直教育系统廉政风险防控机制建设的通知（示范文件）", "云教党〔示范〕1 号", "云川市教育局（示范）"),
    ("深入推进廉政风险防控工作实施意见（示范文件）", "云五中党〔示范〕3 号", "云川市第五中学（示范）"),
)
SUMMARY = "请结合本岗位逐条对照，查准、查全、查深廉政风险点。本文件为示范内容。"
SHOWN = ("教务处", "德育处（政教处）", "财务室", "人事室", "学籍档案室")
FILED = SHOWN[:3]


def mobilise(school: School, campaign: Campaign, hours: Hours, begins: date, today: date) -> None:
    """The first stage: tasks on their days, the meeting, two documents that most have opened."""
    office = school.people["陈思"]
    shift = campaign.due_on - date(campaign.due_on.year, 4, 30)
    for task in Task.objects.filter(campaign=campaign).select_related("unit", "person"):
        due_on = task.due_on + shift
        task = campaigns.edit_task(task, title=task.title, due_on=due_on, unit=task.unit, person=task.person, by=office)
        if due_on < today - timedelta(days=2):
            with hours.at(due_on - timedelta(days=1), 16):
                campaigns.finish_task(task, note="已按方案完成并留存记录", by=task.person or office)
    with hours.at(begins - timedelta(days=26), 15):
        campaigns.record_mobilisation(
            campaign, kind=Mobilisation.Kind.MEETING, by=office, title="廉政风险防控工作动员会",
            held_on=begins - timedelta(days=26), place="学术报告厅", host="钱志远", attendance=171,
            minutes="部署年度工作，明确四个阶段和 180 名教职工的填报要求。",
        )  # fmt: skip
        documents = [
            campaigns.publish_document(campaign, title=title, number=number, issuer=issuer, text=SUMMARY, by=office)
            for title, number, issuer in STUDY
        ]
    for n, line in enumerate(school.lines):
        if n % 7 == 3:
            continue
        with hours.at(begins - timedelta(days=20 - n % 15), 8 + n % 9):
            for document in documents[: 1 + n % 2]:
                campaigns.mark_opened(document, by=school.people[line.name])


def show_and_file(school: School, campaign: Campaign, hours: Hours, begins: date, today: date) -> None:
    """Some departments' lists are frozen and shown; three are filed, of which the commission has accepted two."""
    shown: list[Document] = []
    units = Unit.objects.filter(school=school.unit, name__in=SHOWN).select_related("responsible")
    for unit in sorted(units, key=lambda unit: SHOWN.index(unit.name)):
        day = begins + timedelta(days=14 if unit.name in FILED else 20)
        with hours.at(day, 10):
            try:
                shown.append(publish_list(unit, campaign, by=unit.responsible or school.people["陈思"]))
            except NotPossible:
                continue  # its form is still with the reviewers
    if shown:
        _object(school, shown[0], hours, begins + timedelta(days=15))
    for n, document in enumerate(d for d in shown if d.unit.name in FILED):
        notice = document.notice
        with hours.at(min(notice.ends_on + timedelta(days=1), today), 9):
            records.end_notice(notice)
            filing = file_list(document, by=document.frozen_by)
            if n < 2:
                records.accept(filing, by=school.people["赵文静"], opinion="同意备案")


def _object(school: School, document: Document, hours: Hours, day: date) -> None:
    """One colleague objects to an item; the head answers, the commission settles."""
    with hours.at(day, 11):
        asker = school.people["王雨桐"]
        objection = records.object_to(
            document.notice, text="第 2 项的监督频次建议从每学期改为每月，便于及时发现问题。", by=asker
        )
        objection = records.answer(
            objection,
            text="现有两人复核已按月进行，清单所列为部门自查频次，措施不变，感谢提醒。",
            by=document.frozen_by,
        )
        records.settle(objection, changes_needed=False, by=school.people["赵文静"])


def carry_out(hours: Hours, today: date) -> None:
    """Most measures that were due by now have been done, with a sentence; the rest is late."""
    due = ControlMeasure.objects.filter(stopped_at=None, next_due_on__lt=today).select_related("owner", "risk")
    for n, measure in enumerate(due.order_by("id")):
        if n % 3 == 1:
            continue
        with hours.at(max(measure.next_due_on or today, today - timedelta(days=9)), 16):
            measures.do(measure, by=measure.owner, note=f"已按要求执行，{measure.evidence_kind}留存在部门档案盒。")
