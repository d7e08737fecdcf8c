"""Remote ICE candidates, as strangers write them (RFC 8839, 5.1; protocol.md §4.5)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from aiortc import RTCIceCandidate

_TYPES = frozenset({"host", "srflx", "prflx", "relay"})
_MAX_PRIORITY = 2**31 - 1
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_candidate(value: Mapping[str, Any] | str) -> RTCIceCandidate | None:
    """One candidate that can be used, else ``None``.

    TCP, names that only multicast DNS knows, addresses that no machine has (multicast, broadcast)
    and whatever is malformed cannot: pages send them beside others, so they are no error. The
    media section it names does not matter, since all sections share one transport.
    """
    text = value if isinstance(value, str) else value.get("candidate")
    if not isinstance(text, str) or len(text) > 1024:
        return None
    parts = text.strip().removeprefix("a=").removeprefix("candidate:").split()
    if len(parts) < 8:
        return None
    foundation, component, protocol, priority, host, port, _, kind = parts[:8]
    if component != "1" or protocol.lower() != "udp" or kind not in _TYPES or parts[6] != "typ":
        return None
    address, number, rank = _address(host), _number(port, 65535), _number(priority, _MAX_PRIORITY)
    if address is None or not number or rank is None:
        return None
    return RTCIceCandidate(
        component=1,
        foundation=foundation[:32],
        ip=address,
        port=number,
        priority=rank,
        protocol="udp",
        # aioice takes no peer-reflexive candidate from signalling, though GStreamer sends some.
        type="srflx" if kind == "prflx" else kind,
    )


def _address(host: str) -> str | None:
    """The canonical form, so that it compares equal to a datagram's source."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return str(address) if _may_be_a_host(address) else None


def _may_be_a_host(address: IPAddress) -> bool:
    """Whether a single machine can have this address, seen from another one or from itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return not (address.is_multicast or address.is_reserved or address in _THIS_NETWORK)
    if address.ipv4_mapped:
        return False  # whose own properties Python 3.13 tells instead
    # Link-local ones mean nothing without the interface, which candidates do not name.
    return address.is_loopback or not (
        address.is_unspecified
        or address.is_multicast
        or address.is_link_local
        or address.is_reserved
    )


def is_reachable(host: str, ours: Iterable[str]) -> bool:
    """Whether a peer may have this address, as far as our own addresses tell.

    Loopback and IPv4's link-local addresses are a peer's only where we have one of the kind
    ourselves, as a machine without any network has: otherwise a stranger could have us send to
    what listens on this very machine, or on a cloud's link-local services.
    """
    kind = _locality(host)
    return not kind or any(_locality(one) == kind for one in ours)


def _locality(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name, which aioice resolves
        return ""
    return "loopback" if address.is_loopback else "link" if address.is_link_local else ""


def _number(text: str, limit: int) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    return int(text) if int(text) <= limit else None


def candidate_line(candidate: RTCIceCandidate) -> str:
    """``candidate:…`` as it goes into a description or a message."""
    line = (
        f"candidate:{candidate.foundation} {candidate.component} {candidate.protocol} "
        f"{candidate.priority} {candidate.ip} {candidate.port} typ {candidate.type}"
    )
    if candidate.relatedAddress is not None and candidate.relatedPort is not None:
        line += f" raddr {candidate.relatedAddress} rport {candidate.relatedPort}"
    return line
