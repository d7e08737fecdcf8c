"""The ICE agent of one connection: aioice's, within bounds.

aioice keeps each address that a peer's checks come from, looks through all of them at every
check, and queues whatever comes before somebody reads it. What a peer gets is a share of our
time and memory that no honest one needs; what is beyond it is passed over, and told once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from aioice import Candidate, ice, stun

from ..budget import Budget, Meter
from .candidates import is_reachable

log = logging.getLogger(__name__)

MAX_LEARNED = 32
"""Addresses that are learnt from checks, beside those that were signalled."""
MAX_SWITCHES = 8
"""Changes of the ICE role: one settles a conflict (RFC 8445, 7.3.1.1)."""
MAX_QUEUED_MEDIA, MAX_QUEUED = 1024, 1280
"""Datagrams that wait for DTLS; the rest of the room is for its own, so that media that comes too
early does not end the handshake. A read from a TURN server over TCP brings some 250 at once."""
CHECKS = 100.0, 300.0
"""STUN requests in a second and at once, of the peer and of addresses that are nobody's. Browsers
send 20, aioice 50."""
SECURED = 400.0, 1000.0
"""DTLS datagrams in a second and at once: four of our largest messages. A page sends a few."""
SHARE = 0.5
"""Seconds of processor time in a second for reading what one connection gets; a 4K stream takes a
tenth of that."""
TOO_MANY_CHECKS = "sends more connectivity checks than any publisher does; the rest are passed over"
TOO_MANY_ADDRESSES = "checks from more addresses than any publisher has; the rest are passed over"
TOO_MUCH_DATA = "sends more data beside its media than is taken; the rest is passed over"
TOO_MUCH_WORK = "takes too much of this machine's time; what comes too quickly is not read"
STRANGERS = "is sent very much from addresses that are nobody's; it is passed over"
TOO_EARLY = "sends very much before its keys are known; it is passed over"
_DTLS, _BEYOND_DTLS, _MEDIA, _BEYOND_MEDIA = 20, 64, 128, 192
"""First bytes (RFC 7983, 7)."""


class Agent(ice.Connection):
    """Knows what it has spent on its peer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As aioice's."""
        super().__init__(*args, **options)
        self.checks = Budget(*CHECKS)
        self.strange_checks = Budget(*CHECKS)
        self.secured = Budget(*SECURED)
        self.meter = Meter(SHARE)
        self.on_excess: Callable[[str], None] | None = None
        """Told of each kind of excess once."""
        self._told: set[str] = set()
        self._switches = 0
        self._addresses: frozenset[tuple[str, int]] = frozenset()
        self._known = 0

    def tell(self, text: str) -> None:
        """Say once that a peer does more than it should."""
        if text in self._told:
            return
        self._told.add(text)
        log.warning("the publisher %s", text)
        if self.on_excess is not None:
            self.on_excess(text)

    def knows(self, address: tuple[str, int]) -> bool:
        """Whether a candidate of the peer, signalled or learnt, has this address."""
        if self._known != len(self._remote_candidates):
            self._known = len(self._remote_candidates)
            self._addresses = frozenset(
                (getattr(candidate, "_network_host", candidate.host), candidate.port)
                for candidate in self._remote_candidates
            )
        return address in self._addresses

    async def add_remote_candidate(self, remote_candidate: Candidate | None) -> None:
        """Leave out an address that cannot be a peer's."""
        ours = [candidate.host for candidate in self._local_candidates]
        if remote_candidate is None or is_reachable(remote_candidate.host, ours):
            await super().add_remote_candidate(remote_candidate)

    def check_incoming(
        self, message: stun.Message, addr: tuple[str, int], protocol: ice.StunProtocol
    ) -> None:
        """Learn some addresses; a check of a further one has been answered, which is all."""
        if not self.knows(addr):
            learnt = sum(one.type == "prflx" for one in self._remote_candidates)
            if learnt >= MAX_LEARNED:
                self.tell(TOO_MANY_ADDRESSES)
                return
        super().check_incoming(message, addr, protocol)

    def switch_role(self, ice_controlling: bool) -> None:
        """Follow a conflict, not a peer that has one at every check.

        Raises:
            ConnectionError: There were too many.
        """
        self._switches += 1
        if self._switches > MAX_SWITCHES:
            raise ConnectionError("the ICE role changes all the time")
        super().switch_role(ice_controlling)

    def data_received(self, data: bytes, component: int) -> None:
        """Queue DTLS and media for who reads them, as far as there is room."""
        first = data[0] if data else 0
        media = _MEDIA <= first < _BEYOND_MEDIA
        if not media and not _DTLS <= first < _BEYOND_DTLS:
            return
        if self._queue.qsize() < (MAX_QUEUED_MEDIA if media else MAX_QUEUED):
            super().data_received(data, component)
        else:
            self.tell(TOO_EARLY)
