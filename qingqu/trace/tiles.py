"""The tree in tiles of 256 hashes (C2SP tlog-tiles), pure: where a node lies, how tiles grow and are addressed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from qingqu.trace.merkle import HASH_BYTES, Read, node_hash

WIDTH = 256
LEVELS_PER_TILE = 8
MAX_ENTRY_BYTES = 65_535
Place = tuple[int, int]
"""Level and number of a tile."""
ReadTile = Callable[[int, int], bytes]


def subtree(hashes: bytes) -> bytes:
    """The root over a power of two of hashes."""
    row = [hashes[n : n + HASH_BYTES] for n in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
    return row[0]


def reader(read_tile: ReadTile) -> Read:
    """Read perfect nodes out of tiles. The reader raises LookupError where the tiles do not hold the node."""

    def read(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, LEVELS_PER_TILE)
        first = index << height
        number, offset = divmod(first, WIDTH)
        start, end = offset * HASH_BYTES, (offset + (1 << height)) * HASH_BYTES
        hashes = read_tile(tile_level, number)
        if len(hashes) < end:
            raise LookupError(f"tile {tile_level}/{number} ends before node {level}/{index}")
        return subtree(hashes[start:end])

    return read


@dataclass(slots=True)
class Writer:
    """Lays hashes into tiles; `touched` are those that must be kept."""

    size: int
    read_tile: ReadTile
    touched: dict[Place, bytearray] = field(default_factory=dict)

    def append(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        level, index, hash_ = 0, self.size, leaf
        while True:
            number, offset = divmod(index, WIDTH)
            tile = self._tile(level, number, offset)
            tile += hash_
            if offset != WIDTH - 1:
                break
            level, index, hash_ = level + 1, number, subtree(bytes(tile))
        self.size += 1

    def _tile(self, level: int, number: int, offset: int) -> bytearray:
        if (level, number) not in self.touched:
            known = self.read_tile(level, number) if offset else b""
            if len(known) < offset * HASH_BYTES:
                raise LookupError(f"tile {level}/{number} should hold {offset} hashes")
            self.touched[level, number] = bytearray(known[: offset * HASH_BYTES])
        return self.touched[level, number]


def width(size: int, level: int, number: int) -> int:
    """How many hashes tile `level`/`number` holds in a tree of `size`; 0 where there is no such tile yet."""
    return max(0, min(WIDTH, (size >> LEVELS_PER_TILE * level) - number * WIDTH))


def encode_number(number: int) -> str:
    """A tile's number as it stands in its address: 1234067 → x001/x234/067."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


ADDRESS = re.compile(r"(?P<number>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?")


def decode_address(address: str) -> tuple[int, int] | None:
    """(number, width) of the end of a tile's address, or None where it is not written as the standard wants."""
    found = ADDRESS.fullmatch(address)
    if not found:
        return None
    number = int(found["number"].replace("x", "").replace("/", ""))
    wide = int(found["width"] or WIDTH)
    if encode_number(number) != found["number"] or wide > WIDTH or (found["width"] and wide == WIDTH):
        return None
    return number, wide


def bundle(entries: Iterable[bytes]) -> bytes:
    """Leaves as an entry bundle: each behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
