"""What waits for somebody, what he has done, what he has set going: gathered from every app, a statement each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from qingqu.accounts.models import User
from qingqu.alerts import queries as warnings
from qingqu.alerts import wording
from qingqu.alerts.access import visible as visible_warnings
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.indicators.rule_queries import waiting_for_approval, waiting_for_limits
from qingqu.alerts.models import Alert, Rule
from qingqu.campaigns.models import Campaign, Exemption, Reading, StudyDocument, Task
from qingqu.campaigns.task_links import address_of
from qingqu.common.clock import today
from qingqu.common.language import listed
from qingqu.declarations.models import YEARS_FORM, Declaration
from qingqu.declarations.progress import Progress, progress
from qingqu.organisation import holidays
from qingqu.organisation.access import can_enter_holidays
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import Standing, is_divided, standing
from qingqu.powers.models import Power
from qingqu.records import queries as records
from qingqu.records.models import Filing, Notice, Objection
from qingqu.reviews.models import Review
from qingqu.risks.models import ControlMeasure, MeasureRun, Rating, RiskPoint
from qingqu.risks.queries import tasks_of

SHOWN = 200
"""No kind of to-do is listed further; the list itself is paged."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of 我的待办: what, from whom, until when, one verb."""

    title: str
    meta: str
    url: str
    verb: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One line of 已办 or 我发起."""

    title: str
    meta: str
    url: str
    at: datetime | None
    state: str = ""
    state_label: str = ""


def open_campaign(who: Standing) -> Campaign | None:
    """The campaign that is under way in somebody's school, the newest if several are."""
    return Campaign.objects.filter(school=who.school, state=Campaign.State.OPEN).order_by("-year").first()


def todos(user: User) -> list[Todo]:
    """Everything that waits for `user`, the most pressing first. A fixed number of statements."""
    who = standing(user)
    if who.school is None:
        return []
    campaign = open_campaign(who)
    found = [
        *_own_forms(user, who, campaign),
        *_reviews(user),
        *_ratings(user, who),
        *_tasks(user, who),
        *_measures(user),
        *_readings(user, campaign),
        *_objections(user),
        *_filings(user),
        *_warnings(user),
        *_nobodys_warnings(user),
        *_to_rectify(user),
        *_to_rate_anew(user),
        *_limits(user),
        *_indicators(user),
        *(_first_steps(who.school) if campaign is None and who.is_party_office else ()),
        *(_holidays(user) if campaign else ()),
    ]
    return sorted(found, key=lambda todo: (todo.due_on or date.max, todo.title))


def grouped(rows: list[Todo]) -> list[tuple[str, list[Todo]]]:
    """The to-dos by how soon: today and late, this week, later."""
    day = today()
    week = day + timedelta(days=6 - day.weekday())
    groups: dict[str, list[Todo]] = {_("今天"): [], _("本周"): [], _("以后"): []}
    names = list(groups)
    for row in rows:
        due = row.due_on or date.max
        groups[names[0] if due <= day else names[1] if due <= week else names[2]].append(row)
    return [(name, group) for name, group in groups.items() if group]


def _first_steps(school: Unit) -> Iterator[Todo]:
    """What the party office does one after the other until a year is under way: people, powers, the year."""
    if not Unit.objects.active().filter(school=school, kind="department").exists():
        note = _("上传人事部门的名册，部门、岗位和人员一次建好")
        yield Todo(_("第一步：导入人员名册"), note, reverse("organisation:roster"), _("导入"))
    elif not is_divided(school):
        note = _("每个部门定第一责任人和分管领导，纪委等定职责身份，一页填完")
        yield Todo(_("第二步：定职责分工"), note, reverse("organisation:division"), _("填写"))
    elif not Power.objects.filter(school=school).exists():
        note = _("从起步库勾选，核对部门和岗位")
        yield Todo(_("第三步：采用权力事项和岗位模板"), note, reverse("library:home"), _("采用"))
    elif not Campaign.objects.filter(school=school).exclude(state=Campaign.State.CLOSED).exists():
        note = _("按规定的四个阶段建立，日期、任务和实施方案都可以再改")
        yield Todo(_("第四步：建立年度工作"), note, reverse("campaigns:home"), _("建立"))
    else:
        note = _("核对日期、任务和实施方案后启动，全校收到通知")
        yield Todo(_("第五步：启动年度工作"), note, reverse("campaigns:home"), _("启动"))


def _holidays(user: User) -> Iterator[Todo]:
    """A year whose official days off nobody has entered, for who may."""
    year = holidays.missing()
    if year and can_enter_holidays(user):
        title = _("录入 %(year)d 年放假安排") % {"year": year}
        note = _("粘贴国务院办公厅的通知；录入前期限暂按周一至周五计算")
        yield Todo(title, note, reverse("organisation:holidays-enter", args=[year]), _("填写"))


def _own_forms(user: User, who: Standing, campaign: Campaign | None) -> Iterator[Todo]:
    if campaign is None:
        return
    forms = {(form.kind, form.unit_id if form.kind == "unit" else None): form for form in _forms(user, campaign)}
    exempt = Exemption.objects.filter(campaign=campaign, person=user, revoked_at=None).exists()
    if who.units and not exempt:
        yield from _own_form(forms.get(("personal", None)), _("个人廉政风险登记表"), campaign, _("约 8 分钟"))
    for unit in Unit.objects.active().filter(pk__in=who.heads, kind="department"):
        yield from _own_form(
            forms.get(("unit", unit.pk)), _("%(unit)s的单位廉政风险登记表") % {"unit": unit}, campaign, _("由您填报")
        )


def _forms(user: User, campaign: Campaign) -> list[Declaration]:
    mine = Q(person=user) | Q(unit__responsible=user, kind="unit")
    return list(Declaration.objects.filter(mine, YEARS_FORM, campaign=campaign))


def _own_form(form: Declaration | None, name: str, campaign: Campaign, note: str) -> Iterator[Todo]:
    mine = reverse("declarations:mine")
    if form is None:
        yield Todo(_("填写%(form)s") % {"form": name}, note, mine, _("填写"), campaign.due_on)
    elif form.state == Declaration.State.RETURNED:
        yield Todo(_("修改被退回的%(form)s") % {"form": name}, _("已填内容全部保留"), mine, _("修改"), campaign.due_on)
    elif form.state == Declaration.State.DRAFT:
        yield Todo(_("接着填%(form)s") % {"form": name}, _("草稿已保存"), mine, _("接着填"), campaign.due_on)


def _reviews(user: User) -> Iterator[Todo]:
    rows = Review.objects.waiting_for(user).select_related("owner").order_by("due_on", "id")[:SHOWN]
    for row in rows:
        yield Todo(
            _("审核%(title)s") % {"title": row.title},
            row.get_stage_display(),
            row.url,
            pgettext("verb", "审核"),
            row.due_on,
        )


def _ratings(user: User, who: Standing) -> Iterator[Todo]:
    """Ratings that differ from the rule wait for a second person: the leader in charge or the commission."""
    rows = Rating.objects.filter(state=Rating.State.PROPOSED, risk__school=who.school).exclude(by=user)
    if not who.is_discipline:
        rows = rows.filter(risk__unit_id__in=who.leads)
    for row in rows.select_related("risk", "by")[:SHOWN]:
        title = _("“%(risk)s”拟定为%(level)s，请您核定") % {"risk": row.risk, "level": row.get_level_display()}
        yield Todo(title, str(row.by or ""), reverse("risks:show", args=[row.risk_id]), _("核定"))


def _tasks(user: User, who: Standing) -> Iterator[Todo]:
    mine = Q(person=user) | Q(person=None, unit_id__in=who.heads)
    if who.is_party_office:
        mine |= Q(person=None, unit=None, campaign__school=who.school)
    rows = Task.objects.filter(mine, done_at=None, campaign__state=Campaign.State.OPEN)
    for row in rows.select_related("unit", "post").order_by("due_on", "id")[:SHOWN]:
        yield Todo(
            row.title,
            str(row.post or row.unit or row.get_kind_display()),
            address_of(row),
            pgettext("verb", "办理"),
            row.due_on,
        )


def _measures(user: User) -> Iterator[Todo]:
    for row in tasks_of(user).filter(risk__state="held")[:SHOWN]:
        yield Todo(row.text, row.risk.title, reverse("risks:tasks"), _("登记"), row.next_due_on)


def _readings(user: User, campaign: Campaign | None) -> Iterator[Todo]:
    if campaign is None:
        return
    read = Reading.objects.filter(document=OuterRef("pk"), person=user)
    rows = StudyDocument.objects.filter(~Exists(read), campaign=campaign, withdrawn_at=None)
    for row in rows[:SHOWN]:
        yield Todo(_("待阅：%(title)s") % {"title": row.title}, row.issuer, document_url(row), _("阅读"))


def document_url(document: StudyDocument) -> str:
    """Where a document to study is read."""
    return reverse("campaigns:document", args=[document.pk])


def _objections(user: User) -> Iterator[Todo]:
    for row in chain(records.to_answer(user)[:SHOWN], records.to_settle(user)[:SHOWN]):
        verb = _("答复") if row.state == Objection.State.OPEN else _("办结")
        url = reverse("records:show", args=[row.notice.document_id])
        yield Todo(_("%(verb)s对“%(title)s”的异议") % {"verb": verb, "title": row.notice.document.title}, "", url, verb)


def _filings(user: User) -> Iterator[Todo]:
    for row in records.to_receive(user)[:SHOWN]:
        url = reverse("records:show", args=[row.document_id])
        yield Todo(_("接收备案：%(title)s") % {"title": row.document.title}, row.number, url, _("接收"))


def _warnings(user: User) -> Iterator[Todo]:
    """核查提示 whose turn is his: clerk, head, discipline commission."""
    for alert in warnings.mine(user, visible_warnings(user)):
        url = reverse("alerts:show", args=[alert.pk])
        meta = f"{alert.number} · {alert.get_colour_display()} · {alert.unit}"
        yield Todo(wording.title(alert), meta, url, str(wording.VERBS[Alert.State(alert.state)]), alert.due_on)


def _nobodys_warnings(user: User) -> Iterator[Todo]:
    """核查提示 that wait and that nobody may see to: they are not forgotten when the last message has been read."""
    for alert in warnings.nobodys(user, visible_warnings(user)):
        url = reverse("alerts:show", args=[alert.pk])
        meta = f"{alert.number} · {alert.unit} · " + _("没有人可以办理，请另行指定")
        yield Todo(wording.title(alert), meta, url, _("查看"), alert.due_on)


def _to_rectify(user: User) -> Iterator[Todo]:
    """Prompts closed with a flaw for which nothing has been ordered, nor a risk point named that is rated anew."""
    for alert in warnings.to_rectify(user, visible_warnings(user)):
        meta = f"{alert.number} · {alert.get_result_display()} · {alert.unit}"
        yield Todo(wording.title(alert), meta, reverse("alerts:rectify", args=[alert.pk]), _("布置整改"))


def _to_rate_anew(user: User) -> Iterator[Todo]:
    """Risk points whose warning was closed with a flaw or worse and that have not been rated since."""
    for risk, alert in warnings.to_rate_anew(user):
        title = _("重新评定“%(risk)s”的等级") % {"risk": risk}
        meta = _("核查提示 %(number)s 已办结：%(result)s") % {
            "number": alert.number,
            "result": alert.get_result_display(),
        }
        yield Todo(title, meta, reverse("risks:rate", args=[risk.pk]), pgettext("verb", "评定"))


def _limits(user: User) -> Iterator[Todo]:
    """待设定限额: the indicators that wait for a number of the school's own, in one line."""
    rules = waiting_for_limits(user)
    title = ngettext("%(count)s 个预警指标待设定限额", "%(count)s 个预警指标待设定限额", len(rules))
    yield from _of_indicators(rules, title, _("设定"))


def _indicators(user: User) -> Iterator[Todo]:
    """待批准的指标: the versions that somebody else has drafted, in one line."""
    rules = waiting_for_approval(user)
    title = ngettext("%(count)s 个预警指标的新版本待批准", "%(count)s 个预警指标的新版本待批准", len(rules))
    yield from _of_indicators(rules, title, _("批准"))


def _of_indicators(rules: list[Rule], title: str, verb: str) -> Iterator[Todo]:
    if not rules:
        return
    names = [wording.said(rulebook.known(rule.code).title) for rule in rules]
    meta = listed(names[:3]) + ("…" if len(names) > 3 else "")
    url = reverse("alerts:rule", args=[rules[0].code]) if len(rules) == 1 else reverse("alerts:rules")
    yield Todo(title % {"count": len(rules)}, meta, url, verb)


def done(user: User, limit: int = 50) -> list[Done]:
    """What `user` has done lately: reviews decided, measures carried out, tasks finished."""
    reviews = Review.objects.filter(decided_by=user).order_by("-decided_at")[:limit]
    runs = MeasureRun.objects.filter(done_by=user).select_related("measure__risk").order_by("-recorded_at")[:limit]
    tasks = Task.objects.filter(done_by=user).order_by("-done_at")[:limit]
    rows = [
        *(Done(r.title, r.get_stage_display(), r.url, r.decided_at, r.state, r.get_state_display()) for r in reviews),
        *(
            Done(r.measure.text, r.measure.risk.title, reverse("risks:show", args=[r.measure.risk_id]), r.recorded_at)
            for r in runs
        ),
        *(Done(t.title, t.note, reverse("campaigns:home"), t.done_at) for t in tasks),
    ]
    return sorted(rows, key=_newest, reverse=True)[:limit]


def started(user: User, limit: int = 50) -> list[Done]:
    """What `user` has set going: forms handed in, lists published, filings made, objections raised."""
    forms = Declaration.objects.filter(person=user, submitted_at__isnull=False).select_related("unit", "campaign")
    notices = Notice.objects.filter(published_by=user).select_related("document")
    filings = Filing.objects.filter(filed_by=user).select_related("document")
    objections = Objection.objects.filter(raised_by=user)
    rows = [
        *(
            Done(
                f"{f.campaign.year} {f.get_kind_display()}",
                f.number,
                reverse("declarations:show", args=[f.pk]),
                f.submitted_at,
                f.state,
                f.get_state_display(),
            )
            for f in forms.order_by("-submitted_at")[:limit]
        ),
        *(_of_document(n.document_id, n.document.title, n.document.frozen_at, n) for n in notices[:limit]),
        *(_of_document(f.document_id, f.document.title, f.filed_at, f) for f in filings[:limit]),
        *(_of_objection(o) for o in objections.order_by("-id")[:limit]),
    ]
    return sorted(rows, key=_newest, reverse=True)[:limit]


def _of_document(document: int, title: str, at: datetime, row: Notice | Filing) -> Done:
    kind = str(row._meta.verbose_name)
    return Done(title, kind, reverse("records:show", args=[document]), at, row.state, row.get_state_display())


def _of_objection(row: Objection) -> Done:
    address = reverse("records:objection", args=[row.pk])
    return Done(row.text[:40], str(row._meta.verbose_name), address, row.raised_at, row.state, row.get_state_display())


def _newest(row: Done) -> float:
    return row.at.timestamp() if row.at else 0.0


def summary(rows: list[Todo]) -> str:
    """«共 5 项，其中 2 项今天到期。»"""
    if not rows:
        return _("没有待办的事项。")
    day = today()
    late = sum(1 for row in rows if row.due_on and row.due_on < day)
    now = sum(1 for row in rows if row.due_on == day)
    text = ngettext("共 %(count)s 项", "共 %(count)s 项", len(rows)) % {"count": len(rows)}
    if now:
        text += ngettext("，%(count)s 项今天到期", "，%(count)s 项今天到期", now) % {"count": now}
    if late:
        text += ngettext("，%(count)s 项已逾期", "，%(count)s 项已逾期", late) % {"count": late}
    return text + _("。")


@dataclass(frozen=True, slots=True)
class Side:
    """What stands beside the to-dos: where the year is, what is late."""

    campaign: Campaign | None
    late_measures: list[ControlMeasure]
    can_see_field: bool
    progress: Progress | None = None
    """How much of the school has handed in: for those who chase or supervise it."""


def side(user: User) -> Side:
    """The side of the first page, in a fixed number of statements."""
    who = standing(user)
    late = ControlMeasure.objects.none()
    if who.is_party_office or who.is_discipline or who.is_team or who.heads:
        visible = RiskPoint.objects.visible_to(user).filter(state=RiskPoint.State.HELD)
        late = ControlMeasure.objects.filter(risk__in=visible, stopped_at=None, next_due_on__lt=today())
        if not (who.is_top_leader or who.is_party_office or who.is_discipline):
            late = late.filter(risk__unit_id__in=who.heads | who.leads)
    campaign = open_campaign(who) if who.school else None
    watches = campaign and (who.is_party_office or who.is_discipline or who.is_top_leader)
    return Side(
        campaign=campaign,
        progress=progress(campaign) if campaign and watches else None,
        late_measures=list(late.select_related("risk", "owner").order_by("next_due_on", "id")[:5]),
        can_see_field=bool(who.is_team or who.is_discipline or who.heads or who.leads),
    )
