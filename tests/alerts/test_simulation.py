"""Trying values out on the school's own records."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from qingqu.alerts import forms, rule_actions, rulebook, simulating
from qingqu.alerts.models import Alert, Rule
from qingqu.datasets import actions as tables
from tests.people import Cast


@pytest.fixture
def rule(cast: Cast, settings: Any, tmp_path: Any) -> Rule:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    (adopted,) = rule_actions.adopt(cast.school, ["F01"], by=cast.zhao)
    (table,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    rows = [
        {"po_no": f"P{n}", "apply_date": f"2026-03-{2 + 3 * n:02d}", "supplier": "东湖家具", "amount": "29000"}
        for n in range(4)
    ]
    tables.put_rows(table, [tables.clean(table, row) for row in rows], batch=None, by=None)
    return adopted


def test_a_limit_is_tried_before_it_is_set(rule: Rule) -> None:
    parameter = simulating.plain_parameters(rule, "by-supplier")["limit"]
    assert simulating.spread(parameter) == []
    values = simulating.spread(parameter, 2_000_000, 4_000_000)
    assert len(values) == 9
    points = {p.value: p.total for p in simulating.simulate(rule, "by-supplier", "limit", values)}
    assert points[2_000_000] == 0
    assert points[3_000_000] == 1
    (sample,) = simulating.samples(rule, "by-supplier", "limit", 3_000_000)
    assert "东湖家具" in sample.sentence
    assert "30,000 元" in sample.sentence
    assert not Alert.objects.exists()


def test_values_stay_inside_the_range_of_the_parameter(rule: Rule) -> None:
    parameter = simulating.plain_parameters(rule, "by-supplier")["min_count"]
    assert simulating.spread(parameter) == [2, 3, 4]
    assert simulating.spread(parameter, 30, 40) == []


def test_the_page(cast: Cast, rule: Rule) -> None:
    zhao, wang = Client(), Client()
    zhao.force_login(cast.zhao)
    wang.force_login(cast.wang)
    at = "/alerts/rules/F01/simulate"
    assert wang.get(at).status_code == 403
    assert "请填写要试算的范围" in zhao.get(at).content.decode()
    asked = f"{at}?check=by-supplier&parameter=limit&low=20000&high=40000&value=3000000"
    page = zhao.get(asked).content.decode()
    assert "取 30,000 元 时的例子" in page
    assert "东湖家具" in page
    assert "取 30,000 元 时的例子" in zhao.get(f"{at}?low=20,000&high=４０,０００&value=3000000").content.decode()
    assert zhao.get(f"{at}?low=x&high=NaN").status_code == 200
    assert zhao.get(f"{at}?check=none").status_code == 404
    assert at in zhao.get("/alerts/rules/F01").content.decode()


def test_a_shipped_basis_is_shown_in_english_and_kept_as_it_was(rule: Rule) -> None:
    parameters = dict(rulebook.effective(rule).parameters)
    with translation.override("en"):
        shown = forms.ChangeForm(parameters=parameters, bases={})
        assert shown.fields["basis:window_days"].initial == "Usual value"
        typed = {
            "value:window_days": "60",
            "basis:window_days": "Usual value",
            "basis:near": "School rule 7",
            "reason": "x",
        }
        sent = forms.ChangeForm(typed, parameters=parameters, bases={})
        sent.full_clean()
        assert (sent.bases()["window_days"], sent.bases()["near"]) == ("常用值", "School rule 7")
