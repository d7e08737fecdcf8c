"""What stands between the network and aioice.

aioice passes datagrams of any sender and size on to DTLS and SRTP, where one empty or
oversized datagram ends the connection (media_path.md §5.1).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

from aioice import ice, stun

from ..model import LONGEST_PACKET
from .agent import STRANGERS, TOO_MANY_CHECKS, TOO_MUCH_DATA, Agent
from .stamps import StampClock

log = logging.getLogger(__name__)

SHORTEST = 12
"""Bytes of an RTP header. STUN is 20 or more, a DTLS record 13 or more."""
LONGEST = 1500
"""Bytes of STUN and DTLS: what aiortc reads at once, and more than anybody sends."""
RECEIVE_BUFFER = 2 << 20
"""Bytes asked of the system: more than a second of a fast stream, for when we are late."""
LOOPBACK = "127.0.0.1"
SERVER_LEEWAY = 0.5
"""Seconds that a STUN server has for our other addresses once it has answered one of them."""
FAREWELL = 1.0
"""Seconds that a TURN server has to confirm that a relay is given back."""
_SIOCGSTAMP = 0x8906
_SO_RCVBUFFORCE = 33
_TIMEVAL = struct.Struct("@ll")
_STUN_FIRST_BYTES = 4
"""A STUN message begins with two zero bits and a small method (RFC 7983, 7)."""
_STUN_RESPONSE = 0x01
"""Bit of its first byte: an answer, as it may be, or an error (RFC 8489, 5)."""
_TRANSACTION = slice(8, 20)
MEDIA, BEYOND_MEDIA = 128, 192
"""First bytes of RTP and RTCP (RFC 7983, 7)."""

CONSENT_TRIES = 2
"""How often a consent check is repeated: 3.5 s for an answer. aioice takes who needs more than the
0.5 s of one try, as over a satellite, for gone after half a minute."""


class Check(NamedTuple):
    """A connectivity or consent check that was answered."""

    arrived: float
    """When the answer came, monotonic seconds."""
    round_trip: float
    """Seconds."""


last_checks: WeakKeyDictionary[ice.Connection, Check] = WeakKeyDictionary()

too_long: WeakKeyDictionary[ice.Connection, Callable[[bytes], None]] = WeakKeyDictionary()
"""Who counts the media packets of a connection that are longer than `LONGEST_PACKET`."""

_asking: WeakKeyDictionary[ice.Connection, set[asyncio.Timeout]] = WeakKeyDictionary()
"""The time limits of a connection's requests to a STUN server that are not answered yet."""
_answered: WeakSet[ice.Connection] = WeakSet()
"""Connections of which the STUN server has answered an address."""
_gather_addresses = ice.get_host_addresses
_clock = StampClock()


class Datagram(bytes):
    """What came from the network, and when."""

    arrival: float
    """When the system took it in, monotonic seconds; we may have read it much later."""


class GuardedProtocol(ice.StunProtocol):
    """One UDP socket (or relay) of aioice that survives any datagram, and any number of them."""

    receiver: Agent

    def __init__(self, receiver: Agent) -> None:
        """Start without a known peer."""
        super().__init__(receiver)
        self._descriptor: int | None = None
        self._checked_at = 0.0
        """Arrival of the last STUN message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Prepare a socket of asyncio's own; those of the fast path come prepared."""
        super().connection_made(transport)
        opened: socket.socket | None = transport.get_extra_info("socket")
        if opened is not None and opened.type == socket.SOCK_DGRAM:
            enlarge_buffer(opened)
            if sys.platform == "linux":
                self._descriptor = opened.fileno()
                # The first call only switches the stamps on.
                self._arrival()

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """Pass on STUN from anybody and the rest from candidates of the peer only."""
        if not isinstance(data, bytes) or len(data) < SHORTEST:
            return
        media = MEDIA <= data[0] < BEYOND_MEDIA
        try:
            if len(data) > (LONGEST_PACKET if media else LONGEST):
                if media and self.receiver in too_long and self._from_peer((addr[0], addr[1])):
                    too_long[self.receiver](data)
            elif data[0] < _STUN_FIRST_BYTES:
                if self._may_ask(data, (addr[0], addr[1])):
                    self._checked_at = self._arrival()
                    super().datagram_received(data, addr)
            elif self._from_peer((addr[0], addr[1])):
                if not media and not self.receiver.secured.spend(time.monotonic()):
                    self.receiver.tell(TOO_MUCH_DATA)
                    return
                datagram = Datagram(data)
                datagram.arrival = self._arrival()
                self.receiver.data_received(datagram, self.local_candidate.component)
        except Exception:
            log.debug("dropped a datagram that aioice cannot handle", exc_info=True)

    def _arrival(self) -> float:
        """When the datagram that was read last reached this machine (socket(7), SIOCGSTAMP).

        The sender's rate control takes our being late for a narrow network. The sockets of the
        fast path know it.
        """
        if self._descriptor is None:
            return self.transport.get_extra_info("arrival") or time.monotonic()
        _clock.read()
        try:
            stamp = fcntl.ioctl(self._descriptor, _SIOCGSTAMP, bytes(_TIMEVAL.size))
        except OSError:
            return _clock.now
        seconds, microseconds = _TIMEVAL.unpack(stamp)
        return _clock.arrival(seconds + microseconds * 1e-6)

    def _from_peer(self, address: tuple[str, int]) -> bool:
        return self.receiver.knows(address)

    def _may_ask(self, data: bytes, address: tuple[str, int]) -> bool:
        """Whether a STUN message is an answer that we wait for, or a request within bounds."""
        if data[0] & _STUN_RESPONSE:
            return data[_TRANSACTION] in self.transactions
        agent, now = self.receiver, time.monotonic()
        if agent.knows(address):
            within, excess = agent.checks.spend(now), TOO_MANY_CHECKS
        else:
            within, excess = agent.strange_checks.spend(now), STRANGERS
        if not within:
            agent.tell(excess)
        return within

    async def request(
        self,
        request: stun.Message,
        addr: tuple[str, int],
        integrity_key: bytes | None = None,
        retransmissions: int | None = None,
    ) -> tuple[stun.Message, tuple[str, int]]:
        """Measure what checks of the peer take; the other requests, without a key, are for servers.

        Raises:
            TimeoutError: A server answered our other addresses, but not this one.
        """
        if integrity_key is None:
            return await self._ask_server(request, addr, retransmissions)
        started = time.monotonic()
        tries = retransmissions or (CONSENT_TRIES if retransmissions == 0 else None)
        answer = await super().request(request, addr, integrity_key, tries)
        arrived = self._checked_at if self._checked_at > started else time.monotonic()
        last_checks[self.receiver] = Check(arrived, arrived - started)
        return answer

    async def _ask_server(
        self, request: stun.Message, addr: tuple[str, int], retransmissions: int | None
    ) -> tuple[stun.Message, tuple[str, int]]:
        """Without a way to the server, as on a bridge for containers, an address has no answer.

        aioice would wait 5 s for it, and the publisher for our answer.
        """
        unanswered = _asking.setdefault(self.receiver, set())
        leeway = SERVER_LEEWAY if self.receiver in _answered else None
        async with asyncio.timeout(leeway) as limit:
            unanswered.add(limit)
            try:
                answer = await super().request(request, addr, None, retransmissions)
            finally:
                unanswered.discard(limit)
        _answered.add(self.receiver)
        soon = asyncio.get_running_loop().time() + SERVER_LEEWAY
        for other in unanswered:
            if other.when() is None:
                other.reschedule(soon)
        return answer

    async def close(self) -> None:
        """Give socket or relay back; where the relay's server is gone, later (RFC 8656, 6)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await super().close()


def host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Addresses to listen on; the loopback where there is no other, as on an isolated host."""
    addresses = _gather_addresses(use_ipv4, use_ipv6)
    return addresses or ([LOOPBACK] if use_ipv4 else [])


def enlarge_buffer(opened: socket.socket) -> None:
    """Ask for a large receive buffer, and say once where it is not granted."""
    _report_buffer(ask_for_room(opened))


def ask_for_room(opened: socket.socket) -> int:
    """Ask for a large receive buffer; beyond the system's limit where we have the right to.

    Returns:
        Bytes that were granted.
    """
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if granted(opened) < RECEIVE_BUFFER and sys.platform == "linux":
        with contextlib.suppress(PermissionError):
            opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    return granted(opened)


def granted(opened: socket.socket) -> int:
    """Linux answers twice what may be used, for its own bookkeeping (socket(7))."""
    size = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return size // 2 if sys.platform == "linux" else size


_reported: set[int] = set()


def _report_buffer(size: int) -> None:
    """Say once what the system grants."""
    if size in _reported:
        return
    _reported.add(size)
    if size < RECEIVE_BUFFER:
        log.warning(
            "UDP receive buffers are %d KiB although %d were asked for: bursts may be lost "
            "(Linux: sysctl net.core.rmem_max=%d)",
            size >> 10,
            RECEIVE_BUFFER >> 10,
            RECEIVE_BUFFER,
        )
    else:
        log.info("UDP receive buffers are %d KiB", size >> 10)
