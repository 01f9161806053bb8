"""From the outbox into the log: no gap, no duplicate, whatever breaks."""

import pytest
from django.db import transaction
from django.db.models import F

from qingqu.trace import merkle, sequencer, tiles
from qingqu.trace.leaf import hash_of, leaf_of
from qingqu.trace.merkle import Frontier
from qingqu.trace.models import Entry, Log, Payload, Tile


def replayed_root():
    log = sequencer.the_log()
    return merkle.root_of(hash_of(entry, log.origin) for entry in Entry.objects.order_by("position"))


def frontier_root():
    log = sequencer.the_log()
    return Frontier.load(log.size, bytes(log.frontier)).root()


def test_entries_get_positions_without_gap(act, monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 100)
    for count in (1, 299, 45):
        act(count)
        assert sequencer.sequence() == count
    assert list(Entry.objects.order_by("pk").values_list("position", flat=True)) == list(range(345))
    assert sequencer.the_log().size == 345
    assert replayed_root() == frontier_root() == merkle.tree_root(tiles.reader(sequencer.read_tile), 345)


def test_an_idle_sequencer_asks_one_question(act, django_assert_num_queries):
    act()
    sequencer.sequence()
    with django_assert_num_queries(1):
        assert sequencer.sequence() == 0


def test_a_batch_costs_the_same_statements_for_ten_entries_and_for_two_hundred(act, django_assert_num_queries):
    act(1)
    sequencer.sequence()
    counted = []
    for count in (10, 200):
        act(count)
        with django_assert_num_queries(11 + count, exact=False) as context:
            sequencer.sequence()
        counted.append(len([q for q in context.captured_queries if not q["sql"].startswith("UPDATE trace_entry")]))
    assert counted[0] == counted[1]


def test_each_leaf_names_the_one_before_of_its_object(act):
    act(2)
    sequencer.sequence()
    act(1)
    sequencer.sequence()
    first, second, third = Entry.objects.order_by("position")
    assert (first.prev_obj, second.prev_obj, third.prev_obj) == ("", first.leaf_hash, second.leaf_hash)


@pytest.mark.parametrize("where", ["_keep", "hash_of"])
def test_a_sequencer_that_dies_in_the_middle_leaves_nothing_and_starts_again(act, monkeypatch, where):
    act(5)
    sequencer.sequence()
    act(20)

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(sequencer, where, die)
        with pytest.raises(KeyboardInterrupt):
            sequencer.sequence()
    assert sequencer.the_log().size == 5
    assert Entry.objects.filter(position__isnull=True).count() == 20
    sequencer.sequence()
    assert list(Entry.objects.order_by("position").values_list("position", flat=True)) == list(range(25))
    assert replayed_root() == frontier_root()


def test_a_leaf_holds_no_words(act, wang):
    entry = act(1, before="王老师", reason="私事")[0]
    leaf = leaf_of(entry, "log").decode()
    assert leaf.isascii()
    assert f'"actor":"u:{wang.pk}"' in leaf


def test_erasing_the_words_leaves_the_log_valid(act):
    act(3)
    sequencer.sequence()
    root = frontier_root()
    Payload.objects.all().delete()
    assert replayed_root() == root
    proof = merkle.inclusion_proof(tiles.reader(sequencer.read_tile), 1, 3)
    leaf = bytes.fromhex(Entry.objects.get(position=1).leaf_hash)
    assert merkle.verify_inclusion(leaf, 1, 3, root, proof)


def test_the_name_of_the_log_stays(act, settings):
    act()
    sequencer.sequence()
    name = sequencer.the_log().origin
    settings.LOG_ORIGIN = "another/log"
    assert sequencer.the_log().origin == name


def test_a_tile_that_lost_hashes_stops_the_sequencer(act):
    act(3)
    sequencer.sequence()
    Tile.objects.update(hashes=b"")
    act()
    with pytest.raises(LookupError), transaction.atomic():
        sequencer.sequence()


def test_a_frontier_that_does_not_fit_stops_the_sequencer(act):
    act(3)
    sequencer.sequence()
    Log.objects.update(size=F("size") + 1)
    act()
    with pytest.raises(ValueError), transaction.atomic():
        sequencer.sequence()
