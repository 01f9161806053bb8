"""A database administrator tries everything behind the product's back; `qingqu verify` names what he did."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from qingqu.organisation.models import Unit
from qingqu.powers.models import Power, Step
from qingqu.trace import sequencer, states
from qingqu.trace.actions import record, record_many
from qingqu.trace.commitments import commit
from qingqu.trace.models import Checkpoint, Entry, Log, Payload, Tile, VerifyRun
from qingqu.trace.notes import Point
from qingqu.trace.queries import last_verification
from qingqu.trace.refusals import record_denied
from qingqu.trace.replay import words_agree
from qingqu.trace.verify import run_verify, verify
from tests.make import make_power, make_unit


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def kinds():
    return sorted({problem.kind for problem in verify()})


@pytest.fixture
def school(db):
    return make_unit("云川市第五中学", kind="school")


@pytest.fixture
def power(school):
    return make_power(school)


@pytest.fixture
def log(wang, school, power, signer):
    """A school, a power with three steps, a person greeted twenty times; in the log, signed."""
    with transaction.atomic():
        record("organisation.founded", school, by=None)
        record("powers.listed", power, by=wang, after="draft", reason="新增")
        for n in range(20):
            record("accounts.greeted", wang, by=wang, after=f"第{n}次")
    sequencer.sequence()
    return sequencer.checkpoint(force=True)


def test_all_agrees(log):
    result = run_verify()
    assert result.problems == []
    assert (result.ok, result.entries, result.rows) == (True, 22, 3)
    assert result.root == log.root


def test_it_agrees_before_the_sequencer_came(wang, school):
    with transaction.atomic():
        record("organisation.founded", school, by=wang)
        record("accounts.greeted", wang, by=wang)
    assert verify() == []


def test_a_row_changed_by_sql_is_named(log, power):
    sql("UPDATE powers_power SET name = %s WHERE id = %s", "改过的名称", power.pk)
    (problem,) = verify()
    assert (problem.kind, problem.about) == ("row-changed", {"obj": f"powers.power:{power.pk}"})
    assert f"{Power._meta.verbose_name}（编号 {power.pk}）" in str(problem)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE powers_step SET name = '改过的环节' WHERE power_id = %s",
        "UPDATE powers_step SET days = 90 WHERE power_id = %s",
        "DELETE FROM powers_step WHERE power_id = %s",
    ],
)
def test_a_child_changed_by_sql_names_its_owner(log, power, statement):
    sql(statement, power.pk)
    assert [problem.about["obj"] for problem in verify()] == [f"powers.power:{power.pk}"]


def test_a_child_inserted_by_sql_names_its_owner(log, power):
    Step.objects.create(power=power, order=9, name="多出来的环节", actor="某人")
    assert kinds() == ["row-changed"]


def test_a_row_deleted_by_sql_is_named(log, power):
    sql("DELETE FROM powers_step WHERE power_id = %s", power.pk)
    sql("DELETE FROM powers_power WHERE id = %s", power.pk)
    (problem,) = verify()
    assert (problem.kind, problem.about) == ("row-deleted", {"obj": f"powers.power:{power.pk}"})


def test_a_row_inserted_by_sql_is_named(log, school):
    unit = make_unit("凭空处", parent=school)
    (problem,) = verify()
    assert (problem.kind, problem.about) == ("row-inserted", {"obj": f"organisation.unit:{unit.pk}"})


@transaction.atomic
def delete(power):
    record("powers.deleted", power, by=None)
    power.steps.all().delete()
    power.delete()


def test_a_row_deleted_by_the_product_is_not(log, power):
    delete(power)
    assert verify() == []
    sequencer.sequence()
    assert verify() == []


def test_a_deleted_row_put_back_by_sql_is_named(log, power, school):
    pk = power.pk
    delete(power)
    make_power(school, pk=pk)
    assert kinds() == ["row-changed"]


def test_acts_through_the_product_agree(log, power, wang):
    with transaction.atomic():
        Power.objects.filter(pk=power.pk).update(name="改得名正言顺")
        record("powers.changed", power, by=wang)
    record_denied(wang, "powers.refused", f"powers.power:{power.pk}", "不能")
    assert verify() == []


def test_rows_changed_with_f_expressions_and_odd_values_agree_after_reload(log, school, wang):
    with transaction.atomic():
        Unit.objects.filter(pk=school.pk).update(order=F("order") + 1, duties="行一\n\t“二”\u2028😀")
        record("organisation.changed", school, by=wang)
    assert verify() == []


def test_an_entry_changed_by_sql_is_named(log):
    sql("UPDATE trace_entry SET act = 'accounts.praised' WHERE position = 5")
    assert [(p.kind, p.about["position"]) for p in verify()] == [("entry-changed", 5)]


def test_a_backdated_entry_is_named(log):
    Entry.objects.filter(position=7).update(at=timezone.now() - timedelta(days=90))
    assert [(p.kind, p.about["position"]) for p in verify()] == [("entry-changed", 7)]


def test_two_entries_that_changed_places_are_named(log):
    sql("UPDATE trace_entry SET position = 1000 WHERE position = 5")
    sql("UPDATE trace_entry SET position = 5 WHERE position = 6")
    sql("UPDATE trace_entry SET position = 6 WHERE position = 1000")
    assert [(p.kind, p.about["position"]) for p in verify()] == [("entry-changed", 5), ("entry-changed", 6)]


def test_an_entry_deleted_by_sql_is_named(log):
    Entry.objects.filter(position=5).delete()
    assert [(p.kind, p.about["position"]) for p in verify()] == [("entry-missing", 5)]


def test_a_tail_cut_off_with_its_tiles_is_noticed(log):
    Entry.objects.filter(position__gte=20).delete()
    assert kinds() == ["entry-missing"]
    rewrite_history()
    assert "signer-ahead" in kinds()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL leaves gaps after an undone transaction")
def test_entries_taken_out_of_the_outbox_are_noticed(log, act):
    act(3)
    Entry.objects.filter(position__isnull=True).earliest("pk").delete()
    assert [(p.kind, p.about["count"]) for p in verify()] == [("entries-lost", 1)]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL leaves gaps after an undone transaction")
def test_the_newest_entry_taken_out_before_it_has_a_place_is_noticed(log, act):
    act(3)
    Entry.objects.filter(position__isnull=True).latest("pk").delete()
    assert [(p.kind, p.about["count"]) for p in verify()] == [("entries-lost", 1)]


def test_an_entry_called_by_another_name_is_noticed(log):
    Payload.objects.filter(entry__position=0).update(title="别的学校")
    assert [(p.kind, p.about["position"]) for p in verify()] == [("words-changed", 0)]


def test_entries_that_did_not_commit_to_a_name_still_agree(log):
    entry = Entry.objects.get(position=1)
    said = entry.payload
    words = {"before": said.before, "after": said.after, "reason": said.reason, "details": said.details}
    assert entry.reason_c != commit(bytes(said.salt), words)
    entry.reason_c = commit(bytes(said.salt), words)
    assert words_agree(entry)
    said.reason = "别的理由"
    assert not words_agree(entry)


def rewrite_history():
    """Recompute everything, as whoever owns the database can."""
    Entry.objects.update(position=None, leaf_hash="", prev_obj="")
    Tile.objects.all().delete()
    Log.objects.update(size=0, frontier=b"")
    sequencer.sequence()


def test_a_history_rewritten_whole_is_exposed_by_an_old_checkpoint(log):
    Entry.objects.filter(position=5).update(act="accounts.praised")
    rewrite_history()
    assert kinds() == ["checkpoint-wrong", "signer-differs"]


def test_a_history_rewritten_with_its_checkpoints_is_exposed_by_the_signer(log):
    Entry.objects.filter(position=5).update(act="accounts.praised")
    Checkpoint.objects.all().delete()
    rewrite_history()
    assert kinds() == ["signer-differs"]


def test_a_forged_checkpoint_is_exposed_by_its_signature(log):
    Entry.objects.filter(position=5).update(act="accounts.praised")
    rewrite_history()
    point = Point("qingqu.local/log", 22, bytes.fromhex(run_verify().root))
    signature = log.note.partition("\n\n")[2]
    Checkpoint.objects.update(root=point.root.hex(), note=point.body() + "\n" + signature)
    assert kinds() == ["signature-wrong", "signer-differs"]


def test_a_tile_changed_by_sql_is_noticed(log):
    Tile.objects.filter(level=0).update(hashes=bytes(22 * 32))
    assert "entry-changed" in kinds()


def test_a_higher_tile_changed_by_sql_is_noticed(log, act):
    act(300)
    sequencer.sequence()
    Tile.objects.filter(level=1).update(hashes=bytes(32))
    assert kinds() == ["tile-wrong"]


def test_a_frontier_changed_by_sql_is_noticed(log):
    Log.objects.update(frontier=bytes(32 * 3))
    assert kinds() == ["root-wrong"]


@pytest.mark.parametrize("change", [{"reason": "另有原因"}, {"before": "x"}, {"details": {"n": 2}}, {"after": ""}])
def test_words_changed_by_sql_are_named(log, power, change):
    Payload.objects.filter(entry__obj=f"powers.power:{power.pk}").update(**change)
    assert [(p.kind, p.about["position"]) for p in verify()] == [("words-changed", 1)]


def test_erased_words_are_no_problem(log, power):
    Payload.objects.filter(entry__obj=f"powers.power:{power.pk}").delete()
    assert verify() == []


def test_a_sequencer_that_stands_still_is_noticed(log, act):
    act()
    Entry.objects.filter(position__isnull=True).update(at=timezone.now() - timedelta(hours=1))
    assert "waiting" in kinds()


def forget_fields():
    for kept in (states.columns, states.fields_of, states.shape_of):
        kept.cache_clear()


def test_a_field_that_came_later_does_not_look_like_tampering(log, power, monkeypatch):
    """After an upgrade the state has one field more than when it was committed."""
    monkeypatch.setattr(Power, "TRACE_EXCLUDE", ("scope",), raising=False)
    forget_fields()
    call_command("migrate", verbosity=0, stdout=StringIO())
    with transaction.atomic():
        record("powers.changed", power, by=None)
    monkeypatch.undo()
    forget_fields()
    assert verify() == []
    sql("UPDATE powers_power SET name = 'x' WHERE id = %s", power.pk)
    assert kinds() == ["row-changed"]


def test_the_result_is_kept_and_the_verification_itself_leaves_a_trace(log, power, wang):
    sql("UPDATE powers_power SET name = 'x' WHERE id = %s", power.pk)
    run_verify(by=wang)
    run = last_verification()
    assert run
    assert (run.ok, run.problem_count, run.entries, run.rows) == (False, 1, 22, 3)
    assert str(power.pk) in str(run.found[0])
    with translation.override("en"):
        assert str(power.pk) in str(run.found[0])
    assert Entry.objects.latest("pk").act == "trace.verified"
    assert VerifyRun.objects.count() == 1


def test_progress_goes_from_nothing_to_all(log):
    parts: list[float] = []
    run_verify(progress=parts.append)
    assert parts == sorted(parts)
    assert parts[-1] == 1


def test_a_thousand_rows_cost_as_many_statements_as_ten(log, school, act):
    act(300)  # the tree has its second level of tiles
    counted = []
    for count in (10, 990):
        units = [make_unit(f"第{count}-{n}处", parent=school) for n in range(count)]
        with transaction.atomic():
            record_many("organisation.imported", units, by=None)
        sequencer.sequence()
        with CaptureQueriesContext(connection) as context:
            assert verify() == []
        counted.append(len(context))
    assert counted[0] == counted[1]
