"""Every change of the power list (S44, S66): one act, one transaction, one trace entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.organisation.models import Post, Unit
from qingqu.powers import rules
from qingqu.powers.models import Basis, Holder, Power, Regulation, Step
from qingqu.trace.actions import record

FACTS = (
    "unit",
    "name",
    "domain",
    "content",
    "kind",
    "lead",
    "decider",
    "supervisor",
    "hotline",
    "boundary",
    "forbidden",
    "three_major",
    "scope",
    "time_limit",
    "fee",
)
"""What the edit form of a power may change."""
OUT_OF_THE_WAY = 10_000


@dataclass(frozen=True, slots=True)
class BasisRow:
    """A document of a power; `pk` where it is already there."""

    name: str
    number: str = ""
    needs_check: bool = False
    regulation_id: int | None = None
    pk: int | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step in its place in the sequence; `pk` where it is already there."""

    name: str
    actor: str = ""
    output: str = ""
    days: int | None = None
    is_public: bool = False
    post_id: int | None = None
    pk: int | None = None


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A post that exercises the power, by its name and, where the school has it, by itself."""

    name: str
    post_id: int | None = None


@transaction.atomic
def create_power(
    *,
    unit: Unit,
    facts: Mapping[str, Any],
    by: User | None,
    bases: Sequence[BasisRow] = (),
    steps: Sequence[StepRow] = (),
    holders: Sequence[HolderRow] = (),
    code: str = "",
    origin: str = "",
) -> Power:
    """Put a power on the list: in force where its four blocks are there, otherwise as a draft (S44)."""
    codes = set(Power.objects.filter(school_id=unit.school_id).values_list("code", flat=True))
    power = Power(school=unit.school or unit, origin=origin)
    power.code = code if code and code not in codes else rules.next_code(codes)
    _set_facts(power, {**facts, "unit": unit})
    power.state = Power.State.DRAFT
    power.save()
    _write_bases(power, bases)
    _write_steps(power, steps)
    _write_holders(power, holders)
    if not missing_blocks(power):
        power.state = Power.State.IN_FORCE
        power.save(update_fields=["state"])
    record("powers.created", power, by=by, after=power.state, details={"origin": origin} if origin else None)
    return power


@transaction.atomic
def update_power(power: Power, facts: Mapping[str, Any], *, by: User) -> Power:
    """Change what the list says of a power."""
    power = _locked(power)
    changed = _set_facts(power, facts)
    if changed:
        power.save(update_fields=changed)
        record("powers.updated", power, by=by, details={"fields": "、".join(changed)})
    return power


@transaction.atomic
def set_bases(power: Power, rows: Sequence[BasisRow], *, by: User) -> Power:
    """Replace the documents on which a power rests.

    What was confirmed of an unchanged one stays confirmed; what is to be checked stays so until somebody confirms it.
    """
    power = _locked(power)
    _write_bases(power, rows)
    record("powers.bases_changed", power, by=by, details={"count": len(rows)})
    return power


@transaction.atomic
def set_steps(power: Power, rows: Sequence[StepRow], *, by: User) -> Power:
    """Put the steps of a power into this order, with this content (S67).

    Raises NotPossible where a step that risks or judgements refer to would disappear.
    """
    power = _locked(power)
    before = list(power.steps.values_list("name", flat=True))
    _write_steps(power, rows)
    after = [row.name for row in rows]
    record("powers.steps_changed", power, by=by, before=" → ".join(before)[:900], after=" → ".join(after)[:900])
    return power


@transaction.atomic
def set_holders(power: Power, rows: Sequence[HolderRow], *, by: User) -> Power:
    """Say which posts exercise the power (权力身份)."""
    power = _locked(power)
    _write_holders(power, rows)
    record("powers.holders_changed", power, by=by, after="、".join(row.name for row in rows)[:900])
    return power


@transaction.atomic
def confirm_basis(basis: Basis, *, document: str, number: str, by: User) -> Basis:
    """Confirm a document's number with the document in hand («文号待核» goes).

    Raises NotPossible where no document is named, or where there is nothing left to confirm.
    """
    power = _locked(basis.power)
    basis = Basis.objects.get(pk=basis.pk, power=power)
    if not basis.needs_check:
        raise NotPossible(_("“%(name)s”的文号已经核对过") % {"name": basis.name})
    if not document.strip():
        raise NotPossible(_("请写明核对时所看的文件"))
    before = basis.number
    basis.number = number.strip() or basis.number
    basis.checked_document = document.strip()
    basis.needs_check, basis.checked_by, basis.checked_at = False, by, timezone.now()
    basis.save()
    record("powers.basis_confirmed", power, by=by, before=before, after=basis.number, reason=basis.checked_document)
    return basis


@transaction.atomic
def mark_key(power: Power, *, is_key: bool, by: User) -> Power:
    """Mark a power as a key field, or take the mark away (重点领域, S4)."""
    power = _locked(power)
    if power.is_key != is_key:
        power.is_key = is_key
        power.save(update_fields=["is_key"])
        record("powers.key_marked" if is_key else "powers.key_unmarked", power, by=by)
    return power


@transaction.atomic
def mark_key_step(step: Step, *, is_key: bool, by: User) -> Step:
    """Mark a step as a key step, or take the mark away (关键环节, S4)."""
    power = _locked(step.power)
    step = Step.objects.get(pk=step.pk, power=power)
    if step.is_key != is_key:
        step.is_key = is_key
        step.save(update_fields=["is_key"])
        act = "powers.key_step_marked" if is_key else "powers.key_step_unmarked"
        record(act, power, by=by, details={"step": step.name})
    return step


@transaction.atomic
def put_in_force(power: Power, *, by: User) -> Power:
    """Put a drafted power in force: possible once its four blocks are there (S44)."""
    power = _locked(power, retired_too=True)
    if missing := missing_blocks(power):
        raise NotPossible(_("还缺：%(missing)s") % {"missing": listed(block_name(block) for block in missing)})
    return _move(power, "put_in_force", "powers.put_in_force", by)


@transaction.atomic
def retire(power: Power, *, reason: str, by: User) -> Power:
    """Take a power out of force; its history and the risks found in it stay."""
    if not reason.strip():
        raise NotPossible(_("请写明停用的理由"))
    return _move(_locked(power, retired_too=True), "retire", "powers.retired", by, reason.strip())


@transaction.atomic
def restore(power: Power, *, by: User) -> Power:
    """Bring a retired power back into force."""
    return _move(_locked(power, retired_too=True), "restore", "powers.restored", by)


def missing_blocks(power: Power) -> list[str]:
    """Which of the four blocks a power still lacks."""
    return rules.missing_blocks(
        content=power.content,
        bases=power.bases.count(),
        steps=power.steps.count(),
        holders=power.holders.count(),
        decider=power.decider,
        supervisor=power.supervisor,
    )


def block_name(block: str) -> str:
    """How the regulation calls a block."""
    names = {"content": _("权力内容"), "basis": _("权力依据"), "procedure": _("办事流程"), "identity": _("权力身份")}
    return names[block]


def _locked(power: Power, *, retired_too: bool = False) -> Power:
    power = Power.objects.select_for_update().get(pk=power.pk)
    if power.state == Power.State.RETIRED and not retired_too:
        raise NotPossible(_("“%(name)s”已停用，不能修改") % {"name": power.name})
    return power


def _move(power: Power, act: str, sentence: str, by: User, reason: str = "") -> Power:
    after = rules.next_state(power.state, act)
    if after is None:
        raise NotPossible(
            _("“%(name)s”现为“%(state)s”，不能这样办理") % {"name": power.name, "state": power.get_state_display()}
        )
    before, power.state = power.state, after
    power.save(update_fields=["state"])
    record(sentence, power, by=by, before=before, after=after, reason=reason)
    return power


def _set_facts(power: Power, facts: Mapping[str, Any]) -> list[str]:
    if unknown := set(facts) - set(FACTS):
        raise ValueError(f"not facts of a power: {sorted(unknown)}")
    unit = facts.get("unit")
    if unit is not None and unit.school_id != power.school_id:
        raise NotPossible(_("行使部门必须是本校的部门"))
    changed = [name for name, value in facts.items() if power.pk is None or getattr(power, name) != value]
    for name in changed:
        setattr(power, name, facts[name])
    return changed


def _write_bases(power: Power, rows: Sequence[BasisRow]) -> None:
    _refuse_strangers(power, Regulation.objects.filter(school_id=power.school_id), (r.regulation_id for r in rows))
    there = {basis.pk: basis for basis in power.bases.all()}
    kept = {row.pk for row in rows if row.pk in there}
    power.bases.exclude(pk__in=kept).delete()
    for row in rows:
        basis = there.get(row.pk or 0) or Basis(power=power)
        renumbered = basis.pk is not None and (basis.name, basis.number) != (row.name, row.number)
        unsure = basis.needs_check
        for name, value in _fields(row).items():
            setattr(basis, name, value)
        basis.needs_check = unsure or row.needs_check  # only `confirm_basis` takes it away
        if renumbered:
            basis.checked_by, basis.checked_at, basis.checked_document = None, None, ""
        basis.save()


def _write_steps(power: Power, rows: Sequence[StepRow]) -> None:
    _refuse_strangers(power, Post.objects.filter(unit__school_id=power.school_id), (row.post_id for row in rows))
    there = {step.pk: step for step in power.steps.all()}
    kept = {row.pk for row in rows if row.pk in there}
    gone = [step for pk, step in there.items() if pk not in kept]
    for step in gone:
        if is_referred_to(step):
            raise NotPossible(_("“%(step)s”已有风险点或判断，不能删除；可以改名或调整顺序") % {"step": step.name})
    power.steps.filter(pk__in=[step.pk for step in gone]).delete()
    power.steps.update(order=F("order") + OUT_OF_THE_WAY)
    for order, row in enumerate(rows, 1):
        step = there.get(row.pk or 0) or Step(power=power)
        for name, value in _fields(row).items():
            setattr(step, name, value)
        step.order = order
        step.save()


def _write_holders(power: Power, rows: Sequence[HolderRow]) -> None:
    _refuse_strangers(power, Post.objects.filter(unit__school_id=power.school_id), (row.post_id for row in rows))
    power.holders.all().delete()
    Holder.objects.bulk_create(Holder(power=power, name=row.name, post_id=row.post_id) for row in rows)


def _refuse_strangers(power: Power, own: QuerySet[Any], named: Iterable[int | None]) -> None:
    """Posts and regulations that are named must be those of the power's school."""
    wanted = {pk for pk in named if pk is not None}
    if wanted and own.filter(pk__in=wanted).count() != len(wanted):
        raise NotPossible(_("所选岗位或制度不属于本校"))


def _fields(row: BasisRow | StepRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "pk"}


def is_referred_to(step: Step) -> bool:
    """Whether anything of an upper floor stands on this step: then it cannot simply disappear."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: step.pk}).exists()
        for relation in Step._meta.related_objects
    )
