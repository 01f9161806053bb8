"""record() writes in the act's own transaction, or not at all."""

import pytest
from django.db import transaction

from qingqu.accounts.models import Token, User
from qingqu.trace import states
from qingqu.trace.actions import OutsideTransaction, record, record_many
from qingqu.trace.models import Entry, Payload


@pytest.fixture
def wang(db):
    return User.objects.create_user("wang", name="王老师")


def test_an_act_leaves_an_entry_and_its_words(wang):
    token = Token.objects.create(user=wang, name="手机", digest="0" * 64)
    with transaction.atomic():
        entry = record("accounts.token_made", token, by=wang, before="", after="made", reason="自用", details={"n": 1})
    kept = Entry.objects.get()
    assert kept == entry
    assert (kept.act, kept.obj, kept.actor, kept.ok) == (
        "accounts.token_made",
        f"accounts.token:{token.pk}",
        f"u:{wang.pk}",
        True,
    )
    assert kept.position is None
    said = Payload.objects.get()
    assert (said.entry_id, said.after, said.reason, said.details) == (kept.pk, "made", "自用", {"n": 1})


def test_an_entry_holds_no_words(wang):
    with transaction.atomic():
        record("accounts.renamed", wang, by=None, before="王丽", after="王莉", reason="更名")
    assert not {"王丽", "王莉", "更名"} & {str(v) for v in Entry.objects.values_list().get()}


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_raises():
    user = User.objects.create_user("wang", name="王老师")
    with pytest.raises(OutsideTransaction):
        record("accounts.renamed", user, by=user)
    assert not Entry.objects.exists()


def test_an_act_that_fails_leaves_nothing(wang):
    @transaction.atomic
    def act():
        record("accounts.renamed", wang, by=wang)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not Entry.objects.exists()


def test_many_objects_cost_no_more_statements_than_few(django_assert_num_queries, db):
    users = [User.objects.create_user(f"u{n}", name=f"第{n}人") for n in range(40)]
    for count in (2, 40):
        with transaction.atomic(), django_assert_num_queries(2 + states.is_traced(User)):
            assert len(record_many("accounts.imported", users[:count], by=None)) == count
