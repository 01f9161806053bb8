"""Replaying the log: every entry hashed again, every tile, root, checkpoint and signature compared."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from qingqu.trace import notes, sequencer, tiles
from qingqu.trace.commitments import commit
from qingqu.trace.leaf import hash_of
from qingqu.trace.merkle import HASH_BYTES, Frontier
from qingqu.trace.models import Checkpoint, Entry, Log, Payload, Tile
from qingqu.trace.problems import Problem
from qingqu.trace.signer import Signer

CHUNK = 8 * tiles.WIDTH


def chunks(size: int) -> Iterator[list[Entry]]:
    """The entries of the log in order, with their words, some thousand at a time."""
    for start in range(0, size, CHUNK):
        found = Entry.objects.filter(position__gte=start, position__lt=min(start + CHUNK, size))
        yield list(found.order_by("position").select_related("payload"))


def outbox(size: int) -> Iterator[list[Entry]]:
    """The entries beyond the first `size`: those that wait for their position, or were given it meanwhile."""
    beyond = Q(position__isnull=True) | Q(position__gte=size)
    waiting, after = Entry.objects.filter(beyond).order_by("pk").select_related("payload"), 0
    while found := list(waiting.filter(pk__gt=after)[:CHUNK]):
        yield found
        after = found[-1].pk


def words_agree(entry: Entry) -> bool:
    """Whether the words of `entry` are those that it committed to; erased words agree with everything.

    Entries of the first versions did not commit to what their thing was called.
    """
    try:
        said = entry.payload
    except Payload.DoesNotExist:
        return True
    salt = bytes(said.salt)
    words = {"before": said.before, "after": said.after, "reason": said.reason, "details": said.details}
    before_c = commit(salt, {"before": said.before}) if said.before else ""
    reasons = (commit(salt, words | {"title": said.title}), commit(salt, words))
    return entry.reason_c in reasons and before_c == entry.before_c


class Replay:
    """Takes the entries of the log in order and says what is wrong with them."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.frontier = Frontier()
        self.writer = tiles.Writer(0, lambda level, number: b"")
        self.kept: dict[int, bytes] = {}
        self.agreed = 0
        self._checkpoints = Checkpoint.objects.order_by("size").iterator()
        self._next = next(self._checkpoints, None)
        signer = Signer(sequencer.signer_folder())
        self._signed = signer.last() if signer.is_readable else None
        self._keys = signer.public_keys() if signer.is_readable else []

    def take(self, entries: list[Entry], end: int) -> Iterator[Problem]:
        """The entries from where the replay stands up to position `end`."""
        first, last = self.frontier.size // tiles.WIDTH, (end - 1) // tiles.WIDTH
        found = Tile.objects.filter(level=0, number__range=(first, last)).values_list("number", "hashes")
        self.kept = {number: bytes(hashes) for number, hashes in found}
        yield from self._points()
        for entry in entries:
            while self.frontier.size < (entry.position or 0):
                yield from self._missing()
            leaf, kept = hash_of(entry, self.log.origin), self._kept_hash()
            if leaf != kept or leaf.hex() != entry.leaf_hash:
                yield Problem("entry-changed", {"position": entry.position, "obj": entry.obj})
            yield from self._append(kept or leaf)
        while self.frontier.size < end:
            yield from self._missing()
        yield from self._compare_tiles(final=end == self.log.size)

    def finish(self) -> Iterator[Problem]:
        """What can only be said at the end of the log."""
        yield from self._points()
        size = self.frontier.size
        if self.frontier.dump() != bytes(self.log.frontier):
            yield Problem("root-wrong", {"size": size})
        ahead = max(self._signed.size if self._signed else 0, self._next.size if self._next else 0)
        grown = max(size, sequencer.the_log().size)  # people go on working while the log is replayed
        if ahead > grown:
            yield Problem("signer-ahead", {"size": ahead, "have": size})
        for entry in Entry.objects.filter(position__gte=grown).order_by("position")[:100]:
            yield Problem("entry-extra", {"position": entry.position, "obj": entry.obj})

    def _missing(self) -> Iterator[Problem]:
        yield Problem("entry-missing", {"position": self.frontier.size})
        yield from self._append(self._kept_hash() or bytes(HASH_BYTES))

    def _kept_hash(self) -> bytes:
        """The hash that the tiles keep for the next leaf; empty where they keep none."""
        number, offset = divmod(self.frontier.size, tiles.WIDTH)
        return self.kept.get(number, b"")[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]

    def _append(self, leaf: bytes) -> Iterator[Problem]:
        self.frontier.append(leaf)
        self.writer.append(leaf)
        yield from self._points()

    def _points(self) -> Iterator[Problem]:
        """Compare with the checkpoint and with the signer's memory of just this size."""
        size = self.frontier.size
        if self._signed and self._signed.size == size:
            if self._signed.root != self.frontier.root():
                yield Problem("signer-differs", {"size": size})
            self._signed = None
        if self._next and self._next.size == size:
            yield from self._checkpoint(self._next)
            self._next = next(self._checkpoints, None)

    def _checkpoint(self, kept: Checkpoint) -> Iterator[Problem]:
        root = self.frontier.root()
        if kept.root != root.hex() or not kept.note.startswith(
            notes.Point(self.log.origin, kept.size, root).body() + "\n"
        ):
            yield Problem("checkpoint-wrong", {"size": kept.size, "from": self.agreed})
        else:
            self.agreed = kept.size
        if kept.signed and self._keys and not any(notes.verify(kept.note, *key) for key in self._keys):
            yield Problem("signature-wrong", {"size": kept.size})

    def _compare_tiles(self, *, final: bool) -> Iterator[Problem]:
        """Compare the tiles above the leaves as soon as they are full, and all that is left at the end."""
        full = {
            place: bytes(hashes)
            for place, hashes in self.writer.touched.items()
            if final or len(hashes) == tiles.WIDTH * HASH_BYTES
        }
        for (level, number), hashes in full.items():
            if level and not sequencer.read_tile(level, number).startswith(hashes):
                yield Problem("tile-wrong", {"level": level, "number": number})
            del self.writer.touched[level, number]
