"""One of everything in Wang's school, so that every address has something behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from qingqu.accounts.models import Token
from qingqu.alerts.indicators import quiet_actions, rule_actions
from qingqu.alerts.models import Alert, Rule
from qingqu.alerts.trying import trials
from qingqu.campaigns.models import Exemption, Mobilisation, StudyDocument, Task
from qingqu.common.clock import today
from qingqu.datasets import actions as tables
from qingqu.datasets import defining
from qingqu.datasets.models import Batch
from qingqu.notifications.models import Message
from qingqu.organisation.models import RosterImport
from qingqu.powers.models import Basis, Regulation
from qingqu.records import attachments
from qingqu.records.models import Attachment, Document, Filing, Notice, Objection
from qingqu.reviews.models import Review
from qingqu.risks.models import MeasureRun, Rating
from tests.make import make_campaign, make_declaration, make_item, make_measure, make_power, make_risk_point
from tests.people import Cast

ROSTER = "部门,姓名,工号,岗位,任职日期\n总务处,王雨桐,wang,采购员,2024.9.1\n总务处,,2002,保管员,九月\n"
NOW = datetime(2026, 4, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass
class World:
    """The cast and what belongs to it, by the name under which an address asks for it."""

    cast: Cast
    ids: dict[str, int] = field(default_factory=dict)


def make_world(cast: Cast) -> World:
    """Wang has handed in a form with a «思想道德» item; everything else is there once."""
    world = World(cast)
    put = world.ids.__setitem__
    campaign = make_campaign(cast.school)
    put("campaign", campaign.pk)
    put("stage", campaign.stages.first().pk)  # type: ignore[union-attr]
    exempt = Exemption.objects.create(campaign=campaign, person=cast.wu, reason="全年病休", by=cast.chen)
    put("exemption", exempt.pk)
    power = make_power(cast.office)
    put("power", power.pk)
    put("step", power.steps.first().pk)  # type: ignore[union-attr]
    put("basis", Basis.objects.create(power=power, name="财务规定", needs_check=True).pk)
    put("regulation", Regulation.objects.create(school=cast.school, name="采购管理办法").pk)
    form = make_declaration(campaign, cast.wang, cast.office, state="in_review", number="YC5Z-GRDJ-2026-0001")
    put("declaration", form.pk)
    put("item", make_item(form, category="thought", title="人情往来").pk)
    draft = make_declaration(campaign, cast.li, cast.office, kind="unit")
    put("unit_declaration", draft.pk)
    review = Review.objects.create(
        school=cast.school, subject_label="declarations.declaration", subject_id=form.pk, title="王雨桐的个人登记表",
        url=f"/declarations/{form.pk}/review/", owner=cast.wang, turn=1, stage="head", reviewer=cast.li,
        state="waiting",
    )  # fmt: skip
    put("review", review.pk)
    risk = make_risk_point(cast.office, cast.wang, person=cast.wang, category="thought", post=cast.wang_post)
    put("thought_risk", risk.pk)
    unit_risk = make_risk_point(cast.office, cast.li, level=1, power=power, step=power.steps.first())
    put("risk", unit_risk.pk)
    measure = make_measure(unit_risk, next_due_on=date(2026, 4, 1))
    put("measure", measure.pk)
    run = MeasureRun.objects.create(measure=measure, done_on=date(2026, 4, 1), done_by=cast.li, note="已盘点")
    put("run", run.pk)
    rating = Rating.objects.create(
        risk=unit_risk, likelihood=4, impact=4, answers="11000", score=16, computed_level=1, level=2, reason="已分岗",
        rule_version="2026.1", state="proposed", by=cast.li,
    )  # fmt: skip
    put("rating", rating.pk)
    _records(world, put)
    _warnings(world, put)
    put("message", Message.objects.create(person=cast.wang, kind="news", text="请查收", on=date(2026, 4, 1)).pk)
    put("token", Token.objects.create(user=cast.wang, name="脚本", digest="0" * 64).pk)
    study = StudyDocument.objects.create(campaign=campaign, title="关于推进廉政风险防控的通知", by=cast.chen)
    put("study", study.pk)
    held = Mobilisation.objects.create(campaign=campaign, title="动员会", held_on=date(2026, 3, 5), by=cast.chen)
    put("mobilisation", held.pk)
    stage = campaign.stages.first()
    task = Task.objects.create(campaign=campaign, stage=stage, title="汇总学习记录", due_on=date(2026, 5, 1))
    put("task", task.pk)
    taken_over = Task.objects.create(
        campaign=campaign, kind="reassess", title="岗位变动重新查找", person=cast.wang, post=cast.wang_second_post,
        unit=cast.teaching, due_on=date(2026, 5, 1),
    )  # fmt: skip
    put("reassessment", taken_over.pk)
    roster = RosterImport(school=cast.school, by=cast.chen, filename="名册.csv")
    roster.file.save("roster.csv", ContentFile(ROSTER.encode()))
    put("roster", roster.pk)
    put("unit", cast.office.pk)
    put("post", cast.wang_post.pk)
    put("person", cast.wang.pk)
    put("appointment", cast.wang_appointment.pk)
    put("duty", cast.chen.duties.first().pk)  # type: ignore[union-attr]
    return world


def _warnings(world: World, put: Any) -> None:
    cast = world.cast
    rule_actions.adopt(cast.school, ["F01", "F15"], by=cast.zhao)
    (table,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    put("dataset", table.pk)
    own = defining.define(cast.school, name="钥匙领用", headings=["编号"], keeper=cast.office, by=cast.chen)
    put("own_table", own.pk)
    tables.enter_record(own, {"c1": "K1"}, by=cast.wang)
    heads = ["项目编号", "节点", "完成时间"]
    log = defining.define(cast.school, name="基建", kind="events", headings=heads, keeper=cast.office, by=cast.chen)
    put("own_log", log.pk)
    tables.enter_record(log, {"case": "J1", "step": "签约", "time": "2026-03-02"}, by=cast.wang)
    cells = {"po_no": "CG1", "apply_date": "2026-03-02", "applicant": "王雨桐", "approver": "王雨桐", "amount": "10"}
    put("entry", tables.enter_record(table, cells, by=cast.wang).pk)
    put("batch", Batch.objects.create(dataset=table, name="采购.csv", state="applied", by=cast.wang).pk)
    put("alert", Alert.objects.get().pk)
    for n, state in enumerate(("confirming", "closing", "closed"), 2):
        tables.enter_record(table, {**cells, "po_no": f"CG{n}"}, by=cast.wang)
        further = Alert.objects.latest("pk")
        Alert.objects.filter(pk=further.pk).update(state=state, result="flaw" if state == "closed" else "")
        put(f"alert_{state}", further.pk)
    upload = SimpleUploadedFile("审批单.txt", "同意".encode())
    paper = attachments.store(
        upload, subject_label="alerts.alert", subject_id=world.ids["alert"], school=cast.school, by=cast.wang
    )
    put("paper", paper.pk)
    lighter = {"levels": {"buyer-approver": {"always": "yellow"}}, "values": {}, "bases": {}}
    rule_actions.propose(Rule.objects.get(code="F15"), **lighter, reason="本校人少，先看一年", by=cast.zhao)
    rule = Rule.objects.get(code="F01")
    put("quiet", quiet_actions.suppress(rule, until=today() + timedelta(days=30), reason="补录旧账", by=cast.zhao).pk)
    question = trials.question_about(rule, "by-supplier", "min_count")
    assert question is not None
    put("trial", trials.ask(question, by=cast.zhao).pk)


def _records(world: World, put: Any) -> None:
    cast = world.cast
    document = Document.objects.create(
        school=cast.school, unit=cast.office, kind="unit_list", year=2026, number="YC5Z-WS-2026-0001",
        title="总务处廉政风险清单", content={"risks": []}, digest="0" * 64, frozen_at=NOW, frozen_by=cast.li,
    )  # fmt: skip
    put("document", document.pk)
    notice = Notice.objects.create(
        document=document, starts_on=date(2026, 4, 20), ends_on=date(2026, 4, 24), published_by=cast.li
    )
    put("notice", notice.pk)
    objection = Objection.objects.create(notice=notice, text="第 3 项措施不具体", raised_by=cast.wu, raised_at=NOW)
    put("objection", objection.pk)
    filing = Filing.objects.create(
        document=document, number="YC5Z-BA-2026-0001", filed_by=cast.li, filed_at=NOW, state="filed"
    )
    put("filing", filing.pk)
    attachment = Attachment.objects.create(
        school=cast.school, subject_label="risks.measurerun", subject_id=world.ids["run"], name="盘点表.pdf",
        file="attachments/none.pdf", size=10, sha256="0" * 64, by=cast.li,
    )  # fmt: skip
    put("attachment", attachment.pk)
