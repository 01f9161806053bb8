"""The acts on powers and regulations: what they write, what they leave in the trace, what they refuse."""

import pytest

from qingqu.common.errors import NotPossible
from qingqu.powers import actions, regulations
from qingqu.powers.actions import BasisRow, HolderRow, StepRow
from qingqu.powers.models import Power, Step
from qingqu.trace.models import Entry
from tests.make import make_power, make_risk_point
from tests.people import Cast

FACTS = {"name": "车辆管理", "content": "公务用车的使用与维修", "decider": "校长办公会", "supervisor": "纪委"}
BLOCKS = {
    "bases": [BasisRow("公务用车管理办法", "通办发〔2018〕1号", needs_check=True)],
    "steps": [StepRow("申请", "使用人", days=1), StepRow("派车", "行政办", days=1)],
    "holders": [HolderRow("办公室主任")],
}


def last_act() -> tuple[str, str]:
    entry = Entry.objects.latest("pk")
    return entry.act, entry.actor


def create(cast: Cast, **fields: object) -> Power:
    return actions.create_power(unit=cast.office, by=cast.li, **{"facts": FACTS, **BLOCKS, **fields})  # type: ignore[arg-type]


def test_a_whole_power_is_in_force_at_once(cast: Cast) -> None:
    power = create(cast)
    assert (power.state, power.code, power.school) == (Power.State.IN_FORCE, "X01", cast.school)
    assert list(power.steps.values_list("order", "name")) == [(1, "申请"), (2, "派车")]
    assert last_act() == ("powers.created", f"u:{cast.li.pk}")


def test_what_lacks_a_block_stays_a_draft_until_it_is_there(cast: Cast) -> None:
    power = create(cast, steps=[])
    assert power.state == Power.State.DRAFT
    with pytest.raises(NotPossible, match="办事流程"):
        actions.put_in_force(power, by=cast.li)
    actions.set_steps(power, [StepRow("申请")], by=cast.li)
    assert actions.put_in_force(power, by=cast.li).state == Power.State.IN_FORCE
    assert last_act()[0] == "powers.put_in_force"


def test_only_what_changed_is_written(cast: Cast) -> None:
    power = create(cast)
    entries = Entry.objects.count()
    actions.update_power(power, {"name": "车辆管理"}, by=cast.li)
    assert Entry.objects.count() == entries
    actions.update_power(power, {"boundary": "仅限公务"}, by=cast.li)
    power.refresh_from_db()
    assert power.boundary == "仅限公务"
    assert last_act()[0] == "powers.updated"


def test_a_unit_of_another_school_is_refused(cast: Cast) -> None:
    with pytest.raises(NotPossible, match="本校"):
        actions.update_power(create(cast), {"unit": cast.other_school}, by=cast.li)


def test_steps_keep_who_they_are_when_they_change_places(cast: Cast) -> None:
    power = create(cast)
    first, second = power.steps.all()
    actions.set_steps(
        power,
        [StepRow("派车", "行政办", pk=second.pk), StepRow("登记里程", "司机"), StepRow("申请", "使用人", pk=first.pk)],
        by=cast.li,
    )
    assert list(power.steps.values_list("order", "name")) == [(1, "派车"), (2, "登记里程"), (3, "申请")]
    assert power.steps.get(name="申请").pk == first.pk
    assert last_act()[0] == "powers.steps_changed"


def test_a_step_keeps_its_mark_when_the_table_is_saved(cast: Cast) -> None:
    power = create(cast)
    step = power.steps.all()[0]
    actions.mark_key_step(step, is_key=True, by=cast.zhao)
    assert last_act()[0] == "powers.key_step_marked"
    actions.set_steps(power, [StepRow("申请用车", pk=step.pk)], by=cast.li)
    assert Step.objects.get(pk=step.pk).is_key


def test_a_step_with_a_risk_does_not_disappear(cast: Cast) -> None:
    power = create(cast)
    first, second = power.steps.all()
    make_risk_point(cast.office, cast.li, power=power, step=second)
    with pytest.raises(NotPossible, match="派车"):
        actions.set_steps(power, [StepRow("申请", pk=first.pk)], by=cast.li)
    assert power.steps.count() == 2


def test_a_number_is_confirmed_once_with_its_document(cast: Cast) -> None:
    basis = create(cast).bases.get()
    with pytest.raises(NotPossible, match="文件"):
        actions.confirm_basis(basis, document=" ", number="", by=cast.chen)
    confirmed = actions.confirm_basis(basis, document="区政府办印发原件", number="通办发〔2018〕11号", by=cast.chen)
    assert (confirmed.needs_check, confirmed.checked_by, confirmed.number) == (False, cast.chen, "通办发〔2018〕11号")
    assert last_act() == ("powers.basis_confirmed", f"u:{cast.chen.pk}")
    with pytest.raises(NotPossible, match="已经核对"):
        actions.confirm_basis(basis, document="再核", number="", by=cast.chen)


def test_a_changed_number_is_no_longer_confirmed(cast: Cast) -> None:
    power = create(cast)
    basis = actions.confirm_basis(power.bases.get(), document="原件", number="", by=cast.chen)
    actions.set_bases(power, [BasisRow(basis.name, basis.number, pk=basis.pk)], by=cast.li)
    assert power.bases.get().checked_by == cast.chen
    actions.set_bases(power, [BasisRow(basis.name, "另一文号", needs_check=True, pk=basis.pk)], by=cast.li)
    assert power.bases.get().checked_by is None
    assert last_act()[0] == "powers.bases_changed"


def test_an_unchecked_number_is_not_cleared_by_editing(cast: Cast) -> None:
    power = create(cast)
    basis = power.bases.get()
    actions.set_bases(power, [BasisRow(basis.name, "通办发〔2018〕11号", needs_check=False, pk=basis.pk)], by=cast.li)
    assert power.bases.get().needs_check
    assert power.bases.get().number == "通办发〔2018〕11号"


def test_holders_are_replaced(cast: Cast) -> None:
    power = create(cast)
    actions.set_holders(power, [HolderRow("采购员", cast.wang_post.pk)], by=cast.li)
    assert [holder.post for holder in power.holders.all()] == [cast.wang_post]
    assert last_act()[0] == "powers.holders_changed"


def test_key_fields_are_marked_and_unmarked(cast: Cast) -> None:
    power = actions.mark_key(create(cast), is_key=True, by=cast.zhao)
    assert power.is_key
    assert last_act()[0] == "powers.key_marked"
    assert not actions.mark_key(power, is_key=False, by=cast.zhao).is_key


def test_retiring_needs_a_reason_and_stops_changes(cast: Cast) -> None:
    power = create(cast)
    with pytest.raises(NotPossible, match="理由"):
        actions.retire(power, reason="", by=cast.chen)
    power = actions.retire(power, reason="并入资产管理", by=cast.chen)
    assert power.state == Power.State.RETIRED
    assert last_act()[0] == "powers.retired"
    with pytest.raises(NotPossible, match="已停用"):
        actions.set_steps(power, [], by=cast.li)
    with pytest.raises(NotPossible):
        actions.retire(power, reason="再停", by=cast.chen)
    assert actions.restore(power, by=cast.chen).state == Power.State.IN_FORCE


def test_a_regulation_is_entered_once(cast: Cast) -> None:
    facts = {"name": "采购管理办法", "number": "校发〔2025〕3号", "unit": cast.office}
    regulation = regulations.create_regulation(school=cast.school, facts=facts, by=cast.li)
    assert last_act()[0] == "powers.regulation_created"
    with pytest.raises(NotPossible, match="已有"):
        regulations.create_regulation(school=cast.school, facts=facts, by=cast.li)
    regulations.update_regulation(regulation, {"state": "repealed"}, by=cast.li)
    regulation.refresh_from_db()
    assert regulation.state == "repealed"
    assert last_act()[0] == "powers.regulation_updated"


def test_facts_that_are_no_facts_are_a_mistake_of_the_caller(cast: Cast) -> None:
    with pytest.raises(ValueError, match="state"):
        actions.update_power(make_power(cast.office), {"state": "retired"}, by=cast.li)
