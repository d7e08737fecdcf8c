"""What is looked at of the sound of a stream, to tell how loud it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ...model import EncodedFrame, SoundMeter
from ...recording.listening.loudness import Loudness, Reading, wants_samples
from ...recording.listening.samples import SURE, last

KEPT = 16
"""Packets that may be looked at: enough for `SURE` of 10 ms."""


class Ear:
    """Keeps the last packets of one stream's sound, and what was made of those before.

    What was measured is heard with what came since: half a second later, where that took long.
    """

    def __init__(self) -> None:
        self.muted = False
        """Its publisher means it to be silent."""
        self._frames: deque[EncodedFrame] = deque(maxlen=KEPT)
        self._reading: Reading | None = None
        self._loudness = Loudness()
        self._levels: Sequence[int] = ()
        self._came = False
        self.chosen: list[EncodedFrame] = []
        """What is to be measured of what was taken."""

    def see(self, frames: Sequence[EncodedFrame]) -> None:
        """Take note of packets on their way to the file."""
        self._frames.extend(frames[-KEPT:])

    def take(self, levels: Sequence[int]) -> None:
        """Choose what is looked at of what came, of which packets said this (RFC 6464)."""
        self._levels, self._came = levels, bool(levels or self._frames)
        self.chosen = last(self._frames, SURE) if wants_samples(levels) else []
        self._frames.clear()

    def measured(self, reading: Reading | None) -> None:
        """Take how loud what was chosen is, if it decoded."""
        self._reading = reading

    def hear(self, now: float) -> None:
        """Make a meter of what was taken and what was measured."""
        reading, self._reading = self._reading, None
        self._loudness.listen(self._levels, reading, came=self._came, muted=self.muted, now=now)

    def meter(self, now: float) -> SoundMeter | None:
        """Return how loud it is; ``None`` where that is not known (yet)."""
        return self._loudness.meter(now)

    def forget(self) -> None:
        """There is no such track any more."""
        if self._loudness.known:
            self._loudness = Loudness()
