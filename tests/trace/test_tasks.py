"""What the clock starts, and what is done when the trace begins or must forget."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from qingqu.trace import actions, queries, sequencer, tasks
from qingqu.trace.actions import record
from qingqu.trace.adoption import adopt_all
from qingqu.trace.models import Checkpoint, Entry, Payload, VerifyRun
from qingqu.trace.signer import Signer
from qingqu.trace.verify import verify
from tests.make import make_power, make_unit

NOON = timezone.make_aware(datetime(2026, 4, 20, 12, 0))  # noqa: DTZ001


@pytest.fixture
def at(monkeypatch):
    """Let it be another moment."""

    def move(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return move


@pytest.mark.parametrize(
    ("later", "runs"),
    [
        (timedelta(hours=3), 1),
        (timedelta(hours=11), 1),
        (timedelta(hours=14), 2),
        (timedelta(hours=20), 1),
        (timedelta(hours=36), 2),
    ],
)
def test_a_verification_a_night(db, at, later, runs):
    at(NOON)
    assert tasks.verify_if_due(NOON.date()) == 0
    at(NOON + later)
    tasks.verify_if_due(NOON.date())
    assert VerifyRun.objects.count() == runs


def test_the_night_says_how_many_problems(db):
    make_unit("凭空处", kind="school")
    assert tasks.verify_if_due(NOON.date()) == 1
    assert not VerifyRun.objects.get().ok


def test_the_worker_signs_with_a_key_of_its_own(act, settings, tmp_path):
    settings.SIGNER_DIR, settings.SIGNER_HERE = tmp_path / "signer", True
    act()
    tasks.sequence()
    tasks.checkpoint_if_due()
    assert Checkpoint.objects.get().signed
    assert Signer(settings.SIGNER_DIR).last().size == 1


def test_a_signer_under_another_account_is_left_alone(act, settings, tmp_path):
    settings.SIGNER_DIR, settings.SIGNER_HERE = tmp_path / "signer", False
    act()
    tasks.sequence()
    tasks.checkpoint_if_due()
    assert not Checkpoint.objects.get().signed
    assert not settings.SIGNER_DIR.exists()


def test_a_refusal_of_the_signer_is_an_alarm_and_stops_nothing(act, signer, caplog):
    act(2)
    tasks.sequence()
    tasks.checkpoint_if_due()
    Checkpoint.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE trace_log SET size = 1, frontier = %s", [bytes.fromhex(Entry.objects.earliest("pk").leaf_hash)]
        )
    tasks.checkpoint_if_due()
    assert "refuses" in caplog.text


def test_rows_that_were_there_before_are_adopted_openly(wang):
    school = make_unit("云川市第五中学", kind="school")
    power = make_power(school)
    with transaction.atomic():
        record("powers.listed", power, by=wang)
    assert adopt_all(by=None, reason="启用系统") == 2
    adopted = Entry.objects.filter(act="trace.adopted").values_list("obj", flat=True)
    assert set(adopted) == {f"organisation.unit:{school.pk}", f"accounts.user:{wang.pk}"}
    assert adopt_all(by=None, reason="启用系统") == 0
    assert verify() == []


def test_erasing_destroys_words_and_leaves_the_log_whole(wang, signer):
    power = make_power(make_unit("某校", kind="school"))
    adopt_all(by=None, reason="启用系统")
    with transaction.atomic():
        record("powers.listed", power, by=wang, reason="涉及个人的一句话")
    sequencer.sequence()
    assert actions.erase(power, by=wang, ground="本人要求删除") == 2
    assert not Payload.objects.filter(reason__contains="涉及个人").exists()
    sequencer.sequence()
    assert verify() == []
    assert [line.reason for line in queries.history(power)] == ["本人要求删除", "", ""]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE powers_power SET name = 'x'")
    assert [problem.kind for problem in verify()] == ["row-changed"]


def test_what_is_gone_can_be_erased_by_its_name(wang):
    with transaction.atomic():
        actions.write("powers.viewed", "powers.power:7", by=wang, reason="x")
    assert actions.erase("powers.power:7", by=wang, ground="到期") == 1
    assert Payload.objects.get().reason == "到期"
