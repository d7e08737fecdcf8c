"""How loud sound is (EBU R 128, ITU-R BS.1770), and how it becomes as loud as it should be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from av.audio.frame import AudioFrame

from ..window import SAMPLE_RATE
from .chain import Filter, filtered
from .energies import Energies

SILENCE = -70.0
"""LUFS below which nothing counts: the absolute gate of BS.1770."""
PEAK = -1.0
"""dBTP that nothing exceeds (EBU R 128)."""
_MOST = 30.0
"""Decibels by which nothing becomes louder than that: it is noise."""
_A_SECOND = 10
"""Tenths."""
_BLOCK = 4
"""Tenths that are weighed against the gates together."""
_RELATIVE = 10.0
"""LU below the rest from which on something does not count."""
_LIMIT = PEAK - 0.5
"""Where the limiter is set: what is filtered after it swings a little."""
_TIME_BASE = Fraction(1, SAMPLE_RATE)
_HIGHEST = "metadata=1:measure_perchannel=none:measure_overall=Peak_level"
"""What astats finds, of all that it was given."""


class Loudness(NamedTuple):
    """Of all that was measured."""

    integrated: float
    """LUFS; `SILENCE` where there is nothing louder."""
    curve: list[tuple[float, float]]
    """Seconds from the beginning, and the LUFS of the second that begins there."""
    peak: float | None = None
    """Of the reconstructed wave, dBTP; `SILENCE` at least. ``None``: it was not measured."""


class Gain(NamedTuple):
    """What is done to sound."""

    decibels: float
    limited: bool
    """Whether peaks have to be held down."""


class Meter:
    """Measures sound that passes by."""

    def __init__(self) -> None:
        self._energies: Energies | None = None

    def add(self, frame: AudioFrame) -> None:
        """Measure a frame, which stays as it is."""
        if self._energies is None:
            self._energies = Energies(frame)
        self._energies.add(frame)

    def result(self) -> Loudness:
        """Return what was measured, of whole tenths of a second."""
        found = self._energies.found if self._energies is not None else []
        curve = [
            (index / _A_SECOND, _loudness(_mean(found[index : index + _A_SECOND])))
            for index in range(0, len(found), _A_SECOND)
        ]
        return Loudness(_integrated(found), curve)


def metered(frames: Iterable[AudioFrame], meter: Meter) -> Iterator[AudioFrame]:
    """Return frames as they are, measured."""
    for frame in frames:
        meter.add(frame)
        yield frame


def measure(frames: Iterable[AudioFrame]) -> Loudness:
    """Measure sound that is not needed otherwise, true peaks as well."""
    meter = Meter()
    peak = _peak(metered(frames, meter))
    return meter.result()._replace(peak=peak)


def _peak(frames: Iterable[AudioFrame]) -> float:
    """Return what a wave reaches between its samples, dBTP (BS.1770-4, annex 2)."""
    filters = Filter("aresample", f"osr={SAMPLE_RATE * 4}"), Filter("astats", _HIGHEST)
    peaks = (
        float(frame.metadata["lavfi.astats.Overall.Peak_level"])
        for frame in filtered(frames, _TIME_BASE, filters)
    )
    return max((SILENCE, *peaks))


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
    return filtered(frames, _TIME_BASE, tuple(_filters(by)))


def _filters(by: Gain) -> Iterator[Filter]:
    yield Filter("volume", f"volume={by.decibels:.3f}dB:precision=float")
    if by.limited:
        # A wave is higher between samples than at them: the limiter sees four times as many.
        limit = 10 ** (_LIMIT / 20)
        yield Filter("aresample", f"osr={SAMPLE_RATE * 4}")
        yield Filter("alimiter", f"limit={limit:.4f}:level=0:latency=1:attack=5:release=100")
        yield Filter("aresample", f"osr={SAMPLE_RATE}:osf=fltp")


def _integrated(energies: list[float]) -> float:
    """Return the loudness of all that is not silence beside the rest (BS.1770-4, annex 1)."""
    blocks = [_mean(energies[end - _BLOCK : end]) for end in range(_BLOCK, len(energies) + 1)]
    heard = _above(SILENCE, blocks)
    return _loudness(_mean(_above(_loudness(_mean(heard)) - _RELATIVE, heard)))


def _above(gate: float, blocks: list[float]) -> list[float]:
    return [block for block in blocks if _loudness(block) > gate]


def _mean(energies: list[float]) -> float:
    return math.fsum(energies) / len(energies) if energies else 0.0


def _loudness(energy: float) -> float:
    return max(SILENCE, 10 * math.log10(energy) - 0.691) if energy > 0 else SILENCE
