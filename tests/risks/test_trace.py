"""What is changed behind the product's back is named (S87, W7)."""

import pytest
from django.db import connection

from qingqu.risks import actions, measures
from qingqu.risks.measures import MeasurePlan
from qingqu.trace import sequencer
from qingqu.trace.verify import run_verify
from tests.make import make_power


@pytest.fixture
def risk(cast):
    power = make_power(cast.office)
    said = actions.Description("duty", "验收走过场", "只看单据", power=power)
    risk = actions.create(cast.office, said, likelihood=4, impact=4, answers="11101", owner=cast.li, by=cast.li)
    measure = measures.add_measure(risk, MeasurePlan("pre", "盘点", cast.li, evidence_kind="盘点表"), by=cast.li)
    measures.do(measure, note="帐物相符", by=cast.li)
    sequencer.sequence()
    return risk


def problems():
    return {(p.kind, p.about.get("obj")) for p in run_verify().problems if "riskpoint" in str(p.about.get("obj"))}


def test_all_is_well_where_only_actions_wrote(cast, risk):
    assert problems() == set()


CHANGES = [
    "UPDATE risks_riskpoint SET level = 3",
    "UPDATE risks_rating SET level = 3",
    "UPDATE risks_controlmeasure SET effect = 'good'",
    "UPDATE risks_measurerun SET note = 'x'",
    "DELETE FROM risks_measurerun",
]


@pytest.mark.parametrize("sql", CHANGES)
def test_a_change_by_sql_names_the_risk_point(cast, risk, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert problems() == {("row-changed", f"risks.riskpoint:{risk.pk}")}


def test_that_the_owner_was_told_is_no_tampering(cast, risk):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE risks_controlmeasure SET told_for = '2026-01-01'")
    assert problems() == set()
