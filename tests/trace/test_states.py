"""The state of a row is what the ORM gives after a reload, whichever database holds it."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import rfc8785
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from qingqu.common import statements
from qingqu.trace import states
from qingqu.trace.actions import record_many
from qingqu.trace.models import Payload, Shape
from qingqu.trace.reconcile import traced_models
from tests.make import make_campaign, make_declaration, make_item, make_power, make_unit


@pytest.fixture
def school(cast):
    """A bit of everything."""
    make_power(cast.office)
    declaration = make_declaration(make_campaign(cast.school), cast.wang, cast.office)
    make_item(declaration)
    return declaration


def test_a_fast_read_gives_what_the_orm_gives(school):
    seen = 0
    for model in traced_models():
        names = states.columns(model)
        rows = {row.pop("_pk"): row for row in model._base_manager.values(*names, _pk=F("pk"))}
        found = states.states_of(model, list(rows))
        assert {pk: {n: state[n] for n in names} for pk, state in found.items()} == {
            pk: {n: states.normal(v) for n, v in row.items()} for pk, row in rows.items()
        }
        seen += len(found)
    assert seen > 40


def test_every_traced_model_has_a_shape_and_a_name(db):
    for model in traced_models():
        assert Shape.objects.filter(digest=states.shape_of(model), label=model._meta.label_lower).exists()
        assert model._meta.pk.get_internal_type() in ("BigAutoField", "OneToOneField"), model


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (2**60, str(2**60)),
        ("清渠\u2028", "清渠\u2028"),
        (Decimal("1.50"), "1.50"),
        (0.1, "0.1"),
        (date(2026, 4, 30), "2026-04-30"),
        (time(9, 5), "09:05:00"),
        (datetime(2026, 4, 30, 1, 2, 3, 456789, tzinfo=UTC), "2026-04-30T01:02:03.456+00:00"),
        (timedelta(seconds=2), "2000 ms"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": [0.5, {"b": date(2026, 1, 1)}]}, {"a": ["0.5", {"b": "2026-01-01"}]}),
    ],
)
def test_values_are_written_one_way(value, expected):
    assert states.normal(value) == expected
    rfc8785.dumps(states.normal(value))


def test_children_come_in_the_order_of_their_keys_and_under_their_owner(db):
    school = make_unit("某校", kind="school")
    powers = [make_power(school) for _ in range(3)]
    found = states.states_of(type(powers[0]), [power.pk for power in powers])
    for power in powers:
        steps = found[power.pk]["steps"]
        assert [step["id"] for step in steps] == sorted(power.steps.values_list("pk", flat=True))
        assert {step["power_id"] for step in steps} == {power.pk}


def test_many_rows_in_a_fixed_number_of_statements(db, monkeypatch):
    school = make_unit("某校", kind="school")
    counted = []
    for count in (2, 20):
        powers = [make_power(school) for _ in range(count)]
        with transaction.atomic(), CaptureQueriesContext(connection) as context:
            record_many("powers.listed", powers, by=None)
        counted.append(len(context))
    assert counted[0] == counted[1]


def test_more_keys_than_a_statement_takes(db, monkeypatch):
    school = make_unit("某校", kind="school")
    powers = [make_power(school) for _ in range(7)]
    whole = states.states_of(type(powers[0]), [power.pk for power in powers])
    monkeypatch.setattr(statements, "MOST_KEYS", 2)
    assert states.states_of(type(powers[0]), [power.pk for power in powers]) == whole


def test_a_state_of_what_is_gone_is_none(db):
    power = make_power(make_unit("某校", kind="school"), steps=0)
    assert states.state_of(power)
    type(power).objects.filter(pk=power.pk).delete()
    assert states.state_of(power) is None


def test_two_commitments_to_the_same_state_do_not_resemble(cast):
    with transaction.atomic():
        first, second = (record_many("x.y", [cast.office], by=None, before="draft")[0] for _ in range(2))
    assert (first.after_c, first.before_c, first.reason_c) != (second.after_c, second.before_c, second.reason_c)
    assert len({bytes(salt) for salt in Payload.objects.values_list("salt", flat=True)}) == 2
