"""The Merkle tree against vectors that others wrote, and against every small tree."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from qingqu.trace import merkle, tiles
from qingqu.trace.commitments import canonical
from qingqu.trace.merkle import Frontier

VECTORS = Path(__file__).parent.parent / "vectors"
MERKLE = json.loads((VECTORS / "merkle" / "vectors.json").read_text())


def proof_of(case):
    return [b64decode(node) for node in case["proof"] or []]


@pytest.mark.parametrize("case", MERKLE["inclusion"], ids=lambda case: case["name"])
def test_inclusion_vector(case):
    leaf, root = b64decode(case["leafHash"]), b64decode(case["root"])
    right = merkle.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], root, proof_of(case))
    assert right is not case["wantErr"]


@pytest.mark.parametrize("case", MERKLE["consistency"], ids=lambda case: case["name"])
def test_consistency_vector(case):
    roots = b64decode(case["root1"]), b64decode(case["root2"])
    right = merkle.verify_consistency(case["size1"], case["size2"], *roots, proof_of(case))
    assert right is not case["wantErr"]


def test_184_vectors_must_be_rejected():
    assert sum(case["wantErr"] for cases in MERKLE.values() for case in cases) == 184


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "rfc8785" / "vectors.json").read_text()), ids=lambda c: c["name"]
)
def test_canonical_json_vector(case):
    assert rfc8785.dumps(json.loads(case["input"])).decode() == case["output"].strip()


plain = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.sampled_from(["", "\U00010400"])
)
nested = st.recursive(plain, lambda some: st.lists(some) | st.dictionaries(st.text(), some), max_leaves=20)


@given(nested)
def test_what_has_no_fractions_is_written_quickly_and_the_same(value):
    assert canonical(value) == rfc8785.dumps(value)


def test_keys_beyond_the_first_plane_are_in_the_order_of_the_standard():
    value = {"\uff5e": 1, "\U00010400": 2}
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical(value).index(b"2") < canonical(value).index(b"1")


SIZE = 200
LEAVES = [merkle.leaf_hash(str(n).encode()) for n in range(SIZE)]


@pytest.fixture(scope="module")
def roots():
    """The root of every tree up to SIZE, by the recursive definition of RFC 9162 §2.1.1."""

    def root(leaves):
        if len(leaves) < 2:
            return leaves[0] if leaves else merkle.EMPTY_ROOT
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return merkle.node_hash(root(leaves[:split]), root(leaves[split:]))

    return [root(LEAVES[:n]) for n in range(SIZE + 1)]


@pytest.fixture(scope="module")
def read():
    kept: dict[tuple[int, int], bytes] = {}
    writer = tiles.Writer(0, lambda level, number: kept[level, number])
    for leaf in LEAVES:
        writer.append(leaf)
    kept.update({place: bytes(tile) for place, tile in writer.touched.items()})
    return tiles.reader(lambda level, number: kept[level, number])


def test_the_frontier_has_the_root_of_every_tree(roots):
    frontier = Frontier()
    for n, leaf in enumerate(LEAVES):
        assert frontier.root() == roots[n]
        frontier = Frontier.load(n, frontier.dump())
        frontier.append(leaf)
    assert frontier.root() == roots[SIZE]


def test_a_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError):
        Frontier.load(3, bytes(32))


def test_every_inclusion_proof_holds_and_no_other_does(roots, read):
    for size in range(1, SIZE + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(read, index, size)
            assert merkle.verify_inclusion(LEAVES[index], index, size, roots[size], proof)
            assert not merkle.verify_inclusion(LEAVES[index - 1], index, size, roots[size], proof) or size == 1
            assert not merkle.verify_inclusion(LEAVES[index], index, size, roots[size - 1], proof)


def test_every_consistency_proof_holds_and_no_other_does(roots, read):
    for new in range(1, SIZE + 1):
        assert merkle.tree_root(read, new) == roots[new]
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(read, old, new)
            assert merkle.verify_consistency(old, new, roots[old], roots[new], proof)
            assert not merkle.verify_consistency(old, new, roots[old - 1], roots[new], proof)
            assert not merkle.verify_consistency(old, new, roots[old], roots[new - 1], proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (5, 5)])
def test_there_is_no_inclusion_proof_outside_the_tree(read, index, size):
    with pytest.raises(ValueError):
        merkle.inclusion_proof(read, index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 1), (3, 2)])
def test_there_is_no_consistency_proof_from_nothing_or_backwards(read, old, new):
    with pytest.raises(ValueError):
        merkle.consistency_proof(read, old, new)
