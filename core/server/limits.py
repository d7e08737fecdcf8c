"""What strangers may use up."""

from __future__ import annotations

import ipaddress

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Upper bounds (protocol.md §9.3)."""

    frame: int = 65536
    """Bytes of one message; a larger one closes its connection with 1009."""
    rate: float = 50.0
    """Messages a second that one connection may send for long."""
    burst: int = 1000
    """Messages at once: who enters a full room answers every member with several."""
    members: int = 100
    """Connections in one room."""
    rooms: int = 500
    connections: int = 2000
    """Connections altogether."""
    connections_per_address: int = 256
    """Generous, because a whole studio, or a proxy in front, is one address."""
    pending_plays: int = 64
    """Streams that one connection may wait for; the oldest wish is forgotten first."""
    backlog: int = 4 * 1024 * 1024
    """Bytes waiting for a reader; one that is slower than this is cut off."""
    grace: float = 30.0
    """Seconds in which a stream may come back before its viewers hear that it left."""
    ping: float = 20.0
    """Seconds between websocket pings, and to wait for each pong."""


def counted_address(host: str) -> str:
    """The unit in which connections are counted: an IPv4 address, or an IPv6 /64 network."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
