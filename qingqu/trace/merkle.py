"""A Merkle tree over SHA-256 as RFC 6962 and RFC 9162 define it. Pure: bytes in, bytes out.

A *perfect node* (level, index) covers the 2**level leaves from index * 2**level. Proofs are generated from a function
that reads perfect nodes, wherever they are kept, and checked by the iterative algorithms of RFC 9162.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

Read = Callable[[int, int], bytes]
HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree: the roots of its perfect subtrees, the largest first. Enough to append to it."""

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        merges = (~self.size & (self.size + 1)).bit_length() - 1
        for _ in range(merges):
            leaf = node_hash(self.nodes.pop(), leaf)
        self.nodes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self.nodes:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self.nodes))

    def dump(self) -> bytes:
        return b"".join(self.nodes)

    @classmethod
    def load(cls, size: int, data: bytes) -> Frontier:
        """Raises ValueError where `data` is not the frontier of a tree of `size`."""
        if len(data) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a tree of {size} has {size.bit_count()} frontier nodes")
        return cls(size, [data[n : n + HASH_BYTES] for n in range(0, len(data), HASH_BYTES)])


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def range_hash(read: Read, start: int, end: int) -> bytes:
    """The hash over the leaves in [start, end) where the tree has a node for them."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return read(level, start >> level)
    middle = start + _split(count)
    return node_hash(range_hash(read, start, middle), range_hash(read, middle, end))


def tree_root(read: Read, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return range_hash(read, 0, size) if size else EMPTY_ROOT


def inclusion_proof(read: Read, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size`. Raises ValueError where there is none."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(read, middle, end))
            end = middle
        else:
            path.append(range_hash(read, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(read: Read, old: int, new: int) -> list[bytes]:
    """That the tree of `old` leaves begins the tree of `new`. Raises ValueError where old is 0 or larger."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    start, end, path = 0, new, list[bytes]()
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_hash(read, middle, end))
            end = middle
        else:
            path.append(range_hash(read, start, middle))
            start = middle
    if start:
        path.append(range_hash(read, start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that `leaf` is at `index` of the tree of `size` with this `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or any(len(hash_) != HASH_BYTES for hash_ in (leaf, *proof)):
        return False
    position, last, seen = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            seen = node_hash(sibling, seen)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            seen = node_hash(seen, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and seen == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the new tree begins with the old one (RFC 9162 §2.1.4.2). There is no proof from 0."""
    if not 0 < old <= new or any(len(hash_) != HASH_BYTES for hash_ in proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    nodes = list(proof)
    if old & (old - 1) == 0:
        nodes.insert(0, old_root)
    if not nodes:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, node)
        position, last = position >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
