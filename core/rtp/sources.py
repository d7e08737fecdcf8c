"""Which SSRC is the track now, and when another one takes its place."""

from __future__ import annotations

from collections import deque

from .packet import RtpPacket

_SILENCE = 0.2
"""Seconds without a packet after which a source that sends steadily replaces the one before."""
_LONG_SILENCE = 1.0
"""The same where only one packet came, or where the source had been replaced before."""
_MAX_HELD = 512
_MAX_RETIRED = 16
_NEIGHBOURS = 100

Arrival = tuple[RtpPacket, float]


class SourceSelector:
    """Keeps to one SSRC while it sends; holds the packets of its successor until it is sure."""

    def __init__(self) -> None:
        """Start without a source: the first one is taken at once."""
        self.active: int | None = None
        self._retired: dict[int, None] = {}
        self._held: deque[Arrival] = deque(maxlen=_MAX_HELD)

    @property
    def undecided(self) -> bool:
        """Whether packets of a possible successor are held."""
        return bool(self._held)

    def offer(self, packet: RtpPacket, now: float, heard: float) -> list[Arrival]:
        """Take a packet of another SSRC than the active one, which was last ``heard`` then.

        Returns:
            Nothing, or all packets held for the source that has just become the active one.
        """
        if self.active is None:
            self.active = packet.ssrc
            return [(packet, now)]
        if self._held and not self._belongs(packet, now):
            if len(self._held) > 1 and now - self._held[-1][1] < _SILENCE:
                return []
            self._held.clear()
        self._held.append((packet, now))
        return self.decide(now, heard)

    def _belongs(self, packet: RtpPacket, now: float) -> bool:
        """Whether it goes on where the held packets are."""
        last, arrival = self._held[-1]
        distance = (packet.sequence - last.sequence + _NEIGHBOURS) & 0xFFFF
        return (
            packet.ssrc == last.ssrc
            and distance <= 2 * _NEIGHBOURS
            and now - arrival < 2 * _LONG_SILENCE
        )

    def decide(self, now: float, heard: float) -> list[Arrival]:
        """Switch if the active source has been silent for long enough; result as of `offer`."""
        if not self._held:
            return []
        ssrc = self._held[0][0].ssrc
        certain = len(self._held) > 1 and ssrc not in self._retired
        if now - heard < (_SILENCE if certain else _LONG_SILENCE):
            return []
        self._retire()
        self.active = ssrc
        released = list(self._held)
        self._held.clear()
        return released

    def _retire(self) -> None:
        if self.active is None:
            return
        self._retired.pop(self.active, None)
        self._retired[self.active] = None
        if len(self._retired) > _MAX_RETIRED:
            del self._retired[next(iter(self._retired))]
