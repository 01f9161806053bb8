"""From which address somebody comes: the lock after wrong passwords counts by name and address."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_address(request: HttpRequest) -> str:
    """The address of whoever asks, seen through the proxies of this site (QINGQU_TRUSTED_PROXIES)."""
    peer = request.META.get("REMOTE_ADDR") or ""
    return seen_through(peer, request.headers.get("X-Forwarded-For", ""), settings.TRUSTED_PROXIES)


def seen_through(peer: str, forwarded: str, trusted: Collection[Network]) -> str:
    """The nearest address that is none of our proxies: each proxy writes at the end who came to it.

    What stands before that address the visitor may have written himself, so it is never read; nor is the header of a
    peer that is no proxy of ours, or of a proxy that wrote something else than addresses.
    """
    nearest = address_of(peer)
    if nearest is None or not is_among(nearest, trusted):
        return peer
    for written in reversed(forwarded.split(",")):
        found = address_of(written)
        if found is None:
            break
        nearest = found
        if not is_among(nearest, trusted):
            break
    return str(nearest)


def address_of(written: str) -> Address | None:
    """An address as proxies write it, perhaps with a port; None where it is none."""
    bare = written.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_among(address: Address, networks: Collection[Network]) -> bool:
    """Whether an address lies in any of the networks."""
    return any(address in network for network in networks)
