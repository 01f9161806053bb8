"""Checkpoints, and the signer that signs only what continues."""

import pytest

from qingqu.trace import merkle, notes, sequencer
from qingqu.trace.models import Checkpoint, Entry, Log, Tile
from qingqu.trace.notes import NotANote, Point
from qingqu.trace.recovery import recover
from qingqu.trace.signer import Refused, Signer
from qingqu.trace.verify import verify


def test_a_checkpoint_is_signed_and_the_signature_holds(act, signer):
    act(3)
    sequencer.sequence()
    kept = sequencer.checkpoint()
    name, public = signer.public_key()
    assert kept.signed
    assert notes.verify(kept.note, name, public)
    assert signer.last() == notes.parse(kept.note)
    assert kept.note.count("\n") == 5


def test_a_note_changed_by_one_sign_does_not_hold(act, signer):
    act(3)
    sequencer.sequence()
    note = sequencer.checkpoint().note
    name, public = signer.public_key()
    assert not notes.verify(note.replace("\n3\n", "\n4\n"), name, public)
    assert not notes.verify(note, "other/log", public)
    assert not notes.verify(note, name, bytes(32))
    assert not notes.verify(notes.parse(note).body() + "\n", name, public)


@pytest.mark.parametrize(
    "text",
    ["", "log\n1\n", "log\n1\nAAAA\n", "log\n01\n" + "A" * 43 + "=\n", "log\n1\n" + "A" * 43 + "=", "log\nx\ny\n"],
)
def test_text_that_is_no_checkpoint(text):
    with pytest.raises(NotANote):
        notes.parse(text)


def test_without_a_signer_the_checkpoint_is_kept_unsigned_and_signed_later(act, settings, tmp_path):
    act()
    sequencer.sequence()
    assert not sequencer.checkpoint().signed
    signed = sequencer.sign_latest(tmp_path / "apart")
    assert signed.signed
    assert notes.verify(signed.note, *Signer(tmp_path / "apart").public_key())


def test_a_minute_lies_between_checkpoints_unless_an_act_must_not_wait(act, signer):
    for _ in range(2):
        act()
        sequencer.sequence()
        sequencer.checkpoint()
    assert Checkpoint.objects.count() == 1
    assert sequencer.checkpoint(force=True).size == 2
    assert Checkpoint.objects.count() == 2


def test_the_signer_refuses_a_log_that_was_rewritten(act, signer):
    """A database administrator changes an entry and computes everything anew: the signer remembers."""
    act(5)
    sequencer.sequence()
    sequencer.checkpoint()
    Entry.objects.filter(position=2).update(act="accounts.something_else")
    Entry.objects.update(position=None, leaf_hash="", prev_obj="")
    Tile.objects.all().delete()
    Log.objects.update(size=0, frontier=b"")
    Checkpoint.objects.all().delete()
    act(1)
    sequencer.sequence()
    with pytest.raises(Refused):
        sequencer.checkpoint()


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        (Point("qingqu.local/log", 4, bytes(32)), "rewound"),
        (Point("qingqu.local/log", 6, bytes(32)), "continue"),
        (Point("qingqu.local/log", 5, bytes(32)), "continue"),
        (Point("another/log", 6, bytes(32)), "called"),
    ],
)
def test_the_signer_refuses(act, signer, point, reason):
    act(5)
    sequencer.sequence()
    sequencer.checkpoint()
    with pytest.raises(Refused, match=reason):
        signer.sign(point, [])
    assert signer.last().size == 5


def test_the_signer_signs_the_same_again(act, signer):
    act(5)
    sequencer.sequence()
    kept = sequencer.checkpoint()
    assert signer.sign(notes.parse(kept.note), []) in kept.note


def test_an_empty_log_has_one_root(signer):
    with pytest.raises(Refused):
        signer.sign(Point("qingqu.local/log", 0, bytes(32)), [])
    assert signer.sign(Point("qingqu.local/log", 0, merkle.EMPTY_ROOT), [])


def test_the_key_is_for_its_owner_alone(signer):
    assert (signer.folder / "key.pem").stat().st_mode & 0o077 == 0
    assert signer.folder.stat().st_mode & 0o022 == 0


def test_making_a_key_twice_keeps_the_first(signer):
    before = signer.public_key()
    signer.create("another/log")
    assert signer.public_key() == before


def test_a_damaged_verifier_key_is_noticed(signer):
    text = notes.verifier_key(*signer.public_key())
    with pytest.raises(ValueError):
        notes.parse_verifier_key(text[:-2] + "A=")


def rewind(to):
    """What restoring a backup does to the log."""
    Entry.objects.filter(position__gte=to).delete()
    Checkpoint.objects.all().delete()
    Tile.objects.all().delete()
    Entry.objects.update(position=None, leaf_hash="", prev_obj="")
    Log.objects.update(size=0, frontier=b"")
    sequencer.sequence()


def test_a_restored_backup_is_signed_with_a_new_key_and_said_so(act, signer):
    act(9)
    sequencer.sequence()
    sequencer.checkpoint()
    before = signer.public_key()
    rewind(4)
    with pytest.raises(Refused, match="rewound"):
        sequencer.checkpoint(force=True)
    assert "signer-ahead" in {problem.kind for problem in verify()}
    recover(signer.folder, by=None, reason="服务器硬盘损坏")
    signed = sequencer.sign_latest(signer.folder)
    assert signed.signed
    assert signer.public_key() != before
    entry = Entry.objects.get(act="trace.restored")
    assert (entry.payload.details["signed"], entry.payload.reason) == (9, "服务器硬盘损坏")
    assert {problem.kind for problem in verify()} <= {"entries-lost"}


def test_checkpoints_of_a_retired_key_still_hold(act, signer):
    act(5)
    sequencer.sequence()
    kept = sequencer.checkpoint()
    recover(signer.folder, by=None, reason="换钥")
    sequencer.sign_latest(signer.folder)
    assert verify() == []
    Checkpoint.objects.filter(pk=kept.pk).update(
        note=kept.note.replace("— qingqu.local/log ", "— qingqu.local/log AAAA")
    )
    assert [problem.kind for problem in verify()] == ["signature-wrong"]
