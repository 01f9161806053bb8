"""Tiles: laid in any portions they are the same, and their addresses are those of the standard."""

import pytest

from qingqu.trace import merkle, tiles

LEAVES = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(70_000)]


def lay(leaves, kept, size):
    writer = tiles.Writer(size, lambda level, number: bytes(kept[level, number]))
    for leaf in leaves:
        writer.append(leaf)
    kept.update({place: bytes(tile) for place, tile in writer.touched.items()})


def test_three_levels_of_tiles_give_the_root_and_proofs():
    kept: dict[tuple[int, int], bytes] = {}
    for start in range(0, 70_000, 999):
        lay(LEAVES[start : start + 999], kept, start)
    assert {level for level, _ in kept} == {0, 1, 2}
    assert all(len(tile) == 32 * tiles.width(70_000, *place) for place, tile in kept.items())
    read = tiles.reader(lambda level, number: kept[level, number])
    root = merkle.root_of(LEAVES)
    assert merkle.tree_root(read, 70_000) == root
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        proof = merkle.inclusion_proof(read, index, 70_000)
        assert merkle.verify_inclusion(LEAVES[index], index, 70_000, root, proof)
    for old in (1, 256, 65_536, 69_999):
        proof = merkle.consistency_proof(read, old, 70_000)
        assert merkle.verify_consistency(old, 70_000, merkle.root_of(LEAVES[:old]), root, proof)


def test_a_node_beyond_the_tile_is_not_made_up():
    kept = {(0, 0): LEAVES[0] + LEAVES[1]}
    with pytest.raises(LookupError):
        tiles.reader(lambda level, number: kept[level, number])(1, 1)


@pytest.mark.parametrize(
    ("number", "address"),
    [(0, "000"), (5, "005"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")],
)
def test_a_number_as_an_address(number, address):
    assert tiles.encode_number(number) == address
    assert tiles.decode_address(address) == (number, 256)
    assert tiles.decode_address(f"{address}.p/17") == (number, 17)


@pytest.mark.parametrize(
    "address", ["", "5", "0005", "x000/005", "001/002", "005.p/0", "005.p/256", "005.p/300", "005/"]
)
def test_an_address_written_otherwise_is_none(address):
    assert tiles.decode_address(address) is None


def test_the_width_of_a_tile():
    assert [tiles.width(70_000, *place) for place in [(0, 0), (0, 273), (0, 274), (1, 1), (2, 0), (3, 0)]] == [
        256,
        112,
        0,
        17,
        1,
        0,
    ]


def test_an_entry_bundle():
    assert tiles.bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"
