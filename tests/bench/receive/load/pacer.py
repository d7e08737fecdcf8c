"""The one thread that sends the packets of all streams when they are due."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

from roomdeck.core.model import Kind

from .schedule import DELAY, TICK, Packet, Schedule
from .track import Track
from .wire import Wire

_REPORT_TICKS = round(1 / TICK)
_STAGGER = 7
"""Ticks between the begins of two streams: their key frames do not come together."""


class Stream:
    """The tracks of one stream, and what was asked of them."""

    def __init__(self, name: str, wire: Wire, tracks: Mapping[Kind, Track]) -> None:
        self.name = name
        self.wire = wire
        self.tracks = tracks
        self.started = 0.0
        """Unix time."""
        self.wanted: deque[tuple[Kind, int]] = deque()
        """Sequence numbers to send again; other threads append."""
        self.nacks = 0
        self.plis = 0
        self.resent = 0

    def send(self, packets: Sequence[Packet], finishing: bool) -> None:
        """Send a tick's packets; while finishing, only what completes a frame."""
        for packet in packets:
            track = self.tracks[packet.kind]
            if not finishing or track.continues_with(packet):
                track.send(packet)
        while self.wanted:
            kind, sequence = self.wanted.popleft()
            self.resent += self.tracks[kind].resend(sequence)

    def report(self) -> None:
        """Send sender reports."""
        for kind, track in self.tracks.items():
            track.report(self.started + DELAY[kind])


class Pacer:
    """Sends until it is told to finish, then answers requests for retransmission until `stop`."""

    def __init__(self, streams: Sequence[Stream], schedule: Schedule) -> None:
        self.worst_delay = 0.0
        """Seconds by which a burst was late at worst."""
        self._streams = streams
        self._ticks = schedule.ticks
        self._finishing = False
        self._tick = 0
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="pacer", daemon=True)

    def start(self) -> None:
        """Begin with the first frames."""
        self._begin = time.monotonic()
        wall = time.time()
        for index, stream in enumerate(self._streams):
            stream.started = wall + index * _STAGGER * TICK
        self._thread.start()

    def finish(self) -> None:
        """Begin no more frames."""
        self._finishing = True

    def stop(self) -> None:
        """Send nothing more, and return when that is so."""
        self._stopped = True
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped:
            due = int((time.monotonic() - self._begin) / TICK)
            while self._tick < due:
                self._send(self._tick)
                self._tick += 1
            delay = time.monotonic() - self._begin - self._tick * TICK
            self.worst_delay = max(self.worst_delay, delay)
            if delay < TICK:
                time.sleep(TICK - max(delay, 0.0))

    def _send(self, tick: int) -> None:
        finishing = self._finishing
        for index, stream in enumerate(self._streams):
            own = tick - index * _STAGGER
            if own >= 0:
                stream.send(self._ticks[own % len(self._ticks)], finishing)
                if own % _REPORT_TICKS == 0 and not finishing:
                    stream.report()
