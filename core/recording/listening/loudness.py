"""What is known of the loudness of a track, from moment to moment. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from ...model import QUIET, SILENCE, SoundMeter

HELD = 3.0
"""Seconds for which a peak is told."""
CERTAIN = 2
"""Packets of at most so many dB below the loudest (RFC 6464) are cut off: a sine of full scale has
3.01."""
DEAF = 3.0
"""Seconds of packets of which nobody can tell how loud they are, after which nothing is known."""
LOUD = 12
"""Packets that are not at most so many dB below the loudest have next to no sample at full scale:
a voice's peaks are some 12 dB above its mean."""
_POWERS = tuple(10 ** (-level / 10) for level in range(128))
"""Of the loudest, for each level that a packet may say."""


class Reading(NamedTuple):
    """How loud the loudest channel of a packet is, in dBFS."""

    level: float
    """RMS."""
    peak: float
    clipped: bool


class Loudness:
    """Makes a `SoundMeter` of what is looked at twice a second."""

    def __init__(self) -> None:
        self._level = SILENCE
        self._decoded = False
        self._peaks: deque[tuple[float, float]] = deque()
        self._clipped_at: float | None = None
        self._heard_at: float | None = None
        """When something was last heard; ``None`` while nothing is known."""
        self._known_at = 0.0
        """When it was last known how loud it is."""

    def listen(
        self,
        levels: Sequence[int],
        reading: Reading | None,
        *,
        came: bool,
        muted: bool,
        now: float,
    ) -> None:
        """Take what came since it was last called.

        Args:
            levels: Of its packets, 0 to 127 dB below the loudest (RFC 6464).
            reading: Of a packet that was decoded.
            came: Whether there were packets at all. None are silence (DTX).
            muted: Its sender means it to be silent.
            now: Monotonic seconds.
        """
        told = bool(levels or reading)
        if came and not told and now - self._known_at > DEAF:
            self._forget()
        if not told and (came or self._heard_at is None):
            return
        if self._heard_at is None:
            self._heard_at = now
        self._known_at = now
        if levels:
            self._level, self._decoded = _mean(levels), False
            loudest = -float(min(levels))
        elif reading is not None:
            self._level, self._decoded = reading.level, True
            loudest = reading.level
        else:
            self._level = loudest = SILENCE
        peak = max(loudest, reading.peak) if reading else loudest
        self._hold(max(SILENCE, peak), now)
        if (reading and reading.clipped) or (levels and min(levels) <= CERTAIN):
            self._clipped_at = now
        if muted or loudest > QUIET:
            self._heard_at = now

    @property
    def known(self) -> bool:
        """Whether anything is."""
        return self._heard_at is not None

    def _forget(self) -> None:
        self._heard_at = self._clipped_at = None
        self._peaks.clear()

    def _hold(self, peak: float, now: float) -> None:
        while self._peaks and (self._peaks[0][0] < now - HELD or self._peaks[0][1] <= peak):
            self._peaks.popleft()
        while self._peaks and self._peaks[-1][1] <= peak:
            self._peaks.pop()
        self._peaks.append((now, peak))

    def meter(self, now: float) -> SoundMeter | None:
        """Return it as of now; ``None`` before anything is known."""
        if self._heard_at is None:
            return None
        clipped = None if self._clipped_at is None else round(now - self._clipped_at, 1)
        return SoundMeter(
            level=round(self._level, 1),
            peak=round(self._peaks[0][1], 1) if self._peaks else SILENCE,
            clipped=clipped,
            silent=round(now - self._heard_at, 1),
            decoded=self._decoded,
        )


def wants_samples(levels: Sequence[int]) -> bool:
    """Whether packets are to be decoded: they say nothing, or may be cut off and do not say it."""
    return not levels or CERTAIN < min(levels) <= LOUD


def _mean(levels: Sequence[int]) -> float:
    """The mean power, in dBFS."""
    return 10 * math.log10(sum(map(_POWERS.__getitem__, levels)) / len(levels))
