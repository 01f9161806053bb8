"""After every act the rows are what the log says they are: `verify` finds nothing of ours."""

from qingqu.library import actions as library
from qingqu.library import queries
from qingqu.powers import actions, regulations
from qingqu.powers.actions import BasisRow, HolderRow, StepRow
from qingqu.trace.verify import verify
from tests.people import Cast

OURS = ("powers.", "library.")


def test_what_the_acts_write_agrees_with_the_log(cast: Cast) -> None:
    template, post_template = queries.power_template("P06"), queries.post_template("G16")
    assert template is not None
    assert post_template is not None
    power = library.adopt_power(template, unit=cast.office, by=cast.chen)
    library.adopt_post(post_template, [cast.wang_second_post], by=cast.chen)
    first, second, *_rest = power.steps.all()
    actions.set_steps(power, [StepRow("审批", pk=second.pk), StepRow("申请", pk=first.pk), StepRow("付款")], by=cast.li)
    actions.set_bases(power, [BasisRow("政府采购法", "2014年修正", needs_check=True)], by=cast.li)
    actions.set_holders(power, [HolderRow("采购员", cast.wang_post.pk)], by=cast.li)
    actions.confirm_basis(power.bases.get(), document="原文", number="", by=cast.chen)
    actions.mark_key(power, is_key=True, by=cast.zhao)
    actions.mark_key_step(power.steps.all()[0], is_key=True, by=cast.zhao)
    actions.update_power(power, {"fee": "不收费"}, by=cast.li)
    actions.retire(power, reason="并入", by=cast.chen)
    actions.restore(power, by=cast.chen)
    regulation = regulations.create_regulation(school=cast.school, facts={"name": "采购管理办法"}, by=cast.li)
    regulations.update_regulation(regulation, {"state": "repealed"}, by=cast.li)
    touched = {f"organisation.post:{cast.wang_second_post.pk}"}
    about = [p.about for p in verify() if str(p.about.get("obj")).startswith(OURS) or p.about.get("obj") in touched]
    assert about == []


def test_a_row_changed_behind_the_products_back_is_named(cast: Cast) -> None:
    template = queries.power_template("P06")
    assert template is not None
    power = library.adopt_power(template, unit=cast.office, by=cast.chen)
    power.steps.filter(order=1).update(days=99)
    assert [p.about["obj"] for p in verify() if str(p.about.get("obj")).startswith(OURS)] == [
        f"powers.power:{power.pk}"
    ]
