"""The log for everyone: checkpoint and tiles as C2SP tlog-tiles addresses them. They hold no personal data."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from qingqu.trace import sequencer, tiles
from qingqu.trace.leaf import leaf_of
from qingqu.trace.merkle import HASH_BYTES
from qingqu.trace.models import Checkpoint, Entry

FOR_EVER = "public, max-age=31536000, immutable"
NOT_KEPT = "no-cache"


def _plain(body: bytes, kind: str, keep: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response.headers["Cache-Control"] = keep
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@login_not_required
def checkpoint(request: HttpRequest) -> HttpResponse:
    kept = Checkpoint.objects.order_by("-signed", "-size").first()
    if kept is None:
        raise Http404
    return _plain(kept.note.encode(), "text/plain; charset=utf-8", NOT_KEPT)


@require_safe
@login_not_required
def tile(request: HttpRequest, level: int, address: str) -> HttpResponse:
    number, width = _place(level, address)
    hashes = sequencer.read_tile(level, number)[: width * HASH_BYTES]
    return _plain(hashes, "application/octet-stream", FOR_EVER)


@require_safe
@login_not_required
def entries(request: HttpRequest, address: str) -> HttpResponse:
    number, width = _place(0, address)
    first = number * tiles.WIDTH
    kept = Entry.objects.filter(position__gte=first, position__lt=first + width).order_by("position")
    origin = sequencer.the_log().origin
    return _plain(tiles.bundle(leaf_of(entry, origin) for entry in kept), "application/octet-stream", FOR_EVER)


def _place(level: int, address: str) -> tuple[int, int]:
    """Number and width of the tile that `address` names, where the log has grown that far."""
    place = tiles.decode_address(address)
    if place is None or level > 7 or tiles.width(sequencer.the_log().size, level, place[0]) < place[1]:
        raise Http404
    return place
