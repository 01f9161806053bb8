"""Acts on units: the tree, who answers for what, what each is there for (S8, S17–S19)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.text import neat
from qingqu.organisation import rules
from qingqu.organisation.actions.people import give_duty
from qingqu.organisation.models import Appointment, Unit
from qingqu.trace.actions import record


@transaction.atomic
def create_unit(
    parent: Unit | None,
    *,
    kind: str,
    name: str,
    by: User | None,
    short_name: str = "",
    code: str = "",
    order: int = 0,
    responsible: User | None = None,
    leader: User | None = None,
    duties: str = "",
) -> Unit:
    """Put a new unit into the tree: bureau → school → department or party branch (S17).

    Raises NotPossible where it does not belong there or the name is taken.
    """
    name = neat(name)
    if not rules.may_stand_below(kind, parent.kind if parent else ""):
        raise NotPossible(
            _("“%(parent)s”下面不能设“%(kind)s”") % {"parent": parent or _("根"), "kind": Unit.Kind(kind).label}
        )
    _name_is_free(parent, kind, name)
    unit = Unit.objects.create(
        parent=parent,
        kind=kind,
        name=name,
        short_name=neat(short_name),
        code=neat(code),
        order=order,
        responsible=responsible,
        leader=leader,
        duties=duties,
        path="",
    )
    unit.path = rules.path_of(parent.path if parent else "", unit.pk)
    unit.school = unit if kind in (Unit.Kind.SCHOOL, Unit.Kind.BUREAU) or parent is None else parent.school
    unit.save(update_fields=["path", "school"])
    record("organisation.unit_created", unit, by=by, after=unit.name)
    return unit


def _name_is_free(parent: Unit | None, kind: str, name: str, apart_from: int = 0) -> None:
    if not name:
        raise NotPossible(_("请填写名称"))
    if Unit.objects.filter(parent=parent, kind=kind, name=name).exclude(pk=apart_from).exists():
        raise NotPossible(_("已有同名的单位“%(name)s”") % {"name": name})


@transaction.atomic
def edit_unit(unit: Unit, *, name: str, by: User | None, short_name: str = "", code: str = "", order: int = 0) -> Unit:
    """Give a unit another name, code or place in the list. Earlier papers keep the old name."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    name = neat(name)
    _name_is_free(unit.parent, unit.kind, name, apart_from=unit.pk)
    before = unit.name
    unit.name, unit.short_name, unit.code, unit.order = name, neat(short_name), neat(code), order
    unit.save(update_fields=["name", "short_name", "code", "order"])
    record("organisation.unit_edited", unit, by=by, before=before, after=unit.name)
    return unit


@transaction.atomic
def set_responsible(unit: Unit, person: User | None, *, by: User | None) -> Unit:
    """Name the one who answers for the unit (第一责任人, S18).

    Raises NotPossible for somebody from elsewhere, and where a unit in use would lose its last one.
    """
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if person is None and unit.is_active and unit.responsible_id:
        raise NotPossible(_("在用的单位须有第一责任人，请改选一位，不能留空"))
    _belongs_to_school(person, unit)
    before = str(unit.responsible or "")
    unit.responsible = person
    unit.save(update_fields=["responsible"])
    record("organisation.responsible_set", unit, by=by, before=before, after=str(person or ""))
    return unit


@transaction.atomic
def set_leader(unit: Unit, person: User | None, *, by: User | None) -> Unit:
    """Name the member of the leadership team in whose field the unit lies (分管领导, 一岗双责, S19)."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    _belongs_to_school(person, unit)
    before = str(unit.leader or "")
    unit.leader = person
    unit.save(update_fields=["leader"])
    record("organisation.leader_set", unit, by=by, before=before, after=str(person or ""))
    return unit


@transaction.atomic
def put_in_charge(unit: Unit, *, responsible: User | None, leader: User | None, by: User | None) -> Unit:
    """Name both who answers for the unit and in whose field it lies, as far as they changed."""
    if responsible != unit.responsible:
        unit = set_responsible(unit, responsible, by=by)
    if leader != unit.leader:
        unit = set_leader(unit, leader, by=by)
    return unit


class Charge(NamedTuple):
    """Who answers for a unit, and in whose field it lies."""

    unit: Unit
    responsible: User | None
    leader: User | None


@transaction.atomic
def divide(school: Unit, charges: Iterable[Charge], duties: Iterable[tuple[User, str]], *, by: User) -> None:
    """Say at once who answers for each department and whose field it is in, and give duties, from today (S17–S19)."""
    for charge in charges:
        put_in_charge(charge.unit, responsible=charge.responsible, leader=charge.leader, by=by)
    for person, kind in duties:
        give_duty(school, person, kind, started_on=today(), by=by)


def _belongs_to_school(person: User | None, unit: Unit) -> None:
    if person is None:
        return
    if not Appointment.objects.on(today()).filter(person=person, post__unit__school=unit.school).exists():
        raise NotPossible(_("%(person)s 在本校没有任职") % {"person": person})


@transaction.atomic
def set_unit_duties(unit: Unit, text: str, *, by: User | None) -> Unit:
    """Write what the unit is there for (部门职责, S8)."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    unit.duties = text.strip()
    unit.save(update_fields=["duties"])
    record("organisation.unit_duties_written", unit, by=by)
    return unit


@transaction.atomic
def retire_unit(unit: Unit, *, by: User | None) -> Unit:
    """Take a unit out of use; what it did remains on record.

    Raises NotPossible while units below it are in use or people hold posts in it.
    """
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if not unit.is_active:
        raise NotPossible(_("“%(unit)s”已停用") % {"unit": unit})
    if unit.children.filter(is_active=True).exists():
        raise NotPossible(_("“%(unit)s”下面还有在用的单位，请先停用或调整") % {"unit": unit})
    held = Appointment.objects.on(today()).filter(post__unit=unit).count()
    if held:
        raise NotPossible(_("“%(unit)s”还有 %(count)s 人次在任，请先办理离任或调岗") % {"unit": unit, "count": held})
    unit.is_active = False
    unit.save(update_fields=["is_active"])
    record("organisation.unit_retired", unit, by=by)
    return unit


@transaction.atomic
def restore_unit(unit: Unit, *, by: User | None) -> Unit:
    """Put a retired unit to use again."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if unit.is_active:
        raise NotPossible(_("“%(unit)s”正在使用") % {"unit": unit})
    if unit.parent and not unit.parent.is_active:
        raise NotPossible(_("上级单位“%(unit)s”已停用") % {"unit": unit.parent})
    unit.is_active = True
    unit.save(update_fields=["is_active"])
    record("organisation.unit_restored", unit, by=by)
    return unit
