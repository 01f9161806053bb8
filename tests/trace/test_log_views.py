"""The public log: anybody can replay it from its addresses alone."""

import pytest

from qingqu.trace import merkle, notes, sequencer


@pytest.fixture
def log(act):
    act(300)
    sequencer.sequence()
    return sequencer.checkpoint()


def body(client, address):
    response = client.get(f"/trace/log/{address}")
    assert response.status_code == 200
    return response.content


def leaves_of(bundle):
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        yield bundle[2 : 2 + length]
        bundle = bundle[2 + length :]


def test_a_stranger_replays_the_log(client, log):
    point = notes.parse(body(client, "checkpoint").decode())
    bundles = body(client, "tile/entries/000"), body(client, "tile/entries/001.p/44")
    hashes = [merkle.leaf_hash(leaf) for bundle in bundles for leaf in leaves_of(bundle)]
    assert point.size == len(hashes) == 300
    assert merkle.root_of(hashes) == point.root
    assert body(client, "tile/0/000") == b"".join(hashes[:256])
    assert body(client, "tile/0/001.p/44") == b"".join(hashes[256:])
    assert body(client, "tile/1/000.p/1") == merkle.root_of(hashes[:256])


def test_nothing_of_a_person_is_in_it(client, log, wang):
    assert wang.name.encode() not in body(client, "tile/entries/000")
    assert wang.username.encode() not in body(client, "tile/entries/000")


@pytest.mark.parametrize(
    "address",
    ["tile/0/001", "tile/0/001.p/45", "tile/0/1", "tile/9/000", "tile/1/000", "tile/entries/002", "tile/entries/../x"],
)
def test_what_the_log_does_not_have(client, log, address):
    assert client.get(f"/trace/log/{address}").status_code == 404


def test_a_log_without_checkpoint(client, db):
    assert client.get("/trace/log/checkpoint").status_code == 404


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_not(client, log):
    assert "immutable" in client.get("/trace/log/tile/0/000").headers["Cache-Control"]
    assert client.get("/trace/log/checkpoint").headers["Cache-Control"] == "no-cache"


def test_the_log_is_read_only(client, log):
    assert client.post("/trace/log/checkpoint").status_code == 405
