"""Move entries from the outbox into the log: one writer at a time gives them their positions."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from qingqu.trace import merkle, notes, tiles
from qingqu.trace.leaf import hash_of
from qingqu.trace.merkle import Frontier
from qingqu.trace.models import Checkpoint, Entry, Log, Tile
from qingqu.trace.notes import Point
from qingqu.trace.signer import Signer

BATCH = 1000
EVERY = timedelta(seconds=60)
PLACE = "UPDATE trace_entry SET position = %s, prev_obj = %s, leaf_hash = %s WHERE id = %s AND position IS NULL"


def the_log() -> Log:
    """The one log. Its name is fixed when it is born, whatever the settings say later."""
    return Log.objects.get_or_create(pk=1, defaults={"origin": settings.LOG_ORIGIN})[0]


def sequence() -> int:
    """Give every waiting entry its position; returns how many.

    An entry waits as long as it has no position, so a batch that is cut off leaves nothing and is done again.
    """
    done = 0
    while Entry.objects.filter(position__isnull=True).exists():
        done += _batch()
    return done


@transaction.atomic
def _batch() -> int:
    """Entries, tiles and frontier move in one transaction; the row of the log is the lock that sequencers wait for."""
    the_log()
    log = Log.objects.select_for_update().get(pk=1)
    waiting = list(Entry.objects.filter(position__isnull=True).order_by("pk")[:BATCH])
    frontier = Frontier.load(log.size, bytes(log.frontier))
    writer = tiles.Writer(log.size, read_tile)
    latest = _latest_hashes({entry.obj for entry in waiting})
    rows = []
    for entry in waiting:
        entry.prev_obj = latest.get(entry.obj, "")
        leaf = hash_of(entry, log.origin)
        latest[entry.obj] = leaf.hex()
        rows.append((frontier.size, entry.prev_obj, leaf.hex(), entry.pk))
        frontier.append(leaf)
        writer.append(leaf)
    with connection.cursor() as cursor:
        cursor.executemany(PLACE, rows)
    _keep(writer)
    log.size, log.frontier = frontier.size, frontier.dump()
    log.save(update_fields=["size", "frontier"])
    return len(rows)


def _latest_hashes(objs: set[str]) -> dict[str, str]:
    """The hash of the latest leaf of each object."""
    placed = Entry.objects.filter(obj__in=objs, position__isnull=False)
    positions = placed.order_by().values("obj").annotate(latest=Max("position")).values("latest")
    return dict(Entry.objects.filter(position__in=[row["latest"] for row in positions]).values_list("obj", "leaf_hash"))


def _keep(writer: tiles.Writer) -> None:
    grown = [Tile(level=level, number=n, hashes=bytes(tile)) for (level, n), tile in writer.touched.items()]
    Tile.objects.bulk_create(
        grown, update_conflicts=True, unique_fields=["level", "number"], update_fields=["hashes"], batch_size=100
    )


def read_tile(level: int, number: int) -> bytes:
    """The hashes of a tile as the database keeps them; empty where there is none."""
    kept = Tile.objects.filter(level=level, number=number).values_list("hashes", flat=True).first()
    return bytes(kept) if kept is not None else b""


def consistency_proof(old: int, new: int) -> list[bytes]:
    """That the log of `new` entries continues the log of `old`; none is needed from an empty log."""
    return merkle.consistency_proof(tiles.reader(read_tile), old, new) if old else []


def checkpoint(*, force: bool = False) -> Checkpoint:
    """Fix the size and root of the log, once a minute where it has grown; `force` where an act must not wait.

    Signs it where the signer lives here. Raises signer.Refused, which is an alarm.
    """
    log, last = the_log(), Checkpoint.objects.order_by("-size").first()
    if last and (last.size == log.size or (not force and timezone.now() - last.at < EVERY)):
        return last
    root = Frontier.load(log.size, bytes(log.frontier)).root()
    point = Point(log.origin, log.size, root)
    kept = Checkpoint.objects.get_or_create(
        size=log.size, defaults={"root": root.hex(), "at": timezone.now(), "note": point.body() + "\n"}
    )[0]
    here = Signer(signer_folder())
    return sign(kept, here) if here.can_sign else kept


def signer_folder() -> Path:
    """Where a signer that lives on this machine keeps its key."""
    return Path(settings.SIGNER_DIR)


def sign(kept: Checkpoint, signer: Signer) -> Checkpoint:
    """Have a checkpoint signed and keep the signed note. Raises signer.Refused."""
    point = notes.parse(kept.note)
    last = signer.last()
    proof = consistency_proof(last.size, point.size) if last.size <= point.size else []
    kept.note = notes.signed(point, signer.sign(point, proof))
    kept.signed = True
    kept.save(update_fields=["note", "signed"])
    return kept


def sign_latest(folder: Path) -> Checkpoint:
    """What `qingqu sign` does, as the account that may read `folder`: sign the newest checkpoint unless it is signed.

    Makes the key at the first time. Raises signer.Refused.
    """
    newest, signer = checkpoint(force=True), Signer(folder)
    signer.create(the_log().origin)
    return newest if newest.signed else sign(newest, signer)


def waiting_since() -> datetime | None:
    """Since when the oldest entry waits for its position; None where nothing waits."""
    return Entry.objects.filter(position__isnull=True).order_by("pk").values_list("at", flat=True).first()
