"""The media of one connection in the course of time: looked after at every tick, and counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from ..model import EncodedFrame, SenderReport, TrackStats
from .interface import ConnectionHandler
from .receiver import MAX_SOURCES, MediaReceiver
from .ticker import CALM, TICK, Ticker

BEGINNING = 5.0
"""Seconds after the handshakes in which the first media is waited for at a quick pace."""


class Reception:
    """Keeps a connection's media coming, and knows what came of each track."""

    def __init__(
        self, handler: ConnectionHandler, max_bitrate: int, on_flood: Callable[[str], None]
    ) -> None:
        """Prepare to receive.

        Args:
            handler: Who gets the frames.
            max_bitrate: See `MediaReceiver`.
            on_flood: Told, at every tick, that the publisher sends too much to be received.
        """
        self.receiver = MediaReceiver(self._deliver, max_bitrate)
        self._handler = handler
        self._on_flood = on_flood
        self._send: Callable[[Sequence[bytes]], None] | None = None
        self._started_at = float("-inf")
        self._begun: set[str] = set()
        """Tracks of which frames came."""

    @property
    def heard_at(self) -> float | None:
        """When media or reports last came, monotonic seconds; ``None`` before the first."""
        times = [received.receiver.last_packet_at for received in self.receiver.tracks.values()]
        return max([time for time in (*times, self.receiver.reported_at) if time], default=None)

    def start(self, send: Callable[[Sequence[bytes]], None]) -> None:
        """Look after it from now on.

        Args:
            send: Sends RTCP packets to the publisher.
        """
        self._send = send
        self._started_at = time.monotonic()
        Ticker.of(asyncio.get_running_loop()).add(self._tick)

    def stop(self) -> None:
        """Look after it no more."""
        Ticker.of(asyncio.get_running_loop()).remove(self._tick)

    def stats(self) -> dict[str, TrackStats]:
        """Counters of every track, by mid."""
        return {mid: received.receiver.stats for mid, received in self.receiver.tracks.items()}

    def report(self, mid: str) -> SenderReport | None:
        """The last sender report of a track."""
        received = self.receiver.tracks.get(mid)
        return received.receiver.last_report if received else None

    def last_packet_at(self, mid: str) -> float | None:
        """When the last packet of a track arrived, monotonic seconds."""
        received = self.receiver.tracks.get(mid)
        return received.receiver.last_packet_at if received else None

    def levels(self, mid: str) -> list[int]:
        """Audio levels of a track's packets since it was last called, as far as they have one."""
        received = self.receiver.tracks.get(mid)
        return received.receiver.levels() if received else []

    def request_key_frame(self, mid: str) -> None:
        """Ask for a key frame with the next feedback."""
        if received := self.receiver.tracks.get(mid):
            received.receiver.request_key_frame()

    def _tick(self, now: float) -> float:
        if self.receiver.flooded:
            self._on_flood(f"sends under more than {MAX_SOURCES} sources")
        packets = self.receiver.tick(now)
        if packets and self._send is not None:
            self._send(packets)
        return TICK if self.receiver.restless or self._beginning(now) else CALM

    def _beginning(self, now: float) -> bool:
        """Whether the first media is on its way: until it is here, messages go back and forth."""
        if now - self._started_at > BEGINNING:
            return False
        return not self.receiver.tracks or not self._begun.issuperset(self.receiver.tracks)

    def _deliver(self, mid: str, frames: Sequence[EncodedFrame]) -> None:
        self._begun.add(mid)
        self._handler.on_frames(mid, frames)
