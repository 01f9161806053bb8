"""What the pages of indicators read: which run, with which values, what is kept quiet. A fixed number of statements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.alerts import rules, wording
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Alert, Rule, Run, Suppression
from qingqu.alerts.queries import OPEN
from qingqu.common.clock import today
from qingqu.common.language import is_english
from qingqu.datasets.catalogue import templates
from qingqu.datasets.models import Dataset, Record
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import standing

MOST_VERSIONS = 10


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator on the list: the shipped one, the school's version, what it waits for, how right it was.

    Without rows in any of its tables it runs over nothing, and finding nothing means nothing.
    """

    shipped: Any
    rule: Rule | None
    draft: Rule | None
    waits: list[str]
    open: int
    closed: int
    precision: float | None
    has_rows: bool


def indicators(school: Unit) -> list[Indicator]:
    """All indicators, its own included, with the school's versions and figures; four statements."""
    filled = set(_with_rows(Dataset.objects.filter(school=school, is_active=True)).values_list("code", flat=True))
    newest: dict[str, Rule] = {}
    drafts: dict[str, Rule] = {}
    for rule in Rule.objects.filter(school=school).exclude(state=Rule.State.REPLACED).order_by("version"):
        (drafts if rule.state in Rule.PENDING else newest)[rule.code] = rule
    counted = {
        row["rule__code"]: row
        for row in Alert.objects.filter(school=school, rule__isnull=False)
        .order_by()
        .values("rule__code")
        .annotate(
            opened=Count("pk", filter=OPEN),
            closed=Count("pk", filter=Q(state=Alert.State.CLOSED)),
            dispelled=Count("pk", filter=Q(result=Alert.Result.DISPELLED)),
        )
    }
    return [
        _indicator(shipped, newest.get(code), drafts.get(code), counted.get(code), filled)
        for code, shipped in rulebook.at_school(school).items()
    ]


def current(school: Unit, code: str) -> Rule | None:
    """The version of an indicator that counts now, running or switched off; one statement."""
    found = Rule.objects.filter(school=school, code=code).exclude(state__in=[Rule.State.REPLACED, *Rule.PENDING])
    return found.select_related("ended_by").order_by("-version").first()


def pending(school: Unit, code: str) -> Rule | None:
    """The version of an indicator that waits for approval or for its day; one statement."""
    found = Rule.objects.filter(school=school, code=code, state__in=Rule.PENDING)
    return found.select_related("by", "approved_by").first()


def to_try(school: Unit, code: str) -> list[Rule]:
    """The versions that can be tried out: that which counts now and that which waits, otherwise as it is shipped."""
    found = [rule for rule in (current(school, code), pending(school, code)) if rule]
    return found or [Rule(school=school, code=code, version=0, state=Rule.State.OFF)]


def versions(school: Unit, code: str) -> list[Rule]:
    """The ten newest versions of an indicator, with whoever drafted, approved or ended them; one statement."""
    found = Rule.objects.filter(school=school, code=code).select_related("by", "approved_by", "ended_by")
    return list(found.order_by("-version")[:MOST_VERSIONS])


def own_tables(school: Unit) -> QuerySet[Dataset]:
    """The school's own tables that are in use and have rows: over these it may make indicators of its own."""
    there = Dataset.objects.filter(school=school, is_active=True).exclude(code__in=templates())
    return _with_rows(there).select_related("keeper").order_by("name")


def without_records(rule: Rule, check_id: str) -> str:
    """The table that a check is about, or one that has to be kept for it, by its name, where the school has no record
    in it; a statement for each.

    Empty otherwise. Finding nothing there means nothing.
    """
    whole = rulebook.known(rule.code)
    one = rulebook.check_of(whole, check_id)
    for code in (one.dataset or whole.dataset, *one.kept_tables):
        there = Record.objects.filter(dataset__school=rule.school_id, dataset__code=code, withdrawn=False)
        if not there.exists():
            template = rulebook.template_of(whole, code)
            return template.en if is_english() else template.zh
    return ""


def _with_rows(tables: QuerySet[Dataset]) -> QuerySet[Dataset]:
    return tables.filter(Exists(Record.objects.filter(dataset=OuterRef("pk"))))


def _indicator(shipped: Any, rule: Rule | None, draft: Rule | None, row: Any, filled: set[str]) -> Indicator:
    waits = rulebook.waiting(rule) if rule else [n for n, p in shipped.parameters.items() if p.value is None]
    figures = row or {"opened": 0, "closed": 0, "dispelled": 0}
    tables = {one.dataset or shipped.dataset for one in shipped.checks}
    precise = rules.precision(figures["dispelled"], figures["closed"])
    return Indicator(shipped, rule, draft, waits, figures["opened"], figures["closed"], precise, bool(filled & tables))


def waiting_for_limits(user: User) -> list[Rule]:
    """The running indicators without a local limit that this person may set; two statements (see `can_set_limit`)."""
    who = standing(user)
    running = [rule for rule in Rule.objects.filter(school=who.school, state=Rule.State.ON) if rulebook.waiting(rule)]
    if who.has(Duty.Kind.DISCIPLINE) or not running:
        return running
    kept = Dataset.objects.filter(school=who.school, keeper__in=who.units | who.heads).values_list("code", flat=True)
    tables = set(kept)
    return [rule for rule in running if rulebook.known(rule.code).dataset in tables]


def waiting_for_approval(user: User) -> list[Rule]:
    """The drafted versions that this person may approve, not having drafted them; one statement (see `can_approve`)."""
    who = standing(user)
    if not who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY):
        return []
    return list(Rule.objects.filter(school=who.school, state=Rule.State.DRAFT).exclude(by=user))


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """A parameter of an indicator as its page shows it."""

    name: str
    label: str
    value: str
    basis: str
    waits: bool
    newer: str = ""
    """What the product comes with by now, where the school still has the value that it came with."""


def parameters(whole: Any, rule: Rule | None) -> list[ParameterLine]:
    """The parameters of an indicator with this school's values and where they come from."""
    shipped, lines = rulebook.known(whole.code).parameters, []
    for name, parameter in whole.parameters.items():
        basis = wording.basis((rule.bases.get(name) if rule else "") or parameter.basis)
        label, value = wording.said(parameter.name), wording.shown(parameter)
        newer = shipped[name].value not in (None, parameter.value) and name not in rule.values if rule else False
        said = wording.shown(shipped[name]) if newer else ""
        lines.append(ParameterLine(name, label, value, basis, parameter.value is None, said))
    return lines


def drafted(draft: Rule, rule: Rule | None) -> list[ParameterLine]:
    """The parameters of a drafted version; of one that replaces another those that change: «30,000 元 → 35,000 元»."""
    lines = parameters(rulebook.effective(draft), draft)
    if rule is None:
        return lines
    were = {line.name: line for line in parameters(rulebook.effective(rule), rule)}
    changed = [line for line in lines if (line.value, line.basis) != (were[line.name].value, were[line.name].basis)]
    return [replace(line, value=_turned(were[line.name], line.value)) for line in changed]


def _turned(line: ParameterLine, after: str) -> str:
    before = _("待设定") if line.waits else line.value
    return after if before == after else f"{before} → {after}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Findings that are not raised for some time, as the page shows it."""

    row: Suppression
    title: str
    check: str
    is_over: bool

    @property
    def scope(self) -> str:
        """The check or all of them; of a dispelled warning only its finding."""
        check = self.check or _("全部检查")
        if self.row.alert is None:
            return check
        return _("%(check)s，只限 %(number)s 的情形") % {"check": check, "number": self.row.alert.number}


def suppressions(school: Unit) -> list[Quiet]:
    """What is kept quiet at a school and what was, those in force first; one statement."""
    rows = Suppression.objects.filter(school=school).select_related("by", "alert", "lifted_by").order_by("-id")
    return sorted((quiet(row) for row in rows[:200]), key=lambda each: each.is_over)


def quiet(row: Suppression) -> Quiet:
    """What one of them keeps quiet, in the reader's language."""
    rule = rulebook.find(row.code)
    names = {one.id: wording.said(one.name) for one in rule.checks} if rule else {}
    over = row.lifted_at is not None or row.until < today()
    return Quiet(row, wording.said(rule.title) if rule else row.code, names.get(row.check_id, ""), over)


def quiet_now(school: Unit, code: str) -> list[Quiet]:
    """What of an indicator is kept quiet today; one statement."""
    rows = Suppression.objects.in_force().filter(school=school, code=code).select_related("alert")
    return [quiet(row) for row in rows.order_by("until", "id")]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What a school does not hear of now: in how many scopes, and how many findings the last run held back for it."""

    scopes: int
    findings: int | None


def held_back(school: Unit | None) -> HeldBack | None:
    """How much is kept quiet today, if anything; one statement, and one more where there is."""
    scopes = Suppression.objects.in_force().filter(school=school).count()
    whole = Run.objects.filter(school=school, on=None, failed=False, ended_at__isnull=False).order_by("-ended_at")
    return HeldBack(scopes, whole.values_list("suppressed", flat=True).first()) if scopes else None


def quiet_indicators(school: Unit) -> dict[str, date | None]:
    """Indicators of which some check is kept quiet today → until when all of it is, None where some checks go on.

    One statement.
    """
    rows = Suppression.objects.in_force().filter(school=school, identity="")
    found: dict[str, date | None] = {}
    for code, check_id, until in rows.values_list("code", "check_id", "until").order_by("until"):
        found[code] = found.get(code) if check_id else until
    return found


def still_quiet(row: Suppression) -> list[tuple[Quiet, bool]]:
    """What else is kept quiet within a scope, and whether it is all of that scope, the longest first; one statement."""
    others = Suppression.objects.in_force().filter(school=row.school_id, code=row.code).exclude(pk=row.pk)
    found = []
    for one in others.select_related("alert").order_by("-until", "id"):
        pairs = ((one.check_id, row.check_id), (one.identity, row.identity))
        if all(not its or not ours or its == ours for its, ours in pairs):
            found.append((quiet(one), all(not its or its == ours for its, ours in pairs)))
    return found
