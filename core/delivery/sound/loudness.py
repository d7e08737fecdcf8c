"""How loud sound is (EBU R 128, ITU-R BS.1770), and how it becomes as loud as it should be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from av.audio.frame import AudioFrame

from ..window import SAMPLE_RATE
from .chain import Chain, Filter

SILENCE = -70.0
"""LUFS below which nothing counts: the absolute gate of BS.1770."""
STEP = 0.1
"""Seconds from one value of `Loudness.levels` to the next."""
PEAK = -1.0
"""dBTP that nothing exceeds (EBU R 128)."""
_MOST = 30.0
"""Decibels by which nothing becomes louder than that: it is noise."""
_A_SECOND = 10
_HALF_WINDOW = 2
"""Steps by which a momentary value, which is of 0.4 s, comes after what it is of."""
_LIMIT = PEAK - 0.5
"""Where the limiter is set: what is filtered after it swings a little."""
_TIME_BASE = Fraction(1, SAMPLE_RATE)


class Loudness(NamedTuple):
    """Of all that was measured."""

    integrated: float
    """LUFS; `SILENCE` where there is nothing louder."""
    peak: float | None
    """Of the reconstructed wave, dBTP; `SILENCE` at least. ``None``: it was not measured."""
    curve: list[tuple[float, float]]
    """Seconds from the beginning, and the LUFS of the second that begins there."""
    levels: list[float]
    """LUFS around each tenth of a second (momentary, 0.4 s)."""


class Gain(NamedTuple):
    """What is done to sound."""

    decibels: float
    limited: bool
    """Whether peaks have to be held down."""


class Meter:
    """Measures sound that passes by.

    Args:
        peaks: Measure true peaks as well, which takes four times as long.
    """

    def __init__(self, peaks: bool = False) -> None:
        self._options = "metadata=1:peak=true" if peaks else "metadata=1"
        self._chain: Chain | None = None
        self._momentary: list[float] = []
        self._integrated = SILENCE
        self._peak = 0.0 if peaks else None

    def add(self, frame: AudioFrame) -> None:
        """Measure a frame, which stays as it is."""
        if self._chain is None:
            self._chain = Chain(frame, _TIME_BASE, [Filter("ebur128", self._options)])
        self._take(self._chain.push(frame))

    def result(self) -> Loudness:
        """Return what was measured; nothing more is added."""
        if self._chain is not None:
            self._take(self._chain.end())
        levels = [max(SILENCE, level) for level in self._momentary]
        around = levels[_HALF_WINDOW:] + levels[-1:] * min(_HALF_WINDOW, len(levels))
        curve = [
            (index * STEP, _mean(around[index : index + _A_SECOND]))
            for index in range(0, len(around), _A_SECOND)
        ]
        peak = None if self._peak is None else _decibels(self._peak)
        return Loudness(max(SILENCE, self._integrated), peak, curve, around)

    def _take(self, frames: Iterable[AudioFrame]) -> None:
        for frame in frames:
            values = frame.metadata
            if "lavfi.r128.M" not in values:
                continue
            self._momentary.append(float(values["lavfi.r128.M"]))
            self._integrated = float(values["lavfi.r128.I"])
            if self._peak is not None:
                self._peak = max(self._peak, float(values["lavfi.r128.true_peak"]))


def metered(frames: Iterable[AudioFrame], meter: Meter) -> Iterator[AudioFrame]:
    """Return frames as they are, measured."""
    for frame in frames:
        meter.add(frame)
        yield frame


def measure(frames: Iterable[AudioFrame]) -> Loudness:
    """Measure sound that is not needed otherwise, true peaks as well."""
    meter = Meter(peaks=True)
    for frame in frames:
        meter.add(frame)
    return meter.result()


def gain(loudness: Loudness, target: float) -> Gain:
    """Return what makes sound as loud as that.

    Args:
        loudness: As it was measured, with its peak.
        target: LUFS, such as -16.
    """
    if loudness.integrated <= SILENCE:
        return Gain(0.0, False)
    decibels = min(target - loudness.integrated, _MOST)
    peak = 0.0 if loudness.peak is None else loudness.peak
    return Gain(decibels, peak + decibels > PEAK)


def amplified(frames: Iterable[AudioFrame], by: Gain) -> Iterator[AudioFrame]:
    """Return as many samples as come, louder by a constant; true peaks stay below `PEAK`."""
    chain: Chain | None = None
    for frame in frames:
        if chain is None:
            chain = Chain(frame, _TIME_BASE, _filters(by))
        yield from chain.push(frame)
    if chain is not None:
        yield from chain.end()


def _filters(by: Gain) -> Iterator[Filter]:
    yield Filter("volume", f"volume={by.decibels:.3f}dB:precision=float")
    if by.limited:
        # A wave is higher between samples than at them: the limiter sees four times as many.
        limit = 10 ** (_LIMIT / 20)
        yield Filter("aresample", f"osr={SAMPLE_RATE * 4}")
        yield Filter("alimiter", f"limit={limit:.4f}:level=0:latency=1:attack=5:release=100")
        yield Filter("aresample", f"osr={SAMPLE_RATE}:osf=fltp")


def _mean(levels: list[float]) -> float:
    return 10 * math.log10(math.fsum(10 ** (level / 10) for level in levels) / len(levels))


def _decibels(height: float) -> float:
    return 20 * math.log10(height) if height > 10 ** (SILENCE / 20) else SILENCE
