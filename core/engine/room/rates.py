"""Rates from counters that are sampled about once a second. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Set
from typing import NamedTuple

from ...ipc.worker_messages import StreamStatus
from ...model import Kind

WINDOW = 5.0
"""Seconds over which rates are averaged at least, once there were so many."""


class _Sample(NamedTuple):
    time: float
    bytes: int
    frames: int
    expected: int
    lost: int


class Rates(NamedTuple):
    """Means over the last seconds."""

    bitrate: float = 0.0
    """Bits per second."""
    fps: float = 0.0
    loss: float = 0.0
    """Share of packets given up, 0 to 1."""


class RateMeter:
    """Keeps the counters of one stream for a few seconds."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque()

    def add(self, status: StreamStatus, now: float) -> None:
        """Take the counters as they are now; smaller ones than before begin anew."""
        video = status.tracks.get(Kind.VIDEO)
        tracks = status.tracks.values()
        sample = _Sample(
            now,
            sum(track.bytes for track in tracks),
            video.frames if video else 0,
            sum(track.expected for track in tracks),
            sum(track.lost for track in tracks),
        )
        if self._samples and sample.bytes < self._samples[-1].bytes:
            self._samples.clear()
        self._samples.append(sample)
        # One that is older stays where it is needed: what comes late comes at once, and a mean of
        # that alone would be of no time at all.
        while len(self._samples) > 2 and now - self._samples[1].time >= WINDOW:
            self._samples.popleft()

    def rates(self) -> Rates:
        """Return the means; zero until there are two samples."""
        if len(self._samples) < 2:
            return Rates()
        first, last = self._samples[0], self._samples[-1]
        seconds = max(last.time - first.time, 1e-3)
        expected = last.expected - first.expected
        return Rates(
            bitrate=8 * (last.bytes - first.bytes) / seconds,
            fps=max(0, last.frames - first.frames) / seconds,
            loss=min(max(0.0, (last.lost - first.lost) / expected), 1.0) if expected > 0 else 0.0,
        )


class RateMeters:
    """A meter for every stream that is heard."""

    def __init__(self) -> None:
        self._meters: defaultdict[str, RateMeter] = defaultdict(RateMeter)

    def add(self, status: StreamStatus, now: float) -> None:
        """Take the counters of a stream as they are now."""
        self._meters[status.stream].add(status, now)

    def rates(self, heard: Set[str]) -> dict[str, Rates]:
        """Return the means of these streams, and forget the others."""
        for name in self._meters.keys() - heard:
            del self._meters[name]
        return {name: meter.rates() for name, meter in self._meters.items()}
